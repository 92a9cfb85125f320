import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Sends many records, each in a request of its own, without waiting for any: as many as are sent may
 * be in flight at once. Prints how many were acknowledged and refused, the rate, and how long an
 * acknowledgement took from its send in us.
 *
 * Arguments: bootstrap, topic, records, bytes of a record, then producer settings as key=value.
 */
public final class Burst {
  private static final int WARM_UP = 2000;
  /** Beside its bytes, of a batch of one record, rounded up. */
  private static final int OVERHEAD_BYTES = 256;

  public static void main(String[] words) throws Exception {
    int count = Integer.parseInt(words[2]);
    byte[] value = new byte[Integer.parseInt(words[3])];
    Histogram took = new ConcurrentHistogram(3);
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings(words, count, value))) {
      send(producer, words[1], WARM_UP, value, new ConcurrentHistogram(3));
      long begunNs = System.nanoTime();
      int failed = send(producer, words[1], count, value, took);
      double seconds = (System.nanoTime() - begunNs) / 1e9;
      System.out.printf(
          "{\"acked\":%d,\"failed\":%d,\"recordsPerSecond\":%.1f,\"p50Us\":%d,\"p99Us\":%d}%n",
          count - failed, failed, count / seconds,
          took.getValueAtPercentile(50), took.getValueAtPercentile(99));
    }
  }

  /** Returns how many were refused, when all are answered. */
  private static int send(
      KafkaProducer<byte[], byte[]> producer, String topic, int count, byte[] value, Histogram took)
      throws InterruptedException {
    CountDownLatch open = new CountDownLatch(count);
    AtomicInteger failed = new AtomicInteger();
    for (int nth = 0; nth < count; nth++) {
      long sentNs = System.nanoTime();
      producer.send(new ProducerRecord<>(topic, value), (metadata, error) -> {
        if (error != null) failed.incrementAndGet();
        else took.recordValue((System.nanoTime() - sentNs) / 1000);
        open.countDown();
      });
    }
    open.await();
    return failed.get();
  }

  private static Map<String, Object> settings(String[] words, int count, byte[] value) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", words[0]);
    String serializer = "org.apache.kafka.common.serialization.ByteArraySerializer";
    settings.put("key.serializer", serializer);
    settings.put("value.serializer", serializer);
    for (int at = 4; at < words.length; at++) {
      String[] pair = words[at].split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    settings.put("max.in.flight.requests.per.connection", String.valueOf(count));
    settings.put("buffer.memory", String.valueOf((long) count * (value.length + OVERHEAD_BYTES)));
    settings.put("max.block.ms", "120000");
    return settings;
  }
}
