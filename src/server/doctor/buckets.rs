//! Buckets: where they are, and whether their CORS rules let a page of the portal at them.
//!
//! A browser says the same of every failure, so the server asks in its place: real preflights of the page's
//! own requests, and a plain GET whose answer shows what the page may read.

use super::Examination;
use super::bucket_rules::{self, Read};
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, curl, endpoint, list, quoted, shown};
use super::page::{self, Asked, Permitted};
use crate::aws::s3::address;
use crate::model::location::{Location, Permission, Signing};
use crate::server::config::{self, Role};
use crate::server::outside::{Question, Reply, Unanswered};
use crate::server::portal::places;
use crate::server::portal::regions::BucketRegions;
use crate::server::required::bucket_cors::{self, CorsConfiguration, EXPOSED};
use futures::StreamExt;
use http::Method;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use url::Url;

/// Buckets at a time.
const AT_ONCE: usize = 8;
/// All methods that S3's rules know.
const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "POST", "DELETE"];

/// A bucket, with everything that any role may do in it.
struct Target {
    location: Location,
    /// Whether the configuration names its region.
    region_is_configured: bool,
    rules: CorsConfiguration,
}

/// A check for each bucket.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    let config = &examination.config;
    let regions = BucketRegions::new(config, Arc::clone(&examination.regions));
    let mut roles: BTreeMap<&str, (&Role, usize)> = BTreeMap::new();
    for role in &config.roles {
        for (at, bucket) in role.buckets.iter().enumerate() {
            roles.entry(&bucket.name).or_insert((role, at));
        }
    }
    if roles.is_empty() {
        return vec![Check::not_checked("buckets", "no role opens one")];
    }
    let permissions = bucket_cors::permissions(config);
    let mut checks = Vec::new();
    for (name, (role, at)) in roles {
        let allowed = permissions.get(name).cloned().unwrap_or_default();
        checks.push(of_one(examination, &regions, role, &role.buckets[at], allowed));
    }
    futures::stream::iter(checks).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn of_one(
    examination: &Examination,
    regions: &BucketRegions,
    role: &Role,
    bucket: &config::Bucket,
    allowed: BTreeSet<Permission>,
) -> Vec<Check> {
    let config = &examination.config;
    let checks = async {
        let region = regions.of(bucket, role.arn.partition(), &*examination.clock).await;
        let prefix = bucket.prefix.split("${").next().unwrap_or_default().to_owned();
        let mut location = places::location(&config.aws, role, bucket, prefix, region);
        location.permissions = allowed.iter().copied().collect();
        let target = Target { location, region_is_configured: bucket.region.is_some(), rules: bucket_cors::rules(config, &allowed) };
        target.check(examination).await
    };
    super::limited(&format!("bucket {}", bucket.name), checks).await
}

impl Target {
    async fn check(&self, examination: &Examination) -> Vec<Check> {
        let location = &self.location;
        let (place, cors) = (format!("bucket {}", location.name), format!("CORS of {}", location.name));
        let later = |reason: &str| Check::not_checked(cors.clone(), reason);
        let key = format!("{}vestibule-doctor", location.prefix);
        let now = examination.clock.now();
        let (Ok(asked), Some(url)) = (page::of_bucket(location, &key, now), bucket_url(location)) else {
            return vec![Check::not_checked(place, "its prefix cannot stand in a URL"), later("its prefix cannot stand in a URL")];
        };
        let plain = Question { method: Method::GET, url: url.clone(), headers: vec![page::origin(examination)] };
        let reply = match examination.ask.ask(plain).await {
            Ok(reply) => reply,
            Err(unanswered) => return vec![Check::of(place, vec![self.unreachable(&url, &unanswered)], ""), later("S3 gives no answer")],
        };
        if let Some(finding) = self.missing(examination, &reply, &url) {
            return vec![Check::of(place, vec![finding], ""), later("there is no such bucket")];
        }
        let said = page::region(&reply).filter(|region| *region != location.region);
        if said.is_some() || (300..400).contains(&reply.status) {
            return vec![
                Check::of(place, vec![self.elsewhere(&url, said.as_deref(), reply.status)], ""),
                later("the address is not the bucket's"),
            ];
        }
        let place = Check::fine(place, format!("answers in {}", location.region));
        let cors = match self.cors(examination, &asked, &reply).await {
            Ok(mut findings) if !findings.is_empty() => {
                let read = bucket_rules::read(examination, location).await;
                for finding in findings.iter_mut().filter(|finding| finding.code != Code::BucketRegion) {
                    self.with_rules(examination, finding, &read);
                }
                Check::of(cors, findings, "")
            }
            Ok(findings) => Check::of(cors, findings, format!("{} preflights are allowed", asked.len())),
            Err(unanswered) => Check::not_checked(cors, format!("S3 stopped answering: {unanswered}")),
        };
        vec![place, cors]
    }

    fn unreachable(&self, url: &Url, unanswered: &Unanswered) -> Finding {
        Finding {
            code: Code::S3Unreachable,
            severity: Severity::Warning,
            what: format!("S3 gives this server no answer for the bucket {}.", self.location.name),
            why: format!("GET {url}: {unanswered}."),
            breaks: "Pages go to S3 from people's browsers: where those have no way either, nothing can be listed. Regions of buckets are looked up by the server.".to_owned(),
            fix: Fix::say("Try from this server and from a person's device:")
                .run(curl(url.as_str()))
                .then("A wrong host is aws.s3_endpoint, or the bucket's region."),
        }
    }

    fn missing(&self, examination: &Examination, reply: &Reply, url: &Url) -> Option<Finding> {
        let region = &self.location.region;
        // S3's first region is named by naming none.
        let constraint =
            if region == "us-east-1" { String::new() } else { format!(" --create-bucket-configuration LocationConstraint={region}") };
        let is_missing = reply.status == 404 && String::from_utf8_lossy(&reply.body).contains("<Code>NoSuchBucket</Code>");
        is_missing.then(|| Finding {
            code: Code::BucketMissing,
            severity: Severity::Error,
            what: format!("There is no bucket {}.", self.location.name),
            why: format!("GET {url} was answered with 404 NoSuchBucket."),
            breaks: "Its location shows an error to everybody who opens it.".to_owned(),
            fix: Fix::say("Correct the name in [[roles.buckets]], or make the bucket:").run(format!(
                "aws s3api create-bucket --bucket {} --region {region}{constraint}{}",
                quoted(&self.location.name),
                endpoint(examination.config.aws.s3_endpoint.as_ref()),
            )),
        })
    }

    fn elsewhere(&self, url: &Url, said: Option<&str>, status: u16) -> Finding {
        let name = &self.location.name;
        let what = if self.region_is_configured { "Correct" } else { "Name" };
        let fix = match said {
            Some(region) => Fix::say(format!("{what} the region of {name} in [[roles.buckets]]:"))
                .configure(format!("region = {}", toml::Value::from(region))),
            // S3's first region is told as none.
            None => Fix::say(format!(
                "{what} the region of {name} in [[roles.buckets]]. It is told by this command, and is us-east-1 where that says None:"
            ))
            .run(format!("aws s3api get-bucket-location --bucket {} --query LocationConstraint --output text", quoted(name))),
        };
        Finding {
            code: Code::BucketRegion,
            severity: Severity::Error,
            what: format!("The bucket {name} is in another region than {}.", self.location.region),
            why: format!("GET {url} was answered with status {status} and the region {}.", shown(said)),
            breaks: "Requests are signed for the wrong region; S3 redirects them, and a preflight may not be redirected: the browser shows a network error.".to_owned(),
            fix,
        }
    }

    async fn cors(&self, examination: &Examination, asked: &[Asked], plain: &Reply) -> Result<Vec<Finding>, Unanswered> {
        let mut refused: Vec<(&Asked, u16, bool)> = Vec::new();
        let mut shortest = None;
        for (asked, permitted) in asked.iter().zip(all(examination, asked).await?) {
            match permitted {
                Permitted::Yes(seconds) => shortest = Some(seconds.unwrap_or_default().min(shortest.unwrap_or(u32::MAX))),
                Permitted::No { status, no_rules } => refused.push((asked, status, no_rules)),
                Permitted::Elsewhere(region) => return Ok(vec![self.elsewhere(&asked.url, region.as_deref(), 307)]),
            }
        }
        if !refused.is_empty() {
            return self.refused(examination, &refused).await;
        }
        let mut findings: Vec<Finding> = self.exposed(examination, plain).into_iter().collect();
        if shortest == Some(0) {
            let why = "The answer to a preflight has no Access-Control-Max-Age.".to_owned();
            let mut finding = self.finding(examination, Code::BucketCorsMaxAge, "lets no browser remember its permission", why);
            finding.severity = Severity::Note;
            finding.breaks = "Every write costs one request more.".to_owned();
            findings.push(finding);
        }
        Ok(findings)
    }

    /// Which field of the rules it is: one thing is asked at a time.
    async fn refused(&self, examination: &Examination, refused: &[(&Asked, u16, bool)]) -> Result<Vec<Finding>, Unanswered> {
        let (first, status, no_rules) = refused[0];
        let origin = &examination.config.web.public_url;
        let line = format!("OPTIONS {} with Origin {origin} was answered with status {status}", first.url);
        if no_rules {
            return Ok(vec![self.finding(
                examination,
                Code::BucketCorsMissing,
                "has no CORS rules",
                format!("{line}: CORS is not enabled for this bucket."),
            )]);
        }
        let bare: Vec<Asked> = METHODS.map(|method| first.by(method)).to_vec();
        let allowed: BTreeSet<&str> = bare
            .iter()
            .zip(all(examination, &bare).await?)
            .filter(|(_, permitted)| matches!(permitted, Permitted::Yes(_)))
            .map(|(asked, _)| asked.method)
            .collect();
        if allowed.is_empty() {
            let why = format!("{line}, and so was every other method without headers.");
            return Ok(vec![self.finding(examination, Code::BucketCorsOrigin, "does not let pages of this portal in", why)]);
        }
        let mut findings = Vec::new();
        let methods: BTreeSet<&str> = refused.iter().map(|(asked, ..)| asked.method).filter(|method| !allowed.contains(method)).collect();
        if !methods.is_empty() {
            let why = format!(
                "Preflights of {} are refused; those of {} are allowed.",
                list(methods.iter().copied()),
                list(allowed.iter().copied())
            );
            findings.push(self.finding(examination, Code::BucketCorsMethod, &format!("does not allow {}", join(&methods)), why));
        }
        let mut headers = BTreeSet::new();
        let mut together = BTreeSet::new();
        for (asked, ..) in refused.iter().filter(|(asked, ..)| allowed.contains(asked.method)) {
            let singly: Vec<Asked> = asked.headers.iter().map(|header| asked.with_only(header)).collect();
            let before = headers.len();
            for (single, permitted) in singly.iter().zip(all(examination, &singly).await?) {
                if !matches!(permitted, Permitted::Yes(_)) {
                    headers.extend(&single.headers);
                }
            }
            if headers.len() == before && asked.headers.is_disjoint(&headers) {
                together.insert(asked.method);
            }
        }
        if !headers.is_empty() {
            let why = format!("Preflights that name {} are refused; the same without it are allowed.", list(headers.iter().copied()));
            findings.push(self.finding(
                examination,
                Code::BucketCorsHeaders,
                &format!("does not allow the request headers {}", join(&headers)),
                why,
            ));
        }
        if !together.is_empty() {
            let why = format!("Each header of {} is allowed alone, but no single rule allows all of a request.", join(&together));
            findings.push(self.finding(examination, Code::BucketCorsHeaders, "allows the request headers in different rules only", why));
        }
        Ok(findings)
    }

    /// What the page may not read of an answer.
    fn exposed(&self, examination: &Examination, plain: &Reply) -> Option<Finding> {
        let allowed = plain.header("access-control-allow-origin");
        if !allowed.is_some_and(|allowed| allowed == "*" || allowed == examination.config.web.public_url) {
            let why =
                format!("GET with Origin was answered with Access-Control-Allow-Origin {}, though preflights are allowed.", shown(allowed));
            return Some(self.finding(examination, Code::BucketCorsOrigin, "does not let pages of this portal read answers", why));
        }
        let lines = plain.headers.get_all("access-control-expose-headers").iter().filter_map(|line| line.to_str().ok());
        let exposed: Vec<String> = lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
        let missing: Vec<(&str, &str)> = EXPOSED
            .into_iter()
            .filter(|(name, _)| !exposed.iter().any(|exposed| exposed == "*" || *exposed == name.to_ascii_lowercase()))
            .collect();
        if missing.is_empty() {
            return None;
        }
        let names: BTreeSet<&str> = missing.iter().map(|(name, _)| *name).collect();
        let why = format!("Access-Control-Expose-Headers of an answer lacks {}.", list(names.iter().copied()));
        let mut finding = self.finding(examination, Code::BucketCorsExpose, &format!("hides the response headers {}", join(&names)), why);
        finding.severity = Severity::Warning;
        let lost: Vec<String> = missing.iter().map(|(name, lost)| format!("Without {name}: {lost}.")).collect();
        finding.breaks = lost.join("\n");
        Some(finding)
    }

    /// Adds what the bucket's own rules say, and keeps them in the fix.
    fn with_rules(&self, examination: &Examination, finding: &mut Finding, read: &Read) {
        match read {
            Ok(rules) if rules.is_empty() => finding.why.push_str("\nThe bucket has no rules."),
            Ok(rules) => {
                for said in bucket_rules::compared(rules, &self.rules) {
                    finding.why.push_str(&format!("\n{said}"));
                }
                // The first rule that fits decides, so the portal's stands in front.
                let all = CorsConfiguration { rules: [self.rules.rules.as_slice(), rules].concat() };
                finding.fix = self.fix(examination, &all);
            }
            Err(reason) => finding.why.push_str(&format!("\nThe bucket's rules {reason}.")),
        }
    }

    fn finding(&self, examination: &Examination, code: Code, what: &str, why: String) -> Finding {
        let reads = self.location.sign == Signing::Query && code != Code::BucketCorsOrigin && code != Code::BucketCorsMissing;
        let writes = [Permission::Write, Permission::Delete, Permission::Tags]
            .iter()
            .any(|permission| self.location.permissions.contains(permission));
        let breaks = match (reads, writes) {
            (true, true) => {
                "What needs a preflight fails: writing, deleting, and reading where signatures stand in headers. The browser says no more than that the network failed."
            }
            (true, false) => "Reading fails where signatures stand in headers. The browser says no more than that the network failed.",
            (false, _) => "Nothing of it can be listed or read. The browser says no more than that the network failed.",
        };
        Finding {
            code,
            severity: Severity::Error,
            what: format!("The bucket {} {what}.", self.location.name),
            why,
            breaks: breaks.to_owned(),
            fix: self.fix(examination, &self.rules),
        }
    }

    /// The command that gives it these rules.
    fn fix(&self, examination: &Examination, rules: &CorsConfiguration) -> Fix {
        let rules = serde_json::to_string(rules).expect("strings and lists are JSON");
        let name = &self.location.name;
        let endpoint = endpoint(examination.config.aws.s3_endpoint.as_ref());
        Fix::say("Set its rules; they take the place of all that it has, so keep those of other pages behind this one:")
            .run(format!("aws s3api put-bucket-cors --bucket {name}{endpoint} --cors-configuration {}", quoted(&rules)))
    }
}

async fn all(examination: &Examination, asked: &[Asked]) -> Result<Vec<Permitted>, Unanswered> {
    futures::future::try_join_all(asked.iter().map(|asked| asked.permitted(examination))).await
}

fn bucket_url(location: &Location) -> Option<Url> {
    let (origin, path) = address::bucket(location).ok()?;
    Url::parse(&format!("{}{}", origin.as_str(), path.as_str())).ok()
}

fn join(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}
