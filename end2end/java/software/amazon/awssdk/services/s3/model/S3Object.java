package software.amazon.awssdk.services.s3.model;

/** In the place of the SDK's. */
public record S3Object(String key) {}
