// Step 6: the pool gives the server's own identity a token in the person's name; STS takes that, and the call is not signed.
// Needs aws-sdk-cognitoidentity too.
const ROLE: &str = "arn:aws:iam::111122223333:role/portal-analyst";
const POOL: &str = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab";
const PROVIDER: &str = "login.portal";

async fn minted(person: &Value, _access_token: &str) -> Result<Credentials, Box<dyn Error>> {
    let tags = tags_of(person)?;
    let (_, subject) = tags[0];
    let home = Region::new(POOL.split(':').next().unwrap_or_default());
    let own = aws_config::defaults(BehaviorVersion::latest()).region(home).load().await;
    let pool = aws_sdk_cognitoidentity::Client::new(&own);
    let identity = pool
        .get_open_id_token_for_developer_identity()
        .identity_pool_id(POOL)
        .logins(PROVIDER, subject)
        .set_principal_tags(Some(tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
        .token_duration(120)
        .send()
        .await?;
    let token = identity.token().ok_or("the pool gave no token")?;
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

