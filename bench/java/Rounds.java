import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes to all partitions of a topic at once, one batch of one record each, and waits until all are
 * acknowledged; again and again. Prints the median and the 99th percentile of a round in us.
 *
 * Arguments: bootstrap, topic, partitions, rounds, bytes of a record, then producer settings as
 * key=value.
 */
public final class Rounds {
  private static final int WARM_UP_ROUNDS = 20;

  public static void main(String[] words) throws Exception {
    int partitions = Integer.parseInt(words[2]);
    int rounds = Integer.parseInt(words[3]);
    byte[] value = new byte[Integer.parseInt(words[4])];
    Histogram took = new Histogram(3);
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings(words))) {
      for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
        long begunNs = System.nanoTime();
        List<Future<?>> sent = new ArrayList<>(partitions);
        for (int partition = 0; partition < partitions; partition++) {
          sent.add(producer.send(new ProducerRecord<>(words[1], partition, null, value)));
        }
        producer.flush();
        for (Future<?> each : sent) each.get();
        if (round >= 0) took.recordValue((System.nanoTime() - begunNs) / 1000);
      }
    }
    System.out.printf(
        "{\"p50Us\":%d,\"p99Us\":%d}%n",
        took.getValueAtPercentile(50), took.getValueAtPercentile(99));
  }

  private static Map<String, Object> settings(String[] words) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", words[0]);
    String serializer = "org.apache.kafka.common.serialization.ByteArraySerializer";
    settings.put("key.serializer", serializer);
    settings.put("value.serializer", serializer);
    for (int at = 5; at < words.length; at++) {
      String[] pair = words[at].split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    // All leave together, when they are flushed.
    settings.put("linger.ms", "10000");
    return settings;
  }
}
