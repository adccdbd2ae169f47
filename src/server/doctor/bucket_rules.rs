//! The CORS rules that a bucket has, where the server's own identity may read them, held rule by rule
//! against what a page needs.

use super::Examination;
use super::fix::list;
use crate::model::location::{AddressingStyle, Location};
use crate::server::own_identity::{self, OwnIdentity};
use crate::server::required::bucket_cors::{CorsConfiguration, CorsRule};
use crate::server::service_error::ServiceError;
use aws_config::Region;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::types;
use std::time::Duration;

/// Longest time for an answer, the search for an identity included.
const LONGEST: Duration = Duration::from_secs(4);

/// What was read, or why not, as it stands behind "The bucket's rules ".
pub(super) type Read = Result<Vec<CorsRule>, String>;

/// Asks S3 with the server's own identity.
pub(super) async fn read(examination: &Examination, location: &Location) -> Read {
    let Some(identity) = &examination.identity else { return Err("were not read: the server's own identity is not used here".to_owned()) };
    let answer = async { client(examination, identity, location).await.get_bucket_cors().bucket(&location.name).send().await };
    let Ok(answer) = tokio::time::timeout(LONGEST, answer).await else {
        return Err(format!("could not be read within {} seconds (s3:GetBucketCORS)", LONGEST.as_secs()));
    };
    match answer {
        Ok(answer) => Ok(answer.cors_rules().iter().map(rule).collect()),
        Err(error) => match ServiceError::of(&error).withholding(&identity.secrets()) {
            ServiceError::Refused { code, .. } if code == "NoSuchCORSConfiguration" => Ok(Vec::new()),
            error => Err(format!("could not be read (s3:GetBucketCORS): S3 {error}")),
        },
    }
}

async fn client(examination: &Examination, identity: &OwnIdentity, location: &Location) -> Client {
    let mut settings = Builder::from(identity.settings().await).region(Region::new(location.region.clone()));
    settings = settings.force_path_style(location.style == AddressingStyle::Path);
    if let Some(endpoint) = &examination.config.aws.s3_endpoint {
        settings = settings.endpoint_url(own_identity::endpoint(endpoint));
    }
    Client::from_conf(settings.build())
}

fn rule(rule: &types::CorsRule) -> CorsRule {
    CorsRule {
        id: rule.id().map(str::to_owned),
        allowed_origins: rule.allowed_origins().to_vec(),
        allowed_methods: rule.allowed_methods().to_vec(),
        allowed_headers: rule.allowed_headers().to_vec(),
        expose_headers: rule.expose_headers().to_vec(),
        max_age_seconds: rule.max_age_seconds().and_then(|seconds| u32::try_from(seconds).ok()),
    }
}

/// What each rule lacks of what is needed, in one sentence a rule.
pub(super) fn compared(rules: &[CorsRule], needed: &CorsConfiguration) -> Vec<String> {
    let Some(needed) = needed.rules.first() else { return Vec::new() };
    let lacks = |has: &[String], needed: &[String], ignores_case: bool| -> Vec<String> {
        let fits = |wanted: &str| has.iter().any(|allowed| stands_for(allowed, wanted, ignores_case));
        needed.iter().filter(|wanted| !fits(wanted)).cloned().collect()
    };
    let said =
        |words: &str, missing: &[String]| (!missing.is_empty()).then(|| format!("{words} {}", list(missing.iter().map(String::as_str))));
    rules
        .iter()
        .enumerate()
        .map(|(at, rule)| {
            let parts: Vec<String> = [
                said("does not allow the origin", &lacks(&rule.allowed_origins, &needed.allowed_origins, false)),
                said("does not allow the methods", &lacks(&rule.allowed_methods, &needed.allowed_methods, false)),
                said("does not allow the headers", &lacks(&rule.allowed_headers, &needed.allowed_headers, true)),
                said("does not expose", &lacks(&rule.expose_headers, &needed.expose_headers, true)),
            ]
            .into_iter()
            .flatten()
            .collect();
            let name = rule.id.as_ref().map_or_else(String::new, |id| format!(" (“{id}”)"));
            let lacking = if parts.is_empty() { "allows everything".to_owned() } else { parts.join(", ") };
            format!("Rule {}{name} {lacking}.", at + 1)
        })
        .collect()
}

/// Whether a rule's entry, with one `*` for any characters, stands for this.
fn stands_for(allowed: &str, wanted: &str, ignores_case: bool) -> bool {
    let (allowed, wanted) =
        if ignores_case { (allowed.to_ascii_lowercase(), wanted.to_ascii_lowercase()) } else { (allowed.to_owned(), wanted.to_owned()) };
    match allowed.split_once('*') {
        Some((start, end)) => wanted.len() >= start.len() + end.len() && wanted.starts_with(start) && wanted.ends_with(end),
        None => allowed == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_held_against_what_is_needed() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let rule = |id: Option<&str>, origins: &[&str], methods: &[&str], headers: &[&str]| CorsRule {
            id: id.map(str::to_owned),
            allowed_origins: texts(origins),
            allowed_methods: texts(methods),
            allowed_headers: texts(headers),
            expose_headers: texts(&["etag"]),
            max_age_seconds: None,
        };
        let needed = CorsConfiguration { rules: vec![rule(None, &["https://p.example"], &["GET", "PUT"], &["authorization", "x-amz-*"])] };
        let has = [
            rule(Some("others"), &["https://other.example"], &["GET"], &["*"]),
            rule(None, &["https://*.example", "https://p.*"], &["GET", "PUT"], &["Authorization", "x-amz-date"]),
            rule(None, &["*"], &["PUT", "GET"], &["*"]),
        ];
        assert_eq!(
            compared(&has, &needed),
            [
                r#"Rule 1 (“others”) does not allow the origin ["https://p.example"], does not allow the methods ["PUT"]."#,
                r#"Rule 2 does not allow the headers ["x-amz-*"]."#,
                "Rule 3 allows everything.",
            ]
        );
    }
}
