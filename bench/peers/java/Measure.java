import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;

/** What a peer in Java measures of itself; the same as node/measure.mjs, without the event loop. */
final class Measure {
  private static long began;
  private static long used;

  private Measure() {}

  /** Takes the values of a workload, "drain" or "latency"; prints the result at the last one and ends the process. */
  static Consumer<byte[]> of(String[] args) {
    int count = Integer.parseInt(args[3]);
    return args[0].equals("latency") ? latencies(count, Integer.parseInt(args[4])) : drained(count);
  }

  /** A consumer of its own group, from the beginning; what was handled is stored once a second. */
  static Map<String, Object> consumerProperties(String brokers) {
    String bytes = "org.apache.kafka.common.serialization.ByteArrayDeserializer";
    return Map.of(
        "bootstrap.servers", brokers, "group.id", "bench-" + System.nanoTime(), "auto.offset.reset", "earliest",
        "auto.commit.interval.ms", "1000", "max.poll.records", "5000",
        "key.deserializer", bytes, "value.deserializer", bytes);
  }

  /** In batches of 128 KiB, as one has them who wants throughput. */
  static Map<String, Object> producerProperties(String brokers, String idempotent, String compression) {
    String bytes = "org.apache.kafka.common.serialization.ByteArraySerializer";
    return Map.of(
        "bootstrap.servers", brokers, "acks", "all", "enable.idempotence", idempotent, "compression.type", compression,
        "batch.size", "131072", "key.serializer", bytes, "value.serializer", bytes);
  }

  /** The partitions are assigned: from here on it is timed. */
  static void ready() {
    System.out.println("ready");
    if (began > 0) return;
    used = processorTime();
    began = System.nanoTime();
  }

  static ConsumerRebalanceListener whenAssigned() {
    return new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        ready();
      }

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
    };
  }

  /** What has passed since then, on the clock and of processor time. */
  static String times() {
    double ms = (System.nanoTime() - began) / 1e6;
    double cpuMs = (processorTime() - used) / 1e6;
    return "\"ms\":" + ms + ",\"cpuMs\":" + cpuMs;
  }

  static void end(String result) {
    System.out.println("{" + result + ",\"rss\":" + peakOfMemory() + "}");
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static Consumer<byte[]> drained(int count) {
    return new Consumer<>() {
      private int seen;
      private long sum;

      @Override
      public void accept(byte[] value) {
        sum += (value[0] & 255L) << 24 | (value[1] & 255) << 16 | (value[2] & 255) << 8 | (value[3] & 255);
        if (++seen != count) return;
        end("\"records\":" + seen + ",\"sum\":" + sum + "," + times());
      }
    };
  }

  private static Consumer<byte[]> latencies(int count, int warmUp) {
    double[] all = new double[count - warmUp];
    return new Consumer<>() {
      private int seen;

      @Override
      public void accept(byte[] value) {
        // The monotonic clock, which is also that of the writer in Node.
        double ms = (System.nanoTime() - Long.parseLong(new String(value, StandardCharsets.UTF_8))) / 1e6;
        if (++seen > warmUp) all[seen - warmUp - 1] = ms;
        if (seen != count) return;
        Arrays.sort(all);
        end("\"records\":" + seen + ",\"p50\":" + at(.5) + ",\"p99\":" + at(.99) + ",\"p999\":" + at(.999));
      }

      private double at(double share) {
        return Math.round(all[Math.min(all.length - 1, (int) (all.length * share))] * 100) / 100.0;
      }
    };
  }

  private static long processorTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  /** In bytes; 0 where the system does not tell. */
  private static long peakOfMemory() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status")))
        if (line.startsWith("VmHWM")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    } catch (java.io.IOException elsewhere) {
      return 0;
    }
    return 0;
  }
}
