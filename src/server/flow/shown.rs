//! Values as they may be seen.

use crate::model::clock::Timestamp;
use crate::model::secret::print_of;
use serde_json::Value;

/// Longest value that is shown as it is.
const LONGEST: usize = 400;
/// Claims that are seconds since 1970.
const TIMES: [&str; 4] = ["exp", "iat", "nbf", "auth_time"];

/// A claim's value. What is long, or looks like a token itself, is told by its length and fingerprint.
pub(super) fn claim(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value.as_i64().filter(|_| TIMES.contains(&name)) {
        Some(seconds) => format!("{seconds} ({})", Timestamp::from_seconds(seconds)),
        None => cautious(&text),
    }
}

/// Untrusted text: short, without what a terminal would obey, and no token.
pub(super) fn cautious(text: &str) -> String {
    if text.len() > LONGEST || looks_like_token(text) {
        return print_of(text.as_bytes());
    }
    text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

/// Three long words of base64url between dots, wherever they stand.
fn looks_like_token(text: &str) -> bool {
    let is_token = |word: &str| word.split('.').collect::<Vec<_>>().windows(3).any(|parts| parts.iter().all(|part| part.len() >= 16));
    text.split(|char: char| !is_base64(char) && char != '.').any(is_token)
}

const fn is_base64(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_shown_and_tokens_in_claims_are_not() {
        assert_eq!(claim("sub", &json!("a1e5")), "a1e5");
        assert_eq!(claim("cognito:groups", &json!(["a", "b"])), r#"["a","b"]"#);
        assert_eq!(claim("exp", &json!(1_795_411_975)), "1795411975 (2026-11-23T05:32:55Z)");
        assert_eq!(
            claim("iss", &json!("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE")),
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
        );
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQaaaa.c2lnbmF0dXJlIG9mIGl0";
        for hidden in [json!(token), json!({"inner": token}), json!(format!("Bearer {token}")), json!("x".repeat(500))] {
            let shown = claim("custom:any", &hidden);
            assert!(shown.contains(" B, SHA-256"), "{shown}");
        }
        assert_eq!(cautious("a\u{1b}[31m"), "a\u{fffd}[31m");
    }
}
