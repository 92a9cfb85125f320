import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of a group until the standard input ends. Says what it is
 * assigned, what it reads, and that it has left, as lines of JSON.
 */
final class Member {
  static volatile boolean isOver;

  static void run(Properties properties, String topic, String group) {
    properties.put("group.id", group);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("session.timeout.ms", "10000");
    properties.put("heartbeat.interval.ms", "500");
    Thread waiting = new Thread(Member::waitForEnd);
    waiting.setDaemon(true);
    waiting.start();
    var text = new StringDeserializer();
    try (var consumer = new KafkaConsumer<>(properties, text, text)) {
      consumer.subscribe(List.of(topic), teller(consumer));
      while (!isOver) poll(consumer);
    }
    say("left", true);
  }

  static void poll(KafkaConsumer<String, String> consumer) {
    var records = consumer.poll(Duration.ofMillis(200));
    records.forEach(it -> say("read", List.of(it.partition(), it.offset(), it.value())));
    if (records.isEmpty()) return;
    try {
      consumer.commitSync();
    } catch (KafkaException error) {
      say("failed", String.valueOf(error));
    }
  }

  static ConsumerRebalanceListener teller(KafkaConsumer<?, ?> consumer) {
    return new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> revoked) {}

      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> added) {
        var held = consumer.assignment().stream().map(TopicPartition::partition).sorted();
        say("assigned", held.toList());
      }
    };
  }

  static void waitForEnd() {
    try {
      System.in.readAllBytes();
    } catch (java.io.IOException error) {
      // No input is an end as well.
    }
    isOver = true;
  }

  static synchronized void say(String key, Object value) {
    System.out.println(Json.text(Map.of(key, value)));
  }
}
