//! One card a session, and ending it.

use super::device::device;
use crate::browser::{element, format, lifecycle, task};
use crate::model::clock::Timestamp;
use crate::model::session::{Session, SessionState};
use crate::pages::admin::words;
use crate::pages::frame::Visit;
use crate::pages::problem::explanation;
use crate::reactive::{Memo, RwSignal, effect};
use crate::state::credentials::CredentialStore;
use crate::state::own_sessions::OwnSessions;
use crate::state::pulse;
use crate::state::roster::can_end;
use crate::ui::button::button;
use crate::ui::confirm::Question;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag, text};
use crate::words::t;

/// Milliseconds between two changes of the countdowns.
const TICK_MILLIS: u32 = 1_000;

/// What the cards share.
#[derive(Clone, Copy)]
pub(super) struct Cards {
    visit: Visit,
    store: CredentialStore,
    pub(super) sessions: OwnSessions,
    /// The question before a session is ended.
    pub(super) asked: RwSignal<Option<Question>>,
    ending: RwSignal<Option<Session>>,
    /// What came of the last end, and where it failed what of the handbook explains that.
    outcome: RwSignal<Option<(String, Option<String>)>>,
    tick: RwSignal<u32>,
}

impl Cards {
    pub(super) fn new(visit: Visit, store: CredentialStore, sessions: OwnSessions) -> Self {
        let tick = RwSignal::new(0_u32);
        pulse::every(TICK_MILLIS, move || tick.update(|tick| *tick = tick.wrapping_add(1)));
        Self { visit, store, sessions, asked: RwSignal::new(None), ending: RwSignal::new(None), outcome: RwSignal::new(None), tick }
    }

    /// The time by the server's clock. Tracked: it goes on once a second.
    pub(super) fn now(self) -> Timestamp {
        self.tick.track();
        self.store.now()
    }

    /// What came of the last end.
    pub(super) fn told(self) -> Tag {
        let line = move || {
            self.outcome.get().map(|(message, failed)| {
                let class = if failed.is_some() { "told bad" } else { "told" };
                tag("p").class(class).child(message).child(" ").child(failed.and_then(|section| explanation(&section)))
            })
        };
        tag("div").set("role", "status").child(live(line))
    }

    /// Ends the session that was asked about.
    pub(super) fn end(self) {
        let Some(session) = self.ending.get_untracked() else { return };
        let title = self.title(&session);
        task::spawn(async move {
            let told = match self.sessions.end(session.id).await {
                Ok((answer, was_here)) => {
                    let here = was_here.then(|| t!("It was this tab’s: its credentials are wiped here."));
                    ([&*words::after(&answer, &title)].into_iter().chain(here).collect::<Vec<_>>().join(" "), None)
                }
                Err(error) => (format!("{} {}", error.message, error.next_step), Some(error.section().to_owned())),
            };
            // The page may have been left in the meantime.
            let _ = self.outcome.try_set(Some(told));
        });
    }

    fn title(self, session: &Session) -> String {
        let title = self.visit.who.with_value(|who| who.roles.iter().find(|role| role.id == session.role).map(|role| role.title.clone()));
        title.unwrap_or_else(|| session.role.to_string())
    }

    fn ask(self, session: Session) {
        let here = self.store.role_of(&session.id).is_some();
        let mut sentences = vec![words::before_ending(None, session.expires_at)];
        if here {
            sentences.push(t!("It is this tab’s: its credentials are wiped here at once, and what is running with them stops.").to_owned());
        }
        let question = Question {
            title: t!("End the session of {whose}?", whose = self.title(&session)),
            facts: facts(&session),
            sentences,
            verb: t!("End session").to_owned(),
            ..Question::default()
        };
        self.ending.set(Some(session));
        self.asked.set(Some(question));
    }

    /// The card of one session.
    pub(super) fn card(self, session: Session) -> Tag {
        let id = session.id.clone();
        let role = Memo::new(move || self.store.role_of(&id));
        let where_from = where_from(&session);
        let place = move || if role.with(Option::is_some) { t!("This tab").to_owned() } else { where_from.clone() };
        let (held, shown, denied) = (session.clone(), session.clone(), session.clone());
        let left = Memo::new(move || words::left(&held, self.now()));
        let standing = Memo::new(move || words::standing(&shown, self.now()));
        let spread = Memo::new(move || words::spread(&denied, self.now()));
        let until = t!("until {time}", time = format::date_time(session.expires_at));
        let renew = move || role.get_untracked().into_iter().for_each(|role| self.store.refresh(role));
        let actions = {
            let session = session.clone();
            live(move || {
                let renew = role.with(Option::is_some).then(|| button("button", t!("Renew"), renew).piece());
                let ends = can_end(session.state).then(|| {
                    let session = session.clone();
                    let label = t!(
                        "End the session of {whose} since {time}",
                        whose = self.title(&session),
                        time = format::date_time(session.issued_at)
                    );
                    button("button", t!("End"), move || self.ask(session.clone())).set("aria-label", label).piece()
                });
                [renew, ends].into_iter().flatten().collect::<Vec<Piece>>()
            })
        };
        tag("li")
            .class("card")
            .set("data-state", session.state.as_str())
            .child(
                tag("div")
                    .class("card__head")
                    .child(tag("h3").child(self.title(&session)))
                    .child(tag("span").class("state").set("data-state", session.state.as_str()).child(text(move || standing.get()))),
            )
            .child(tag("p").class("secondary").child(text(place)))
            .child(self.life(session.clone()))
            .child(
                tag("p")
                    .class("card__times number secondary")
                    .child(
                        tag("span")
                            .set("title", format::date_time_long(session.issued_at))
                            .child(t!("since {time}", time = format::date_time(session.issued_at))),
                    )
                    .child(
                        tag("span")
                            .set("title", format::date_time_long(session.expires_at))
                            .child(until)
                            .child(text(move || left.get().map(|left| [" · ", &t!("{time} left", time = left)].concat()))),
                    ),
            )
            .child(live(move || spread.get().map(|spread| tag("p").class("secondary").child(spread))))
            .child(tag("div").class("card__actions").child(actions))
    }

    /// A thin bar: how much of its life is left.
    fn life(self, session: Session) -> Tag {
        let rest = Memo::new(move || rest(&session, self.now()));
        let fill = ElementRef::new();
        effect(move || {
            let rest = rest.get();
            if let Some(fill) = fill.get() {
                element::set_style(&fill, "inline-size", &format!("{rest}%"));
            }
        });
        tag("div").class("life").set("aria-hidden", "true").child(tag("div").class("life__rest").reference(fill))
    }
}

/// Percent of a session's life that is left, in which its credentials may work.
fn rest(session: &Session, now: Timestamp) -> i64 {
    let whole = session.expires_at.millis_since(session.issued_at).max(1);
    let left = session.expires_at.millis_since(now).clamp(0, whole);
    let denied = session.state == SessionState::Ended && session.denied_at.is_some();
    if denied { 0 } else { left * 100 / whole }
}

/// Which browser or program, and from which address.
fn where_from(session: &Session) -> String {
    let alike = session.user_agent.as_ref().is_some_and(|user_agent| *user_agent == lifecycle::user_agent());
    let device = device(session.user_agent.as_deref());
    let device = if session.id.is_console() {
        t!("The AWS console, opened in {device}", device = device)
    } else if alike {
        t!("A browser like this one: {device}", device = device)
    } else {
        device
    };
    session.source_ip.as_ref().map_or(device.clone(), |address| format!("{device} · {address}"))
}

fn facts(session: &Session) -> Vec<(&'static str, String)> {
    vec![
        (t!("Minted in"), where_from(session)),
        (t!("Access key id"), session.access_key_id.clone()),
        (t!("Since"), format::date_time(session.issued_at)),
        (t!("Until"), format::date_time(session.expires_at)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::roster::samples::session;

    #[test]
    fn the_bar_runs_down_and_is_empty_once_denied() {
        let mut one = session(1, "a@example.com", SessionState::Live, 0, 1_000);
        let at = |one: &Session, seconds| rest(one, Timestamp::from_seconds(seconds));
        assert_eq!([at(&one, -5), at(&one, 0), at(&one, 250), at(&one, 999), at(&one, 2_000)], [100, 100, 75, 0, 0]);
        one.state = SessionState::Ended;
        assert_eq!(at(&one, 250), 75, "nothing denies it");
        one.denied_at = Some(Timestamp::from_seconds(10));
        assert_eq!(at(&one, 250), 0);
    }
}
