import org.apache.kafka.common.protocol.Errors;

/** Kafka's error codes: a line each, the code and the name. */
public class ErrorNames {
  public static void main(String[] args) {
    for (Errors error : Errors.values()) System.out.println(error.code() + " " + error.name());
  }
}
