//! Authorization codes: each opens once, for five minutes, for the redirect address it was made for.

use crate::model::clock::Timestamp;
use crate::sandbox::personas::Persona;
use crate::sandbox::random;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Life of a code, in seconds.
const LIFE: i64 = 300;
/// Codes that can be open at a time; the oldest makes way.
const CAPACITY: usize = 4_096;

/// What a person agreed to.
#[derive(Clone, Debug)]
pub(super) struct Authorization {
    /// Who.
    pub(super) persona: &'static Persona,
    /// Where the code was sent.
    pub(super) redirect_uri: String,
    /// What for.
    pub(super) scope: String,
    /// The resource that was asked for.
    pub(super) resource: Option<String>,
    /// OpenID Connect's nonce, for the ID token.
    pub(super) nonce: Option<String>,
    /// When the person signed in.
    pub(super) signed_in: Timestamp,
}

/// The open codes.
#[derive(Default)]
pub(super) struct Codes(Mutex<HashMap<String, Authorization>>);

impl Codes {
    /// A code for `authorization`.
    pub(super) fn issue(&self, authorization: Authorization) -> String {
        let code = random::token();
        let now = authorization.signed_in;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, other| is_open(other, now));
        if open.len() >= CAPACITY
            && let Some(oldest) = open.iter().min_by_key(|(_, other)| other.signed_in).map(|(code, _)| code.clone())
        {
            open.remove(&oldest);
        }
        open.insert(code.clone(), authorization);
        code
    }

    /// What `code` stands for, and the end of it.
    pub(super) fn redeem(&self, code: &str, now: Timestamp) -> Option<Authorization> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(code).filter(|authorization| is_open(authorization, now))
    }
}

fn is_open(authorization: &Authorization, now: Timestamp) -> bool {
    now < authorization.signed_in.plus_seconds(LIFE)
}
