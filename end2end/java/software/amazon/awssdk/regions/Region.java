package software.amazon.awssdk.regions;

/** In the place of the SDK's. */
public record Region(String id) {
    public static Region of(String id) {
        return new Region(id);
    }
}
