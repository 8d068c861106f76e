import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.reactor.ReactorProcessor;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import reactor.core.publisher.Mono;

/** drain BROKERS TOPICS RECORDS: as ParallelConsumerPeer, with a handler that waits without a thread of its own. */
public class ParallelReactorPeer {
  public static void main(String[] args) {
    Consumer<byte[]> take = Measure.of(args);
    var properties = new HashMap<>(Measure.consumerProperties(args[1]));
    // It stores offsets itself, and asks for this.
    properties.put("enable.auto.commit", "false");
    var options = ParallelConsumerOptions.<byte[], byte[]>builder()
        .ordering(ParallelConsumerOptions.ProcessingOrder.KEY)
        .maxConcurrency(256)
        .consumer(new KafkaConsumer<>(properties))
        .build();
    var processor = new ReactorProcessor<byte[], byte[]>(options);
    processor.subscribe(List.of(args[2].split(",")), Measure.whenAssigned());
    processor.react(context -> Mono.delay(Duration.ofMillis(5)).doOnNext(waited -> {
      synchronized (take) {
        take.accept(context.value());
      }
    }));
  }
}
