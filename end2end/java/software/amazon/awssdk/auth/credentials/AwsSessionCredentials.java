package software.amazon.awssdk.auth.credentials;

/** In the place of the SDK's, which no registry that the tests reach has. */
public record AwsSessionCredentials(String accessKeyId, String secretAccessKey, String sessionToken) {
    public static AwsSessionCredentials create(String accessKeyId, String secretAccessKey, String sessionToken) {
        return new AwsSessionCredentials(accessKeyId, secretAccessKey, sessionToken);
    }
}
