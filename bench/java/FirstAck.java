import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A producer that is there before its broker: sends one record and prints `ready`; sends another for
 * the line that it is given, and prints when that was acknowledged, in ms since 1970.
 *
 * Arguments: bootstrap, topic, then producer settings as key=value.
 */
public final class FirstAck {
  public static void main(String[] words) throws Exception {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", words[0]);
    String serializer = "org.apache.kafka.common.serialization.ByteArraySerializer";
    settings.put("key.serializer", serializer);
    settings.put("value.serializer", serializer);
    // It looks every 10 ms whether its broker is back: what is measured is the broker.
    settings.put("reconnect.backoff.ms", "10");
    settings.put("reconnect.backoff.max.ms", "10");
    settings.put("retry.backoff.ms", "10");
    settings.put("retry.backoff.max.ms", "10");
    for (int at = 2; at < words.length; at++) {
      String[] pair = words[at].split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    byte[] value = new byte[100];
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
      producer.send(new ProducerRecord<>(words[1], value)).get();
      System.out.println("ready");
      while (System.in.read() != '\n') {}
      producer.send(new ProducerRecord<>(words[1], value)).get();
      System.out.println(System.currentTimeMillis());
    }
  }
}
