//! Keeps the lanes busy with what the survey wants to know.

use super::super::Counts;
use super::pace::Pace;
use super::survey::{Ask, Found, Survey};
use crate::model::object::ListPage;
use crate::state::failure::Failure;
use crate::words::t;
use futures::FutureExt;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where pages come from. It tells the pace when the service is busy.
pub(super) trait Source {
    fn page<'a>(&'a self, ask: &Ask, pace: &'a Pace) -> LocalBoxFuture<'a, Result<ListPage, Failure>>;
}

/// Takes what can be shown, and how much was found behind a gap.
pub(super) type Take<'a> = &'a mut dyn FnMut(Vec<Found>, Counts) -> Result<(), Failure>;

/// Lists until everything was found. Dropped in the middle, it can be called again with the same survey.
///
/// `first` is the page that is under way already, where there is one.
pub(super) async fn drive(
    survey: &Mutex<Survey>,
    source: &dyn Source,
    pace: &Pace,
    first: Option<LocalBoxFuture<'_, Result<ListPage, Failure>>>,
    take: Take<'_>,
) -> Result<(), Failure> {
    let mut under_way = FuturesUnordered::new();
    lock(survey).pause();
    if let Some(first) = first {
        let id = lock(survey).is_under_way();
        under_way.push(first.map(move |page| (id, page)).boxed_local());
    }
    while !lock(survey).is_complete() {
        let asks = lock(survey).plan(pace.open().saturating_sub(under_way.len()));
        for ask in asks {
            under_way.push(source.page(&ask, pace).map(move |page| (ask.id, page)).boxed_local());
        }
        // Before everything is complete something is always under way. Never is less than that called complete.
        let Some((id, page)) = under_way.next().await else {
            return Err(
                Failure::new(t!("The listing came to a halt before its end."), t!("Go on with it, or open the folder again.")).retryable()
            );
        };
        let (found, ahead) = {
            let mut survey = lock(survey);
            (survey.answered(id, page), survey.ahead())
        };
        take(found?, ahead)?;
    }
    Ok(())
}

fn lock(survey: &Mutex<Survey>) -> MutexGuard<'_, Survey> {
    survey.lock().unwrap_or_else(PoisonError::into_inner)
}
