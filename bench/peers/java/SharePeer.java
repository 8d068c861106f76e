import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;

/** WORKLOAD BROKERS TOPICS RECORDS: Kafka's own share consumer, which accepts with each poll what the one before gave. Timed from the first record on. */
public class SharePeer {
  public static void main(String[] args) throws Exception {
    Consumer<byte[]> take = Measure.of(args);
    String group = "bench-" + System.nanoTime();
    try (var admin = Admin.create(Map.of("bootstrap.servers", args[1]))) {
      var earliest = new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET);
      admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), List.of(earliest))).all().get();
    }
    String bytes = "org.apache.kafka.common.serialization.ByteArrayDeserializer";
    Map<String, Object> properties = Map.of(
        "bootstrap.servers", args[1], "group.id", group, "key.deserializer", bytes, "value.deserializer", bytes);
    try (var consumer = new KafkaShareConsumer<byte[], byte[]>(properties)) {
      consumer.subscribe(List.of(args[2].split(",")));
      boolean began = false;
      boolean[] seen = new boolean[Integer.parseInt(args[3])];
      while (true)
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          if (!began) Measure.ready();
          began = true;
          // A record that is delivered again counts once.
          int number = ByteBuffer.wrap(record.value()).getInt();
          if (seen[number]) continue;
          seen[number] = true;
          take.accept(record.value());
        }
    }
  }
}
