package software.amazon.awssdk.auth.credentials;

/** In the place of the SDK's. */
public final class AnonymousCredentialsProvider {
    private AnonymousCredentialsProvider() {}

    public static AnonymousCredentialsProvider create() {
        return new AnonymousCredentialsProvider();
    }
}
