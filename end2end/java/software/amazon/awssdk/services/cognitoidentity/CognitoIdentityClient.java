package software.amazon.awssdk.services.cognitoidentity;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.Cli;

/** In the place of the SDK's. */
public record CognitoIdentityClient(Region region) implements AutoCloseable {
    public static Builder builder() {
        return new Builder();
    }

    public Identity getOpenIdTokenForDeveloperIdentity(Consumer<Request> asked) {
        var request = new Request();
        asked.accept(request);
        var said = ask(List.of(
                "cognito-identity", "get-open-id-token-for-developer-identity", "--region", region.id(),
                "--identity-pool-id", request.identityPoolId, "--logins", Cli.json(request.logins),
                "--principal-tags", Cli.json(request.principalTags), "--token-duration", String.valueOf(request.tokenDuration),
                "--query", "[IdentityId,Token]", "--output", "text"));
        return new Identity(said[0], said[1]);
    }

    public Answer getCredentialsForIdentity(Consumer<Request> asked) {
        var request = new Request();
        asked.accept(request);
        var said = ask(List.of(
                "cognito-identity", "get-credentials-for-identity", "--region", region.id(), "--identity-id", request.identityId,
                "--logins", Cli.json(request.logins), "--query", "Credentials.[AccessKeyId,SecretKey,SessionToken]", "--output", "text"));
        return new Answer(new Keys(said[0], said[1], said[2]));
    }

    private static String[] ask(List<String> arguments) {
        return Cli.ask(Map.of(), arguments).trim().split("\\s+");
    }

    @Override
    public void close() {}

    public record Identity(String identityId, String token) {}

    public record Answer(Keys credentials) {}

    public record Keys(String accessKeyId, String secretKey, String sessionToken) {}

    public static final class Builder {
        private Region region;

        public Builder region(Region region) {
            this.region = region;
            return this;
        }

        public CognitoIdentityClient build() {
            return new CognitoIdentityClient(region);
        }
    }

    public static final class Request {
        private String identityPoolId;
        private String identityId;
        private Map<String, String> logins;
        private Map<String, String> principalTags;
        private Long tokenDuration;

        public Request identityPoolId(String identityPoolId) {
            this.identityPoolId = identityPoolId;
            return this;
        }

        public Request identityId(String identityId) {
            this.identityId = identityId;
            return this;
        }

        public Request logins(Map<String, String> logins) {
            this.logins = logins;
            return this;
        }

        public Request principalTags(Map<String, String> principalTags) {
            this.principalTags = principalTags;
            return this;
        }

        public Request tokenDuration(Long tokenDuration) {
            this.tokenDuration = tokenDuration;
            return this;
        }
    }
}
