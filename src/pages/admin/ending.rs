//! Ending sessions and people: the question before, the calls, and what came of them.

use super::words;
use crate::api;
use crate::browser::{format, portal, task};
use crate::model::error::PortalError;
use crate::model::names::{SessionId, Subject};
use crate::model::session::{Enforced, RevokeAnswer, Session};
use crate::pages::problem::explanation;
use crate::reactive::RwSignal;
use crate::state::credentials::CredentialStore;
use crate::state::roster::{Roster, can_end, who};
use crate::ui::button::button;
use crate::ui::confirm::{Question, confirm};
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{Tag, live, tag};
use crate::words::{t, tn};
use futures::future::join_all;
use std::collections::BTreeSet;

/// More sessions than this are ended only once their number was typed.
const MANY: usize = 10;

/// Calls under way at once.
const ABREAST: usize = 4;

/// What the question is about.
#[derive(Clone)]
enum Stake {
    Session(Box<Session>),
    Person { subject: Subject, whose: String },
    Sessions(Vec<SessionId>),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    message: String,
    failed: bool,
    /// What of the handbook explains the failure.
    section: String,
}

/// What is chosen, asked and done.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    roster: Roster,
    store: CredentialStore,
    /// The sessions that are ticked.
    pub(super) selected: RwSignal<BTreeSet<SessionId>>,
    asked: RwSignal<Option<Question>>,
    stake: RwSignal<Option<Stake>>,
    outcome: RwSignal<Option<Outcome>>,
}

impl Ending {
    pub(super) fn new(roster: Roster, store: CredentialStore) -> Self {
        Self {
            roster,
            store,
            selected: RwSignal::new(BTreeSet::new()),
            asked: RwSignal::new(None),
            stake: RwSignal::new(None),
            outcome: RwSignal::new(None),
        }
    }

    /// Asks whether to end one session, or to block its person instead.
    pub(super) fn ask_session(self, session: Session) {
        let ends = can_end(session.state);
        let mut facts = vec![
            (t!("Person"), who(&session).to_owned()),
            (t!("Subject"), session.subject.to_string()),
            (t!("Role"), session.role.to_string()),
            (t!("Access key id"), session.access_key_id.clone()),
            (t!("Since"), format::date_time(session.issued_at)),
            (t!("Until"), format::date_time(session.expires_at)),
            (t!("State"), words::standing(&session, self.roster.now())),
        ];
        facts.extend(session.id.is_console().then(|| (t!("Minted for"), t!("AWS console").to_owned())));
        facts.extend(session.source_ip.clone().map(|address| (t!("Address"), address)));
        let sentences = if ends {
            let may_again = t!("The person may start a new session at once, unless you block them.").to_owned();
            vec![words::before_ending(Some(self.iam()), session.expires_at), may_again]
        } else {
            vec![t!("There is nothing left to end.").to_owned()]
        };
        let title =
            if ends { t!("End the session of {whose}?", whose = who(&session)) } else { t!("A session of {whose}", whose = who(&session)) };
        let verb = if ends { t!("End session") } else { "" }.to_owned();
        self.stake.set(Some(Stake::Session(Box::new(session))));
        self.asked.set(Some(Question { title, facts, sentences, verb, instead: Some(t!("Block the person…")), ..Question::default() }));
    }

    /// Asks for what the button of a row does: where the session is over, its person can be blocked.
    pub(super) fn ask_action(self, session: Session) {
        if can_end(session.state) {
            return self.ask_session(session);
        }
        let whose = who(&session).to_owned();
        self.ask_person(session.subject, whose);
    }

    fn ask_person(self, subject: Subject, whose: String) {
        let sentences = words::before_blocking(self.iam()).map(str::to_owned).to_vec();
        let question = Question {
            title: t!("Block {whose}?", whose = whose),
            facts: vec![(t!("Subject"), subject.to_string())],
            sentences,
            verb: t!("Block").to_owned(),
            ..Question::default()
        };
        self.stake.set(Some(Stake::Person { subject, whose }));
        self.asked.set(Some(question));
    }

    /// Asks whether to end what is ticked.
    pub(super) fn ask_selected(self) {
        let selected = self.selected.get_untracked();
        let chosen: Vec<(SessionId, Subject)> = self.roster.with_all(|sessions| {
            let chosen = sessions.iter().filter(|session| can_end(session.state) && selected.contains(&session.id));
            chosen.map(|session| (session.id.clone(), session.subject.clone())).collect()
        });
        if chosen.is_empty() {
            return;
        }
        let count = chosen.len();
        let people = chosen.iter().map(|(_, subject)| subject).collect::<BTreeSet<_>>().len();
        let effect = if self.iam() {
            t!(
                "The portal has IAM deny their credentials, which usually works within a few minutes. What IAM cannot name lives until it expires."
            )
        } else {
            t!("This portal writes no denies to IAM: the credentials live until they expire.")
        };
        let question = Question {
            title: tn!(count, "End {count} session?", "End {count} sessions?"),
            facts: vec![(t!("People"), format::count(people as u64))],
            sentences: vec![effect.to_owned(), t!("The people may start new sessions at once.").to_owned()],
            verb: tn!(count, "End {count} session", "End {count} sessions"),
            typed: (count > MANY).then(|| count.to_string()),
            ..Question::default()
        };
        self.stake.set(Some(Stake::Sessions(chosen.into_iter().map(|(id, _)| id).collect())));
        self.asked.set(Some(question));
    }

    /// Lifts a block, without a question: nothing is lost by it.
    pub(super) fn lift(self, subject: Subject, whose: String) {
        task::spawn(async move {
            let told = match portal::call(api::SessionsLift { subject }).await {
                Ok(answer) if answer.lifted => {
                    done(t!("The block of {whose} is lifted: new credentials may be minted again.", whose = whose))
                }
                Ok(_) => done(t!("{whose} was not blocked any more.", whose = whose)),
                Err(error) => failed(&error),
            };
            self.tell(told);
        });
    }

    /// The question, when there is one.
    pub(super) fn dialog(self) -> Tag {
        let agree = move || match self.stake.get_untracked() {
            Some(Stake::Session(session)) => self.end_session(*session),
            Some(Stake::Person { subject, whose }) => self.block(subject, whose),
            Some(Stake::Sessions(ids)) => self.end_all(ids),
            None => {}
        };
        let instead = move || {
            if let Some(Stake::Session(session)) = self.stake.get_untracked() {
                let whose = who(&session).to_owned();
                self.ask_person(session.subject, whose);
            }
        };
        confirm(self.asked, agree, instead)
    }

    /// What came of the last thing that was done.
    pub(super) fn outcome(self) -> Tag {
        let told = live(move || {
            self.outcome.get().map(|Outcome { message, failed, section }| {
                tag("div")
                    .class(if failed { "strip-notice" } else { "strip-notice strip-notice--calm" })
                    .set("role", if failed { "alert" } else { "status" })
                    .child(icon(if failed { Icon::Failed } else { Icon::Check }))
                    .child(tag("p").child(message).child(" ").child(explanation(&section)))
                    .child(button("button button--inline", t!("Close"), move || self.outcome.set(None)))
            })
        });
        tag("div").class("admin__outcome").child(told)
    }

    fn end_session(self, session: Session) {
        self.outcome.set(None);
        task::spawn(async move {
            let told = match portal::call(api::SessionsRevoke { id: Some(session.id.clone()), subject: None }).await {
                Ok(answer) => {
                    let after = words::after(&answer, who(&session));
                    done([&*after].into_iter().chain(self.take(&session.id, &answer)).collect::<Vec<_>>().join(" "))
                }
                Err(error) => failed(&error),
            };
            self.tell(told);
        });
    }

    fn block(self, subject: Subject, whose: String) {
        self.outcome.set(None);
        task::spawn(async move {
            let told = match portal::call(api::SessionsRevoke { id: None, subject: Some(subject) }).await {
                Ok(answer) => done(words::after(&answer, &whose)),
                Err(error) => failed(&error),
            };
            self.tell(told);
        });
    }

    fn end_all(self, ids: Vec<SessionId>) {
        self.selected.set(BTreeSet::new());
        task::spawn(async move {
            let (all, mut answers, mut errors) = (ids.len(), Vec::new(), Vec::new());
            for few in ids.chunks(ABREAST) {
                let _ = self.outcome.try_set(Some(done(t!(
                    "Ending sessions: {done} of {all}",
                    done = answers.len() + errors.len(),
                    all = all
                ))));
                let calls = few.iter().map(|id| portal::call(api::SessionsRevoke { id: Some(id.clone()), subject: None }));
                for (id, answer) in few.iter().zip(join_all(calls).await) {
                    match answer {
                        Ok(answer) => {
                            self.take(id, &answer);
                            answers.push(answer);
                        }
                        Err(error) => errors.push(error),
                    }
                }
            }
            self.tell(summary(&answers, &errors));
        });
    }

    /// Shows that a session has ended, and wipes its credentials where they are in this browser.
    fn take(self, id: &SessionId, answer: &RevokeAnswer) -> Option<&'static str> {
        let (state, now) = (answer.state, self.roster.now());
        self.roster.change(id, |session| {
            session.state = state;
            session.ended_at = session.ended_at.or(Some(now));
        });
        self.store.ended(id).then(|| t!("It was this tab’s: its credentials are wiped here."))
    }

    fn tell(self, outcome: Outcome) {
        // The page may have been left in the meantime.
        if self.outcome.try_set(Some(outcome)).is_ok() {
            self.roster.refresh(true);
        }
    }

    fn iam(self) -> bool {
        self.roster.overview().with_untracked(|overview| matches!(overview, Some(Ok(overview)) if overview.iam))
    }
}

fn done(message: String) -> Outcome {
    Outcome { message, failed: false, section: String::new() }
}

fn failed(error: &PortalError) -> Outcome {
    Outcome {
        message: format!("{} {} ({})", error.message, error.next_step, error.reference),
        failed: true,
        section: error.section().to_owned(),
    }
}

/// What came of ending several sessions.
fn summary(answers: &[RevokeAnswer], errors: &[PortalError]) -> Outcome {
    let mut told = vec![tn!(answers.len(), "{count} session ended.", "{count} sessions ended.")];
    if answers.iter().any(|answer| answer.enforced == Enforced::Iam && answer.until.is_some()) {
        told.push(t!("IAM is told to deny the credentials, which usually works within a few minutes.").to_owned());
    }
    let alive: Vec<_> = answers.iter().filter(|answer| answer.enforced == Enforced::Expiry).filter_map(|answer| answer.until).collect();
    if let Some(last) = alive.iter().max() {
        told.push(tn!(
            alive.len(),
            "Nothing denies {count} of them: the last lives until {time}.",
            "Nothing denies {count} of them: the last lives until {time}.",
            count = alive.len(),
            time = format::date_time(*last)
        ));
    }
    if let Some(error) = errors.first() {
        told.push(tn!(
            errors.len(),
            "{count} could not be ended: {message} {next_step}",
            "{count} could not be ended: {message} {next_step}",
            count = errors.len(),
            message = error.message,
            next_step = error.next_step
        ));
    }
    let section = errors.first().map(|error| error.section().to_owned()).unwrap_or_default();
    Outcome { message: told.join(" "), failed: !errors.is_empty(), section }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;
    use crate::model::error::ErrorCode;
    use crate::model::session::SessionState;

    #[test]
    fn several_ends_are_told_by_what_holds_them() {
        let answer = |enforced, until: Option<i64>| RevokeAnswer {
            state: SessionState::Ended,
            enforced,
            until: until.map(Timestamp::from_seconds),
            sessions: 1,
        };
        let error = PortalError::new(ErrorCode::MintUnavailable, "The store did not answer.", "Try again.");
        let told =
            summary(&[answer(Enforced::Iam, Some(60)), answer(Enforced::Expiry, Some(3_600)), answer(Enforced::Expiry, None)], &[error]);
        assert_eq!(
            told.message,
            "3 sessions ended. IAM is told to deny the credentials, which usually works within a few minutes. \
             Nothing denies 1 of them: the last lives until 1970-01-01 01:00 UTC. 1 could not be ended: The store did not answer. Try again."
        );
        assert_eq!((told.failed, &*told.section), (true, "mint_unavailable"));
        assert_eq!(summary(&[answer(Enforced::Iam, None)], &[]), done("1 session ended.".to_owned()));
    }
}
