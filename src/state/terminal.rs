//! Credentials for a terminal: minted like any page's, sealed for the command that asked, and sent or shown once.

use crate::api;
use crate::browser::{chance, navigation, portal, storage, task};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::json::ToJson;
use crate::reactive::{RwSignal, Signal, StoredValue};
use crate::terminal::{self, Asked};
use crate::words::t;
use zeroize::Zeroizing;

/// Where this browser keeps which questions it has answered, so that a page that is opened again says so. The marks tell nothing.
const ANSWERED: &str = "vestibule-terminals";

/// Most marks that are kept.
const MARKS: usize = 16;

/// How far an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Nothing is minted yet.
    Ready,
    /// It is being minted.
    Minting,
    /// It is on its way to the terminal, by leaving the page.
    Sent,
    /// It stands on the page, sealed.
    Shown(String),
    /// This browser has answered the question before.
    Used,
    /// There is none, and the portal said why.
    Failed(PortalError),
}

/// One answer to one question.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    asked: StoredValue<Asked>,
    status: RwSignal<DeliveryStatus>,
}

impl Delivery {
    /// The answer to this question.
    #[must_use]
    pub fn of(asked: Asked) -> Self {
        let used = storage::read(ANSWERED).is_some_and(|marks| is_among(&marks, &asked.mark()));
        let status = if used { DeliveryStatus::Used } else { DeliveryStatus::Ready };
        Self { asked: StoredValue::new(asked), status: RwSignal::new(status) }
    }

    /// How far it is.
    #[must_use]
    pub fn status(self) -> Signal<DeliveryStatus> {
        self.status.into()
    }

    /// Mints, seals, and sends the terminal on this device what came of it. The page is left.
    pub fn send(self) {
        self.deliver(|asked, sealed| {
            let action = ["http://", &asked.host(), &asked.path()].concat();
            navigation::post(&action, &[("state", &asked.state()), ("sealed", &sealed)]);
            DeliveryStatus::Sent
        });
    }

    /// Mints, seals, and shows what came of it, to be pasted into a terminal elsewhere.
    pub fn show(self) {
        self.deliver(|_, sealed| DeliveryStatus::Shown(terminal::armoured(&sealed)));
    }

    /// Does nothing where something is on its way: two clicks are one.
    fn deliver(self, hand_over: fn(&Asked, String) -> DeliveryStatus) {
        if !self.status.with_untracked(|status| matches!(status, DeliveryStatus::Ready | DeliveryStatus::Failed(_))) {
            return;
        }
        self.status.set(DeliveryStatus::Minting);
        let asked = self.asked.get_value();
        task::spawn(async move {
            let status = match sealed(&asked).await {
                Ok(sealed) => {
                    let marks = storage::read(ANSWERED).unwrap_or_default();
                    storage::write(ANSWERED, Some(&with(&marks, &asked.mark())));
                    hand_over(&asked, sealed)
                }
                Err(error) => DeliveryStatus::Failed(error),
            };
            // The page may have been left meanwhile.
            let _ = self.status.try_set(status);
        });
    }
}

/// New credentials, so that a session of the terminal's own stands in the portal's records, sealed. The clear text is gone when
/// this returns.
async fn sealed(asked: &Asked) -> Result<String, PortalError> {
    let answer = portal::call(api::Credentials { role: asked.role().clone(), duration_seconds: None }).await?;
    let plain = Zeroizing::new(answer.into_credentials().to_json().written());
    let random = chance::secret().map(Zeroizing::new);
    let sealed = random.and_then(|random| terminal::seal(asked, &navigation::origin(), plain.as_bytes(), &random));
    sealed.ok_or_else(|| {
        PortalError::new(
            ErrorCode::Internal,
            t!("This browser could not seal the credentials, so they were dropped."),
            t!("Try again, or in another browser."),
        )
    })
}

fn is_among(marks: &str, mark: &str) -> bool {
    marks.split(' ').any(|known| known == mark)
}

/// The marks with one more, without the oldest where there are many.
fn with(marks: &str, mark: &str) -> String {
    let mut known: Vec<&str> = marks.split(' ').filter(|known| !known.is_empty()).collect();
    known.push(mark);
    known[known.len().saturating_sub(MARKS)..].join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_marks_are_known() {
        let mut marks = String::new();
        for number in 0..20 {
            marks = with(&marks, &format!("m{number}"));
        }
        assert_eq!(marks.split(' ').count(), MARKS);
        assert!(is_among(&marks, "m19") && is_among(&marks, "m4") && !is_among(&marks, "m3"));
        assert!(!is_among("", "m1") && !is_among("m10", "m1"));
        assert_eq!(with("", "m1"), "m1");
    }
}
