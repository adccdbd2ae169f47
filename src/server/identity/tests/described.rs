//! A request as a case folder describes it: how its headers differ from those that the balancer and the
//! identity provider make.

use super::signed::{self, AccessToken, DataHeader, Members, SignedBy, TokenSignedBy, Written};
use crate::model::clock::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Request {
    without: Vec<String>,
    /// Headers with this text instead.
    with: BTreeMap<String, String>,
    /// Headers that come twice.
    twice: Vec<String>,
    /// Bytes put behind a header's value.
    longer_by: BTreeMap<String, usize>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataChange {
    header: BTreeMap<String, toml::Value>,
    header_without: Vec<String>,
    header_text: Option<String>,
    payload: BTreeMap<String, toml::Value>,
    payload_without: Vec<String>,
    payload_text: Option<String>,
    /// Seconds from now, for `exp` in both parts.
    expires_in: Option<i64>,
    signed_by: SignedBy,
    written: Written,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AccessTokenChange {
    header: BTreeMap<String, toml::Value>,
    header_without: Vec<String>,
    claims: BTreeMap<String, toml::Value>,
    claims_without: Vec<String>,
    claims_text: Option<String>,
    expires_in: Option<i64>,
    not_before_in: Option<i64>,
    signed_by: TokenSignedBy,
}

fn change(members: &mut Members, with: &BTreeMap<String, toml::Value>, without: &[String]) {
    for (name, value) in with {
        members.set(name, serde_json::to_value(value).unwrap());
    }
    for name in without {
        members.remove(name);
    }
}

impl DataChange {
    /// `data` with these changes, signed.
    pub(crate) fn written(&self, mut data: DataHeader, now: Timestamp) -> String {
        if let Some(seconds) = self.expires_in {
            let exp = serde_json::json!(now.seconds() + seconds);
            data.header.set("exp", exp.clone());
            data.payload.set("exp", exp);
        }
        change(&mut data.header, &self.header, &self.header_without);
        change(&mut data.payload, &self.payload, &self.payload_without);
        data.header_text.clone_from(&self.header_text);
        data.payload_text.clone_from(&self.payload_text);
        data.signed_by = self.signed_by;
        data.written = self.written;
        data.signed()
    }
}

impl AccessTokenChange {
    /// `token` with these changes, signed.
    pub(crate) fn written(&self, mut token: AccessToken, now: Timestamp) -> String {
        for (name, seconds) in [("exp", self.expires_in), ("nbf", self.not_before_in)] {
            if let Some(seconds) = seconds {
                token.claims.set(name, serde_json::json!(now.seconds() + seconds));
            }
        }
        change(&mut token.header, &self.header, &self.header_without);
        change(&mut token.claims, &self.claims, &self.claims_without);
        token.claims_text.clone_from(&self.claims_text);
        token.signed_by = self.signed_by;
        token.signed()
    }
}

impl Request {
    /// The headers of a request with these tokens.
    pub(crate) fn headers(&self, data: String, access_token: String) -> HeaderMap {
        let values =
            [("x-amzn-oidc-data", data), ("x-amzn-oidc-identity", signed::SUBJECT.to_owned()), ("x-amzn-oidc-accesstoken", access_token)];
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            let mut value = self.with.get(name).cloned().unwrap_or(value);
            value.push_str(&"A".repeat(self.longer_by.get(name).copied().unwrap_or_default()));
            let lines = match (self.without.iter().any(|absent| absent == name), self.twice.iter().any(|twice| twice == name)) {
                (true, _) => 0,
                (false, true) => 2,
                (false, false) => 1,
            };
            for _ in 0..lines {
                headers.append(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
            }
        }
        headers
    }
}

/// The text of each case folder of an area, by name.
pub(crate) fn texts(area: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases").join(area);
    let text = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path().join("case.toml")).unwrap())
    };
    let mut texts: Vec<(String, String)> = std::fs::read_dir(folder).unwrap().map(text).collect();
    texts.sort();
    texts
}

/// Reads every folder below `src/tests/cases/AREA`; the names are part of what is tested, so that none goes
/// missing unseen. `prepared` fills in what a case cannot know.
pub(crate) fn cases<C: DeserializeOwned>(area: &str, prepared: impl Fn(String) -> String) -> Vec<(String, C)> {
    let case = |(name, text): (String, String)| {
        let case = toml::from_str(&prepared(text)).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, case)
    };
    texts(area).into_iter().map(case).collect()
}
