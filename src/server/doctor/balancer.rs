//! The balancer, from what it answers to requests that nobody signed in for: whom it sends to sign in, whom it refuses,
//! and what it leaves open. And from its own connections to this portal: for how long it keeps silent ones.

use super::Examination;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{quoted, shown};
use crate::server::config::Config;
use crate::server::http::connection::Limits;
use crate::server::http::silence::Closer;
use crate::server::outside::{Question, Reply};
use http::Method;
use serde_json::{Value, json};
use url::Url;

/// One of the portal's paths, and what came of asking for it.
struct Asked {
    path: String,
    url: Url,
    reply: Reply,
}

/// Pages, calls, and what has to be open.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    const SUBJECT: &str = "balancer";
    let config = &examination.config;
    let ask = async |method: Method, path: &str| {
        let url = Url::parse(&config.web.public_url).and_then(|base| base.join(path)).map_err(|_| "its address is none".to_owned())?;
        let question = Question { method, url: url.clone(), headers: Vec::new() };
        match examination.ask.ask(question).await {
            Ok(reply) => Ok(Asked { path: path.to_owned(), url, reply }),
            Err(unanswered) => Err(format!("this server has no way to {}: {unanswered}", config.web.public_url)),
        }
    };
    let open = ["/healthz", "/pkg/vestibule-doctor", &*config.web.signed_out_path];
    let (page, call, open) = futures::join!(
        ask(Method::GET, "/"),
        ask(Method::POST, "/api/whoami"),
        futures::future::try_join_all(open.map(|path| ask(Method::GET, path))),
    );
    let (page, call, open) = match (page, call, open) {
        (Ok(page), Ok(call), Ok(open)) => (page, call, open),
        (Err(reason), ..) | (_, Err(reason), _) | (.., Err(reason)) => return vec![Check::not_checked(SUBJECT, reason)],
    };
    let findings = [of_page(config, &page), of_call(config, &call), of_open(config, &open)];
    vec![Check::of(
        SUBJECT,
        findings.into_iter().flatten().collect(),
        "pages are sent to sign in, calls without a sign-in are refused (401), and what needs none is open",
    )]
}

impl Asked {
    fn redirects(&self) -> bool {
        (300..400).contains(&self.reply.status)
    }

    /// Whether the portal itself answered, though nobody signed in.
    fn reached_the_portal(&self) -> bool {
        String::from_utf8_lossy(&self.reply.body).contains("not_signed_in")
    }

    fn told(&self, method: &str) -> String {
        let to = self.reply.header("location").and_then(|to| Url::parse(to).ok());
        let to = to.map_or_else(String::new, |to| format!(" to {}", shown(to.host_str())));
        format!("{method} {} without a cookie was answered with status {}{to}.", self.url, self.reply.status)
    }
}

/// Who closes a silent connection first. Only a portal that serves people sees that.
pub(super) fn silences(examination: &Examination) -> Check {
    const SUBJECT: &str = "balancer's time-out";
    let Some(silences) = &examination.silences else {
        return Check::not_checked(
            SUBJECT,
            "only a portal that serves people sees who closes silent connections; its own page of this doctor tells",
        );
    };
    let (balancer, portal) = (silences.count(Closer::Balancer), silences.count(Closer::Portal));
    if balancer + portal == 0 {
        return Check::not_checked(SUBJECT, "no connection of the balancer has ended since this portal started");
    }
    let kept = Limits::default().head.as_secs();
    let balancer_arn = examination.config.alb.signers.first().map_or("LOAD-BALANCER-ARN", String::as_str);
    let finding = Finding {
        code: Code::BalancerTimeout,
        severity: Severity::Warning,
        what: "The balancer keeps silent connections for longer than the portal does.".to_owned(),
        why: format!(
            "Of {} connections that carried a signed-in person and ended since this portal started, {portal} were silent for {kept} seconds and were closed by the portal.",
            balancer + portal
        ),
        breaks: "A request that the balancer sends at the moment at which the portal closes comes back to the page as 502.".to_owned(),
        fix: format!(
            "Give the balancer a shorter time-out than the {kept} seconds of the portal:\naws elbv2 modify-load-balancer-attributes --load-balancer-arn {balancer_arn} --attributes Key=idle_timeout.timeout_seconds,Value=60"
        ),
    };
    Check::of(
        SUBJECT,
        (portal > 0).then_some(finding).into_iter().collect(),
        format!("{balancer} silent connections were closed by the balancer, none by the portal"),
    )
}

/// Pages send people to sign in.
fn of_page(config: &Config, page: &Asked) -> Option<Finding> {
    let is_open = (200..300).contains(&page.reply.status) || page.reached_the_portal();
    is_open.then(|| Finding {
        code: Code::BalancerOpen,
        severity: Severity::Error,
        what: "The balancer lets people through to pages without a sign-in.".to_owned(),
        why: page.told("GET"),
        breaks: "Nobody is sent to sign in: the portal shows everybody that they are not signed in, and lets nobody in.".to_owned(),
        fix: format!(
            "Have the listener sign people in by default (Listener in vestibule template cloudformation):\naws elbv2 modify-listener --listener-arn LISTENER-ARN --default-actions {}",
            quoted(&signed_in(config, "authenticate").to_string())
        ),
    })
}

/// Calls are refused, not sent elsewhere, and not let through.
fn of_call(config: &Config, call: &Asked) -> Option<Finding> {
    let rule = || {
        format!(
            "Have calls refused (ApiPaths in vestibule template cloudformation):\naws elbv2 create-rule --listener-arn LISTENER-ARN --priority 30 --conditions {} --actions {}\nWhere the rule is there already: aws elbv2 modify-rule --rule-arn RULE-ARN with the same --actions.",
            quoted(&paths(&["/api/*".to_owned()]).to_string()),
            quoted(&signed_in(config, "deny").to_string())
        )
    };
    if call.redirects() {
        return Some(Finding {
            code: Code::BalancerRedirects,
            severity: Severity::Error,
            what: "The balancer sends calls of the portal's pages to sign in, in place of refusing them.".to_owned(),
            why: format!("{} OnUnauthenticatedRequest is authenticate for /api/*.", call.told("POST")),
            breaks: "When a sign-in is over, a page's calls go to another origin, which a browser does not let it read: the page takes it for a broken network before it finds out, and programs see a sign-in page.".to_owned(),
            fix: rule(),
        });
    }
    call.reached_the_portal().then(|| Finding {
        code: Code::BalancerOpen,
        severity: Severity::Warning,
        what: "The balancer lets calls through without a sign-in.".to_owned(),
        why: format!("{} The answer is the portal's own (not_signed_in).", call.told("POST")),
        breaks: "The portal refuses them itself, but anybody in the network can keep it busy, and pages do not find out that the balancer's sign-in is over.".to_owned(),
        fix: rule(),
    })
}

/// What needs no sign-in is open.
fn of_open(config: &Config, open: &[Asked]) -> Option<Finding> {
    let closed: Vec<&Asked> = open.iter().filter(|asked| asked.redirects() || asked.reply.status == 401).collect();
    if closed.is_empty() {
        return None;
    }
    let without = |path: &str| match path {
        "/healthz" => "nobody outside can tell whether the portal runs",
        path if path.starts_with("/pkg/") => {
            "parts of the program that a page loads later fail once its sign-in is over, and the page cannot say why"
        }
        _ => "whoever signs out is signed in again at once",
    };
    let named = |asked: &&Asked| if asked.path.starts_with("/pkg/") { "/pkg/*".to_owned() } else { asked.path.clone() };
    let names: Vec<String> = closed.iter().map(named).collect();
    let lost: Vec<String> = closed.iter().map(|asked| format!("With {} closed {}.", named(asked), without(&asked.path))).collect();
    let seen: Vec<String> = closed.iter().map(|asked| asked.told("GET")).collect();
    Some(Finding {
        code: Code::BalancerClosed,
        severity: Severity::Warning,
        what: format!("The balancer wants a sign-in for {}.", names.join(", ")),
        why: seen.join("\n"),
        breaks: lost.join("\n"),
        fix: format!(
            "Leave them open (OpenPaths in vestibule template cloudformation); no identity header reaches these:\naws elbv2 create-rule --listener-arn LISTENER-ARN --priority 10 --conditions {} --actions {}",
            quoted(&paths(&open_paths(config)).to_string()),
            quoted(r#"[{"Type":"forward","TargetGroupArn":"TARGET-GROUP-ARN"}]"#)
        ),
    })
}

fn open_paths(config: &Config) -> Vec<String> {
    vec!["/healthz".to_owned(), "/pkg/*".to_owned(), config.web.signed_out_path.clone()]
}

fn paths(values: &[String]) -> Value {
    json!([{"Field": "path-pattern", "PathPatternConfig": {"Values": values}}])
}

/// Sign-in as the configuration has it, then the portal.
fn signed_in(config: &Config, unauthenticated: &str) -> Value {
    let client = config.alb.clients.first().map(String::as_str).unwrap_or_default();
    let pool = config.alb.issuer.rsplit('/').next().unwrap_or_default();
    let mut signer = config.alb.signers.first().map(String::as_str).unwrap_or_default().split(':');
    let (partition, region, account) =
        (signer.nth(1).unwrap_or_default(), signer.nth(1).unwrap_or_default(), signer.next().unwrap_or_default());
    json!([
        {
            "Type": "authenticate-cognito",
            "Order": 1,
            "AuthenticateCognitoConfig": {
                "UserPoolArn": format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/{pool}"),
                "UserPoolClientId": client,
                "UserPoolDomain": "USER-POOL-DOMAIN",
                "Scope": "openid email profile",
                "SessionCookieName": config.alb.cookie_name,
                "OnUnauthenticatedRequest": unauthenticated,
            },
        },
        {"Type": "forward", "Order": 2, "TargetGroupArn": "TARGET-GROUP-ARN"},
    ])
}
