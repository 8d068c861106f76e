import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** BROKERS FROM TO RECORDS: consume, transform, produce, commit with the offsets in one transaction for each poll of up to 500 records. */
public class TransactionalCopyPeer {
  public static void main(String[] args) {
    int records = Integer.parseInt(args[3]);
    var reading = new HashMap<>(Measure.consumerProperties(args[0]));
    reading.put("enable.auto.commit", "false");
    reading.put("max.poll.records", "500");
    var writing = new HashMap<>(Measure.producerProperties(args[0], "true", "none"));
    writing.put("transactional.id", "bench-" + System.nanoTime());
    try (var consumer = new KafkaConsumer<byte[], byte[]>(reading);
        var producer = new KafkaProducer<byte[], byte[]>(writing)) {
      producer.initTransactions();
      consumer.subscribe(List.of(args[1]), Measure.whenAssigned());
      for (int copied = 0; copied < records;) {
        var polled = consumer.poll(Duration.ofMillis(500));
        if (polled.isEmpty()) continue;
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (var record : polled) {
          byte[] value = new String(record.value()).toUpperCase().getBytes();
          producer.send(new ProducerRecord<>(args[2], record.key(), value));
          offsets.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        producer.commitTransaction();
        copied += polled.count();
      }
      Measure.end("\"records\":" + records + "," + Measure.times());
    }
  }
}
