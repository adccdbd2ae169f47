//! What a request hears whose balancer's header broke a rule: what it sent itself, and what puts that right.
//!
//! Nobody is signed in then, and whoever gets past the balancer can ask. So nothing of the configuration is told: no
//! signer, client or issuer that is expected, and no address of keys. `vestibule doctor --headers FILE` compares
//! them for whoever has the configuration.

use super::shown;
use crate::server::identity::HeaderRule;
use crate::server::identity::unverified::UnverifiedData;
use crate::words::t;

/// How a broken rule shows in the value itself.
pub(super) struct Seen {
    pub(super) why: String,
    /// What is more exact than what the portal says to everybody.
    pub(super) fix: Option<String>,
}

/// For the rules that are about one value.
pub(super) fn seen(rule: HeaderRule, data: &UnverifiedData) -> Option<Seen> {
    let told = |value: Option<&str>| value.map_or_else(|| t!("nothing").to_owned(), |value| format!("“{}”", shown::cautious(value)));
    let lines = |words: &str, key: &str, value: toml::Value, otherwise: &str| {
        Some([words, "\n", key, " = ", &value.to_string(), "\n", otherwise].concat())
    };
    let list = |value: &str| toml::Value::from(vec![shown::cautious(value)]);
    let plain = |why| Some(Seen { why, fix: None });
    match rule {
        HeaderRule::Signer => Some(Seen {
            why: t!("signer in the header is {value}, and the portal trusts no balancer of that ARN.", value = told(data.signer.as_deref())),
            fix: data.signer.as_deref().and_then(|signer| {
                lines(
                    t!("If that is this portal's own balancer, which gets a new ARN when it is created anew, the people who run the portal write in [alb]:"),
                    "signers",
                    list(signer),
                    t!("If it is not, somebody reaches the portal past its balancer: let the security group of the targets take nothing but the balancer."),
                )
            }),
        }),
        HeaderRule::Client => Some(Seen {
            why: t!("client in the header is {value}, and the portal knows no client of that id.", value = told(data.client.as_deref())),
            fix: data.client.as_deref().and_then(|client| {
                lines(
                    t!("If the balancer's sign-in action uses that client, the people who run the portal add it in [alb]:"),
                    "clients",
                    list(client),
                    t!("If not, they correct UserPoolClientId (or ClientId) in the action."),
                )
            }),
        }),
        HeaderRule::Issuer => Some(Seen {
            why: t!(
                "iss in the header is {value}, and the portal expects another. They are compared whole: a slash at the end counts.",
                value = told(data.issuer.as_deref())
            ),
            fix: data.issuer.as_deref().and_then(|issuer| {
                lines(
                    t!("The header has what the balancer's sign-in action names. If that is the right provider, the people who run the portal write in [alb]:"),
                    "issuer",
                    toml::Value::from(shown::cautious(issuer)),
                    t!("If not, they correct Issuer (or UserPoolArn) in the action."),
                )
            }),
        }),
        HeaderRule::Alg => plain(t!("alg in the header is {value}; a balancer signs with ES256.", value = told(data.alg.as_deref()))),
        HeaderRule::Kid => plain(t!("kid in the header is {value}; a balancer writes a UUID in small letters.", value = told(data.kid.as_deref()))),
        _ => None,
    }
}
