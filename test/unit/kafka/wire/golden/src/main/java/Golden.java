import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * Prints what Apache Kafka's own message classes put on the wire, one JSON object a line: header and
 * body of a frame, and the values in the body. For every API and version that Ottla serves
 * there are a request and a response with each filling.
 */
public final class Golden {
    private record Served(ApiKeys key, int minVersion, int maxVersion) {}

    private static Served served(ApiKeys key, int minVersion, int maxVersion) {
        return new Served(key, minVersion, maxVersion);
    }

    private static final Served[] SERVED = {
        served(ApiKeys.PRODUCE, 3, 11),
        served(ApiKeys.FETCH, 4, 16),
        served(ApiKeys.LIST_OFFSETS, 1, 9),
        served(ApiKeys.METADATA, 0, 12),
        served(ApiKeys.OFFSET_COMMIT, 2, 9),
        served(ApiKeys.OFFSET_FETCH, 1, 9),
        served(ApiKeys.FIND_COORDINATOR, 0, 5),
        served(ApiKeys.JOIN_GROUP, 0, 9),
        served(ApiKeys.HEARTBEAT, 0, 4),
        served(ApiKeys.LEAVE_GROUP, 0, 5),
        served(ApiKeys.SYNC_GROUP, 0, 5),
        served(ApiKeys.DESCRIBE_GROUPS, 0, 5),
        served(ApiKeys.LIST_GROUPS, 0, 5),
        served(ApiKeys.SASL_HANDSHAKE, 0, 1),
        served(ApiKeys.API_VERSIONS, 0, 4),
        served(ApiKeys.CREATE_TOPICS, 2, 7),
        served(ApiKeys.DELETE_TOPICS, 1, 6),
        served(ApiKeys.DELETE_RECORDS, 0, 2),
        served(ApiKeys.INIT_PRODUCER_ID, 0, 4),
        served(ApiKeys.OFFSET_FOR_LEADER_EPOCH, 2, 4),
        served(ApiKeys.DESCRIBE_CONFIGS, 1, 4),
        served(ApiKeys.ALTER_CONFIGS, 0, 2),
        served(ApiKeys.DESCRIBE_LOG_DIRS, 1, 4),
        served(ApiKeys.SASL_AUTHENTICATE, 0, 2),
        served(ApiKeys.CREATE_PARTITIONS, 0, 3),
        served(ApiKeys.DELETE_GROUPS, 0, 2),
        served(ApiKeys.ELECT_LEADERS, 0, 2),
        served(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 0, 1),
        served(ApiKeys.ALTER_PARTITION_REASSIGNMENTS, 0, 1),
        served(ApiKeys.LIST_PARTITION_REASSIGNMENTS, 0, 0),
        served(ApiKeys.OFFSET_DELETE, 0, 0),
        served(ApiKeys.DESCRIBE_QUORUM, 0, 2),
        served(ApiKeys.DESCRIBE_CLUSTER, 0, 1),
        served(ApiKeys.DESCRIBE_PRODUCERS, 0, 0),
        served(ApiKeys.UNREGISTER_BROKER, 0, 0),
        served(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, 0),
    };

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream out;

    private Golden(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        try (PrintStream out = new PrintStream(args[0], StandardCharsets.UTF_8)) {
            new Golden(out).printAll();
        }
    }

    private void printAll() throws Exception {
        for (Served api : SERVED) {
            for (int version = api.minVersion; version <= api.maxVersion; version++) {
                for (Filling.Kind kind : Filling.Kind.values()) {
                    printRequest(api.key, (short) version, kind);
                    printResponse(api.key, (short) version, kind);
                }
            }
        }
    }

    private void printRequest(ApiKeys key, short version, Filling.Kind kind) throws Exception {
        ApiMessageType type = ApiMessageType.fromApiKey(key.id);
        Body body = body(type.newRequest(), type.requestSchemas()[version], version, kind);
        String clientId = kind == Filling.Kind.VALUES ? "client-ü" : null;
        RequestHeader header = new RequestHeader(key, version, clientId, 1000 + key.id);
        print(key, version, "request", kind, bytes(header.data(), header.headerVersion()), body);
    }

    private void printResponse(ApiKeys key, short version, Filling.Kind kind) throws Exception {
        ApiMessageType type = ApiMessageType.fromApiKey(key.id);
        Body body = body(type.newResponse(), type.responseSchemas()[version], version, kind);
        ResponseHeader header =
            new ResponseHeader(2000 + key.id, type.responseHeaderVersion(version));
        print(key, version, "response", kind, bytes(header.data(), header.headerVersion()), body);
    }

    private record Body(JsonNode values, byte[] bytes) {}

    private static Body body(ApiMessage empty, Schema schema, short version, Filling.Kind kind)
        throws Exception {
        Class<?> converter = Class.forName(empty.getClass().getName() + "JsonConverter");
        if (kind == Filling.Kind.DEFAULTS) {
            Object values = converter.getMethod("write", empty.getClass(), short.class)
                .invoke(null, empty, version);
            return new Body((JsonNode) values, bytes(empty, version));
        }
        ObjectNode values = new Filling(kind).struct(schema);
        Object message = converter.getMethod("read", JsonNode.class, short.class)
            .invoke(null, values, version);
        return new Body(values, bytes((Message) message, version));
    }

    private static byte[] bytes(Message message, short version) {
        ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private void print(
        ApiKeys key, short version, String direction, Filling.Kind kind, byte[] header, Body body)
        throws Exception {
        ObjectNode line = JSON.createObjectNode();
        line.put("api", key.id).put("version", version).put("direction", direction);
        line.put("filling", kind.name().toLowerCase());
        line.put("header", HexFormat.of().formatHex(header));
        line.put("body", HexFormat.of().formatHex(body.bytes));
        line.set("values", body.values);
        out.print(JSON.writeValueAsString(line) + "\n");
    }
}
