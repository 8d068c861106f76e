import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * What Kafka's own assignors do with random groups: one JSON object a line, made from a seed.
 *
 * <pre>java -cp 'kafka-clients.jar:…' AssignorOracle.java cases 10000 1</pre>
 * A case is a round in the life of a group: what it was given last is what its members own. Members join, leave, change
 * their subscriptions, miss rounds and so claim what others have, or lie about what they own; topics grow, come and go.
 * <ul>
 * <li>topics: name and number of partitions
 * <li>members: id, group.instance.id, topics as indexes ("*" is one that does not exist), generation, and what they own as
 *   [topic, partition, …] lists
 * <li>range, roundrobin, sticky, cooperative: a character a partition, of all topics in order: the index of the member that
 *   got it, or a dot. "!" where Java threw, "?" where it did not come to an end.
 * </ul>
 *
 * <pre>java -cp … AssignorOracle.java racks 4000 1</pre>
 * The same with racks: a topic has the racks of each partition's replicas, a letter a rack, and a member its own at the end.
 * In half of the groups ids are single letters, which Java's maps keep in order: there nothing is left to their hashes.
 *
 * <pre>java -cp … AssignorOracle.java user-data 50 1</pre>
 * What members send to the leader: owned partitions, generation, and the bytes of both sticky assignors in hex.
 */
public class AssignorOracle {
    private static final String[] NAMES = {"orders", "t", "T", "t-1", "t-10", "t-2", "_internal", "a.b", "Z", "payments"};
    private static final String UNKNOWN = "nowhere";

    private static final String[] RACKS = {"x", "y", "z"};
    private static final String LETTERS = "abcdefghijkl";

    private final Random random;
    private final StringBuilder out = new StringBuilder();
    private int born = 0;
    private boolean racks = false;
    private String letters = "";
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, List<Node[]>> replicas = new HashMap<>();

    private AssignorOracle(long seed) {
        random = new Random(seed);
    }

    public static void main(String[] args) {
        AssignorOracle oracle = new AssignorOracle(Long.parseLong(args[2]));
        int count = Integer.parseInt(args[1]);
        oracle.racks = args[0].equals("racks");
        if (args[0].equals("user-data")) oracle.userData(count);
        else oracle.cases(count);
        PrintStream lines = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        lines.print(oracle.out);
        lines.flush();
    }

    private static final class Member {
        String id;
        String instance;
        String rack;
        List<String> topics;
        int generation = -1;
        List<TopicPartition> owned = new ArrayList<>();
    }

    private void cases(int count) {
        for (int made = 0; made < count; ) {
            TreeMap<String, Integer> topics = new TreeMap<>();
            for (int wanted = between(1, 6); topics.size() < wanted; ) topics.put(pick(NAMES), partitions());
            if (racks) newNodes();
            boolean alike = random.nextInt(5) < 2;
            // Whose outcome the members live by.
            boolean cooperative = random.nextBoolean();
            List<Member> members = new ArrayList<>();
            List<String> common = subscription(topics);
            for (int wanted = between(1, 8); members.size() < wanted; ) members.add(join(alike ? common : subscription(topics)));
            int generation = between(0, 3);
            for (int rounds = between(1, 6); rounds > 0 && made < count; rounds--, made++) {
                Collections.shuffle(members, random);
                Map<String, List<TopicPartition>> given = round(topics, members, cooperative);
                generation++;
                for (Member member : members) {
                    // Who misses a round, and comes back, has something to claim from the one before.
                    if (given == null || random.nextInt(12) == 0) continue;
                    member.owned = new ArrayList<>(given.get(member.id));
                    member.generation = generation;
                }
                change(topics, members, alike, common);
            }
        }
    }

    private void newNodes() {
        letters = random.nextBoolean() ? LETTERS : "";
        replicas.clear();
        nodes.clear();
        for (int id = 0, wanted = between(1, 5); id < wanted; id++) {
            String rack = random.nextInt(12) == 0 ? null : pick(RACKS);
            nodes.add(new Node(id, "localhost", 9092 + id, rack));
        }
    }

    private Node[] replicas(String topic, int partition) {
        List<Node[]> known = replicas.computeIfAbsent(topic, name -> new ArrayList<>());
        while (known.size() <= partition) {
            List<Node> some = new ArrayList<>(nodes);
            Collections.shuffle(some, random);
            known.add(some.subList(0, Math.min(nodes.size(), between(1, 3))).toArray(new Node[0]));
        }
        return known.get(partition);
    }

    private static String racksOf(Node[] nodes) {
        StringBuilder names = new StringBuilder();
        for (Node node : nodes) if (node.rack() != null && names.indexOf(node.rack()) < 0) names.append(node.rack());
        return names.toString();
    }

    private void change(TreeMap<String, Integer> topics, List<Member> members, boolean alike, List<String> common) {
        if (racks && random.nextInt(4) == 0) {
            // Its partitions have been moved to other nodes.
            replicas.remove(pick(topics.keySet().toArray(new String[0])));
        }
        for (int changes = between(0, 2); changes > 0; changes--) {
            switch (random.nextInt(8)) {
                case 0:
                case 1:
                    if (members.size() > 1) left(members.remove(random.nextInt(members.size())));
                    break;
                case 2:
                case 3:
                    if (members.size() < 8) members.add(join(alike ? common : subscription(topics)));
                    break;
                case 4:
                    if (!alike) members.get(random.nextInt(members.size())).topics = subscription(topics);
                    break;
                case 5: {
                    String topic = pick(topics.keySet().toArray(new String[0]));
                    topics.put(topic, Math.min(12, topics.get(topic) + between(1, 4)));
                    break;
                }
                case 6:
                    if (random.nextBoolean() && topics.size() > 1) {
                        String gone = pick(topics.keySet().toArray(new String[0]));
                        topics.remove(gone);
                        for (Member member : members) member.topics = without(member.topics, gone);
                        common.remove(gone);
                    }
                    break;
                default:
                    // A lie: it claims what another owns too.
                    Member liar = members.get(random.nextInt(members.size()));
                    Member other = members.get(random.nextInt(members.size()));
                    if (random.nextInt(4) == 0 && !other.owned.isEmpty()) {
                        TopicPartition claimed = other.owned.get(random.nextInt(other.owned.size()));
                        if (!liar.owned.contains(claimed)) liar.owned.add(claimed);
                    }
            }
        }
    }

    private static List<String> without(List<String> topics, String gone) {
        List<String> others = new ArrayList<>(topics);
        others.remove(gone);
        return others;
    }

    private void left(Member member) {
        if (member.id.length() == 1) letters += member.id;
    }

    private Member join(List<String> topics) {
        Member member = new Member();
        if (racks) member.rack = random.nextInt(8) == 0 ? (random.nextBoolean() ? null : "") : random.nextInt(12) == 0 ? "w" : pick(RACKS);
        // Ids in no order: Java's maps and ours must not agree by chance.
        if (letters.isEmpty()) member.id = Integer.toHexString(random.nextInt(1 << 16)) + "-" + born++;
        else {
            member.id = letters.substring(0, 1);
            letters = letters.substring(1);
        }
        member.instance = random.nextInt(4) == 0 ? "i" + random.nextInt(1 << 12) + "-" + born : null;
        member.topics = topics;
        return member;
    }

    private List<String> subscription(Map<String, Integer> topics) {
        List<String> wanted = new ArrayList<>();
        for (String topic : topics.keySet()) if (random.nextInt(3) != 0) wanted.add(topic);
        if (wanted.isEmpty()) wanted.add(pick(topics.keySet().toArray(new String[0])));
        if (random.nextInt(20) == 0) wanted.add(UNKNOWN);
        Collections.shuffle(wanted, random);
        return wanted;
    }

    private int partitions() {
        return random.nextInt(10) == 0 ? 0 : between(1, 12);
    }

    private int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    private <A> A pick(A[] from) {
        return from[random.nextInt(from.length)];
    }

    private Map<String, List<TopicPartition>> round(TreeMap<String, Integer> topics, List<Member> members, boolean cooperative) {
        List<String> names = new ArrayList<>(topics.keySet());
        out.append("{\"topics\":[");
        for (String name : names) out.append(name.equals(names.get(0)) ? "" : ",").append("[\"").append(name).append("\",").append(topics.get(name)).append(racks ? racksOf(name, topics.get(name)) : "").append(']');
        out.append("],\"members\":[");
        for (int index = 0; index < members.size(); index++) {
            Member member = members.get(index);
            out.append(index == 0 ? "" : ",").append("[\"").append(member.id).append("\",");
            out.append(member.instance == null ? "null" : '"' + member.instance + '"').append(",\"");
            for (String topic : member.topics) out.append(topic.equals(UNKNOWN) ? "*" : "" + names.indexOf(topic));
            out.append("\",").append(member.generation).append(',');
            // What it owned of a topic that is gone it owns no more.
            member.owned.removeIf(place -> !topics.containsKey(place.topic()));
            owned(member.owned, names);
            if (racks) out.append(',').append(member.rack == null ? "null" : '"' + member.rack + '"');
            out.append(']');
        }
        out.append(']');

        Node node = new Node(1, "localhost", 9092);
        List<PartitionInfo> infos = new ArrayList<>();
        topics.forEach((topic, count) -> {
            for (int partition = 0; partition < count; partition++) {
                Node[] on = racks ? replicas(topic, partition) : new Node[] {node};
                infos.add(new PartitionInfo(topic, partition, on[0], on, on));
            }
        });
        Cluster cluster = new Cluster("oracle", racks ? nodes : List.of(node), infos, Set.of(), Set.of());

        print("range", new RangeAssignor(), cluster, topics, members);
        print("roundrobin", new RoundRobinAssignor(), cluster, topics, members);
        Map<String, List<TopicPartition>> sticky = print("sticky", new StickyAssignor(), cluster, topics, members);
        Map<String, List<TopicPartition>> moved = print("cooperative", new CooperativeStickyAssignor(), cluster, topics, members);
        out.append("}\n");
        return cooperative ? moved : sticky;
    }

    private String racksOf(String topic, int partitions) {
        List<String> each = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) each.add(racksOf(replicas(topic, partition)));
        return ",\"" + String.join(",", each) + '"';
    }

    private void owned(List<TopicPartition> owned, List<String> names) {
        Map<String, StringBuilder> byTopic = new TreeMap<>();
        owned.stream()
            .sorted((a, b) -> a.topic().equals(b.topic()) ? a.partition() - b.partition() : a.topic().compareTo(b.topic()))
            .forEach(place -> byTopic.computeIfAbsent(place.topic(), topic -> new StringBuilder().append(names.indexOf(topic)))
                .append(',').append(place.partition()));
        out.append('[');
        boolean first = true;
        for (StringBuilder list : byTopic.values()) {
            out.append(first ? "[" : ",[").append(list).append(']');
            first = false;
        }
        out.append(']');
    }

    private Map<String, List<TopicPartition>> print(String name, ConsumerPartitionAssignor assignor, Cluster cluster, TreeMap<String, Integer> topics, List<Member> members) {
        Map<String, Subscription> subscriptions = new HashMap<>();
        for (Member member : members) {
            // Each member has an assignor of its own, which is told what the member was given.
            Subscription subscription = new Subscription(member.topics, userData(name, member.owned, member.generation), member.owned, member.generation, Optional.ofNullable(member.rack));
            subscription.setGroupInstanceId(Optional.ofNullable(member.instance));
            subscriptions.put(member.id, subscription);
        }
        out.append(",\"").append(name).append("\":\"");
        Map<String, List<TopicPartition>> given = new HashMap<>();
        String fault = withinLimit(() -> assignor.assign(cluster, new GroupSubscription(subscriptions)).groupAssignment().forEach((id, assignment) -> given.put(id, assignment.partitions())));
        if (fault != null) {
            out.append(fault).append('"');
            return null;
        }
        Map<TopicPartition, Integer> owners = new HashMap<>();
        for (int index = 0; index < members.size(); index++)
            for (TopicPartition place : given.get(members.get(index).id))
                if (owners.put(place, index) != null) throw new IllegalStateException(place + " was given twice by " + name);
        topics.forEach((topic, count) -> {
            for (int partition = 0; partition < count; partition++) {
                Integer owner = owners.remove(new TopicPartition(topic, partition));
                out.append(owner == null ? "." : owner.toString());
            }
        });
        if (!owners.isEmpty()) throw new IllegalStateException(name + " gave what does not exist: " + owners);
        out.append('"');
        return given;
    }

    /** Java's general sticky algorithm can move partitions in a circle for ever. */
    private static String withinLimit(Runnable assign) {
        String[] fault = {null};
        Thread thread = new Thread(() -> {
            try {
                assign.run();
            } catch (RuntimeException e) {
                fault[0] = "!";
            }
        });
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return thread.isAlive() ? "?" : fault[0];
    }

    /** What a member's own assignor has it send, after it was given these partitions in this generation. */
    private static ByteBuffer userData(String name, List<TopicPartition> owned, int generation) {
        ConsumerPartitionAssignor assignor = name.equals("sticky") ? new StickyAssignor() : name.equals("cooperative") ? new CooperativeStickyAssignor() : null;
        if (assignor == null) return null;
        if (generation >= 0) assignor.onAssignment(new Assignment(owned), new ConsumerGroupMetadata("group", generation, "member", Optional.empty()));
        return assignor.subscriptionUserData(Set.of());
    }

    private void userData(int count) {
        for (int made = 0; made < count; made++) {
            Map<String, Set<Integer>> byTopic = new LinkedHashMap<>();
            // The first was not given anything yet.
            for (int entries = made == 0 ? 0 : between(1, 8); entries > 0; entries--)
                byTopic.computeIfAbsent(pick(NAMES) + (random.nextInt(5) == 0 ? "é" : ""), topic -> new LinkedHashSet<>()).add(random.nextInt(300));
            List<TopicPartition> owned = new ArrayList<>();
            out.append("{\"owned\":[");
            byTopic.forEach((topic, partitions) -> partitions.forEach(partition -> {
                out.append(owned.isEmpty() ? "" : ",").append("[\"").append(topic).append("\",").append(partition).append(']');
                owned.add(new TopicPartition(topic, partition));
            }));
            int generation = made == 0 ? -1 : random.nextInt(random.nextBoolean() ? 10 : Integer.MAX_VALUE);
            out.append("],\"generation\":").append(generation);
            for (String name : new String[] {"sticky", "cooperative"}) {
                ByteBuffer bytes = userData(name, owned, generation);
                out.append(",\"").append(name).append("\":");
                if (bytes == null) {
                    out.append("null");
                    continue;
                }
                out.append('"');
                while (bytes.hasRemaining()) out.append(String.format("%02x", bytes.get()));
                out.append('"');
            }
            out.append("}\n");
        }
    }
}
