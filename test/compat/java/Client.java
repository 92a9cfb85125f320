import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] | admin BOOTSTRAP TOPIC |
 * group BOOTSTRAP TOPIC GROUP [STRATEGY [INSTANCE]] | follow BOOTSTRAP TOPIC |
 * transact BOOTSTRAP TOPIC, records as lines of JSON.
 */
public class Client {
  static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  static String topic;

  public static void main(String[] words) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", words[1]);
    topic = words[2];
    String option = words.length > 3 ? words[3] : null;
    switch (words[0]) {
      case "produce" -> produce(properties, option);
      case "consume" -> consume(properties, option);
      case "admin" -> admin(properties);
      case "group" -> Member.run(properties, words);
      case "follow" -> Follower.run(properties, topic);
      case "transact" -> transact(properties);
      default -> throw new IllegalArgumentException(words[0]);
    }
    OUT.flush();
  }

  static void produce(Properties properties, String codec) throws Exception {
    properties.put("enable.idempotence", "true");
    properties.put("compression.type", codec);
    properties.put("max.request.size", "2000000");
    properties.put("linger.ms", "5");
    List<Future<?>> sent = new ArrayList<>();
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<byte[], byte[]>(properties, bytes, bytes)) {
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line; (line = lines.readLine()) != null; ) {
        Map<?, ?> record = (Map<?, ?>) Json.parse(line);
        sent.add(producer.send(new ProducerRecord<>(
            topic,
            ((Long) record.get("partition")).intValue(),
            (Long) record.get("timestamp"),
            decoded(record.get("key")),
            decoded(record.get("value")),
            headers((List<?>) record.get("headers")))));
      }
      for (Future<?> one : sent) one.get();
    }
    OUT.println(Json.text(Map.of("count", sent.size())));
  }

  static List<Header> headers(List<?> pairs) {
    return pairs.stream().map(pair -> (List<?>) pair)
        .map(pair -> (Header) new RecordHeader((String) pair.get(0), decoded(pair.get(1))))
        .toList();
  }

  static void consume(Properties properties, String fromMs) {
    properties.put("enable.auto.commit", "false");
    properties.put("isolation.level", "read_committed");
    properties.put("max.partition.fetch.bytes", "4000000");
    var bytes = new ByteArrayDeserializer();
    try (var consumer = new KafkaConsumer<byte[], byte[]>(properties, bytes, bytes)) {
      var partitions = consumer.partitionsFor(topic).stream()
          .map(it -> new TopicPartition(topic, it.partition())).collect(Collectors.toSet());
      var ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      seek(consumer, partitions, fromMs);
      while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
        consumer.poll(Duration.ofMillis(500)).forEach(record -> OUT.println(line(record)));
      }
    }
  }

  static void seek(
      KafkaConsumer<?, ?> consumer, Collection<TopicPartition> partitions, String fromMs) {
    if (fromMs == null) {
      consumer.seekToBeginning(partitions);
      return;
    }
    var times = partitions.stream()
        .collect(Collectors.toMap(at -> at, at -> Long.parseLong(fromMs)));
    consumer.offsetsForTimes(times).forEach((at, found) -> {
      if (found == null) consumer.seekToEnd(List.of(at));
      else consumer.seek(at, found.offset());
    });
  }

  static String line(ConsumerRecord<byte[], byte[]> record) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("partition", record.partition());
    line.put("offset", record.offset());
    line.put("key", encoded(record.key()));
    line.put("value", encoded(record.value()));
    List<Object> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      List<Object> pair = new ArrayList<>();
      pair.add(header.key());
      pair.add(encoded(header.value()));
      headers.add(pair);
    }
    line.put("headers", headers);
    line.put("timestamp", record.timestamp());
    return Json.text(line);
  }

  static void admin(Properties properties) throws Exception {
    Map<String, Object> told = new LinkedHashMap<>();
    NewTopic created = new NewTopic(topic, 2, (short) 3).configs(Map.of("retention.ms", "60000"));
    try (Admin admin = Admin.create(properties)) {
      told.put("created", outcome(admin.createTopics(List.of(created)).all()));
      told.put("createdAgain", outcome(admin.createTopics(List.of(created)).all()));
      var grown = Map.of(topic, NewPartitions.increaseTo(5));
      told.put("grown", outcome(admin.createPartitions(grown).all()));
      told.put("retention", settled("60000", () -> retention(admin)));
      told.put("set", set(admin, "120000"));
      told.put("setBad", set(admin, "soon"));
      told.put("afterSet", settled("120000", () -> retention(admin)));
      told.put("partitions", settled(5, () -> partitions(admin)));
      told.put("listed", settled(true, () -> admin.listTopics().names().get().contains(topic)));
      var first = new TopicPartition(topic, 0);
      var latest = admin.listOffsets(Map.of(first, OffsetSpec.latest())).all().get();
      told.put("latest", latest.get(first).offset());
      told.put("nodes", admin.describeCluster().nodes().get().size());
      told.put("voters", admin.describeMetadataQuorum().quorumInfo().get().voters().size());
      told.put("removed", outcome(admin.deleteTopics(List.of(topic)).all()));
      told.put("removedAgain", outcome(admin.deleteTopics(List.of(topic)).all()));
    }
    OUT.println(Json.text(told));
  }

  /** What it is told where it wants transactions. */
  static void transact(Properties properties) {
    properties.put("transactional.id", "of-" + topic);
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("refused", null);
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<byte[], byte[]>(properties, bytes, bytes)) {
      producer.initTransactions();
    } catch (KafkaException error) {
      told.put("refused", error.toString());
    }
    OUT.println(Json.text(told));
  }

  static final long SETTLES_WITHIN_NS = Duration.ofSeconds(10).toNanos();
  static final long ASKS_EVERY_MS = 100;

  /**
   * Asks until the answer is the wanted one, for ten seconds; the last answer, or what refused it.
   * Each broker, as in Kafka, answers from its own metadata: one may be behind the one that took a
   * change.
   */
  static Object settled(Object wanted, Callable<?> ask) throws InterruptedException {
    for (long start = System.nanoTime(); ; Thread.sleep(ASKS_EVERY_MS)) {
      Object answer;
      try {
        answer = ask.call();
      } catch (Exception error) {
        answer = error.toString();
      }
      boolean isOver = System.nanoTime() - start > SETTLES_WITHIN_NS;
      if (wanted.equals(answer) || isOver) return answer;
    }
  }

  static int partitions(Admin admin) throws Exception {
    var described = admin.describeTopics(List.of(topic)).allTopicNames().get();
    return described.get(topic).partitions().size();
  }

  static String retention(Admin admin) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var configs = admin.describeConfigs(List.of(resource)).all().get().get(resource);
    return configs.get("retention.ms").value();
  }

  static int set(Admin admin, String value) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var change = new AlterConfigOp(new ConfigEntry("retention.ms", value), AlterConfigOp.OpType.SET);
    return outcome(admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all());
  }

  /** The protocol's number of an error, or 0. */
  static int outcome(KafkaFuture<?> future) throws InterruptedException {
    try {
      future.get();
      return 0;
    } catch (ExecutionException error) {
      return Errors.forException(error.getCause()).code();
    }
  }

  static byte[] decoded(Object text) {
    return text == null ? null : Base64.getDecoder().decode((String) text);
  }

  static String encoded(byte[] data) {
    return data == null ? null : Base64.getEncoder().encodeToString(data);
  }
}
