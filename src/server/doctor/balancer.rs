//! The balancer, from what it answers to requests that nobody signed in for: whom it sends to sign in, whom it refuses,
//! and what it leaves open. And from its own connections to this portal: for how long it keeps silent ones.

use super::Examination;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, quoted, shown};
use crate::server::config::Config;
use crate::server::http::connection::Limits;
use crate::server::http::silence::Closer;
use crate::server::identity::unverified::UnverifiedToken;
use crate::server::outside::{Question, Reply};
use crate::server::partition::{Home, UserPool};
use crate::server::tokens::discovery;
use http::Method;
use serde_json::{Value, json};
use url::Url;

/// What no command says of an action that is there already.
const KEEP: &str = "Keep what the action has beside that, such as AuthenticationRequestExtraParams.";
/// What the commands take where nobody has told them.
const TAKEN: &str = "Where the balancer has several, the first HTTPS listener and the first target group are taken.";
/// What only the one who set the provider up can tell.
const SECRET: &str = "CLIENT-SECRET stands for the client's secret at the provider.";
/// Variables of a shell, as they stand in a document until it is quoted.
const VARIABLES: [&str; 2] = ["$TARGETS", "$DOMAIN"];

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
    let listener = Listener { examination, endpoints: endpoints(examination).await };
    let [of_page, of_call, of_open] = [listener.of_page(&page), listener.of_call(&call), listener.of_open(&open)];
    // What is neither wrong nor as it should be is somebody else's fault: a portal that is down, an address that is not its.
    let mut unclear = Vec::new();
    unclear.extend((of_page.is_none() && !page.signs_in()).then(|| page.told("GET")));
    unclear.extend((of_call.is_none() && call.reply.status != 401).then(|| call.told("POST")));
    unclear.extend(open.iter().filter(|open| of_open.is_none() && !open.is_open()).map(|open| open.told("GET")));
    let findings: Vec<Finding> = [of_page, of_call, of_open].into_iter().flatten().collect();
    if findings.is_empty() && !unclear.is_empty() {
        return vec![Check::not_checked(SUBJECT, format!("{} That is neither the balancer's answer nor the portal's", unclear.join(" ")))];
    }
    vec![Check::of(SUBJECT, findings, "pages are sent to sign in, calls without a sign-in are refused (401), and what needs none is open")]
}

impl Asked {
    fn redirects(&self) -> bool {
        (300..400).contains(&self.reply.status)
    }

    /// Whether it is sent to sign in, which is another page; not to the same one by another scheme.
    fn signs_in(&self) -> bool {
        let to = self.reply.header("location").and_then(|to| self.url.join(to).ok());
        self.redirects() && to.is_some_and(|to| to.host_str() != self.url.host_str() || to.path() != self.url.path())
    }

    /// Whether it got as far as the portal without a sign-in; the portal has no such file in `/pkg`.
    fn is_open(&self) -> bool {
        matches!(self.reply.status, 200..=299) || self.path.starts_with("/pkg/") && self.reply.status == 404
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
    let listener = Listener { examination, endpoints: None };
    let finding = Finding {
        code: Code::BalancerTimeout,
        severity: Severity::Warning,
        what: "The balancer keeps silent connections for longer than the portal does.".to_owned(),
        why: format!(
            "Of {} connections that carried the header of a sign-in and ended since this portal started, {portal} were silent for {kept} seconds and were closed by the portal.",
            balancer + portal
        ),
        breaks: "A request that the balancer sends at the moment at which the portal closes comes back to the page as 502.".to_owned(),
        fix: Fix::say(format!("Give the balancer a shorter time-out than the {kept} seconds of the portal:")).run(format!(
            "aws elbv2 modify-load-balancer-attributes{} --load-balancer-arn {} --attributes Key=idle_timeout.timeout_seconds,Value=60",
            listener.region(),
            listener.arn()
        )),
    };
    Check::of(
        SUBJECT,
        (portal > 0).then_some(finding).into_iter().collect(),
        format!("{balancer} silent connections were closed by the balancer, none by the portal"),
    )
}

/// What is put right in the balancer's listener, where the configuration tells enough of it.
struct Listener<'a> {
    examination: &'a Examination,
    /// Authorization, token and user info endpoint of the provider, where it says so.
    endpoints: Option<[String; 3]>,
}

/// The endpoints of a provider that the balancer asks itself; a user pool's are AWS's to know.
async fn endpoints(examination: &Examination) -> Option<[String; 3]> {
    let issuer = &examination.config.alb.issuer;
    if UserPool::of_issuer(issuer).is_some() {
        return None;
    }
    let body = examination.fetch.get(&discovery::address(issuer).ok()?, discovery::LIMIT).await.ok()?;
    let document: Value = serde_json::from_slice(&body).ok()?;
    let named = |name: &str| document[name].as_str().and_then(|text| Url::parse(text).ok()).map(String::from);
    Some([named("authorization_endpoint")?, named("token_endpoint")?, named("userinfo_endpoint")?])
}

impl Listener<'_> {
    /// Pages send people to sign in.
    fn of_page(&self, page: &Asked) -> Option<Finding> {
        let is_open = (200..300).contains(&page.reply.status) || page.reached_the_portal();
        is_open.then(|| Finding {
            code: Code::BalancerOpen,
            severity: Severity::Error,
            what: "The balancer lets people through to pages without a sign-in.".to_owned(),
            why: page.told("GET"),
            breaks: "Nobody is sent to sign in: the portal shows everybody that they are not signed in, and lets nobody in.".to_owned(),
            fix: self
                .instructions("Have the listener sign people in by default (Listener in vestibule template cloudformation).", true)
                .run(format!(
                    "{}\naws elbv2 modify-listener{} --listener-arn \"$LISTENER\" --default-actions {}",
                    self.found(),
                    self.region(),
                    spliced(&self.signed_in("authenticate", true))
                )),
        })
    }

    /// Calls are refused, not sent elsewhere, and not let through.
    fn of_call(&self, call: &Asked) -> Option<Finding> {
        let rule = || {
            let (found, region) = (self.found(), self.region());
            self.instructions("Have calls refused (ApiPaths in vestibule template cloudformation).", true)
                .run(format!(
                    "{found}\naws elbv2 create-rule{region} --listener-arn \"$LISTENER\" --priority 30 --conditions {} --actions {}",
                    quoted(&paths(&["/api/*".to_owned()]).to_string()),
                    spliced(&self.signed_in("deny", true))
                ))
                .then(format!("Where a rule for /api/* is there already, change that. {KEEP}"))
                .run(format!(
                    "{found}\nRULE=$(aws elbv2 describe-rules{region} --listener-arn \"$LISTENER\" --query {} --output text)\naws elbv2 modify-rule{region} --rule-arn \"$RULE\" --actions {}",
                    quoted("Rules[?Conditions[?PathPatternConfig && contains(PathPatternConfig.Values, `\"/api/*\"`)]].RuleArn | [0]"),
                    spliced(&self.signed_in("deny", false))
                ))
        };
        if call.signs_in() {
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
    fn of_open(&self, open: &[Asked]) -> Option<Finding> {
        let closed: Vec<&Asked> = open.iter().filter(|asked| asked.signs_in() || asked.reply.status == 401).collect();
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
            fix: Fix::say("Leave them open (OpenPaths in vestibule template cloudformation); no identity header reaches these.")
                .then(TAKEN)
                .run(format!(
                    "{}\n{}\naws elbv2 create-rule{} --listener-arn \"$LISTENER\" --priority 10 --conditions {} --actions {}",
                    self.listener(),
                    self.targets(),
                    self.region(),
                    quoted(&paths(&open_paths(&self.examination.config)).to_string()),
                    spliced(&json!([{"Type": "forward", "TargetGroupArn": "$TARGETS"}]))
                )),
        })
    }

    fn arn(&self) -> &str {
        self.examination.config.alb.signers.first().map(String::as_str).unwrap_or_default()
    }

    /// The option that names the balancer's region.
    fn region(&self) -> String {
        Home::of_balancer(self.arn()).map_or_else(String::new, |home| format!(" --region {}", home.region))
    }

    /// What to do, what the commands take for granted, and what stands in capitals in them.
    fn instructions(&self, what: &str, is_new: bool) -> Fix {
        let fix = Fix::say(what).then(TAKEN).then(KEEP);
        if self.pool().is_some() {
            return fix;
        }
        let fix = if is_new { fix.then(SECRET) } else { fix };
        match self.endpoints {
            Some(_) => fix,
            None => fix.then("AUTHORIZATION-ENDPOINT, TOKEN-ENDPOINT and USERINFO-ENDPOINT stand for the provider's, which its discovery document does not name."),
        }
    }

    /// Commands that keep the ARN of the listener.
    fn listener(&self) -> String {
        let query = quoted("Listeners[?Protocol==`HTTPS`].ListenerArn | [0]");
        format!(
            "LISTENER=$(aws elbv2 describe-listeners{} --load-balancer-arn {} --query {query} --output text)",
            self.region(),
            self.arn()
        )
    }

    /// And of the portal's targets.
    fn targets(&self) -> String {
        let query = quoted("TargetGroups[0].TargetGroupArn");
        format!(
            "TARGETS=$(aws elbv2 describe-target-groups{} --load-balancer-arn {} --query {query} --output text)",
            self.region(),
            self.arn()
        )
    }

    /// And whatever else a sign-in needs.
    fn found(&self) -> String {
        let domain = self.pool().map(|UserPool { region, id }| {
            let query = quoted("UserPool.CustomDomain || UserPool.Domain");
            format!("\nDOMAIN=$(aws cognito-idp describe-user-pool --region {region} --user-pool-id {id} --query {query} --output text)")
        });
        [self.listener(), "\n".to_owned(), self.targets(), domain.unwrap_or_default()].concat()
    }

    fn pool(&self) -> Option<UserPool> {
        UserPool::of_issuer(&self.examination.config.alb.issuer)
    }

    /// Sign-in as the configuration has it, then the portal. An action that is new is told the client's secret.
    fn signed_in(&self, unauthenticated: &str, is_new: bool) -> Value {
        let alb = &self.examination.config.alb;
        let client = alb.clients.first().map(String::as_str).unwrap_or_default();
        let mut action = json!({"Order": 1});
        let mut settings = json!({
            "Scope": "openid email profile",
            "SessionCookieName": alb.cookie_name,
            "OnUnauthenticatedRequest": unauthenticated,
        });
        if self.names_a_resource() {
            settings["AuthenticationRequestExtraParams"] = json!({"resource": self.examination.config.web.public_url});
        }
        match (self.pool(), Home::of_balancer(self.arn())) {
            (Some(pool), Some(home)) => {
                settings["UserPoolArn"] = json!(pool.arn(&home));
                settings["UserPoolClientId"] = json!(client);
                settings["UserPoolDomain"] = json!("$DOMAIN");
                action["Type"] = json!("authenticate-cognito");
                action["AuthenticateCognitoConfig"] = settings;
            }
            _ => {
                settings["Issuer"] = json!(alb.issuer);
                settings["ClientId"] = json!(client);
                if is_new {
                    settings["ClientSecret"] = json!("CLIENT-SECRET");
                } else {
                    settings["UseExistingClientSecret"] = json!(true);
                }
                let stand = ["AUTHORIZATION-ENDPOINT", "TOKEN-ENDPOINT", "USERINFO-ENDPOINT"];
                let endpoints = self.endpoints.clone().unwrap_or_else(|| stand.map(str::to_owned));
                for (name, endpoint) in ["AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint"].into_iter().zip(endpoints) {
                    settings[name] = json!(endpoint);
                }
                action["Type"] = json!("authenticate-oidc");
                action["AuthenticateOidcConfig"] = settings;
            }
        }
        json!([action, {"Type": "forward", "Order": 2, "TargetGroupArn": "$TARGETS"}])
    }

    /// Whether tokens have their audience from the parameter `resource`: without it a user pool writes none.
    fn names_a_resource(&self) -> bool {
        let token = self.examination.captured.as_ref().and_then(|captured| UnverifiedToken::read(captured.headers()));
        token.is_some_and(|token| token.audience.as_deref() == Some(&*self.examination.config.web.public_url))
    }
}

fn open_paths(config: &Config) -> Vec<String> {
    vec!["/healthz".to_owned(), "/pkg/*".to_owned(), config.web.signed_out_path.clone()]
}

fn paths(values: &[String]) -> Value {
    json!([{"Field": "path-pattern", "PathPatternConfig": {"Values": values}}])
}

/// A document as one word of a shell, with the values of its variables.
fn spliced(document: &Value) -> String {
    VARIABLES.iter().fold(quoted(&document.to_string()), |text, variable| text.replace(variable, &format!("'\"{variable}\"'")))
}

#[cfg(test)]
mod tests {
    use super::spliced;
    use serde_json::json;

    #[test]
    fn variables_stand_outside_of_what_is_quoted() {
        assert_eq!(spliced(&json!({"a": "$TARGETS", "b": "$(x)"})), r#"'{"a":"'"$TARGETS"'","b":"$(x)"}'"#);
    }
}
