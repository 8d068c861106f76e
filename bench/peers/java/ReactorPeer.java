import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import reactor.core.publisher.Flux;
import reactor.kafka.receiver.KafkaReceiver;
import reactor.kafka.receiver.ReceiverOptions;

/** WORKLOAD BROKERS TOPICS RECORDS [WARM_UP]: Reactor Kafka's fastest way, batches that are acknowledged when done with. */
public class ReactorPeer {
  public static void main(String[] args) {
    Consumer<byte[]> take = Measure.of(args);
    var options = ReceiverOptions.<byte[], byte[]>create(Measure.consumerProperties(args[1]))
        .commitInterval(Duration.ofSeconds(1))
        .addAssignListener(partitions -> Measure.ready())
        .subscription(List.of(args[2].split(",")));
    Flux<Flux<ConsumerRecord<byte[], byte[]>>> batches = KafkaReceiver.create(options).receiveAutoAck();
    batches.concatMap(batch -> batch.doOnNext(record -> take.accept(record.value()))).blockLast();
  }
}
