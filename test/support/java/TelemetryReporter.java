import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.telemetry.ClientTelemetry;
import org.apache.kafka.server.telemetry.ClientTelemetryReceiver;
import org.apache.kafka.shaded.io.opentelemetry.proto.common.v1.KeyValue;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.Metric;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.MetricsData;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.NumberDataPoint;

/** Writes what clients push into the file `telemetry.file`, a line for each value: instance, terminating, labels, name, kind, value. */
public class TelemetryReporter implements MetricsReporter, ClientTelemetry {
  private Path file;

  @Override
  public void configure(Map<String, ?> configs) {
    file = Path.of(String.valueOf(configs.get("telemetry.file")));
  }

  @Override
  public ClientTelemetryReceiver clientReceiver() {
    return (context, payload) -> {
      try {
        StringBuilder lines = new StringBuilder();
        var head = payload.clientInstanceId() + "\t" + payload.isTerminating() + "\t";
        for (var resource : MetricsData.parseFrom(payload.data()).getResourceMetricsList()) {
          var labels = labelsOf(resource.getResource().getAttributesList());
          for (var scope : resource.getScopeMetricsList())
            for (Metric metric : scope.getMetricsList()) {
              var points = metric.hasSum() ? metric.getSum().getDataPointsList() : metric.getGauge().getDataPointsList();
              var kind = metric.hasSum() ? "sum " + metric.getSum().getAggregationTemporality() + " " + metric.getSum().getIsMonotonic() : "gauge";
              for (NumberDataPoint point : points)
                lines.append(head).append(labels).append('\t').append(metric.getName()).append('\t').append(kind).append('\t')
                    .append(labelsOf(point.getAttributesList())).append('\t').append(point.getAsDouble()).append('\n');
            }
        }
        synchronized (this) {
          Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
      } catch (Exception failure) {
        throw new RuntimeException(failure);
      }
    };
  }

  private static String labelsOf(List<KeyValue> attributes) {
    StringBuilder all = new StringBuilder();
    for (KeyValue one : attributes) all.append(one.getKey()).append('=').append(one.getValue().getStringValue()).append(' ');
    return all.toString().trim();
  }

  @Override
  public void init(List<KafkaMetric> metrics) {}

  @Override
  public void metricChange(KafkaMetric metric) {}

  @Override
  public void metricRemoval(KafkaMetric metric) {}

  @Override
  public void close() {}
}
