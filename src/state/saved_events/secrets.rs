//! Whether a text holds what looks like a secret.

use crate::model::json::Json;
use crate::words::t;

/// What looks like one. It repeats nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// An access key id of AWS, which seldom stands alone.
    AccessKey,
    /// What STS gives as a session token.
    SessionToken,
    /// Three parts in base64url, as in a JWT.
    Token,
    /// A private key in PEM.
    PrivateKey,
    /// A URL that is signed.
    SignedUrl,
    /// A member that is called like one.
    Member(String),
}

impl Suspicion {
    /// For people, to go on with a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::AccessKey => t!("an AWS access key id").into(),
            Self::SessionToken => t!("an AWS session token").into(),
            Self::Token => t!("a token in three parts").into(),
            Self::PrivateKey => t!("a private key").into(),
            Self::SignedUrl => t!("a signed URL").into(),
            Self::Member(name) => t!("the member “{name}”", name = name),
        }
    }
}

/// The ends of names, in lower case and without what stands between words, of members that hold secrets.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "secretaccesskey",
    "token",
    "apikey",
    "privatekey",
    "authorization",
    "credential",
    "credentials",
];

/// Characters of the shortest secret.
const SHORTEST: usize = 4;

/// How the session tokens of STS begin: in base64, what they begin with is the same for all (`origin_ec…`, `er/aws…`).
const SESSION_TOKENS: [&str; 3] = ["IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"];

/// The first thing in `text` that looks like a secret.
pub(super) fn find(text: &str) -> Option<Suspicion> {
    let words = || text.split(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')));
    if text.contains("KEY-----") && text.contains("PRIVATE") {
        return Some(Suspicion::PrivateKey);
    }
    let signature = |text: &str| text.starts_with('=') || text.starts_with("%3D");
    if text.split("X-Amz-Signature").skip(1).any(signature) {
        return Some(Suspicion::SignedUrl);
    }
    if words().any(is_access_key) {
        return Some(Suspicion::AccessKey);
    }
    if SESSION_TOKENS.iter().any(|beginning| text.contains(beginning)) {
        return Some(Suspicion::SessionToken);
    }
    if words().any(is_token) {
        return Some(Suspicion::Token);
    }
    match Json::parse(text) {
        Ok(value) => in_members(&value),
        Err(_) => in_words(text),
    }
}

/// In a text that is no JSON, such as half an object or a list of variables: what stands behind `:` or `=` and a name like
/// one.
fn in_words(text: &str) -> Option<Suspicion> {
    const AROUND: [char; 5] = [' ', '"', '\'', '\\', '\t'];
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    text.match_indices([':', '=']).find_map(|(at, mark)| {
        let before = text[..at].trim_end_matches(AROUND);
        let name = &before[before.trim_end_matches(is_name).len()..];
        let value = text[at + mark.len()..].trim_start_matches(AROUND);
        let end = value.find(|letter: char| AROUND.contains(&letter) || ",;&{}[]\r\n".contains(letter)).unwrap_or(value.len());
        let is_plain = matches!(&value[..end], "null" | "true" | "false");
        (end >= SHORTEST && !is_plain && is_called_secret(name)).then(|| Suspicion::Member(name.to_owned()))
    })
}

/// `AKIA…` and `ASIA…` with sixteen letters and digits.
fn is_access_key(word: &str) -> bool {
    let rest = word.strip_prefix("AKIA").or_else(|| word.strip_prefix("ASIA"));
    rest.is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()))
}

/// The head of a JWT is an object, so it begins with `{"` in base64url.
fn is_token(word: &str) -> bool {
    let mut parts = word.split('.');
    parts.next().is_some_and(|head| head.starts_with("eyJ") && head.len() > 8)
        && parts.next().is_some_and(|body| body.len() > 8)
        && parts.next().is_some()
}

fn in_members(value: &Json) -> Option<Suspicion> {
    match value {
        Json::List(items) => items.iter().find_map(in_members),
        Json::Object(members) => {
            let named = members.iter().find_map(|(name, value)| match value {
                value if is_called_secret(name) && has_value(value) => Some(Suspicion::Member(name.clone())),
                _ => in_members(value),
            });
            named.or_else(|| in_pair(members))
        }
        // Bodies and messages are JSON in a text.
        Json::Text(text) => find(text),
        _ => None,
    }
}

/// `{"name": "DB_PASSWORD", "value": "…"}`, as lists of variables and parameters are written.
fn in_pair(members: &[(String, Json)]) -> Option<Suspicion> {
    let member = |wanted: &str| members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
    let Some(Json::Text(name)) = member("name").or_else(|| member("key")) else { return None };
    let value = member("value")?;
    (is_called_secret(name) && has_value(value)).then(|| Suspicion::Member(name.to_string()))
}

/// Whether there is anything in it that a secret could be.
fn has_value(value: &Json) -> bool {
    match value {
        Json::Text(text) => text.len() >= SHORTEST,
        Json::Number(number) => number.len() >= SHORTEST,
        Json::List(items) => items.iter().any(has_value),
        Json::Object(members) => members.iter().any(|(_, value)| has_value(value)),
        Json::Null | Json::Bool(_) => false,
    }
}

fn is_called_secret(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect();
    // What continues a listing is called a token too, and is none.
    let continues = ["continuationtoken", "nexttoken", "pagetoken", "idempotencytoken"].iter().any(|end| name.ends_with(end));
    !continues && NAMES.iter().any(|end| name.ends_with(end))
}
