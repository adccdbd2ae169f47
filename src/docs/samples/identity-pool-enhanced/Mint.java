  // Step 6: the pool gives the server's own identity a token in the person's name, and for that credentials of its own role.
  // Needs software.amazon.awssdk:cognitoidentity too.
  private static final String POOL = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab";
  private static final String PROVIDER = "login.portal";

  private AwsSessionCredentials minted(JsonNode person, String token) {
    String subject = person.path("sub").asText();
    var tags = tagsOf(person);
    var region = Region.of(POOL.split(":")[0]);
    try (var pool = software.amazon.awssdk.services.cognitoidentity.CognitoIdentityClient.builder().region(region).build()) {
      var identity =
          pool.getOpenIdTokenForDeveloperIdentity(
              call ->
                  call.identityPoolId(POOL)
                      .logins(java.util.Map.of(PROVIDER, subject))
                      .principalTags(tags)
                      .tokenDuration(120L));
      var login = java.util.Map.of("cognito-identity.amazonaws.com", identity.token());
      var keys = pool.getCredentialsForIdentity(call -> call.identityId(identity.identityId()).logins(login)).credentials();
      return AwsSessionCredentials.create(keys.accessKeyId(), keys.secretKey(), keys.sessionToken());
    }
  }

