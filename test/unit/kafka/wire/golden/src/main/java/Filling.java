import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/** Makes up a message by its schema, in the JSON that Kafka's converters read. */
final class Filling {
    enum Kind {
        /** Every field has a value of its own, arrays have two elements, tagged fields are there. */
        VALUES,
        /** Null wherever that is allowed; numbers at their ends. */
        NULLS,
        /** A message as its constructor leaves it. */
        DEFAULTS
    }

    /** Structs that may be null: schemas do not tell. */
    private static final Set<String> NULLABLE_STRUCTS = Set.of("cursor", "next_cursor");

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final long MAX_SAFE_INTEGER = (1L << 53) - 1;

    private final Kind kind;
    private int serial = 0;

    Filling(Kind kind) {
        this.kind = kind;
    }

    ObjectNode struct(Schema schema) {
        ObjectNode node = NODES.objectNode();
        for (BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields tagged) {
                for (Field field : tagged.fields().values()) put(node, field);
            } else {
                put(node, bound.def);
            }
        }
        return node;
    }

    private void put(ObjectNode node, Field field) {
        boolean isNull = kind == Kind.NULLS && NULLABLE_STRUCTS.contains(field.name);
        node.set(camelCase(field.name), isNull ? NODES.nullNode() : value(field.type));
    }

    private JsonNode value(Type type) {
        serial++;
        if (kind == Kind.NULLS && type.isNullable()) return NODES.nullNode();
        if (type instanceof Schema schema) return struct(schema);
        if (type.arrayElementType().isPresent()) {
            ArrayNode array = NODES.arrayNode();
            for (int i = 0; i < (kind == Kind.VALUES ? 2 : 1); i++) {
                array.add(value(type.arrayElementType().get()));
            }
            return array;
        }
        return scalar(((Type.DocumentedType) type).typeName().replaceAll("COMPACT_|NULLABLE_", ""));
    }

    private JsonNode scalar(String typeName) {
        boolean isLow = serial % 2 == 0;
        return switch (typeName) {
            case "BOOLEAN" -> NODES.booleanNode(kind == Kind.VALUES);
            case "INT8" -> number(isLow, Byte.MIN_VALUE, Byte.MAX_VALUE);
            case "INT16" -> number(isLow, Short.MIN_VALUE, Short.MAX_VALUE);
            case "UINT16" -> number(isLow, 0, 0xffff);
            case "INT32" -> number(isLow, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "INT64" -> number(isLow, -MAX_SAFE_INTEGER, MAX_SAFE_INTEGER);
            case "UUID" -> NODES.textNode(new Uuid(0x0123_4567_89ab_cdefL + serial, -serial).toString());
            case "STRING" -> NODES.textNode(kind == Kind.VALUES ? "text-é€😀-" + serial : "");
            case "BYTES", "RECORDS" -> NODES.binaryNode(bytes());
            default -> throw new IllegalArgumentException("no value for a " + typeName);
        };
    }

    private JsonNode number(boolean isLow, long min, long max) {
        return NODES.numberNode(kind == Kind.VALUES ? serial : isLow ? min : max);
    }

    private byte[] bytes() {
        return kind == Kind.VALUES ? new byte[] {(byte) serial, 0, -1} : new byte[0];
    }

    private static String camelCase(String snakeCase) {
        StringBuilder text = new StringBuilder();
        for (String word : snakeCase.split("_")) {
            text.append(text.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return text.toString();
    }
}
