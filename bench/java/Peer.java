import java.io.IOException;

/** A Kafka broker that ends with whoever started it: when its standard input does. */
public final class Peer {
  public static void main(String[] words) {
    Thread watch = new Thread(Peer::endWithInput, "end-with-input");
    watch.setDaemon(true);
    watch.start();
    kafka.Kafka.main(words);
  }

  private static void endWithInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException error) {
      // As good as its end.
    }
    Runtime.getRuntime().halt(0);
  }
}
