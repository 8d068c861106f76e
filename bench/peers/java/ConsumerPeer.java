import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** WORKLOAD BROKERS TOPICS RECORDS [WARM_UP]: Kafka's own consumer, with its auto commit of what was polled before. */
public class ConsumerPeer {
  public static void main(String[] args) {
    Consumer<byte[]> take = Measure.of(args);
    try (var consumer = new KafkaConsumer<byte[], byte[]>(Measure.consumerProperties(args[1]))) {
      consumer.subscribe(List.of(args[2].split(",")), Measure.whenAssigned());
      while (true)
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) take.accept(record.value());
    }
  }
}
