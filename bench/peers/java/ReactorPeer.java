import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import reactor.kafka.receiver.KafkaReceiver;
import reactor.kafka.receiver.ReceiverOptions;

/**
 * WORKLOAD BROKERS TOPICS RECORDS [WARM_UP]: Reactor Kafka, each record acknowledged by itself; with -Dack=batch its fastest
 * way, batches that are acknowledged when done with.
 */
public class ReactorPeer {
  public static void main(String[] args) {
    Consumer<byte[]> take = Measure.of(args);
    var options = ReceiverOptions.<byte[], byte[]>create(Measure.consumerProperties(args[1]))
        .commitInterval(Duration.ofSeconds(1))
        .addAssignListener(partitions -> Measure.ready())
        .subscription(List.of(args[2].split(",")));
    KafkaReceiver<byte[], byte[]> receiver = KafkaReceiver.create(options);
    if ("batch".equals(System.getProperty("ack")))
      receiver.receiveAutoAck().concatMap(batch -> batch.doOnNext(record -> take.accept(record.value()))).blockLast();
    else
      receiver.receive().doOnNext(record -> {
        take.accept(record.value());
        record.receiverOffset().acknowledge();
      }).blockLast();
  }
}
