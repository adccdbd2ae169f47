package software.amazon.awssdk.services.sts.model;

/** In the place of the SDK's. */
public record Tag(String key, String value) {
    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private String key;
        private String value;

        public Builder key(String key) {
            this.key = key;
            return this;
        }

        public Builder value(String value) {
            this.value = value;
            return this;
        }

        public Tag build() {
            return new Tag(key, value);
        }
    }
}
