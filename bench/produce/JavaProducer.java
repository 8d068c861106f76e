import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The same with Kafka's Java client and its defaults: one thread that calls send. */
public class JavaProducer {
  public static void main(String[] args) throws Exception {
    String topic = args[1];
    int records = Integer.parseInt(args[2]);
    int bytes = Integer.parseInt(args[3]);
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    properties.put("acks", "all");
    properties.put("enable.idempotence", args[4]);
    properties.put("compression.type", args[5]);
    byte[][] values = new byte[1000][];
    for (int number = 0; number < 1000; number++) {
      StringBuilder text = new StringBuilder();
      for (int field = 0; text.length() < bytes; field++)
        text.append("{\"id\":").append(((long) number * 7919 + (long) field * 104729) % 1000003).append(",\"name\":\"field-").append(field % 17).append("\"}");
      values[number] = text.substring(0, bytes).getBytes();
    }
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      write(producer, topic, values, 50_000, failure);
      long start = System.nanoTime();
      write(producer, topic, values, records, failure);
      double ms = (System.nanoTime() - start) / 1e6;
      if (failure.get() != null) throw failure.get();
      System.out.println("{\"ms\":" + ms + ",\"records\":" + records + ",\"rss\":0}");
    }
  }

  private static void write(KafkaProducer<byte[], byte[]> producer, String topic, byte[][] values, int count, AtomicReference<Exception> failure) {
    for (int number = 0; number < count; number++)
      producer.send(new ProducerRecord<>(topic, values[number % values.length]), (metadata, error) -> {
        if (error != null) failure.set(error);
      });
    producer.flush();
  }
}
