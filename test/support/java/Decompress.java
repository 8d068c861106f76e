import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.utils.BufferSupplier;

/**
 * Decompresses as Kafka's client does. Reads a line for each: the codec, and the bytes in base64; writes one for each: the content in
 * base64 behind a `+`, or why there is none behind a `-`.
 */
public class Decompress {
  /** RecordBatch.MAGIC_VALUE_V2, whose package is another one from Kafka 4.3 on. */
  private static final byte MAGIC = 2;

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] parts = line.split(" ", -1);
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]));
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      try {
        InputStream in = Compression.of(parts[0]).build().wrapForInput(bytes, MAGIC, BufferSupplier.create());
        byte[] some = new byte[64];
        for (int n = in.read(some); n >= 0; n = in.read(some)) content.write(some, 0, n);
        System.out.println("+" + Base64.getEncoder().encodeToString(content.toByteArray()));
      } catch (Throwable error) {
        System.out.println("-" + content.size() + " " + error.toString().replace('\n', ' '));
      }
    }
  }
}
