  // Step 6: the pool gives the server's own identity a token in the person's name; STS takes that, and the call is not signed.
  // Needs software.amazon.awssdk:cognitoidentity too.
  private static final String ROLE = "arn:aws:iam::111122223333:role/portal-analyst";
  private static final String POOL = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab";
  private static final String PROVIDER = "login.portal";

  private AwsSessionCredentials minted(JsonNode person, String token) {
    String subject = person.path("sub").asText();
    var tags = tagsOf(person);
    var region = Region.of(POOL.split(":")[0]);
    try (var pool = software.amazon.awssdk.services.cognitoidentity.CognitoIdentityClient.builder().region(region).build();
        var sts = anonymousSts()) {
      var identity =
          pool.getOpenIdTokenForDeveloperIdentity(
              call ->
                  call.identityPoolId(POOL)
                      .logins(java.util.Map.of(PROVIDER, subject))
                      .principalTags(tags)
                      .tokenDuration(120L));
      var keys =
          sts.assumeRoleWithWebIdentity(
                  call -> call.roleArn(ROLE).roleSessionName(subject).webIdentityToken(identity.token()).durationSeconds(900))
              .credentials();
      return AwsSessionCredentials.create(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
    }
  }

  private static StsClient anonymousSts() {
    return StsClient.builder().region(Region.of("eu-west-1")).credentialsProvider(AnonymousCredentialsProvider.create()).build();
  }

