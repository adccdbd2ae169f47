//! An IAM of the tests' own on a socket: the three calls on inline policies, as strict as the real
//! one about roles, syntax and length.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use vestibule::sandbox::policy::Policy;
use vestibule::server::revocation::policy::NAME;
use vestibule::server::revocation::role_policies::Iam;

/// Characters that the inline policies of a role may have together.
const INLINE_POLICIES: usize = 10_240;

#[derive(Clone)]
pub(crate) struct StandInIam {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    roles: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    down: AtomicBool,
    writes: AtomicUsize,
}

impl StandInIam {
    /// Listens on a free port, with these roles.
    pub(crate) async fn start(roles: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        shared.roles.lock().unwrap().extend(roles.iter().map(|role| ((*role).to_owned(), BTreeMap::new())));
        let router = Router::new().fallback(respond).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// What the portal speaks to it through.
    pub(crate) fn client(&self) -> Iam {
        use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
        let settings = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(&self.url)
            .retry_config(aws_sdk_iam::config::retry::RetryConfig::disabled())
            .credentials_provider(Credentials::new("AKIAEXAMPLE", "secret", None, None, "test"))
            .build();
        Iam::with_client(aws_sdk_iam::Client::from_conf(settings))
    }

    /// The portal's policy of a role.
    pub(crate) fn policy(&self, role: &str) -> Option<String> {
        self.shared.roles.lock().unwrap()[role].get(NAME).cloned()
    }

    /// Puts a policy in, past the API: somebody else's, or the portal's as it was before.
    pub(crate) fn put(&self, role: &str, name: &str, text: &str) {
        self.shared.roles.lock().unwrap().get_mut(role).unwrap().insert(name.to_owned(), text.to_owned());
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.shared.down.store(down, Ordering::SeqCst);
    }

    /// How many times a policy was put or taken away.
    pub(crate) fn writes(&self) -> usize {
        self.shared.writes.load(Ordering::SeqCst)
    }
}

async fn respond(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    if shared.down.load(Ordering::SeqCst) {
        return error(503, "ServiceUnavailable", "told so by the test");
    }
    assert_eq!(form["Version"], "2010-05-08");
    let mut roles = shared.roles.lock().unwrap();
    let Some(policies) = roles.get_mut(&form["RoleName"]) else {
        return error(404, "NoSuchEntity", "The role cannot be found.");
    };
    let (action, name) = (form["Action"].as_str(), &form["PolicyName"]);
    match action {
        "PutRolePolicy" => {
            let text = &form["PolicyDocument"];
            if let Err(wrong) = Policy::parse(text) {
                return error(400, "MalformedPolicyDocument", &wrong.to_string());
            }
            let others: usize = policies.iter().filter(|(other, _)| *other != name).map(|(_, text)| text.len()).sum();
            if others + text.chars().filter(|c| !c.is_whitespace()).count() > INLINE_POLICIES {
                return error(409, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role");
            }
            policies.insert(name.clone(), text.clone());
            shared.writes.fetch_add(1, Ordering::SeqCst);
            success(action, "")
        }
        "GetRolePolicy" => match policies.get(name) {
            Some(text) => {
                let text = utf8_percent_encode(text, NON_ALPHANUMERIC);
                let role = &form["RoleName"];
                success(
                    action,
                    &format!("<RoleName>{role}</RoleName><PolicyName>{name}</PolicyName><PolicyDocument>{text}</PolicyDocument>"),
                )
            }
            None => error(404, "NoSuchEntity", "The role policy cannot be found."),
        },
        "DeleteRolePolicy" => match policies.remove(name) {
            Some(_) => {
                shared.writes.fetch_add(1, Ordering::SeqCst);
                success(action, "")
            }
            None => error(404, "NoSuchEntity", "The role policy cannot be found."),
        },
        other => error(400, "InvalidAction", other),
    }
}

fn success(action: &str, result: &str) -> Response {
    let id = "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>";
    format!("<{action}Response><{action}Result>{result}</{action}Result>{id}</{action}Response>").into_response()
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    );
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}
