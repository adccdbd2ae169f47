//! Behind the load balancer, without Vestibule: takes the role for the person, and lists the bucket in their name.
//! Verify x-amzn-oidc-data before (in Rust as in Vestibule: `server::identity`).
//! Dependencies: aws-config, aws-sdk-sts, aws-sdk-s3, serde_json

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;
use serde_json::Value;
use std::error::Error;

/// `person` are the claims of the verified data header, `access_token` is the header x-amzn-oidc-accesstoken.
pub async fn listed(person: &Value, access_token: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let keys = minted(person, access_token).await?;
    in_the_bucket(keys).await
}

// Steps 3, 4 and 6: STS verifies the access token itself; the call is not signed. The token must have an audience (aud or azp).
const ROLE: &str = "arn:aws:iam::111122223333:role/portal-analyst";

async fn minted(person: &Value, access_token: &str) -> Result<Credentials, Box<dyn Error>> {
    let home = Region::new("eu-west-1");
    let anonymous = aws_config::defaults(BehaviorVersion::latest()).region(home).no_credentials().load().await;
    let answer = aws_sdk_sts::Client::new(&anonymous)
        .assume_role_with_web_identity()
        .role_arn(ROLE)
        .role_session_name(person["sub"].as_str().ok_or("nobody is named")?)
        .web_identity_token(access_token)
        .duration_seconds(900)
        .send()
        .await?;
    let keys = answer.credentials().ok_or("STS gave no credentials")?;
    let token = Some(keys.session_token().to_owned());
    Ok(Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "minted"))
}

// Steps 7 and 8: with what AWS answered, to S3.
async fn in_the_bucket(keys: Credentials) -> Result<Vec<String>, Box<dyn Error>> {
    let region = Region::new("eu-west-1");
    let signed = aws_config::defaults(BehaviorVersion::latest()).region(region).credentials_provider(keys).load().await;
    let page = aws_sdk_s3::Client::new(&signed).list_objects_v2().bucket("reports").prefix("team/").send().await?;
    Ok(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect())
}
