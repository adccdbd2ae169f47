// Step 6: AssumeRole, signed with the server's own identity, as the SDK finds it.
const ROLE: &str = "arn:aws:iam::111122223333:role/portal-analyst";

async fn minted(person: &Value, _access_token: &str) -> Result<Credentials, Box<dyn Error>> {
    let tags = tags_of(person)?;
    let (_, subject) = tags[0];
    let tag = |(key, value): (&str, &str)| aws_sdk_sts::types::Tag::builder().key(key).value(value).build();
    let own = aws_config::defaults(BehaviorVersion::latest()).region(Region::new("eu-west-1")).load().await;
    let answer = aws_sdk_sts::Client::new(&own)
        .assume_role()
        .role_arn(ROLE)
        .role_session_name(subject)
        .source_identity(subject)
        .set_tags(Some(tags.into_iter().map(tag).collect::<Result<_, _>>()?))
        .duration_seconds(900)
        .send()
        .await?;
    let keys = answer.credentials().ok_or("STS gave no credentials")?;
    let token = Some(keys.session_token().to_owned());
    Ok(Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "minted"))
}

