// Spring Boot behind the load balancer, without Vestibule: verifies the balancer's header, takes the role for the person,
// and lists the bucket in their name.
// Dependencies: spring-boot-starter-web, software.amazon.awssdk:sts, software.amazon.awssdk:s3
package com.example.portal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.sts.StsClient;

@RestController
class ListController {
  private static final Region REGION = Region.of("eu-west-1");
  private static final String SIGNER =
      "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188";
  private static final String CLIENT = "1example23456789";
  private static final String ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
  private static final String KEYS = "https://public-keys.auth.elb.eu-west-1.amazonaws.com";

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();

  // Step 1: the headers as they come.
  @GetMapping("/objects")
  List<String> objects(
      @RequestHeader("x-amzn-oidc-data") String data, @RequestHeader("x-amzn-oidc-accesstoken") String token)
      throws Exception {
    return listed(minted(verified(data), token));
  }

  // Step 2: what the balancer signed.
  /** The claims of x-amzn-oidc-data. No JWT library takes it: its parts are padded, and the padding is signed. */
  private JsonNode verified(String data) throws Exception {
    String[] parts = data.split("\\.");
    JsonNode head = json.readTree(Base64.getUrlDecoder().decode(parts[0]));
    String kid = head.path("kid").asText();
    // Every customer's balancer of a region signs with the same keys: the signer makes it yours.
    if (!head.path("alg").asText().equals("ES256")
        || !head.path("signer").asText().equals(SIGNER)
        || !head.path("client").asText().equals(CLIENT)
        || !head.path("iss").asText().equals(ISSUER)
        || head.path("exp").asLong() <= Instant.now().getEpochSecond() - 10
        || !kid.matches("[0-9a-f-]{36}")) {
      throw new ResponseStatusException(HttpStatus.FORBIDDEN);
    }
    String pem =
        http.send(HttpRequest.newBuilder(URI.create(KEYS + "/" + kid)).build(), HttpResponse.BodyHandlers.ofString()).body();
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initVerify(KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(der)));
    signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
    if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
      throw new ResponseStatusException(HttpStatus.FORBIDDEN);
    }
    return json.readTree(Base64.getUrlDecoder().decode(parts[1]));
  }
  // Steps 3, 4 and 6: STS verifies the access token itself. It must have an audience (aud or azp).
  private static final String ROLE = "arn:aws:iam::111122223333:role/portal-analyst";

  private AwsSessionCredentials minted(JsonNode person, String token) {
    var anonymous = AnonymousCredentialsProvider.create();
    try (var sts = StsClient.builder().region(Region.of("eu-west-1")).credentialsProvider(anonymous).build()) {
      String subject = person.path("sub").asText();
      var keys =
          sts.assumeRoleWithWebIdentity(
                  call -> call.roleArn(ROLE).roleSessionName(subject).webIdentityToken(token).durationSeconds(900))
              .credentials();
      return AwsSessionCredentials.create(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
    }
  }

  // Steps 7 and 8: with what AWS answered, to S3.
  private List<String> listed(AwsSessionCredentials keys) {
    try (var s3 = S3Client.builder().region(REGION).credentialsProvider(StaticCredentialsProvider.create(keys)).build()) {
      return s3.listObjectsV2(call -> call.bucket("reports").prefix("team/")).contents().stream().map(S3Object::key).toList();
    }
  }
}
