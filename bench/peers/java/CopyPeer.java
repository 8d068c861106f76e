import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** BROKERS FROM TO RECORDS: consume, transform, produce, commit: what was polled is written, flushed, and then stored. */
public class CopyPeer {
  public static void main(String[] args) {
    int records = Integer.parseInt(args[3]);
    var properties = new HashMap<>(Measure.consumerProperties(args[0]));
    properties.put("enable.auto.commit", "false");
    try (var consumer = new KafkaConsumer<byte[], byte[]>(properties);
        var producer = new KafkaProducer<byte[], byte[]>(Measure.producerProperties(args[0], "true", "none"))) {
      consumer.subscribe(List.of(args[1]), Measure.whenAssigned());
      for (int copied = 0; copied < records;) {
        var polled = consumer.poll(Duration.ofMillis(500));
        for (var record : polled) {
          byte[] value = new String(record.value()).toUpperCase().getBytes();
          producer.send(new ProducerRecord<>(args[2], record.key(), value), (metadata, error) -> {
            if (error != null) Runtime.getRuntime().halt(1);
          });
        }
        producer.flush();
        consumer.commitSync();
        copied += polled.count();
      }
      Measure.end("\"records\":" + records + "," + Measure.times());
    }
  }
}
