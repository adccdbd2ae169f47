use super::*;
use crate::aws::request::Method;
use crate::aws::s3::list::ListRequest;
use crate::model::credentials::CredentialsAnswer;
use crate::model::error::ErrorCode;
use crate::model::location::AddressingStyle;
use crate::model::names::SessionId;
use crate::model::secret::Secret;
use futures::executor::block_on;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// A network and a credential store that follow a script.
pub(in crate::state) struct Script {
    answers: RefCell<VecDeque<Result<Answer, TransportError>>>,
    /// What was sent: method, where the signature stood, access key.
    pub(in crate::state) sent: RefCell<Vec<(Method, Signing, String)>>,
    /// Its bodies.
    pub(in crate::state) bodies: RefCell<Vec<String>>,
    pub(in crate::state) time_limits: RefCell<Vec<u32>>,
    pub(in crate::state) pauses: RefCell<Vec<u32>>,
    /// Whether a pause goes on until somebody ends it.
    pub(in crate::state) pauses_last: bool,
    minted: Cell<u32>,
    renewals_fail: bool,
    learned: Cell<Option<Signing>>,
    /// Since the first mint, in seconds.
    elapsed: i64,
}

/// The credentials of a mint, which live for an hour.
pub(in crate::state) fn minted(number: u32, now: Timestamp) -> Arc<Minted> {
    let answer = CredentialsAnswer {
        version: 1,
        access_key_id: format!("ASIA{number}"),
        secret_access_key: Secret::new("k"),
        session_token: Secret::new("t"),
        expiration: now.plus_seconds(3_600),
        role: role(),
        session_id: SessionId::parse("0123456789abcdef0123456789").unwrap(),
        server_now: now,
    };
    Arc::new(Minted::from_answer(answer, 0.5))
}

impl Script {
    pub(in crate::state) fn new(answers: impl IntoIterator<Item = Result<Answer, TransportError>>) -> Self {
        Self {
            answers: RefCell::new(answers.into_iter().collect()),
            sent: RefCell::default(),
            bodies: RefCell::default(),
            time_limits: RefCell::default(),
            pauses: RefCell::default(),
            pauses_last: false,
            minted: Cell::new(1),
            renewals_fail: false,
            learned: Cell::new(None),
            elapsed: 0,
        }
    }

    fn minted(&self) -> Arc<Minted> {
        let first = Timestamp::from_seconds(1_795_415_575);
        let now = if self.minted.get() == 1 { first } else { self.now() };
        minted(self.minted.get(), now)
    }

    fn how(&self) -> Vec<Signing> {
        self.sent.borrow().iter().map(|(_, signing, _)| *signing).collect()
    }

    pub(in crate::state) fn keys(&self) -> Vec<String> {
        self.sent.borrow().iter().map(|(_, _, key)| key.clone()).collect()
    }
}

impl Surroundings for Script {
    fn credentials<'a>(&'a self, _: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        async { Ok(self.minted()) }.boxed_local()
    }

    fn other_credentials<'a>(&'a self, _: &'a RoleId, refused: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        assert_eq!(refused, format!("ASIA{}", self.minted.get()));
        if self.renewals_fail {
            return async { Err(PortalError::new(ErrorCode::Blocked, "You are blocked.", "n")) }.boxed_local();
        }
        self.minted.set(self.minted.get() + 1);
        self.credentials(&ROLE).boxed_local()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_795_415_575).plus_seconds(self.elapsed)
    }

    fn signing(&self, _: &RoleId, location: &Location) -> (Signing, bool) {
        self.learned.get().map_or((location.sign, location.sign == Signing::Header), |signing| (signing, true))
    }

    fn settle_signing(&self, _: &RoleId, _: &Location, signing: Signing) {
        self.learned.set(Some(signing));
    }

    fn send<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        let authorization = request.headers().find(|(name, _)| *name == "authorization").map(|(_, value)| value.to_owned());
        let signing = if authorization.is_some() { Signing::Header } else { Signing::Query };
        let text = authorization.unwrap_or_else(|| request.url().to_owned());
        let key = text.split_once("Credential=").unwrap().1.split(['/', '%']).next().unwrap().to_owned();
        self.sent.borrow_mut().push((request.method(), signing, key));
        self.bodies.borrow_mut().push(String::from_utf8_lossy(request.body()).into_owned());
        self.time_limits.borrow_mut().push(time_limit);
        let answer = self.answers.borrow_mut().pop_front().expect("the script ends here");
        async { answer }.boxed_local()
    }

    fn pause(&self, milliseconds: u32) -> LocalBoxFuture<'_, ()> {
        self.pauses.borrow_mut().push(milliseconds);
        if self.pauses_last { futures::future::pending().boxed_local() } else { async {}.boxed_local() }
    }
}

static ROLE: std::sync::LazyLock<RoleId> = std::sync::LazyLock::new(role);

pub(in crate::state) fn role() -> RoleId {
    RoleId::parse("analyst").unwrap()
}

fn location(sign: Signing) -> Location {
    Location {
        name: "reports".into(),
        region: "eu-west-1".into(),
        endpoint: "https://s3.eu-west-1.amazonaws.com".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: Vec::new(),
        sign,
    }
}

fn fine() -> Result<Answer, TransportError> {
    Ok(Answer { status: 200, headers: Vec::new(), body: b"ok".to_vec() })
}

fn refused(status: u16, code: &str) -> Result<Answer, TransportError> {
    let body = format!("<Error><Code>{code}</Code><Message>No.</Message><RequestId>R1</RequestId></Error>");
    Ok(Answer { status, headers: Vec::new(), body: body.into_bytes() })
}

fn read_once(script: &Script, sign: Signing) -> Result<Answer, Failure> {
    let location = location(sign);
    let draft = ListRequest { prefix: "team/", delimiter: "/", ..ListRequest::default() }.draft(&location).unwrap();
    block_on(read(script, &role(), &location, &draft, "list team/ in reports"))
}

#[test]
fn one_request_signed_in_the_query_when_all_is_well() {
    let script = Script::new([fine()]);
    assert_eq!(read_once(&script, Signing::Query).unwrap().body, b"ok");
    assert_eq!(*script.sent.borrow(), [(Method::Get, Signing::Query, "ASIA1".to_owned())]);
    assert_eq!(*script.time_limits.borrow(), [5_000]);
}

#[test]
fn expired_credentials_are_replaced_once() {
    for code in ["ExpiredToken", "InvalidToken", "InvalidAccessKeyId"] {
        let script = Script::new([refused(400, code), fine()]);
        assert!(read_once(&script, Signing::Query).is_ok(), "{code}");
        assert_eq!(script.keys(), ["ASIA1", "ASIA2"]);
    }
    let script = Script::new([refused(400, "ExpiredToken"), refused(400, "ExpiredToken")]);
    let failure = read_once(&script, Signing::Query).unwrap_err();
    assert_eq!((failure.code.as_deref(), failure.reference.as_deref(), failure.retry), (Some("ExpiredToken"), Some("R1"), true));
}

#[test]
fn what_the_portal_says_about_new_credentials_is_the_failure() {
    let script = Script { renewals_fail: true, ..Script::new([refused(400, "ExpiredToken")]) };
    let failure = read_once(&script, Signing::Query).unwrap_err();
    assert_eq!((failure.message.as_str(), failure.code.as_deref()), ("You are blocked.", Some("blocked")));
}

fn denied() -> Result<Answer, TransportError> {
    let body = "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: \
        s3:ListBucket on resource: \"arn:aws:s3:::reports\" with an explicit deny in an identity-based policy</Message></Error>";
    Ok(Answer { status: 403, headers: Vec::new(), body: body.into() })
}

#[test]
fn credentials_that_somebody_ended_are_replaced_and_the_read_goes_on() {
    let script = Script { elapsed: 600, ..Script::new([denied(), fine()]) };
    assert!(read_once(&script, Signing::Query).is_ok());
    assert_eq!(script.keys(), ["ASIA1", "ASIA2"]);
    let script = Script { elapsed: 600, renewals_fail: true, ..Script::new([denied()]) };
    assert_eq!(read_once(&script, Signing::Query).unwrap_err().message, "You are blocked.");
}

#[test]
fn a_role_that_denies_for_good_costs_a_mint_a_minute() {
    let script = Script { elapsed: 600, ..Script::new([denied(), denied(), denied()]) };
    assert!(read_once(&script, Signing::Header).is_err());
    assert_eq!(read_once(&script, Signing::Header).unwrap_err().code.as_deref(), Some("AccessDenied"));
    assert_eq!(script.keys(), ["ASIA1", "ASIA2", "ASIA2"]);
}

#[test]
fn clocks_that_disagree_are_set_by_a_new_mint() {
    let script = Script::new([refused(403, "RequestTimeTooSkewed"), fine()]);
    assert!(read_once(&script, Signing::Query).is_ok());
    assert_eq!(script.keys(), ["ASIA1", "ASIA2"]);
}

#[test]
fn a_bucket_that_refuses_query_signatures_is_remembered() {
    let script = Script::new([refused(403, "AccessDenied"), fine(), fine()]);
    assert!(read_once(&script, Signing::Query).is_ok());
    assert!(read_once(&script, Signing::Query).is_ok());
    assert_eq!(script.how(), [Signing::Query, Signing::Header, Signing::Header]);
}

#[test]
fn a_plain_refusal_is_told_as_such_and_headers_are_not_tried_again() {
    // The second way ends in a preflight that the bucket does not allow, or in the same refusal.
    for second in [Err(TransportError::Network), refused(403, "AccessDenied")] {
        let script = Script::new([refused(403, "AccessDenied"), second, refused(403, "AccessDenied")]);
        for _ in 0..2 {
            let failure = read_once(&script, Signing::Query).unwrap_err();
            assert_eq!(failure.message, "Your role may not list team/ in reports. It said: No.");
            assert_eq!((failure.code.as_deref(), failure.retry), (Some("AccessDenied"), false));
        }
        assert_eq!(script.how(), [Signing::Query, Signing::Header, Signing::Query]);
    }
}

#[test]
fn a_bucket_that_took_a_query_signature_never_gets_headers() {
    let script = Script::new([fine(), refused(403, "AccessDenied")]);
    assert!(read_once(&script, Signing::Query).is_ok());
    assert!(read_once(&script, Signing::Query).is_err());
    assert_eq!(script.how(), [Signing::Query, Signing::Query]);
}

#[test]
fn headers_from_the_start_where_the_configuration_says_so() {
    let script = Script::new([refused(403, "AccessDenied")]);
    assert!(read_once(&script, Signing::Header).is_err());
    assert_eq!(script.how(), [Signing::Header]);
}

#[test]
fn a_busy_service_is_asked_three_times() {
    let script = Script::new([refused(503, "SlowDown"), refused(500, "InternalError"), fine()]);
    assert!(read_once(&script, Signing::Query).is_ok());
    assert_eq!(*script.pauses.borrow(), [250, 500]);
    let script = Script::new([refused(503, "SlowDown"), refused(503, "SlowDown"), refused(503, "SlowDown")]);
    assert!(read_once(&script, Signing::Query).unwrap_err().retry);
}

#[test]
fn no_answer_names_the_host_and_is_not_repeated() {
    for (error, part) in [
        (TransportError::Network, "it does not tell pages why"),
        (TransportError::TimedOut { milliseconds: 5_000 }, "within 5 seconds"),
        (TransportError::Offline, "offline"),
    ] {
        let script = Script::new([Err(error)]);
        let failure = read_once(&script, Signing::Query).unwrap_err();
        assert!(failure.message.contains(part) && failure.message.contains("s3.eu-west-1.amazonaws.com"), "{}", failure.message);
        assert!(failure.retry);
        assert_eq!(script.sent.borrow().len(), 1);
    }
}

#[test]
fn a_missing_bucket_or_another_region_is_not_retried() {
    for (status, code) in [(404, "NoSuchBucket"), (301, "PermanentRedirect")] {
        let script = Script::new([refused(status, code)]);
        let failure = read_once(&script, Signing::Query).unwrap_err();
        assert_eq!((failure.code.as_deref(), failure.retry), (Some(code), false));
    }
}
