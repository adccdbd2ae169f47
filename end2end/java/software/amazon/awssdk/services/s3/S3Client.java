package software.amazon.awssdk.services.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;

/** In the place of the SDK's: it has the AWS CLI ask, with what it was given and nothing else. */
public record S3Client(Builder given) implements AutoCloseable {
    public static Builder builder() {
        return new Builder();
    }

    public Pages listObjectsV2Paginator(Consumer<Request> asked) {
        var request = new Request();
        asked.accept(request);
        var command = new ProcessBuilder(
                "aws", "s3api", "list-objects-v2", "--bucket", request.bucket, "--prefix", request.prefix,
                "--region", given.region.id(), "--endpoint-url", given.endpoint.toString(), "--query", "Contents[].[Key]", "--output", "text");
        var credentials = given.provider.credentials();
        command.environment().put("AWS_ACCESS_KEY_ID", credentials.accessKeyId());
        command.environment().put("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey());
        command.environment().put("AWS_SESSION_TOKEN", credentials.sessionToken());
        command.redirectError(ProcessBuilder.Redirect.INHERIT);
        try {
            var asking = command.start();
            var listed = new String(asking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (asking.waitFor() != 0) throw new IllegalStateException("the AWS CLI did not list");
            return new Pages(listed.lines().map(Listed::new).toList());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException ended) {
            throw new IllegalStateException(ended);
        }
    }

    @Override
    public void close() {}

    public static final class Builder {
        private Region region;
        private URI endpoint;
        private StaticCredentialsProvider provider;

        public Builder region(Region region) {
            this.region = region;
            return this;
        }

        public Builder endpointOverride(URI endpoint) {
            this.endpoint = endpoint;
            return this;
        }

        public Builder forcePathStyle(Boolean forced) {
            return this;
        }

        public Builder credentialsProvider(StaticCredentialsProvider provider) {
            this.provider = provider;
            return this;
        }

        public S3Client build() {
            return new S3Client(this);
        }
    }

    public static final class Request {
        private String bucket;
        private String prefix;

        public Request bucket(String bucket) {
            this.bucket = bucket;
            return this;
        }

        public Request prefix(String prefix) {
            this.prefix = prefix;
            return this;
        }
    }

    public record Pages(List<Listed> contents) {}

    public record Listed(String key) {}
}
