import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Sends records at a fixed rate and counts each latency from the moment its record was due, whether
 * the producer came to it in time or not. The consumer is in the same process: one clock. Prints
 * `measuring` when the first record that counts is due, and at the end one line of JSON: histograms in
 * us as [value, count] pairs, so that runs can be merged; times without an acknowledgement as [from,
 * to] in ms since 1970.
 *
 * Arguments: bootstrap, topic, records a second, seconds to warm up, seconds to measure, bytes of a
 * record, then producer settings as key=value.
 */
public final class OpenLoop {
  private static final long NS_PER_SECOND = 1_000_000_000L;
  private static final long US_MAX = TimeUnit.HOURS.toMicros(1);
  private static final int DIGITS = 3;
  private static final long DRAIN_MS = 60_000;
  /** Shorter times between two acknowledgements are not told. */
  private static final long GAP_NS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final Histogram acks = new ConcurrentHistogram(US_MAX, DIGITS);
  private static final Histogram ends = new ConcurrentHistogram(US_MAX, DIGITS);
  private static final AtomicLong acked = new AtomicLong();
  private static final AtomicLong failed = new AtomicLong();
  /** Only the producer's thread changes these, and it has ended when they are read. */
  private static long lastAckNs;
  private static final List<long[]> gaps = new ArrayList<>();

  public static void main(String[] words) throws Exception {
    String bootstrap = words[0];
    String topic = words[1];
    double perSecond = Double.parseDouble(words[2]);
    double warmUpSeconds = Double.parseDouble(words[3]);
    long warmUp = (long) (perSecond * warmUpSeconds);
    long total = warmUp + (long) (perSecond * Double.parseDouble(words[4]));
    byte[] payload = payload(Integer.parseInt(words[5]));
    Map<String, Object> settings = settings(bootstrap, words);

    Reader reader = new Reader(bootstrap, topic);
    reader.start();
    reader.awaitReady();
    long begunNs;
    long measuredNs = 0;
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
      producer.partitionsFor(topic);
      begunNs = System.nanoTime();
      for (long nth = 0; nth < total; nth++) {
        long dueNs = begunNs + (long) (nth * (NS_PER_SECOND / perSecond));
        await(dueNs);
        if (nth == warmUp) {
          measuredNs = dueNs;
          System.out.println("measuring");
        }
        send(producer, topic, payload, dueNs, nth >= warmUp);
      }
    }
    double tookSeconds = (System.nanoTime() - begunNs) / (double) NS_PER_SECOND;
    long lastDueNs = begunNs + (long) ((total - 1) * (NS_PER_SECOND / perSecond));
    reader.finish(acked.get());
    print(total, tookSeconds, new long[] {measuredNs, lastDueNs});
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, String topic, byte[] payload, long dueNs, boolean counts) {
    byte[] value = payload.clone();
    ByteBuffer.wrap(value).putLong(dueNs).put((byte) (counts ? 1 : 0));
    producer.send(new ProducerRecord<>(topic, value), (metadata, error) -> {
      if (error != null) {
        failed.incrementAndGet();
        return;
      }
      long nowNs = System.nanoTime();
      acked.incrementAndGet();
      if (!counts) return;
      tally(acks, nowNs - dueNs);
      if (lastAckNs != 0 && nowNs - lastAckNs >= GAP_NS) gaps.add(new long[] {lastAckNs, nowNs});
      lastAckNs = nowNs;
    });
  }

  private static void tally(Histogram histogram, long ns) {
    histogram.recordValue(Math.min(US_MAX, Math.max(1, ns / 1000)));
  }

  /** Parks up to a moment; a late wake-up is part of the latency, for both systems alike. */
  private static void await(long dueNs) {
    for (;;) {
      long leftNs = dueNs - System.nanoTime();
      if (leftNs <= 0) return;
      LockSupport.parkNanos(leftNs);
    }
  }

  private static byte[] payload(int bytes) {
    byte[] payload = new byte[Math.max(bytes, Long.BYTES + 1)];
    byte[] half = new byte[payload.length / 2];
    new Random(1).nextBytes(half);
    System.arraycopy(half, 0, payload, 0, half.length);
    return payload;
  }

  private static Map<String, Object> settings(String bootstrap, String[] words) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrap);
    String serializer = "org.apache.kafka.common.serialization.ByteArraySerializer";
    settings.put("key.serializer", serializer);
    settings.put("value.serializer", serializer);
    for (int at = 6; at < words.length; at++) {
      String[] pair = words[at].split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    return settings;
  }

  private static void print(long total, double tookSeconds, long[] measured) {
    System.out.printf(
        "{\"sent\":%d,\"acked\":%d,\"failed\":%d,\"tookSeconds\":%.3f,\"measured\":%s,\"gaps\":%s,\"ack\":%s,\"endToEnd\":%s}%n",
        total, acked.get(), failed.get(), tookSeconds, span(measured),
        gaps.stream().map(OpenLoop::span).toList(), pairs(acks), pairs(ends));
  }

  /** [from, to] in ms since 1970. */
  private static String span(long[] ns) {
    double offsetMs = System.currentTimeMillis() - System.nanoTime() / 1e6;
    return String.format("[%.1f,%.1f]", ns[0] / 1e6 + offsetMs, ns[1] / 1e6 + offsetMs);
  }

  private static String pairs(Histogram histogram) {
    StringBuilder text = new StringBuilder("[");
    for (HistogramIterationValue it : histogram.recordedValues()) {
      if (text.length() > 1) text.append(',');
      long value = histogram.highestEquivalentValue(it.getValueIteratedTo());
      text.append('[').append(value).append(',').append(it.getCountAtValueIteratedTo()).append(']');
    }
    return text.append(']').toString();
  }

  /** Reads all partitions from their ends on, without a group. */
  private static final class Reader extends Thread {
    private final String bootstrap;
    private final String topic;
    private final Object ready = new Object();
    private boolean isReady;
    private volatile long wanted = Long.MAX_VALUE;
    private volatile long deadlineMs = Long.MAX_VALUE;

    Reader(String bootstrap, String topic) {
      super("reader");
      this.bootstrap = bootstrap;
      this.topic = topic;
      setDaemon(true);
      setUncaughtExceptionHandler((thread, error) -> {
        error.printStackTrace();
        Runtime.getRuntime().halt(1);
      });
    }

    @Override
    public void run() {
      Map<String, Object> settings = new HashMap<>();
      settings.put("bootstrap.servers", bootstrap);
      String deserializer = "org.apache.kafka.common.serialization.ByteArrayDeserializer";
      settings.put("key.deserializer", deserializer);
      settings.put("value.deserializer", deserializer);
      try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
        var partitions = consumer.partitionsFor(topic).stream().map(Reader::partitionOf).toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        for (TopicPartition partition : partitions) consumer.position(partition);
        synchronized (ready) {
          isReady = true;
          ready.notifyAll();
        }
        read(consumer);
      }
    }

    private void read(KafkaConsumer<byte[], byte[]> consumer) {
      long seen = 0;
      while (seen < wanted && System.currentTimeMillis() < deadlineMs) {
        for (var received : consumer.poll(Duration.ofMillis(100))) {
          long nowNs = System.nanoTime();
          seen++;
          ByteBuffer value = ByteBuffer.wrap(received.value());
          long dueNs = value.getLong();
          if (value.get() == 1) tally(ends, nowNs - dueNs);
        }
      }
    }

    private static TopicPartition partitionOf(PartitionInfo info) {
      return new TopicPartition(info.topic(), info.partition());
    }

    void awaitReady() throws InterruptedException {
      synchronized (ready) {
        while (!isReady) ready.wait();
      }
    }

    /** All that was acknowledged has to come. */
    void finish(long count) throws InterruptedException {
      deadlineMs = System.currentTimeMillis() + DRAIN_MS;
      wanted = count;
      join(2 * DRAIN_MS);
    }
  }
}
