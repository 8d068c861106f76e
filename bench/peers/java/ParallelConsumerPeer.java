import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import io.confluent.parallelconsumer.reactor.ReactorProcessor;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import reactor.core.publisher.Mono;

/**
 * drain BROKERS TOPICS RECORDS: a handler of 5 ms under Confluent's Parallel Consumer, by key, 256 at once; each on a thread
 * that sleeps, or with -Dwait=reactor without a thread of its own.
 */
public class ParallelConsumerPeer {
  public static void main(String[] args) {
    Consumer<byte[]> all = Measure.of(args);
    Consumer<byte[]> take = value -> {
      synchronized (all) {
        all.accept(value);
      }
    };
    var properties = new HashMap<>(Measure.consumerProperties(args[1]));
    // It stores offsets itself, and asks for this.
    properties.put("enable.auto.commit", "false");
    var options = ParallelConsumerOptions.<byte[], byte[]>builder()
        .ordering(ParallelConsumerOptions.ProcessingOrder.KEY)
        .maxConcurrency(256)
        .consumer(new KafkaConsumer<>(properties))
        .build();
    var topics = List.of(args[2].split(","));
    if ("reactor".equals(System.getProperty("wait"))) {
      var processor = new ReactorProcessor<byte[], byte[]>(options);
      processor.subscribe(topics, Measure.whenAssigned());
      processor.react(context ->
          Mono.delay(Duration.ofMillis(5)).doOnNext(waited -> take.accept(context.value())));
      return;
    }
    var processor = ParallelStreamProcessor.createEosStreamProcessor(options);
    processor.subscribe(topics, Measure.whenAssigned());
    processor.poll(context -> {
      try {
        Thread.sleep(5);
      } catch (InterruptedException interrupted) {
        throw new RuntimeException(interrupted);
      }
      take.accept(context.value());
    });
  }
}
