// Vestibule, role analyst: good until 2026-11-28T21:00:00Z.
// Needs software.amazon.awssdk:s3.
import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

class ListObjects {
    public static void main(String[] arguments) {
        var credentials = AwsSessionCredentials.create(
                "ASIAEXAMPLE",
                "se/cret+'\"\\",
                "to$ken`==");
        try (var s3 = S3Client.builder()
                .region(Region.of("eu-central-1"))
                .endpointOverride(URI.create("http://127.0.0.1:3002"))
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .build()) {
            s3.listObjectsV2Paginator(request -> request.bucket("reports").prefix("o'dd \"n\u00e4me\"/"))
                    .contents()
                    .forEach(object -> System.out.println(object.key()));
        }
    }
}
