//! What a page of the portal sends to S3 and Lambda, as a browser asks for it first: the page's own
//! requests, written and signed by the page's own code, and the preflights of them.

use super::Examination;
use crate::aws::lambda::{self, Invocation};
use crate::aws::request::Request;
use crate::aws::s3::checksum::Checksum;
use crate::aws::s3::copy::{self, Source};
use crate::aws::s3::delete::{self, Doomed};
use crate::aws::s3::object::ObjectRequest;
use crate::aws::s3::upload::{self, Existing, Upload};
use crate::aws::s3::{self, address::AddressError, tags};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::function::FunctionTarget;
use crate::model::location::{Location, Permission, Signing};
use crate::model::secret::Secret;
use crate::server::outside::{Question, Reply, Unanswered};
use http::{HeaderName, HeaderValue, Method, header};
use std::collections::BTreeSet;
use url::Url;

/// A request that a browser asks permission for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    /// Method.
    pub(super) method: &'static str,
    /// Where to.
    pub(super) url: Url,
    /// Names of its headers, in small letters and in order, as a browser lists them.
    pub(super) headers: BTreeSet<&'static str>,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Permitted {
    /// The browser goes on; for how many seconds it need not ask again.
    Yes(Option<u32>),
    /// It does not.
    No {
        /// HTTP status.
        status: u16,
        /// Whether S3 says that the bucket has no rules at all.
        no_rules: bool,
    },
    /// It does not, because preflights may not be redirected; to which region.
    Elsewhere(Option<String>),
}

impl Asked {
    fn of(request: &Request) -> Option<Self> {
        // A query signature is of no interest here and of nobody's business.
        let url = Url::parse(request.url().split('?').next()?).ok()?;
        Some(Self { method: request.method().as_str(), url, headers: request.headers().map(|(name, _)| name).collect() })
    }

    /// The same without headers.
    pub(super) fn bare(&self) -> Self {
        Self { headers: BTreeSet::new(), ..self.clone() }
    }

    /// The same with this header only.
    pub(super) fn with_only(&self, header: &'static str) -> Self {
        Self { headers: BTreeSet::from([header]), ..self.clone() }
    }

    /// The same by another method and without headers.
    pub(super) fn by(&self, method: &'static str) -> Self {
        Self { method, ..self.bare() }
    }

    /// Asks as a browser does for a page of this portal.
    pub(super) async fn permitted(&self, examination: &Examination) -> Result<Permitted, Unanswered> {
        let mut headers = vec![origin(examination), (header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static(self.method))];
        let names: Vec<&str> = self.headers.iter().copied().collect();
        if let Some(names) = HeaderValue::from_str(&names.join(",")).ok().filter(|names| !names.is_empty()) {
            headers.push((header::ACCESS_CONTROL_REQUEST_HEADERS, names));
        }
        let reply = examination.ask.ask(Question { method: Method::OPTIONS, url: self.url.clone(), headers }).await?;
        Ok(self.read(&reply, &examination.config.web.public_url))
    }

    /// Reads an answer as a browser does (Fetch Standard, "CORS-preflight fetch").
    fn read(&self, reply: &Reply, origin: &str) -> Permitted {
        if (300..400).contains(&reply.status) {
            return Permitted::Elsewhere(region(reply));
        }
        let lists = |name: &str, wanted: &str, wildcard: bool| {
            let lines = reply.headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
            lines
                .flat_map(|line| line.split(','))
                .map(str::trim)
                .any(|listed| listed.eq_ignore_ascii_case(wanted) || wildcard && listed == "*")
        };
        let origin_is_allowed = matches!(reply.header("access-control-allow-origin"), Some(allowed) if allowed == "*" || allowed == origin);
        // These need no permission of their own.
        let method_is_allowed = matches!(self.method, "GET" | "HEAD" | "POST") || lists("access-control-allow-methods", self.method, true);
        // A wildcard does not stand for a signature.
        let headers_are_allowed =
            self.headers.iter().all(|header| lists("access-control-allow-headers", header, *header != "authorization"));
        if (200..300).contains(&reply.status) && origin_is_allowed && method_is_allowed && headers_are_allowed {
            return Permitted::Yes(reply.header("access-control-max-age").and_then(|seconds| seconds.trim().parse().ok()));
        }
        Permitted::No { status: reply.status, no_rules: String::from_utf8_lossy(&reply.body).contains("CORS is not enabled") }
    }
}

/// The header with which a browser names the page.
pub(super) fn origin(examination: &Examination) -> (HeaderName, HeaderValue) {
    let origin = HeaderValue::from_str(&examination.config.web.public_url);
    (header::ORIGIN, origin.unwrap_or(HeaderValue::from_static("null")))
}

/// Where S3 says a bucket is.
pub(super) fn region(reply: &Reply) -> Option<String> {
    reply.header("x-amz-bucket-region").map(str::to_owned)
}

/// Credentials of nobody: the requests are never sent.
fn nobody() -> Credentials {
    Credentials {
        access_key_id: "ASIANOBODY".to_owned(),
        secret_access_key: Secret::new("none"),
        session_token: Secret::new("none"),
        expiration: Timestamp::from_seconds(0),
    }
}

/// The requests to a bucket that need a preflight, each kind once.
pub(super) fn of_bucket(location: &Location, key: &str, now: Timestamp) -> Result<Vec<Asked>, AddressError> {
    let may = |permission| location.permissions.contains(&permission);
    let (keep, checksum) = (Existing::Keep, Checksum::of(b""));
    let (upload, source) = (Upload { key, id: "id" }, Source { bucket: &location.name, key, version: None, etag: "\"etag\"" });
    // What is signed in the query asks for nothing; where that is refused, or a URL is too long, headers do.
    let by_headers = Location { sign: Signing::Header, ..location.clone() };
    let mut drafts = Vec::new();
    if may(Permission::List) || may(Permission::Read) {
        drafts.push(ObjectRequest::default().get(location, key)?);
        drafts.push(ObjectRequest::default().head(location, key)?);
    }
    if may(Permission::Write) {
        drafts.push(upload::put(location, key, "text/plain", checksum, keep)?);
        drafts.push(upload::begin(location, key, "text/plain")?);
        drafts.push(upload::part(location, upload, 1, checksum)?);
        drafts.push(upload::complete(location, upload, &[], Some(checksum), keep)?);
        drafts.push(upload::abort(location, upload)?);
        drafts.push(copy::object(location, key, source, keep)?);
        drafts.push(copy::part(location, upload, 1, source, (0, 1))?);
    }
    if may(Permission::Delete) {
        let doomed = Doomed { key, version: None, etag: Some("\"etag\"") };
        drafts.push(delete::object(location, doomed)?);
        drafts.push(delete::objects(location, &[doomed])?);
    }
    if may(Permission::Tags) {
        drafts.push(tags::put(location, key, &[])?);
    }
    let signed = drafts.into_iter().map(|draft| s3::sign(draft, &by_headers, &nobody(), now));
    let mut asked: Vec<Asked> = signed.filter_map(|request| Asked::of(&request)).collect();
    asked.sort_unstable();
    asked.dedup_by(|one, other| (one.method, &one.headers) == (other.method, &other.headers));
    Ok(asked)
}

/// The invocation of a function, and the same with its answer in a stream
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>).
pub(super) fn of_function(target: &FunctionTarget, now: Timestamp) -> Option<(Asked, Asked)> {
    let invocation = Invocation { log_tail: true, payload: b"{}".to_vec(), ..Invocation::default() };
    let asked = |draft| Asked::of(&lambda::sign(draft, target, &nobody(), now));
    Some((asked(invocation.clone().draft(target).ok()?)?, asked(invocation.draft_streamed(target).ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::AddressingStyle;
    use crate::server::config::loader;
    use crate::server::required::bucket_cors;
    use http::HeaderMap;

    fn asked(permissions: &[Permission]) -> Vec<Asked> {
        let location = Location {
            name: "reports".into(),
            region: "eu-west-1".into(),
            endpoint: "https://reports.s3.eu-west-1.amazonaws.com".into(),
            style: AddressingStyle::Virtual,
            prefix: String::new(),
            permissions: permissions.to_vec(),
            sign: Signing::Query,
        };
        of_bucket(&location, "team/doctor", Timestamp::from_seconds(1_795_415_575)).unwrap()
    }

    /// Whoever lets the page send another header has to let buckets allow it.
    #[test]
    fn the_generated_rules_allow_what_the_page_sends_and_no_method_more() {
        let text = "[web]\npublic_url = \"https://portal.example.com\"\n[alb]\nclients = [\"c\"]\n\
             signers = [\"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188\"]\n\
             issuer = \"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE\"\n[[roles]]\nid = \"analyst\"\n\
             arn = \"arn:aws:iam::111122223333:role/portal-analyst\"\ngroups = [\"analysts\"]\n";
        let config = loader::from_text(text, "vestibule.toml", []).unwrap().config;
        for set in 1..1_usize << Permission::ALL.len() {
            let permissions: BTreeSet<Permission> =
                Permission::ALL.into_iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, permission)| permission).collect();
            let rules = bucket_cors::rules(&config, &permissions).rules;
            let rule = &rules[0];
            let asked = asked(&permissions.iter().copied().collect::<Vec<_>>());
            for Asked { method, headers, .. } in &asked {
                assert!(rule.allowed_methods.iter().any(|allowed| allowed == method), "{method} {permissions:?}");
                for header in headers {
                    let fits = |allowed: &String| match allowed.strip_suffix('*') {
                        Some(start) => header.starts_with(start),
                        None => allowed == header,
                    };
                    assert!(rule.allowed_headers.iter().any(fits), "{header} of {method}");
                }
            }
            let used: BTreeSet<&str> = asked.iter().map(|asked| asked.method).chain(["GET", "HEAD"]).collect();
            assert_eq!(rule.allowed_methods.iter().map(String::as_str).collect::<BTreeSet<_>>(), used, "{permissions:?}");
        }
    }

    #[test]
    fn an_answer_is_read_as_a_browser_reads_it() {
        let put = asked(&[Permission::Tags]).remove(0);
        assert_eq!(put.method, "PUT");
        let all = "authorization, Content-Type, x-amz-checksum-sha256, X-Amz-Content-Sha256, x-amz-date, x-amz-security-token";
        let read = |status: u16, origin: &str, methods: &str, headers: &str| {
            let lines = [
                ("access-control-allow-origin", origin),
                ("access-control-allow-methods", methods),
                ("access-control-allow-headers", headers),
                ("access-control-max-age", "3000"),
            ];
            let lines = lines.into_iter().filter(|(_, value)| !value.is_empty());
            let headers: HeaderMap = lines.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
            put.read(
                &Reply { status, headers, body: b"<Message>CORSResponse: CORS is not enabled for this bucket.</Message>".to_vec() },
                "https://p.example",
            )
        };
        for (origin, methods, headers) in
            [("https://p.example", "GET, PUT", all), ("*", "*", all), ("https://p.example", "put", "*, Authorization")]
        {
            assert_eq!(read(204, origin, methods, headers), Permitted::Yes(Some(3_000)), "{origin} {methods} {headers}");
        }
        for (status, origin, methods, headers) in [
            (403, "https://p.example", "PUT", all),
            (200, "https://P.example", "PUT", all),
            (200, "https://p.example/", "PUT", all),
            (200, "", "PUT", all),
            (200, "*", "GET, POST", all),
            (200, "*", "", all),
            (200, "*", "PUT", "*"),
            (200, "*", "PUT", "authorization"),
        ] {
            assert_eq!(
                read(status, origin, methods, headers),
                Permitted::No { status, no_rules: true },
                "{status} {origin} {methods} {headers}"
            );
        }
        assert_eq!(read(301, "*", "*", all), Permitted::Elsewhere(None));
    }
}
