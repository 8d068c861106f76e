// The same handler of 5 ms under Confluent's Parallel Consumer, by key, 256 at once; prints records and ms as JSON.
import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.KafkaConsumer;

public class ParallelConsumerPeer {
  public static void main(String[] args) {
    long count = Long.parseLong(args[2]);
    var text = "org.apache.kafka.common.serialization.StringDeserializer";
    var consumer = new KafkaConsumer<String, String>(Map.of(
        "bootstrap.servers", args[0], "group.id", "bench-" + System.nanoTime(), "auto.offset.reset", "earliest",
        "enable.auto.commit", "false", "key.deserializer", text, "value.deserializer", text));
    var options = ParallelConsumerOptions.<String, String>builder()
        .ordering(ParallelConsumerOptions.ProcessingOrder.KEY).maxConcurrency(256).consumer(consumer).build();
    var seen = new AtomicLong();
    var began = new AtomicLong();
    var processor = ParallelStreamProcessor.createEosStreamProcessor(options);
    processor.subscribe(List.of(args[1]));
    processor.poll(context -> {
      began.compareAndSet(0, System.nanoTime());
      try {
        Thread.sleep(5);
      } catch (InterruptedException interrupted) {
        throw new RuntimeException(interrupted);
      }
      if (seen.incrementAndGet() == count) {
        System.out.println("{\"records\":" + count + ",\"ms\":" + (System.nanoTime() - began.get()) / 1e6 + "}");
        Runtime.getRuntime().halt(0);
      }
    });
  }
}
