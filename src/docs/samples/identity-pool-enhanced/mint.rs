// Step 6: the pool gives the server's own identity a token in the person's name, and for that credentials of its own role.
// Needs aws-sdk-cognitoidentity too.
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
    let answer = pool
        .get_credentials_for_identity()
        .set_identity_id(identity.identity_id().map(str::to_owned))
        .logins("cognito-identity.amazonaws.com", token)
        .send()
        .await?;
    let keys = answer.credentials().ok_or("the pool gave no credentials")?;
    let id = keys.access_key_id().unwrap_or_default();
    Ok(Credentials::new(id, keys.secret_key().unwrap_or_default(), keys.session_token().map(str::to_owned), None, "minted"))
}

