import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a topic by assignment, in no group, until the standard input ends, as lines of JSON. */
final class Follower {
  static void run(Properties properties, String topic) {
    properties.put("enable.auto.commit", "false");
    // A position that is lost ends it, and is no new begin.
    properties.put("auto.offset.reset", "none");
    Member.endWithInput();
    var text = new StringDeserializer();
    try (var consumer = new KafkaConsumer<>(properties, text, text)) {
      var partitions = consumer.partitionsFor(topic).stream()
          .map(it -> new TopicPartition(topic, it.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!Member.isOver) {
        consumer.poll(Duration.ofMillis(200)).forEach(Member::tell);
      }
    }
  }
}
