import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Kafka's own Java client, to be compared with.
 *
 * <pre>
 * write BROKERS TOPIC CODECS          writes the records that it is given, a line each; partition N with the Nth of CODECS
 * read BROKERS TOPIC [read_committed] prints every record, a line each
 * murmur2 COUNT SEED                  writes the hashes of so many random keys, as big-endian integers; test/unit/core/
 *                                     murmur2.test.ts makes the same keys
 * </pre>
 *
 * What a line holds is in test/support/record-lines.ts.
 */
public class JavaRecords {
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "write" -> write(args[1], args[2], args[3].split(","));
      case "read" -> read(args[1], args[2], args.length > 3 ? args[3] : "read_uncommitted");
      case "murmur2" -> murmur2(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void write(String brokers, String topic, String[] codecs) throws Exception {
    List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
    for (String codec : codecs) {
      Properties properties = new Properties();
      properties.put("bootstrap.servers", brokers);
      properties.put("compression.type", codec);
      properties.put("linger.ms", "50");
      properties.put("batch.size", "1000000");
      producers.add(new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
    }
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] fields = line.split("\t", -1);
      int partition = Integer.parseInt(fields[0]);
      List<Header> headers = new ArrayList<>();
      for (String header : fields[5].split(" ")) {
        if (header.isEmpty()) continue;
        String[] parts = header.split(":", -1);
        headers.add(new RecordHeader(new String(bytes(parts[0]), StandardCharsets.UTF_8), bytes(parts[1])));
      }
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(topic, partition, Long.parseLong(fields[2]), bytes(fields[3]), bytes(fields[4]), headers);
      sent.add(producers.get(partition).send(record));
    }
    for (KafkaProducer<byte[], byte[]> producer : producers) producer.close();
    for (Future<RecordMetadata> written : sent) written.get();
  }

  private static void read(String brokers, String topic, String isolation) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", brokers);
    properties.put("isolation.level", isolation);
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition)))
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          StringBuilder headers = new StringBuilder();
          for (Header header : record.headers()) headers.append(base64(header.key().getBytes(StandardCharsets.UTF_8))).append(':').append(base64(header.value())).append(' ');
          out.println(record.partition() + "\t" + record.offset() + "\t" + record.timestamp() + "\t" + base64(record.key()) + "\t" + base64(record.value()) + "\t" + headers.toString().trim());
        }
    }
    out.flush();
  }

  /** Keys of 0 to 63 bytes, from a generator of 32 bits (xorshift). */
  private static void murmur2(int count, int seed) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    int state = seed;
    for (int number = 0; number < count; number++) {
      state = next(state);
      byte[] key = new byte[(state >>> 8) & 63];
      for (int at = 0; at < key.length; at++) {
        state = next(state);
        key[at] = (byte) (state >>> 16);
      }
      int hash = Utils.murmur2(key);
      out.write(hash >>> 24);
      out.write(hash >>> 16);
      out.write(hash >>> 8);
      out.write(hash);
    }
    out.flush();
  }

  private static int next(int state) {
    int x = state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x;
  }

  private static byte[] bytes(String base64) {
    return base64.equals("-") ? null : Base64.getDecoder().decode(base64);
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
  }
}
