package software.amazon.awssdk.services.s3;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.Cli;
import software.amazon.awssdk.services.s3.model.S3Object;

/** In the place of the SDK's: it has the AWS CLI ask, with what it was given and nothing else. */
public record S3Client(Builder given) implements AutoCloseable {
    public static Builder builder() {
        return new Builder();
    }

    public Pages listObjectsV2Paginator(Consumer<Request> asked) {
        return listObjectsV2(asked);
    }

    public Pages listObjectsV2(Consumer<Request> asked) {
        var request = new Request();
        asked.accept(request);
        var command = new ArrayList<>(List.of(
                "s3api", "list-objects-v2", "--bucket", request.bucket, "--prefix", request.prefix,
                "--region", given.region.id(), "--query", "Contents[].[Key]", "--output", "text"));
        if (given.endpoint != null) command.addAll(List.of("--endpoint-url", given.endpoint.toString()));
        var credentials = given.provider.credentials();
        var listed = Cli.ask(
                Map.of(
                        "AWS_ACCESS_KEY_ID", credentials.accessKeyId(),
                        "AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey(),
                        "AWS_SESSION_TOKEN", credentials.sessionToken()),
                command);
        return new Pages(listed.lines().map(S3Object::new).toList());
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

    public record Pages(List<S3Object> contents) {}
}
