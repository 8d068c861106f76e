import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.spi.LoginModule;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import javax.security.sasl.SaslServerFactory;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;

/**
 * A mechanism of nobody's but this house: the client says its name, the broker sends a nonce, the client its HMAC by the
 * user's key, and the broker a word to end with. Where the keys are, the broker's callback handler knows.
 */
public final class HouseSasl {
  private static final String MECHANISM = "HOUSE";

  /** `sasl.jaas.config`; makes the mechanism known to the JVM. */
  public static final class Login implements LoginModule {
    static {
      Security.addProvider(new HouseProvider());
    }

    @Override
    public void initialize(Subject subject, CallbackHandler handler, Map<String, ?> state, Map<String, ?> options) {}

    @Override
    public boolean login() {
      return true;
    }

    @Override
    public boolean commit() {
      return true;
    }

    @Override
    public boolean abort() {
      return false;
    }

    @Override
    public boolean logout() {
      return true;
    }
  }

  public static final class HouseProvider extends Provider {
    public HouseProvider() {
      super("house", "1", "HOUSE for tests");
      put("SaslServerFactory." + MECHANISM, Factory.class.getName());
    }
  }

  public static final class Factory implements SaslServerFactory {
    @Override
    public SaslServer createSaslServer(
        String mechanism, String protocol, String name, Map<String, ?> properties, CallbackHandler handler) {
      return MECHANISM.equals(mechanism) ? new Server(handler) : null;
    }

    @Override
    public String[] getMechanismNames(Map<String, ?> properties) {
      return new String[] {MECHANISM};
    }
  }

  /** `sasl.server.callback.handler.class`: the keys are options of the JAAS entry. */
  public static final class Keys implements AuthenticateCallbackHandler {
    private Map<String, ?> options = Map.of();

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
      options = entries.get(0).getOptions();
    }

    @Override
    public void handle(Callback[] callbacks) {
      Object key = options.get("key_" + ((NameCallback) callbacks[0]).getDefaultName());
      if (key != null) ((PasswordCallback) callbacks[1]).setPassword(key.toString().toCharArray());
    }

    @Override
    public void close() {}
  }

  private static final class Server implements SaslServer {
    private final CallbackHandler handler;
    private final byte[] nonce = new byte[16];
    private String user;
    private boolean complete;

    Server(CallbackHandler handler) {
      this.handler = handler;
      new SecureRandom().nextBytes(nonce);
    }

    @Override
    public byte[] evaluateResponse(byte[] response) throws SaslException {
      if (user == null) {
        user = new String(response, StandardCharsets.UTF_8);
        return nonce;
      }
      NameCallback name = new NameCallback("user", user);
      PasswordCallback key = new PasswordCallback("key", false);
      try {
        handler.handle(new Callback[] {name, key});
        Mac mac = Mac.getInstance("HmacSHA256");
        char[] known = key.getPassword() == null ? "nobody".toCharArray() : key.getPassword();
        mac.init(new SecretKeySpec(new String(known).getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        if (key.getPassword() == null || !MessageDigest.isEqual(mac.doFinal(nonce), response))
          throw new SaslAuthenticationException("HOUSE: that is not the proof of " + user);
      } catch (SaslAuthenticationException error) {
        throw error;
      } catch (Exception error) {
        throw new SaslException("HOUSE failed", error);
      }
      complete = true;
      return "come in".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String getMechanismName() {
      return MECHANISM;
    }

    @Override
    public boolean isComplete() {
      return complete;
    }

    @Override
    public String getAuthorizationID() {
      return user;
    }

    @Override
    public Object getNegotiatedProperty(String name) {
      return null;
    }

    @Override
    public byte[] unwrap(byte[] incoming, int offset, int length) {
      throw new IllegalStateException();
    }

    @Override
    public byte[] wrap(byte[] outgoing, int offset, int length) {
      throw new IllegalStateException();
    }

    @Override
    public void dispose() {}
  }
}
