import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** BROKERS TOPIC RECORDS FILE IDEMPOTENT COMPRESSION: the same as node/produce.mjs, from one thread that calls send. */
public class ProducerPeer {
  private static final int WARM_UP = 50_000;

  public static void main(String[] args) throws Exception {
    int records = Integer.parseInt(args[2]);
    byte[][] values = Files.readAllLines(Path.of(args[3])).stream().map(String::getBytes).toArray(byte[][]::new);
    var properties = Measure.producerProperties(args[0], args[4], args[5]);
    try (var producer = new KafkaProducer<byte[], byte[]>(properties)) {
      write(producer, args[1], values, WARM_UP);
      Measure.ready();
      write(producer, args[1], values, records);
      Measure.end("\"records\":" + records + ",\"written\":" + (records + WARM_UP) + "," + Measure.times());
    }
  }

  private static void write(KafkaProducer<byte[], byte[]> producer, String topic, byte[][] values, int count)
      throws Exception {
    var failure = new AtomicReference<Exception>();
    for (int number = 0; number < count; number++)
      producer.send(new ProducerRecord<>(topic, values[number % values.length]), (metadata, error) -> {
        if (error != null) failure.set(error);
      });
    producer.flush();
    if (failure.get() != null) throw failure.get();
  }
}
