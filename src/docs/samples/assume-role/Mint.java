  // Step 6: AssumeRole, signed with the server's own identity, as the SDK finds it.
  private static final String ROLE = "arn:aws:iam::111122223333:role/portal-analyst";

  private AwsSessionCredentials minted(JsonNode person, String token) {
    String subject = person.path("sub").asText();
    var tags =
        tagsOf(person).entrySet().stream()
            .map(tag -> software.amazon.awssdk.services.sts.model.Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
            .toList();
    try (var sts = StsClient.builder().region(Region.of("eu-west-1")).build()) {
      var keys =
          sts.assumeRole(
                  call -> call.roleArn(ROLE).roleSessionName(subject).sourceIdentity(subject).tags(tags).durationSeconds(900))
              .credentials();
      return AwsSessionCredentials.create(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
    }
  }

