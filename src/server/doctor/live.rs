//! What a role may do, asked of S3 and Lambda themselves with credentials that may do nothing else: one name listed
//! where the role lists, and a dry run of each function, which runs nothing.
//!
//! The requests are the page's own, written and signed by its code. Nothing of what comes back but status, code and
//! message is looked at, and what repeats a secret of these credentials is withheld.

use super::Examination;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, endpoint, quoted, shown};
use super::report;
use crate::aws::error::{Remedy, ServiceError};
use crate::aws::lambda::{self, Invocation, InvocationType};
use crate::aws::request::{Answer, Method, Request};
use crate::aws::s3;
use crate::aws::s3::list::ListRequest;
use crate::model::credentials::Credentials;
use crate::model::function::FunctionTarget;
use crate::model::location::{Location, Permission, Signing};
use crate::server::config::{Bucket, Role};
use crate::server::credentials::entitlement::Entitlement;
use crate::server::credentials::session_policy;
use crate::server::outside::{Question, Reply};
use crate::server::portal::places;
use crate::server::portal::regions::BucketRegions;
use crate::server::required::role_policy;
use http::{HeaderName, HeaderValue, header};
use std::sync::Arc;
use url::Url;

/// What a role's credentials are asked to do.
pub(super) struct Live<'a> {
    examination: &'a Examination,
    entitlement: &'a Entitlement,
}

/// The session policy of the role that opens no more than what is asked, and `None` where nothing can be.
pub(super) fn policy(entitlement: &Entitlement, home: &str) -> Option<String> {
    let role = &*entitlement.role;
    let lists = |bucket: &&Bucket| bucket.permissions.contains(&Permission::List);
    let buckets = role.buckets.iter().filter(lists);
    let narrowed = buckets.map(|bucket| Bucket { permissions: vec![Permission::List], kms_keys: Vec::new(), ..bucket.clone() }).collect();
    let prefixes: Vec<String> =
        role.buckets.iter().zip(&entitlement.prefixes).filter(|(bucket, _)| lists(bucket)).map(|(_, prefix)| prefix.clone()).collect();
    let asked = Role { buckets: narrowed, ..role.clone() };
    if asked.buckets.is_empty() && asked.functions.is_empty() {
        return None;
    }
    session_policy::generate(&asked, &prefixes, home).ok()
}

impl<'a> Live<'a> {
    pub(super) const fn new(examination: &'a Examination, entitlement: &'a Entitlement) -> Self {
        Self { examination, entitlement }
    }

    /// A check for each bucket that may be listed and for each function.
    pub(super) async fn check(&self, credentials: &Credentials) -> Vec<Check> {
        let role = &*self.entitlement.role;
        let aws = &self.examination.config.aws;
        let regions = BucketRegions::new(&self.examination.config, Arc::clone(&self.examination.regions));
        let mut checks = Vec::new();
        for (bucket, prefix) in role.buckets.iter().zip(&self.entitlement.prefixes) {
            if bucket.permissions.contains(&Permission::List) {
                let region = regions.of(bucket, role.arn.partition(), &*self.examination.clock).await;
                checks.push(self.list(bucket, &places::location(aws, role, bucket, prefix.clone(), region), credentials).await);
            }
        }
        for function in &role.functions {
            let target = places::function(aws, role, function);
            let named = function.qualifiers.iter().map(String::as_str).filter(|qualifier| *qualifier != "*");
            for qualifier in std::iter::once(None).chain(named.map(Some)) {
                checks.push(self.dry_run(&target, qualifier, credentials).await);
            }
        }
        report::withheld(checks, &[credentials.secret_access_key.clone(), credentials.session_token.clone()])
    }

    /// Lists one name as the page does, and where that is denied once more with the signature in headers.
    async fn list(&self, bucket: &Bucket, location: &Location, credentials: &Credentials) -> Check {
        let role = &self.entitlement.role;
        let subject = format!("listing {} as {}", location.name, role.id);
        let first = match self.listed(location, credentials).await {
            Ok(()) => {
                return Check::fine(subject, format!("one name below “{}”, with the signature {}", location.prefix, placed(location.sign)));
            }
            Err(refused) => refused,
        };
        let denied = match &first {
            Refused::Unasked(reason) => return Check::not_checked(subject, reason.clone()),
            Refused::By(error) if error.remedy != Remedy::AskForAccess => return Check::not_checked(subject, told("S3", error)),
            Refused::By(error) => error,
        };
        let by_headers = Location { sign: Signing::Header, ..location.clone() };
        let finding = if location.sign == Signing::Query && self.listed(&by_headers, credentials).await.is_ok() {
            self.guarded(bucket, denied)
        } else {
            self.unlisted(location, denied)
        };
        Check::of(subject, vec![finding], "")
    }

    async fn listed(&self, location: &Location, credentials: &Credentials) -> Result<(), Refused> {
        let request = ListRequest { prefix: &location.prefix, max_keys: Some(1), ..ListRequest::default() };
        let draft = request.draft(location).map_err(|_| Refused::Unasked("its prefix cannot stand in a URL".to_owned()))?;
        let request = s3::sign(draft, location, credentials, self.examination.clock.now());
        let answer = self.send(&request, "S3").await?;
        if answer.is_success() { Ok(()) } else { Err(Refused::By(ServiceError::from_s3(&answer))) }
    }

    async fn dry_run(&self, target: &FunctionTarget, qualifier: Option<&str>, credentials: &Credentials) -> Check {
        let name = qualifier.map_or_else(|| target.name.clone(), |qualifier| format!("{}:{qualifier}", target.name));
        let subject = format!("invoking {name} as {}", self.entitlement.role.id);
        let invocation = Invocation { qualifier, kind: InvocationType::DryRun, ..Invocation::default() };
        let Ok(draft) = invocation.draft(target) else { return Check::not_checked(subject, "its name cannot stand in a URL") };
        let request = lambda::sign(draft, target, credentials, self.examination.clock.now());
        let error = match self.send(&request, "Lambda").await {
            Ok(answer) if answer.is_success() => return Check::fine(subject, format!("a dry run is answered with {}", answer.status)),
            Ok(answer) => ServiceError::from_lambda(&answer),
            Err(Refused::Unasked(reason)) => return Check::not_checked(subject, reason),
            Err(Refused::By(error)) => error,
        };
        match error.remedy {
            Remedy::AskForAccess => Check::of(subject, vec![self.uninvoked(&name, target, &error)], ""),
            Remedy::NotFound => Check::of(subject, vec![self.missing(&name, target, &error)], ""),
            _ => Check::not_checked(subject, told("Lambda", &error)),
        }
    }

    /// Sends it from here. The reason of a failure is told in one word: its URL may carry a signature.
    async fn send(&self, request: &Request, service: &str) -> Result<Answer, Refused> {
        let unsendable = || Refused::Unasked("its address is none".to_owned());
        let method = match request.method() {
            Method::Get => http::Method::GET,
            _ => http::Method::POST,
        };
        let mut headers = Vec::new();
        for (name, value) in request.headers() {
            let mut value = HeaderValue::from_str(value).map_err(|_| unsendable())?;
            value.set_sensitive(true);
            headers.push((HeaderName::from_static(name), value));
        }
        if method == http::Method::POST {
            headers.push((header::CONTENT_LENGTH, HeaderValue::from_static("0")));
        }
        let url = Url::parse(request.url()).map_err(|_| unsendable())?;
        match self.examination.ask.ask(Question { method, url, headers }).await {
            Ok(reply) => Ok(answer(reply)),
            Err(unanswered) => Err(Refused::Unasked(format!("{service} {}", unanswered.error))),
        }
    }

    /// `s3:authType`: the same is allowed in headers.
    fn guarded(&self, bucket: &Bucket, error: &ServiceError) -> Finding {
        let name = &bucket.name;
        Finding {
            code: Code::BucketAuthType,
            severity: Severity::Warning,
            what: format!("{name} is denied to requests whose signature stands in the URL."),
            why: format!(
                "ListObjectsV2 with the signature in the query: {}. With the signature in headers: allowed. A policy denies s3:authType REST-QUERY-STRING.",
                said(error)
            ),
            breaks: "Every page is refused once before it signs in headers, and links to share are refused for good.".to_owned(),
            fix: Fix::say(format!("Say so in [[roles.buckets]] with name = \"{name}\", of the role \"{}\":", self.entitlement.role.id))
                .configure("sign = \"header\""),
        }
    }

    fn unlisted(&self, location: &Location, error: &ServiceError) -> Finding {
        let role = &self.entitlement.role;
        Finding {
            code: Code::BucketListDenied,
            severity: Severity::Error,
            what: format!("“{}” may not list {}, as the configuration says it may.", role.title, place(location)),
            why: format!("ListObjectsV2 with credentials of the role, allowed to list there and nothing else: {}.", said(error)),
            breaks: format!("Whoever works as “{}” sees an error in place of this location.", role.title),
            fix: self
                .own_policy()
                .then("Where it has that, look for a Deny: policy and organisation of the bucket, permissions boundary of the role:")
                .run(format!(
                    "aws s3api get-bucket-policy --bucket {}{}",
                    quoted(&location.name),
                    endpoint(self.examination.config.aws.s3_endpoint.as_ref())
                )),
        }
    }

    fn uninvoked(&self, name: &str, target: &FunctionTarget, error: &ServiceError) -> Finding {
        let role = &self.entitlement.role;
        Finding {
            code: Code::FunctionDenied,
            severity: Severity::Error,
            what: format!("“{}” may not invoke {name}, as the configuration says it may.", role.title),
            why: format!("Invoke with DryRun and credentials of the role, allowed to invoke it and nothing else: {}.", said(error)),
            breaks: "Nobody can run it: Lambda refuses every invocation.".to_owned(),
            fix: self
                .own_policy()
                .then("Where it has that, look for a Deny in the permissions boundary of the role, and at the policy of the function:")
                .run(format!(
                    "aws lambda get-policy --function-name {} --region {}{}",
                    quoted(name),
                    target.region,
                    endpoint(self.examination.config.aws.lambda_endpoint.as_ref())
                )),
        }
    }

    fn missing(&self, name: &str, target: &FunctionTarget, error: &ServiceError) -> Finding {
        let (region, function) = (&target.region, quoted(&target.name));
        let endpoint = endpoint(self.examination.config.aws.lambda_endpoint.as_ref());
        let fix = Fix::say("Correct the name or the qualifiers in [[roles.functions]], or aws.region. What functions there are:")
            .run(format!("aws lambda list-functions --region {region}{endpoint} --query 'Functions[].FunctionName'"));
        Finding {
            code: Code::FunctionMissing,
            severity: Severity::Error,
            what: format!("There is no function {name} in {region}."),
            why: format!("Invoke with DryRun of {}: {}.", target.arn, said(error)),
            breaks: "Everybody who opens it sees an error.".to_owned(),
            fix: if name == target.name {
                fix
            } else {
                fix.then("Where the function is there, its aliases and versions:").run(format!(
                    "aws lambda list-aliases --function-name {function} --region {region}{endpoint}\naws lambda list-versions-by-function --function-name {function} --region {region}{endpoint}"
                ))
            },
        }
    }

    /// The permissions that the role needs, as `vestibule template role-policy` prints them.
    fn own_policy(&self) -> Fix {
        let role = &self.entitlement.role;
        let policy = serde_json::to_string(&role_policy::of(&self.examination.config, role)).expect("strings and lists are JSON");
        Fix::say("Give the role what the configuration opens:").run(format!(
            "aws iam put-role-policy --role-name {} --policy-name vestibule --policy-document {}{}",
            role.arn.role_name(),
            quoted(&policy),
            endpoint(self.examination.config.revocation.iam_endpoint.as_ref())
        ))
    }
}

/// Why something is not known to be allowed.
enum Refused {
    /// There was no answer; stands behind "because".
    Unasked(String),
    /// This was the answer.
    By(ServiceError),
}

fn answer(reply: Reply) -> Answer {
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
    let headers = reply.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Answer { status: reply.status, headers, body: reply.body }
}

fn said(error: &ServiceError) -> String {
    let message = if error.message.is_empty() { String::new() } else { format!(", {}", shown(Some(&error.message))) };
    format!("status {}, {}{message}", error.status, shown(Some(&error.code)))
}

fn told(service: &str, error: &ServiceError) -> String {
    format!("{service} answered with status {} and {}", error.status, shown(Some(&error.code)))
}

fn place(location: &Location) -> String {
    if location.prefix.is_empty() { format!("the bucket {}", location.name) } else { format!("{} in {}", location.prefix, location.name) }
}

const fn placed(sign: Signing) -> &'static str {
    match sign {
        Signing::Query => "in the URL",
        Signing::Header => "in headers",
    }
}
