// Step 6: a token of the server's own issuer, which the account's IAM OIDC provider names. Whoever may have this key sign is
// anybody. It is an RSA key in AWS KMS (a P-256 key signs ES256, and its answer has to become r and s); the issuer's key
// set has it under this kid.
// Needs aws-sdk-kms and base64 too.
const ROLE: &str = "arn:aws:iam::111122223333:role/portal-analyst";
const OWN_ISSUER: &str = "https://portal.example.com";
const AUDIENCE: &str = "urn:vestibule:analyst";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const KID: &str = "the-kid";

async fn signed(claims: &Value) -> Result<String, Box<dyn Error>> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = serde_json::json!({"alg": "RS256", "kid": KID, "typ": "JWT"});
    let text = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let home = Region::new(KEY.split(':').nth(3).unwrap_or_default());
    let own = aws_config::defaults(BehaviorVersion::latest()).region(home).load().await;
    let answer = aws_sdk_kms::Client::new(&own)
        .sign()
        .key_id(KEY)
        .message(aws_sdk_kms::primitives::Blob::new(text.as_bytes()))
        .signing_algorithm(aws_sdk_kms::types::SigningAlgorithmSpec::RsassaPkcs1V15Sha256)
        .send()
        .await?;
    let signature = answer.signature().ok_or("KMS gave no signature")?;
    Ok(text + "." + &URL_SAFE_NO_PAD.encode(signature))
}

async fn minted(person: &Value, _access_token: &str) -> Result<Credentials, Box<dyn Error>> {
    let tags = tags_of(person)?;
    let (_, subject) = tags[0];
    let tags: serde_json::Map<_, _> = tags.into_iter().map(|(key, value)| (key.to_owned(), serde_json::json!([value]))).collect();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let (now, jti) = (since.as_secs(), since.as_nanos().to_string());
    let claims = serde_json::json!({
        "iss": OWN_ISSUER, "sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + 120, "jti": jti,
        "https://aws.amazon.com/tags": {"principal_tags": tags},
        "https://aws.amazon.com/source_identity": subject,
    });
    let token = signed(&claims).await?;
    let anonymous = aws_config::defaults(BehaviorVersion::latest()).region(Region::new("eu-west-1")).no_credentials().load().await;
    let answer = aws_sdk_sts::Client::new(&anonymous)
        .assume_role_with_web_identity()
        .role_arn(ROLE)
        .role_session_name(subject)
        .web_identity_token(token)
        .duration_seconds(900)
        .send()
        .await?;
    let keys = answer.credentials().ok_or("STS gave no credentials")?;
    let token = Some(keys.session_token().to_owned());
    Ok(Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "minted"))
}

