package software.amazon.awssdk.core;

import java.nio.charset.StandardCharsets;

/** In the place of the SDK's. */
public record SdkBytes(byte[] bytes) {
    public static SdkBytes fromUtf8String(String text) {
        return new SdkBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] asByteArray() {
        return bytes;
    }
}
