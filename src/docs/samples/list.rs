//! Behind the load balancer, without Vestibule: takes the role with the person's own access token, and lists the bucket
//! in their name. Verify x-amzn-oidc-data before (in Rust as in Vestibule: `server::identity`).
//! Dependencies: aws-config, aws-sdk-sts, aws-sdk-s3

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;

const ROLE: &str = "arn:aws:iam::111122223333:role/portal-analyst";

/// `subject` is `sub` of the verified data header, `access_token` the header x-amzn-oidc-accesstoken.
pub async fn listed(subject: &str, access_token: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let region = Region::new("eu-west-1");
    // Steps 3, 4 and 6: STS verifies the access token itself; the call is not signed. The token must have an audience (aud or azp).
    let anonymous = aws_config::defaults(BehaviorVersion::latest()).region(region.clone()).no_credentials().load().await;
    let answer = aws_sdk_sts::Client::new(&anonymous)
        .assume_role_with_web_identity()
        .role_arn(ROLE)
        .role_session_name(subject)
        .web_identity_token(access_token)
        .duration_seconds(900)
        .send()
        .await?;
    // Steps 7 and 8: with what STS answered, to S3.
    let minted = answer.credentials().ok_or("STS gave no credentials")?;
    let keys =
        Credentials::new(minted.access_key_id(), minted.secret_access_key(), Some(minted.session_token().to_owned()), None, "web identity");
    let signed = aws_config::defaults(BehaviorVersion::latest()).region(region).credentials_provider(keys).load().await;
    let page = aws_sdk_s3::Client::new(&signed).list_objects_v2().bucket("reports").prefix("team/").send().await?;
    Ok(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect())
}
