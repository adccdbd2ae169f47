//! The temporary credentials that the stand-ins have issued: STS puts them in, S3 and Lambda look
//! them up.
//!
//! A session is found by its access key id. The registry never decides what a session may do: it
//! keeps the policies, and [`policy::allows`](super::policy::allows) decides.

use super::policy::{Context, Decision, Policy, Request};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::names::{RoleArn, RoleSessionName};
use crate::model::secret::Secret;
use aws_lc_rs::{constant_time, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The account that the stand-ins play. No real account has this number.
pub const ACCOUNT: &str = "000000000000";

/// The region that the stand-ins play.
pub const REGION: &str = "eu-west-1";

/// Sessions kept at most. When one more is issued, the one that expires first is forgotten.
pub const CAPACITY: usize = 20_000;

/// How long an expired session is remembered, so that its holder hears `ExpiredToken` and not that
/// the access key does not exist.
pub const REMEMBER_EXPIRED_SECONDS: i64 = 3_600;

/// Characters that the inline policies of a role may have together.
const INLINE_POLICIES: usize = 10_240;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The session tokens of STS begin with this; the rest of ours is random.
const TOKEN_PREFIX: &str = "IQoJb3JpZ2luX2Vj";
/// Not a multiple of three: the token ends in `=`, and holds `+` and `/` too, which is what trips
/// a signer that forgets to encode it.
const TOKEN_BYTES: usize = 308;
/// Thirty bytes are the forty characters of a secret access key.
const SECRET_BYTES: usize = 30;
const ID_CHARACTERS: usize = 16;

/// What STS decided to issue.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// The role.
    pub role: RoleArn,
    /// The session's name.
    pub session_name: RoleSessionName,
    /// The policy passed with the call, which can only narrow.
    pub session_policy: Option<Policy>,
    /// The role's own policy.
    pub role_policy: Policy,
    /// When the credentials begin to work.
    pub issued: Timestamp,
    /// When the credentials stop working.
    pub expires: Timestamp,
}

/// One issued set of credentials. `Debug` shows neither key nor token.
#[derive(Clone, Debug)]
pub struct IssuedSession {
    /// The access key id, `ASIA…`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: Secret,
    /// When the credentials stop working.
    pub expires: Timestamp,
    /// The role.
    pub role: RoleArn,
    /// The session's name.
    pub session_name: RoleSessionName,
    issued: Timestamp,
    token: Secret,
    role_policy: Policy,
    session_policy: Option<Policy>,
    attached: Arc<Attached>,
}

/// Inline policies that were put into roles since the start, by the role's name.
#[derive(Debug, Default)]
struct Attached(Mutex<BTreeMap<String, BTreeMap<String, InlinePolicy>>>);

#[derive(Debug)]
struct InlinePolicy {
    text: String,
    policy: Policy,
}

impl IssuedSession {
    /// Whether `presented` is this session's token, compared in constant time.
    #[must_use]
    pub fn token_matches(&self, presented: &str) -> bool {
        constant_time::verify_slices_are_equal(self.token.expose().as_bytes(), presented.as_bytes()).is_ok()
    }

    /// Whether the credentials have stopped working.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// Whether the role's policy and the session's policy both allow `request`.
    #[must_use]
    pub fn allows(&self, request: &Request<'_>) -> bool {
        self.decisions(request).all(|(_, decision)| decision == Decision::Allowed)
    }

    /// What each kind of policy says. Inline policies that were put into the role count with the role's
    /// own from the moment they are there.
    fn decisions(&self, request: &Request<'_>) -> impl Iterator<Item = (&'static str, Decision)> + Clone {
        let identity = together(self.role_policy.decide(request), self.attached.decide(self.role.role_name(), request));
        let session = self.session_policy.as_ref().map(|policy| ("session", policy.decide(request)));
        [Some(("identity-based", identity)), session].into_iter().flatten()
    }

    /// Why `request` is refused, in IAM's words; `None` when it is allowed.
    #[must_use]
    pub fn refusal(&self, request: &Request<'_>) -> Option<String> {
        let decisions = self.decisions(request);
        let because = |refused: Decision| decisions.clone().find(|(_, decision)| *decision == refused).map(|(kind, _)| kind);
        let reason = match (because(Decision::Denied), because(Decision::NotAllowed)) {
            (Some(kind), _) => format!("with an explicit deny in {kind} policy"),
            (None, Some(kind)) => format!("because no {kind} policy allows the {} action", request.action),
            (None, None) => return None,
        };
        let (who, action, resource) = (self.assumed_role_arn(), request.action, request.resource);
        Some(format!("User: {who} is not authorized to perform: {action} on resource: {resource} {reason}"))
    }

    /// The condition keys that every request of this session has.
    #[must_use]
    pub fn context(&self, now: Timestamp) -> Context {
        Context::new()
            .with("aws:userid", self.assumed_role_id())
            .with("aws:PrincipalArn", self.role.as_str())
            .with("aws:PrincipalAccount", self.role.account().unwrap_or(""))
            .with("aws:SecureTransport", "false")
            .with("aws:CurrentTime", now.to_string())
            .with("aws:EpochTime", now.seconds().to_string())
            .with("aws:TokenIssueTime", self.issued.to_string())
    }

    /// STS's `AssumedRoleId`, which is also `aws:userid`: `AROA…:session-name`.
    #[must_use]
    pub fn assumed_role_id(&self) -> String {
        format!("{}:{}", role_unique_id(&self.role), self.session_name)
    }

    /// The ARN of the assumed role, as error messages and CloudTrail show it.
    #[must_use]
    pub fn assumed_role_arn(&self) -> String {
        assumed_role_arn(&self.role, &self.session_name)
    }
}

/// A role's unique id, `AROA…`. Made from the ARN, so that it stays the same between starts.
#[must_use]
pub fn role_unique_id(role: &RoleArn) -> String {
    let digest = Sha256::digest(role.as_str().as_bytes());
    format!("AROA{}", base32(digest.iter().copied()))
}

/// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
#[must_use]
pub fn assumed_role_arn(role: &RoleArn, session_name: &RoleSessionName) -> String {
    format!("arn:{}:sts::{}:assumed-role/{}/{session_name}", role.partition(), role.account().unwrap_or(""), role.role_name())
}

/// The sessions, shared between the stand-ins.
pub struct Registry {
    sessions: Mutex<Sessions>,
    attached: Arc<Attached>,
    own_key: OwnKey,
}

/// The access key of the portal's server: its own identity in the sandbox.
#[derive(Clone, Debug)]
pub struct OwnKey {
    /// The access key id, `AKIA…`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: Secret,
}

#[derive(Default)]
struct Sessions {
    by_id: HashMap<String, Arc<IssuedSession>>,
    /// The same sessions, those that expire first at the front.
    by_expiry: BTreeSet<(Timestamp, String)>,
}

impl Registry {
    /// A registry without sessions.
    ///
    /// # Panics
    /// When the operating system has no random bytes to give.
    #[must_use]
    pub fn new() -> Self {
        let own_key = OwnKey {
            access_key_id: format!("AKIA{}", base32(random::<ID_CHARACTERS>())),
            secret: Secret::new(STANDARD.encode(random::<SECRET_BYTES>())),
        };
        Self { sessions: Mutex::default(), attached: Arc::default(), own_key }
    }

    /// The server's own access key.
    #[must_use]
    pub fn own_key(&self) -> &OwnKey {
        &self.own_key
    }

    /// Puts an inline policy into a role; `false` when its inline policies would be too long together.
    pub fn put_role_policy(&self, role: &str, name: &str, text: &str, policy: Policy) -> bool {
        let mut roles = self.attached.lock();
        let policies = roles.entry(role.to_owned()).or_default();
        let others = policies.iter().filter(|(other, _)| *other != name).map(|(_, other)| without_white_space(&other.text));
        if others.sum::<usize>() + without_white_space(text) > INLINE_POLICIES {
            return false;
        }
        policies.insert(name.to_owned(), InlinePolicy { text: text.to_owned(), policy });
        true
    }

    /// An inline policy that was put into a role.
    #[must_use]
    pub fn role_policy(&self, role: &str, name: &str) -> Option<String> {
        self.attached.lock().get(role)?.get(name).map(|policy| policy.text.clone())
    }

    /// Takes an inline policy away; `false` when there is none.
    pub fn delete_role_policy(&self, role: &str, name: &str) -> bool {
        self.attached.lock().get_mut(role).is_some_and(|policies| policies.remove(name).is_some())
    }

    /// Issues random credentials and remembers them.
    ///
    /// # Panics
    /// When the operating system has no random bytes to give.
    pub fn issue(&self, request: IssueRequest) -> Credentials {
        let access_key_id = format!("ASIA{}", base32(random::<ID_CHARACTERS>()));
        let secret = Secret::new(STANDARD.encode(random::<SECRET_BYTES>()));
        let token = Secret::new(format!("{TOKEN_PREFIX}{}", STANDARD.encode(random::<TOKEN_BYTES>())));
        let credentials = Credentials {
            access_key_id: access_key_id.clone(),
            secret_access_key: secret.clone(),
            session_token: token.clone(),
            expiration: request.expires,
        };
        let session = IssuedSession {
            access_key_id,
            secret,
            expires: request.expires,
            role: request.role,
            session_name: request.session_name,
            issued: request.issued,
            attached: Arc::clone(&self.attached),
            token,
            role_policy: request.role_policy,
            session_policy: request.session_policy,
        };
        self.lock().insert(session);
        credentials
    }

    /// The session with this access key id, expired or not; `None` when it was never issued or is
    /// long forgotten.
    #[must_use]
    pub fn find(&self, access_key_id: &str) -> Option<Arc<IssuedSession>> {
        self.lock().by_id.get(access_key_id).cloned()
    }

    /// Forgets what expired more than [`REMEMBER_EXPIRED_SECONDS`] before `now`. S3 and Lambda call
    /// it with every request: it costs nothing when there is nothing to forget.
    pub fn forget_expired(&self, now: Timestamp) {
        self.lock().forget_until(now.plus_seconds(-REMEMBER_EXPIRED_SECONDS));
    }

    /// A panic elsewhere cannot leave the maps half changed, so a poisoned lock is taken as it is.
    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows how many sessions there are, and nothing of them.
impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("sessions", &self.lock().by_id.len()).finish()
    }
}

impl Sessions {
    fn insert(&mut self, session: IssuedSession) {
        while self.by_id.len() >= CAPACITY {
            let Some((_, id)) = self.by_expiry.pop_first() else { break };
            self.by_id.remove(&id);
        }
        self.by_expiry.insert((session.expires, session.access_key_id.clone()));
        self.by_id.insert(session.access_key_id.clone(), Arc::new(session));
    }

    fn forget_until(&mut self, expired: Timestamp) {
        while self.by_expiry.first().is_some_and(|(expires, _)| *expires <= expired) {
            if let Some((_, id)) = self.by_expiry.pop_first() {
                self.by_id.remove(&id);
            }
        }
    }
}

impl Attached {
    /// What the policies of a role say together.
    fn decide(&self, role: &str, request: &Request<'_>) -> Decision {
        let roles = self.lock();
        let decisions = roles.get(role).into_iter().flat_map(BTreeMap::values).map(|inline| inline.policy.decide(request));
        decisions.fold(Decision::NotAllowed, together)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, InlinePolicy>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What two policies of the same kind say: a deny wins, and one permission is enough.
const fn together(one: Decision, other: Decision) -> Decision {
    match (one, other) {
        (Decision::Denied, _) | (_, Decision::Denied) => Decision::Denied,
        (Decision::Allowed, _) | (_, Decision::Allowed) => Decision::Allowed,
        (Decision::NotAllowed, Decision::NotAllowed) => Decision::NotAllowed,
    }
}

/// IAM does not count white space.
fn without_white_space(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::expect_used, reason = "without random bytes there is nothing to issue, and nobody who could go on")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Sixteen upper-case base32 characters, the form of AWS's unique ids; five bits of each byte.
fn base32(bytes: impl IntoIterator<Item = u8>) -> String {
    bytes.into_iter().take(ID_CHARACTERS).map(|byte| char::from(BASE32[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(expires: i64) -> IssueRequest {
        IssueRequest {
            role: RoleArn::parse("arn:aws:iam::000000000000:role/path/analyst").unwrap(),
            session_name: RoleSessionName::parse("ada.0123").unwrap(),
            session_policy: None,
            role_policy: Policy::parse(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap(),
            issued: Timestamp::from_seconds(expires - 900),
            expires: Timestamp::from_seconds(expires),
        }
    }

    #[test]
    fn credentials_have_the_shape_of_those_of_sts() {
        let registry = Registry::new();
        let credentials = registry.issue(request(1_000));
        let id = credentials.access_key_id.strip_prefix("ASIA").unwrap();
        assert!(id.len() == 16 && id.bytes().all(|byte| BASE32.contains(&byte)), "{id}");
        assert_eq!(credentials.secret_access_key.expose().len(), 40);
        let token = credentials.session_token.expose();
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        assert!(token.len() > 300 && token.len().is_multiple_of(4) && token.bytes().all(alphabet));

        let session = registry.find(&credentials.access_key_id).unwrap();
        assert!(session.token_matches(token));
        assert!(!session.token_matches(&token[1..]));
        assert!(!session.token_matches(""));
        assert!(!session.is_expired(Timestamp::from_millis(999_999)));
        assert!(session.is_expired(Timestamp::from_seconds(1_000)));
        assert_eq!(session.assumed_role_arn(), "arn:aws:sts::000000000000:assumed-role/analyst/ada.0123");
        assert!(session.assumed_role_id().starts_with("AROA") && session.assumed_role_id().ends_with(":ada.0123"));
    }

    #[test]
    fn no_two_are_alike() {
        let registry = Registry::new();
        let (first, second) = (registry.issue(request(1_000)), registry.issue(request(1_000)));
        assert_ne!(first.access_key_id, second.access_key_id);
        assert_ne!(first.secret_access_key, second.secret_access_key);
        assert_ne!(first.session_token, second.session_token);
        assert!(!registry.find(&first.access_key_id).unwrap().token_matches(second.session_token.expose()));
    }

    #[test]
    fn expired_sessions_are_remembered_for_an_hour() {
        let registry = Registry::new();
        let old = registry.issue(request(1_000)).access_key_id;
        let young = registry.issue(request(1_001)).access_key_id;
        registry.forget_expired(Timestamp::from_seconds(1_000 + REMEMBER_EXPIRED_SECONDS - 1));
        assert!(registry.find(&old).is_some());
        registry.forget_expired(Timestamp::from_seconds(1_000 + REMEMBER_EXPIRED_SECONDS));
        assert!(registry.find(&old).is_none() && registry.find(&young).is_some());
    }

    #[test]
    fn the_number_of_sessions_is_bounded() {
        let registry = Registry::new();
        let first = registry.issue(request(1)).access_key_id;
        for _ in 0..CAPACITY {
            registry.issue(request(2));
        }
        assert!(registry.find(&first).is_none());
        assert_eq!(registry.lock().by_id.len(), CAPACITY);
        assert_eq!(registry.lock().by_expiry.len(), CAPACITY);
    }

    #[test]
    fn refusals_say_which_policy_refuses() {
        let registry = Registry::new();
        let get = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*"},
            {"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/secret"}]}"#;
        let id = registry.issue(IssueRequest { session_policy: Some(Policy::parse(get).unwrap()), ..request(1_000) }).access_key_id;
        let session = registry.find(&id).unwrap();
        let context = session.context(Timestamp::from_seconds(0));
        let refusal = |action, resource| {
            let request = Request { action, resource, context: &context };
            let refusal = session.refusal(&request);
            assert_eq!(refusal.is_none(), session.allows(&request));
            refusal
        };
        assert_eq!(refusal("s3:GetObject", "arn:aws:s3:::b/k"), None);
        let put = refusal("s3:PutObject", "arn:aws:s3:::b/k").unwrap();
        assert!(put.ends_with("on resource: arn:aws:s3:::b/k because no session policy allows the s3:PutObject action"), "{put}");
        assert!(refusal("s3:GetObject", "arn:aws:s3:::b/secret").unwrap().ends_with("with an explicit deny in session policy"));
    }

    #[test]
    fn a_policy_put_into_a_role_counts_at_once_for_what_is_out() {
        let registry = Registry::new();
        let (old, young) = (registry.issue(request(1_000)).access_key_id, registry.issue(request(2_000)).access_key_id);
        let allowed = |id: &str| {
            let session = registry.find(id).unwrap();
            let context = session.context(Timestamp::from_seconds(0));
            session.allows(&Request { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: &context })
        };
        let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
            "Condition":{"DateLessThan":{"aws:TokenIssueTime":"1970-01-01T00:05:00Z"}}}}"#;
        assert!(registry.put_role_policy("analyst", "x", deny, Policy::parse(deny).unwrap()));
        assert!(registry.put_role_policy("other", "x", deny, Policy::parse(deny).unwrap()));
        assert_eq!((allowed(&old), allowed(&young)), (false, true));
        assert_eq!(registry.role_policy("analyst", "x").as_deref(), Some(deny));
        let padded = format!("{deny}{}", " ".repeat(INLINE_POLICIES));
        assert!(registry.put_role_policy("analyst", "y", &padded, Policy::parse(deny).unwrap()), "white space is not counted");
        let long = "x".repeat(INLINE_POLICIES - without_white_space(deny) + 1);
        assert!(!registry.put_role_policy("analyst", "y", &long, Policy::parse(deny).unwrap()));
        assert!(registry.delete_role_policy("analyst", "x") && registry.delete_role_policy("analyst", "y"));
        assert!(!registry.delete_role_policy("analyst", "x"));
        assert!(allowed(&old));
    }

    #[test]
    fn debug_shows_no_secret() {
        let registry = Registry::new();
        let credentials = registry.issue(request(1_000));
        let session = registry.find(&credentials.access_key_id).unwrap();
        let shown = format!("{registry:?} {session:?} {credentials:?} {:?}", registry.own_key());
        assert!(!shown.contains(registry.own_key().secret.expose()));
        assert!(!shown.contains(credentials.secret_access_key.expose()) && !shown.contains(credentials.session_token.expose()));
    }
}
