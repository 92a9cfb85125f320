import com.sun.tools.attach.VirtualMachine;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Prints how often a Kafka broker has synced a log to its disk so far. Argument: its process id. */
public final class Flushes {
  private static final String TIMER = "kafka.log:type=LogFlushStats,name=LogFlushRateAndTimeMs";

  public static void main(String[] words) throws Exception {
    VirtualMachine broker = VirtualMachine.attach(words[0]);
    JMXServiceURL address = new JMXServiceURL(broker.startLocalManagementAgent());
    try (var connector = JMXConnectorFactory.connect(address)) {
      var beans = connector.getMBeanServerConnection();
      System.out.println(beans.getAttribute(new ObjectName(TIMER), "Count"));
    }
    broker.detach();
  }
}
