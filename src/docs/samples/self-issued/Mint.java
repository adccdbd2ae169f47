  // Step 6: a token of the server's own issuer, which the account's IAM OIDC provider names. Whoever may have this key sign is
  // anybody. It is an RSA key in AWS KMS (a P-256 key signs ES256, and its answer has to become r and s); the issuer's key
  // set has it under this kid.
  // Needs software.amazon.awssdk:kms too.
  private static final String ROLE = "arn:aws:iam::111122223333:role/portal-analyst";
  private static final String OWN_ISSUER = "https://portal.example.com";
  private static final String AUDIENCE = "urn:vestibule:analyst";
  private static final String KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  private static final String KID = "the-kid";

  private String signed(JsonNode claims) {
    var base64 = Base64.getUrlEncoder().withoutPadding();
    var header = json.createObjectNode().put("alg", "RS256").put("kid", KID).put("typ", "JWT");
    String text =
        base64.encodeToString(header.toString().getBytes(StandardCharsets.UTF_8))
            + "."
            + base64.encodeToString(claims.toString().getBytes(StandardCharsets.UTF_8));
    var bytes = software.amazon.awssdk.core.SdkBytes.fromUtf8String(text);
    try (var kms = software.amazon.awssdk.services.kms.KmsClient.builder().region(Region.of(KEY.split(":")[3])).build()) {
      var answer = kms.sign(call -> call.keyId(KEY).message(bytes).signingAlgorithm("RSASSA_PKCS1_V1_5_SHA_256"));
      return text + "." + base64.encodeToString(answer.signature().asByteArray());
    }
  }

  private AwsSessionCredentials minted(JsonNode person, String token) {
    String subject = person.path("sub").asText();
    long now = Instant.now().getEpochSecond();
    var claims =
        json.createObjectNode()
            .put("iss", OWN_ISSUER)
            .put("sub", subject)
            .put("aud", AUDIENCE)
            .put("iat", now)
            .put("exp", now + 120)
            .put("jti", java.util.UUID.randomUUID().toString())
            .put("https://aws.amazon.com/source_identity", subject);
    var tags = claims.putObject("https://aws.amazon.com/tags").putObject("principal_tags");
    tagsOf(person).forEach((key, value) -> tags.putArray(key).add(value));
    String own = signed(claims);
    var anonymous = AnonymousCredentialsProvider.create();
    try (var sts = StsClient.builder().region(Region.of("eu-west-1")).credentialsProvider(anonymous).build()) {
      var keys =
          sts.assumeRoleWithWebIdentity(
                  call -> call.roleArn(ROLE).roleSessionName(subject).webIdentityToken(own).durationSeconds(900))
              .credentials();
      return AwsSessionCredentials.create(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
    }
  }

