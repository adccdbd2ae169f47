package software.amazon.awssdk.auth.credentials;

/** In the place of the SDK's. */
public record StaticCredentialsProvider(AwsSessionCredentials credentials) {
    public static StaticCredentialsProvider create(AwsSessionCredentials credentials) {
        return new StaticCredentialsProvider(credentials);
    }
}
