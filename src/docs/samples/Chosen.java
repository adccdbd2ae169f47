  // Step 5: AWS believes this server, so who may have the role is decided here. Vestibule looks at the groups in the access
  // token, which it verifies too; this is a list of subjects.
  private static final List<String> PEOPLE = List.of("b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41");
  // Claims that become tags beside the subject. Vestibule reads them in the access token; here the balancer's header has them.
  private static final List<String> TAG_CLAIMS = List.of("department");

  private static java.util.Map<String, String> tagsOf(JsonNode person) {
    String subject = person.path("sub").asText();
    if (!PEOPLE.contains(subject)) {
      throw new ResponseStatusException(HttpStatus.FORBIDDEN);
    }
    var tags = new java.util.TreeMap<String, String>();
    tags.put("subject", subject);
    TAG_CLAIMS.forEach(claim -> tags.put(claim, person.required(claim).asText()));
    return tags;
  }

