import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.util.HashMap;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** drain BROKERS TOPICS RECORDS: a handler of 5 ms under Confluent's Parallel Consumer, by key, 256 at once. */
public class ParallelConsumerPeer {
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
    var processor = ParallelStreamProcessor.createEosStreamProcessor(options);
    processor.subscribe(List.of(args[2].split(",")), Measure.whenAssigned());
    processor.poll(context -> {
      try {
        Thread.sleep(5);
      } catch (InterruptedException interrupted) {
        throw new RuntimeException(interrupted);
      }
      synchronized (take) {
        take.accept(context.value());
      }
    });
  }
}
