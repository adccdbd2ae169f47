use super::*;
use crate::model::secret::Secret;
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::join;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

const START: i64 = 1_795_415_575_000;

#[derive(Default)]
struct TurnedClock(AtomicI64);

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The end of a mint that the test holds.
type Answering = oneshot::Sender<Result<CredentialsAnswer, PortalError>>;

/// A vault whose mints wait for the test.
struct Stage {
    vault: Arc<Vault>,
    clock: Arc<TurnedClock>,
    waiting: Arc<Mutex<Vec<Answering>>>,
    changes: Arc<AtomicUsize>,
}

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(TurnedClock(AtomicI64::new(START)));
        let waiting: Arc<Mutex<Vec<Answering>>> = Arc::default();
        let changes = Arc::new(AtomicUsize::new(0));
        let mint = {
            let waiting = Arc::clone(&waiting);
            move |_| {
                let (sender, receiver) = oneshot::channel();
                waiting.lock().unwrap().push(sender);
                receiver.map(|answer| answer.unwrap()).boxed()
            }
        };
        let changed = {
            let changes = Arc::clone(&changes);
            move || {
                changes.fetch_add(1, Ordering::SeqCst);
            }
        };
        let vault = Vault::new(Arc::clone(&clock) as Arc<dyn Clock>, mint, || 0.5, changed);
        Self { vault, clock, waiting, changes }
    }

    fn turn(&self, milliseconds: i64) {
        self.clock.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn waiting(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }

    fn answer(&self, answer: Result<CredentialsAnswer, PortalError>) {
        let sender = self.waiting.lock().unwrap().remove(0);
        // The mint may have been given up.
        let _ = sender.send(answer);
    }

    /// Fetches with an answer that is there at once.
    fn fetch(&self, role: &RoleId, key: &str, life: i64) -> Arc<Minted> {
        let mut get = self.vault.get(role).boxed();
        assert!(futures::poll_once(&mut get).is_none());
        self.answer(Ok(self.minted(role, key, life)));
        block_on(get).unwrap()
    }

    fn minted(&self, role: &RoleId, key: &str, life: i64) -> CredentialsAnswer {
        let now = Timestamp::from_seconds(self.clock.now().seconds());
        CredentialsAnswer {
            version: 1,
            access_key_id: key.into(),
            secret_access_key: Secret::new("k"),
            session_token: Secret::new("t"),
            expiration: now.plus_seconds(life),
            role: role.clone(),
            session_id: SessionId::parse("0123456789abcdef0123456789").unwrap(),
            server_now: now,
        }
    }
}

mod futures {
    pub(super) use ::futures::*;
    use std::task::{Context, Poll, Waker};

    /// Polls once without anybody to wake.
    pub(super) fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        match future.poll_unpin(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }
}

fn analyst() -> RoleId {
    RoleId::parse("analyst").unwrap()
}

fn refusal() -> PortalError {
    PortalError::new(ErrorCode::MintUnavailable, "m", "n")
}

#[test]
fn everybody_waits_for_one_mint() {
    let stage = Stage::new();
    let role = analyst();
    let (mut first, mut second) = (stage.vault.get(&role).boxed(), stage.vault.get(&role).boxed());
    assert!(futures::poll_once(&mut first).is_none() && futures::poll_once(&mut second).is_none());
    assert_eq!(stage.waiting(), 1);
    assert_eq!(stage.vault.statuses(), [(role.clone(), CredentialStatus::Fetching)]);
    stage.answer(Ok(stage.minted(&role, "ASIA1", 3_600)));
    let (first, second) = block_on(join(first, second));
    assert!(Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
    assert_eq!(block_on(stage.vault.get(&role)).unwrap().credentials.access_key_id, "ASIA1");
    assert_eq!(stage.waiting(), 0);
}

#[test]
fn a_mint_outlives_whoever_asked_first() {
    let stage = Stage::new();
    let role = analyst();
    let (mut first, mut second) = (stage.vault.get(&role).boxed(), stage.vault.get(&role).boxed());
    assert!(futures::poll_once(&mut first).is_none() && futures::poll_once(&mut second).is_none());
    drop(first);
    stage.answer(Ok(stage.minted(&role, "ASIA1", 3_600)));
    assert_eq!(block_on(second).unwrap().credentials.access_key_id, "ASIA1");
}

#[test]
fn roles_do_not_wait_for_each_other() {
    let stage = Stage::new();
    let (analyst, reader) = (analyst(), RoleId::parse("reader").unwrap());
    let mut first = stage.vault.get(&analyst).boxed();
    assert!(futures::poll_once(&mut first).is_none());
    let mut second = stage.vault.get(&reader).boxed();
    assert!(futures::poll_once(&mut second).is_none());
    assert_eq!(stage.waiting(), 2);
}

#[test]
fn nothing_is_handed_out_that_ends_before_it_arrives() {
    let stage = Stage::new();
    let role = analyst();
    stage.fetch(&role, "ASIA1", 20);
    stage.turn(18_400);
    assert_eq!(block_on(stage.vault.get(&role)).unwrap().credentials.access_key_id, "ASIA1");
    stage.turn(200);
    assert!(futures::poll_once(&mut stage.vault.get(&role).boxed()).is_none());
    assert_eq!(stage.waiting(), 1);
}

#[test]
fn refused_credentials_are_replaced_once() {
    let stage = Stage::new();
    let role = analyst();
    stage.fetch(&role, "ASIA1", 3_600);
    let (mut first, mut second) = (stage.vault.renew(&role, "ASIA1").boxed(), stage.vault.renew(&role, "ASIA1").boxed());
    assert!(futures::poll_once(&mut first).is_none() && futures::poll_once(&mut second).is_none());
    assert_eq!(stage.waiting(), 1);
    stage.answer(Ok(stage.minted(&role, "ASIA2", 3_600)));
    block_on(join(first, second)).0.unwrap();
    // Whoever comes late with the old ones gets the new ones without a mint.
    assert_eq!(block_on(stage.vault.renew(&role, "ASIA1")).unwrap().credentials.access_key_id, "ASIA2");
    assert_eq!(stage.waiting(), 0);
}

#[test]
fn renewal_is_due_at_four_fifths_and_only_in_an_active_tab() {
    let stage = Stage::new();
    let role = analyst();
    stage.fetch(&role, "ASIA1", 1_000);
    stage.turn(799_000);
    assert!(stage.vault.pulse(true).0.is_empty());
    stage.turn(2_000);
    assert!(stage.vault.pulse(false).0.is_empty());
    let (mut flights, changed) = stage.vault.pulse(true);
    assert_eq!((flights.len(), changed), (1, true));
    assert!(stage.vault.pulse(true).0.is_empty(), "one renewal at a time");
    assert!(futures::poll_once(&mut flights[0]).is_none());
    // The old ones serve until the new ones are there.
    assert_eq!(block_on(stage.vault.get(&role)).unwrap().credentials.access_key_id, "ASIA1");
    stage.answer(Ok(stage.minted(&role, "ASIA2", 1_000)));
    block_on(flights.remove(0));
    assert_eq!(block_on(stage.vault.get(&role)).unwrap().credentials.access_key_id, "ASIA2");
}

#[test]
fn a_failed_renewal_is_told_and_tried_again_later() {
    let stage = Stage::new();
    let role = analyst();
    stage.fetch(&role, "ASIA1", 1_000);
    stage.turn(801_000);
    let (mut flights, _) = stage.vault.pulse(true);
    assert!(futures::poll_once(&mut flights[0]).is_none());
    stage.answer(Err(refusal().with_retry_after(10)));
    block_on(flights.remove(0));
    let [(_, CredentialStatus::Live { refresh_failed: Some(error), .. })] = &stage.vault.statuses()[..] else { panic!("not told") };
    assert_eq!(error.code, ErrorCode::MintUnavailable);
    stage.turn(9_000);
    assert!(stage.vault.pulse(true).0.is_empty());
    stage.turn(2_000);
    assert_eq!(stage.vault.pulse(true).0.len(), 1);
}

#[test]
fn a_refusal_is_the_status_until_it_is_answered_otherwise() {
    let stage = Stage::new();
    let role = analyst();
    let mut get = stage.vault.get(&role).boxed();
    assert!(futures::poll_once(&mut get).is_none());
    stage.answer(Err(refusal()));
    assert_eq!(block_on(get).unwrap_err(), refusal());
    assert_eq!(stage.vault.statuses(), [(role.clone(), CredentialStatus::Failed(refusal()))]);
    stage.fetch(&role, "ASIA1", 3_600);
    assert!(matches!(stage.vault.statuses()[0].1, CredentialStatus::Live { refresh_failed: None, .. }));
}

#[test]
fn expired_credentials_are_forgotten_even_in_a_hidden_tab() {
    let stage = Stage::new();
    let held = stage.fetch(&analyst(), "ASIA1", 100);
    stage.turn(100_000);
    assert!(stage.vault.pulse(false).1);
    assert_eq!(stage.vault.statuses(), [(analyst(), CredentialStatus::Absent)]);
    assert_eq!(Arc::strong_count(&held), 1, "the vault let go");
}

#[test]
fn a_text_with_a_secret_is_known() {
    let stage = Stage::new();
    let role = analyst();
    let text = "{\"note\": \"k\"}";
    assert!(!stage.vault.holds(text), "nothing is held yet");
    stage.fetch(&role, "ASIA1", 3_600);
    assert!(stage.vault.holds(text));
    assert!(!stage.vault.holds("ASIA1 is no more"));
    stage.vault.wipe();
    assert!(!stage.vault.holds(text));
}

#[test]
fn a_wipe_takes_what_is_held_and_what_is_on_its_way() {
    let stage = Stage::new();
    let role = analyst();
    let held = stage.fetch(&role, "ASIA1", 3_600);
    let mut on_its_way = stage.vault.renew(&role, "ASIA1").boxed();
    assert!(futures::poll_once(&mut on_its_way).is_none());
    let before = stage.changes.load(Ordering::SeqCst);
    stage.vault.wipe();
    assert_eq!(stage.changes.load(Ordering::SeqCst), before + 1);
    assert_eq!(stage.vault.statuses(), []);
    assert_eq!(Arc::strong_count(&held), 1, "the vault let go");
    stage.answer(Ok(stage.minted(&role, "ASIA2", 3_600)));
    assert!(block_on(on_its_way).is_err());
    assert_eq!(stage.vault.statuses(), [], "late credentials stay outside");
}

#[test]
fn a_sealed_vault_asks_for_nothing_until_the_person_is_known_to_be_the_same() {
    let stage = Stage::new();
    let role = analyst();
    let held = stage.fetch(&role, "ASIA1", 3_600);
    stage.vault.seal();
    assert_eq!(Arc::strong_count(&held), 1, "the vault let go");
    for asked in [stage.vault.get(&role).boxed(), stage.vault.renew(&role, "ASIA1").boxed(), stage.vault.refresh(&role).boxed()] {
        assert_eq!(block_on(asked).unwrap_err().code, ErrorCode::MintUnavailable);
    }
    stage.vault.begin(&role);
    stage.turn(3_000_000);
    assert!(stage.vault.pulse(true).0.is_empty());
    assert_eq!(stage.waiting(), 0, "the portal was asked");
    stage.vault.unseal();
    stage.fetch(&role, "ASIA2", 3_600);
}

#[test]
fn the_servers_clock_counts() {
    let stage = Stage::new();
    let role = analyst();
    let mut get = stage.vault.get(&role).boxed();
    assert!(futures::poll_once(&mut get).is_none());
    let mut answer = stage.minted(&role, "ASIA1", 3_600);
    answer.server_now = Timestamp::from_millis(START + 600_000);
    stage.turn(2_000);
    stage.answer(Ok(answer));
    block_on(get).unwrap();
    // Half of the two seconds under way, and half of the second that the server's text cuts off.
    assert_eq!(stage.vault.now(), Timestamp::from_millis(START + 600_000 + 500 + 1_000));
}

#[test]
fn debug_shows_no_secret() {
    let stage = Stage::new();
    let minted = stage.fetch(&analyst(), "ASIA1", 3_600);
    assert!(!format!("{minted:?}").contains("\"k\""));
}

#[test]
fn what_has_ended_is_forgotten_and_nothing_else() {
    let stage = Stage::new();
    let held = stage.fetch(&analyst(), "ASIA1", 3_600);
    assert!(!stage.vault.forget("0123456789abcdef0123456780"));
    assert!(matches!(stage.vault.statuses()[0].1, CredentialStatus::Live { .. }));
    let before = stage.changes.load(Ordering::SeqCst);
    assert!(stage.vault.forget(held.session.as_str()));
    assert_eq!(stage.changes.load(Ordering::SeqCst), before + 1);
    assert_eq!(stage.vault.statuses(), [(analyst(), CredentialStatus::Absent)]);
    assert_eq!(Arc::strong_count(&held), 1, "the vault let go");
    assert!(!stage.vault.forget(held.session.as_str()), "once");
}
