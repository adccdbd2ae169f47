package software.amazon.awssdk.services.kms;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.Cli;

/** In the place of the SDK's. */
public record KmsClient(Region region) implements AutoCloseable {
    public static Builder builder() {
        return new Builder();
    }

    public Answer sign(Consumer<Request> asked) {
        var request = new Request();
        asked.accept(request);
        // Version 1 of the AWS CLI takes a text as it is.
        var message = new String(request.message.asByteArray(), java.nio.charset.StandardCharsets.UTF_8);
        var signature = Cli.ask(Map.of(), List.of(
                "kms", "sign", "--region", region.id(), "--key-id", request.keyId, "--message", message,
                "--signing-algorithm", request.signingAlgorithm, "--query", "Signature", "--output", "text"));
        return new Answer(new SdkBytes(Base64.getDecoder().decode(signature.trim())));
    }

    @Override
    public void close() {}

    public record Answer(SdkBytes signature) {}

    public static final class Builder {
        private Region region;

        public Builder region(Region region) {
            this.region = region;
            return this;
        }

        public KmsClient build() {
            return new KmsClient(region);
        }
    }

    public static final class Request {
        private String keyId;
        private SdkBytes message;
        private String signingAlgorithm;

        public Request keyId(String keyId) {
            this.keyId = keyId;
            return this;
        }

        public Request message(SdkBytes message) {
            this.message = message;
            return this;
        }

        public Request signingAlgorithm(String signingAlgorithm) {
            this.signingAlgorithm = signingAlgorithm;
            return this;
        }
    }
}
