import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of a group until the standard input ends. Says what it is assigned and what is taken from
 * it, what it reads, that it is fenced and that it has left, as lines of JSON.
 */
final class Member {
  static volatile boolean isOver;

  static final Map<String, Class<?>> ASSIGNORS = Map.of(
      "range", RangeAssignor.class, "cooperative-sticky", CooperativeStickyAssignor.class);

  /** Words: the verb, BOOTSTRAP TOPIC GROUP [STRATEGY [INSTANCE]]. */
  static void run(Properties properties, String[] words) {
    properties.put("group.id", words[3]);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("session.timeout.ms", "10000");
    properties.put("heartbeat.interval.ms", "500");
    if (words.length > 4) {
      properties.put("partition.assignment.strategy", ASSIGNORS.get(words[4]).getName());
    }
    if (words.length > 5) {
      properties.put("group.instance.id", words[5]);
      // It is started anew within that.
      properties.put("session.timeout.ms", "60000");
    }
    endWithInput();
    var text = new StringDeserializer();
    try (var consumer = new KafkaConsumer<>(properties, text, text)) {
      consumer.subscribe(List.of(words[2]), teller(consumer));
      while (!isOver) poll(consumer);
    } catch (FencedInstanceIdException error) {
      say("fenced", true);
      return;
    }
    say("left", true);
  }

  static void poll(KafkaConsumer<String, String> consumer) {
    var records = consumer.poll(Duration.ofMillis(200));
    records.forEach(Member::tell);
    if (records.isEmpty()) return;
    try {
      consumer.commitSync();
    } catch (FencedInstanceIdException error) {
      throw error;
    } catch (KafkaException error) {
      say("failed", String.valueOf(error));
    }
  }

  static ConsumerRebalanceListener teller(KafkaConsumer<?, ?> consumer) {
    return new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
        say("revoked", revoked.stream().map(TopicPartition::partition).sorted().toList());
      }

      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> added) {
        var held = consumer.assignment().stream().map(TopicPartition::partition).sorted();
        say("assigned", held.toList());
      }
    };
  }

  static void tell(ConsumerRecord<?, String> record) {
    say("read", List.of(record.partition(), record.offset(), record.value()));
  }

  static void endWithInput() {
    Thread waiting = new Thread(Member::waitForEnd);
    waiting.setDaemon(true);
    waiting.start();
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
