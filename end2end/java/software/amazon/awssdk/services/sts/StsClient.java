package software.amazon.awssdk.services.sts;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.Cli;
import software.amazon.awssdk.services.sts.model.Tag;

/** In the place of the SDK's. */
public record StsClient(Builder given) implements AutoCloseable {
    public static Builder builder() {
        return new Builder();
    }

    public Answer assumeRole(Consumer<Request> asked) {
        var request = new Request();
        asked.accept(request);
        var tags = request.tags.stream().map(tag -> Cli.json(Map.of("Key", tag.key(), "Value", tag.value()))).toList();
        return ask("assume-role", request, "--source-identity", request.sourceIdentity, "--tags", "[" + String.join(",", tags) + "]");
    }

    public Answer assumeRoleWithWebIdentity(Consumer<Request> asked) {
        if (!given.anonymous) throw new IllegalStateException("the SDK would look for credentials that nothing needs");
        var request = new Request();
        asked.accept(request);
        return ask("assume-role-with-web-identity", request, "--no-sign-request", "--web-identity-token", request.webIdentityToken);
    }

    private Answer ask(String call, Request request, String... more) {
        var arguments = new ArrayList<>(List.of(
                "sts", call, "--region", given.region.id(), "--role-arn", request.roleArn, "--role-session-name", request.roleSessionName,
                "--duration-seconds", String.valueOf(request.durationSeconds),
                "--query", "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]", "--output", "text"));
        arguments.addAll(List.of(more));
        var keys = Cli.ask(Map.of(), arguments).trim().split("\\s+");
        return new Answer(new Keys(keys[0], keys[1], keys[2]));
    }

    @Override
    public void close() {}

    public record Answer(Keys credentials) {}

    public record Keys(String accessKeyId, String secretAccessKey, String sessionToken) {}

    public static final class Builder {
        private Region region;
        private boolean anonymous;

        public Builder region(Region region) {
            this.region = region;
            return this;
        }

        public Builder credentialsProvider(AnonymousCredentialsProvider provider) {
            anonymous = provider != null;
            return this;
        }

        public StsClient build() {
            return new StsClient(this);
        }
    }

    public static final class Request {
        private String roleArn;
        private String roleSessionName;
        private String sourceIdentity;
        private String webIdentityToken;
        private List<Tag> tags;
        private Integer durationSeconds;

        public Request roleArn(String roleArn) {
            this.roleArn = roleArn;
            return this;
        }

        public Request roleSessionName(String roleSessionName) {
            this.roleSessionName = roleSessionName;
            return this;
        }

        public Request sourceIdentity(String sourceIdentity) {
            this.sourceIdentity = sourceIdentity;
            return this;
        }

        public Request webIdentityToken(String webIdentityToken) {
            this.webIdentityToken = webIdentityToken;
            return this;
        }

        public Request tags(List<Tag> tags) {
            this.tags = tags;
            return this;
        }

        public Request durationSeconds(Integer durationSeconds) {
            this.durationSeconds = durationSeconds;
            return this;
        }
    }
}
