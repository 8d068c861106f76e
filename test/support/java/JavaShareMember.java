import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A member of a share group as Kafka's own client makes it. It accepts each record, and releases each whose value begins with "release"
 * the first time that it is delivered. Ends with its input.
 *
 * <pre>java -cp 'kafka-clients.jar:…' JavaShareMember.java 127.0.0.1:9092 GROUP TOPIC</pre>
 *
 * Prints a line for each record once its acknowledgement is confirmed: "accepted" or "released", partition, offset, delivery count.
 */
public class JavaShareMember {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("group.id", args[1]);
        properties.put("share.acknowledgement.mode", "explicit");
        properties.put("max.poll.records", "10");
        properties.put("share.acquire.mode", "record_limit");
        properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
        try (KafkaShareConsumer<byte[], byte[]> consumer = new KafkaShareConsumer<>(properties)) {
            consumer.subscribe(List.of(args[2]));
            while (System.in.available() == 0) {
                StringBuilder lines = new StringBuilder();
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    int count = record.deliveryCount().orElse((short) 0);
                    boolean released = count == 1 && new String(record.value(), StandardCharsets.UTF_8).startsWith("release");
                    consumer.acknowledge(record, released ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT);
                    lines.append(released ? "released " : "accepted ")
                            .append(record.partition()).append(' ').append(record.offset()).append(' ').append(count).append('\n');
                }
                consumer.commitSync();
                out.print(lines);
                out.flush();
            }
        }
    }
}
