import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Members of consumer groups as Kafka's own client makes them, in one process, told what to do by lines on standard input.
 *
 * <pre>java -cp 'kafka-clients.jar:…' JavaMember.java 127.0.0.1:9092</pre>
 * <ul>
 * <li>open NAME TOPIC property=value …
 * <li>close NAME
 * </ul>
 * The end of the input closes all of them. What happens is printed, a line each:
 * <ul>
 * <li>NAME assigned MEMBER-ID GENERATION p,p,…
 * <li>NAME revoked p,p,… when it has committed what it handled of them
 * <li>NAME lost p,p,…
 * <li>NAME record PARTITION OFFSET
 * <li>NAME closed
 * <li>NAME failed EXCEPTION: MESSAGE
 * </ul>
 */
public class JavaMember extends Thread implements ConsumerRebalanceListener {
    private static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private final String name;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, OffsetAndMetadata> handled = new HashMap<>();
    private volatile boolean closing = false;

    public static void main(String[] args) throws Exception {
        Map<String, JavaMember> members = new ConcurrentHashMap<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null; ) {
            String[] words = line.split(" ");
            if (words[0].equals("open")) {
                JavaMember member = new JavaMember(args[0], words);
                members.put(words[1], member);
                member.start();
            } else members.remove(words[1]).closing = true;
        }
        for (JavaMember member : members.values()) member.closing = true;
        for (JavaMember member : members.values()) member.join();
    }

    private JavaMember(String brokers, String[] words) {
        name = words[1];
        Properties properties = new Properties();
        properties.put("bootstrap.servers", brokers);
        properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        for (int at = 3; at < words.length; at++) {
            int equals = words[at].indexOf('=');
            properties.put(words[at].substring(0, equals), words[at].substring(equals + 1));
        }
        consumer = new KafkaConsumer<>(properties);
        consumer.subscribe(List.of(words[2]), this);
    }

    @Override
    public void run() {
        try (consumer) {
            while (!closing || !hasCommitted())
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                    handled.put(
                            new TopicPartition(record.topic(), record.partition()),
                            new OffsetAndMetadata(record.offset() + 1));
                    say("record " + record.partition() + " " + record.offset());
                }
        } catch (Exception failure) {
            say("failed " + failure.getClass().getSimpleName() + ": " + failure.getMessage());
        }
        say("closed");
    }

    /** Who closes during a rebalance loses its partitions with what is not committed: it polls on until a commit is taken. */
    private boolean hasCommitted() {
        try {
            consumer.commitSync(handled);
            return true;
        } catch (RebalanceInProgressException later) {
            return false;
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        var self = consumer.groupMetadata();
        say("assigned " + self.memberId() + " " + self.generationId() + " " + numbers(partitions));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> theirs = new HashMap<>(handled);
        theirs.keySet().retainAll(partitions);
        handled.keySet().removeAll(partitions);
        if (!theirs.isEmpty()) consumer.commitSync(theirs);
        say("revoked " + numbers(partitions));
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        handled.keySet().removeAll(partitions);
        say("lost " + numbers(partitions));
    }

    private void say(String what) {
        out.println(name + " " + what);
    }

    private static String numbers(Collection<TopicPartition> partitions) {
        return partitions.stream().map(place -> String.valueOf(place.partition())).collect(Collectors.joining(","));
    }
}
