//! Credentials as other programs take them. Text and nothing else: who asks for it says what is in place of the keys.

pub(crate) mod quote;

use crate::model::location::AddressingStyle;
use crate::model::role::EntitledRole;
use quote::{Code, literal};

/// A way to write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Environment variables, for `sh` and its relatives.
    Sh,
    /// The same for PowerShell.
    PowerShell,
    /// The same for fish.
    Fish,
    /// A profile of the AWS CLI's files, which all SDKs read.
    Profile,
    /// boto3.
    Python,
    /// AWS SDK for JavaScript v3.
    JavaScript,
    /// AWS SDK for Java v2.
    Java,
    /// AWS SDK for Rust.
    Rust,
}

/// What stands where the keys are not to be seen.
pub const HIDDEN: &str = "****************";

/// The keys, or what stands in their place. There is no `Debug`.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// Not a secret.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a str,
    /// The session token.
    pub session_token: &'a str,
    /// When they end, as RFC 3339 has it.
    pub expires: &'a str,
}

/// What they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purpose {
    /// The role's id: of letters that mean nothing anywhere.
    role: String,
    region: Option<String>,
    /// Where S3 is not AWS's, or is asked with the bucket in the path.
    s3: Option<String>,
    lambda: Option<String>,
    /// A bucket that is open, and the prefix in it.
    bucket: Option<(String, String)>,
}

impl Purpose {
    /// What this role opens.
    #[must_use]
    pub fn of(role: &EntitledRole) -> Self {
        let (bucket, function) = (role.buckets.first(), role.functions.first());
        let region = function.map(|function| &function.region).or_else(|| bucket.map(|bucket| &bucket.region)).cloned();
        let aws = |region: &str| ["https://lambda.", region, ".amazonaws."].concat();
        Self {
            role: role.id.to_string(),
            region,
            s3: bucket.filter(|bucket| bucket.style == AddressingStyle::Path).map(|bucket| bucket.endpoint.clone()),
            lambda: function
                .filter(|function| !function.endpoint.starts_with(&aws(&function.region)))
                .map(|function| function.endpoint.clone()),
            bucket: bucket.map(|bucket| (bucket.name.clone(), bucket.prefix.clone())),
        }
    }
}

impl Format {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] =
        [Self::Sh, Self::PowerShell, Self::Fish, Self::Profile, Self::Python, Self::JavaScript, Self::Java, Self::Rust];

    /// Its name for the page's own use.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::PowerShell => "powershell",
            Self::Fish => "fish",
            Self::Profile => "profile",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Java => "java",
            Self::Rust => "rust",
        }
    }

    /// The text. A line of a file cannot hold everything; what AWS and its relatives give out holds no control characters,
    /// and where a value does there is no text.
    #[must_use]
    pub fn text(self, keys: Keys<'_>, purpose: &Purpose) -> Option<String> {
        let Keys { access_key_id, secret_access_key, session_token, expires } = keys;
        let plain = |value: &str| !value.chars().any(char::is_control);
        let whole = [access_key_id, secret_access_key, session_token, expires].into_iter().all(plain);
        whole.then(|| match self {
            Self::Sh => variables(keys, purpose, "export ", "=", quote::sh),
            Self::PowerShell => variables(keys, purpose, "$env:", " = ", quote::power_shell),
            Self::Fish => variables(keys, purpose, "set -gx ", " ", quote::fish),
            Self::Profile => profile(keys, purpose),
            Self::Python => code(Code::Python, include_str!("code/python.txt"), keys, purpose),
            Self::JavaScript => code(Code::JavaScript, include_str!("code/javascript.txt"), keys, purpose),
            Self::Java => code(Code::Java, include_str!("code/java.txt"), keys, purpose),
            Self::Rust => code(Code::Rust, include_str!("code/rust.txt"), keys, purpose),
        })
    }
}

/// What a comment says of them.
fn about(mark: &str, keys: Keys<'_>, purpose: &Purpose) -> String {
    [mark, " Vestibule, role ", &purpose.role, ": good until ", keys.expires, ".\n"].concat()
}

fn variables(keys: Keys<'_>, purpose: &Purpose, set: &str, to: &str, quoted: fn(&str) -> String) -> String {
    let Purpose { region, s3, lambda, .. } = purpose;
    let named = [
        ("AWS_ACCESS_KEY_ID", Some(keys.access_key_id)),
        ("AWS_SECRET_ACCESS_KEY", Some(keys.secret_access_key)),
        ("AWS_SESSION_TOKEN", Some(keys.session_token)),
        ("AWS_CREDENTIAL_EXPIRATION", Some(keys.expires)),
        // The SDKs read the first, the AWS CLI and boto3 the second.
        ("AWS_REGION", region.as_deref()),
        ("AWS_DEFAULT_REGION", region.as_deref()),
        ("AWS_ENDPOINT_URL_S3", s3.as_deref()),
        ("AWS_ENDPOINT_URL_LAMBDA", lambda.as_deref()),
    ];
    let mut text = about("#", keys, purpose);
    for (name, value) in named {
        if let Some(value) = value {
            text.push_str(&[set, name, to, &quoted(value), "\n"].concat());
        }
    }
    text
}

/// Endpoints by service stand in the other of the two files only (AWS SDKs and Tools Reference Guide, "Service-specific
/// endpoints").
fn profile(keys: Keys<'_>, purpose: &Purpose) -> String {
    let Purpose { role, region, s3, lambda, .. } = purpose;
    let line = |name: &str, value: &str| [name, " = ", value, "\n"].concat();
    let mut text = about("# ~/.aws/credentials\n#", keys, purpose);
    text.push_str(&["[vestibule-", role, "]\n"].concat());
    text.push_str(&line("aws_access_key_id", keys.access_key_id));
    text.push_str(&line("aws_secret_access_key", keys.secret_access_key));
    text.push_str(&line("aws_session_token", keys.session_token));
    if region.is_none() && s3.is_none() && lambda.is_none() {
        return text;
    }
    text.push_str(&["\n# ~/.aws/config\n[profile vestibule-", role, "]\n"].concat());
    if let Some(region) = region {
        text.push_str(&line("region", region));
    }
    if s3.is_some() || lambda.is_some() {
        text.push_str(&["services = vestibule-", role, "\n\n[services vestibule-", role, "]\n"].concat());
    }
    for (service, endpoint) in [("s3", s3), ("lambda", lambda)] {
        if let Some(endpoint) = endpoint {
            text.push_str(&[service, " =\n  ", &line("endpoint_url", endpoint)].concat());
        }
    }
    text
}

/// The text of a language, whose lines may stand under a condition: `+NAME|` where there is a value of that name, `-NAME|`
/// where there is none. A value stands in the place of `@NAME@`, as the language writes it; `@@` is the character itself.
fn code(code: Code, template: &str, keys: Keys<'_>, purpose: &Purpose) -> String {
    let mut text = String::new();
    for line in template.split_inclusive('\n') {
        let line = match line.strip_prefix(['+', '-']).and_then(|rest| rest.split_once('|')) {
            Some((name, _)) if value(name, keys, purpose).is_some() != line.starts_with('+') => continue,
            Some((_, line)) => line,
            None => line,
        };
        for (at, part) in line.split('@').enumerate() {
            match part {
                _ if at % 2 == 0 => text.push_str(part),
                "" => text.push('@'),
                // In a comment.
                "ROLE" => text.push_str(&purpose.role),
                "UNTIL" => text.push_str(keys.expires),
                name => text.push_str(&literal(code, value(name, keys, purpose).unwrap_or_default())),
            }
        }
    }
    text
}

fn value<'a>(name: &str, keys: Keys<'a>, purpose: &'a Purpose) -> Option<&'a str> {
    match name {
        "ID" => Some(keys.access_key_id),
        "SECRET" => Some(keys.secret_access_key),
        "TOKEN" => Some(keys.session_token),
        "EXPIRES" => Some(keys.expires),
        "REGION" => purpose.region.as_deref(),
        "S3" => purpose.s3.as_deref(),
        "BUCKET" => purpose.bucket.as_ref().map(|(bucket, _)| &**bucket),
        "PREFIX" => purpose.bucket.as_ref().map(|(_, prefix)| &**prefix),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
