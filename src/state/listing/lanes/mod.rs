//! A listing in several lanes at once: ranges of the key space side by side.
//!
//! A part of the program of its own, loaded with the second page; until it is there, and where it cannot be loaded, one lane
//! goes on page after page.
//!
//! | module | what it is |
//! | --- | --- |
//! | `alphabet` | where names may be, guessed from those that were seen |
//! | `range` | one range, its pages in order, its ends |
//! | `survey` | which ranges there are, which requests to send, what may be shown |
//! | `pace` | how many lanes, fewer while the service is busy |
//! | `drive` | keeps the lanes busy |
//! | `remote` | pages from S3, over one or two host names |
//!
//! What is shown is always a beginning without a gap, so that no row is ever put above one that a person looks at. What
//! other lanes have found behind it is counted, and shown when the gap closes.

mod alphabet;
mod drive;
mod pace;
mod range;
mod remote;
mod survey;

use super::pager::Asked;
use super::{Counts, Listing, ListingTarget};
use crate::browser::clock;
use crate::state::failure::Failure;
use drive::drive;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use pace::Pace;
use remote::Hosts;
use std::sync::{Arc, Mutex};
use survey::{Found, Survey};

/// Milliseconds between two times that what was found is shown: drawing it takes time from the lanes.
const SHOW_MILLIS: i64 = 120;

/// Names that S3 puts on a page.
const PAGE: usize = 1_000;

/// What is left to do.
pub(super) type Work = LocalBoxFuture<'static, Result<(), Failure>>;

/// Loads this part of the program.
pub(super) fn load() -> LocalBoxFuture<'static, bool> {
    load_take_over().map(|loaded| loaded.is_ok()).boxed_local()
}

/// Lists the rest of `target` behind the rows that `listing` has. `asked` is the page that is under way; nothing is
/// where a listing goes on that was stopped or has failed in the middle of this.
#[wasm_split(lanes, wasm_split_path = leptos::wasm_split, fallible, preload(load_take_over))]
pub(super) fn take_over(listing: Listing, target: ListingTarget, asked: Option<Asked>) -> Result<Work, SplitLoaderError> {
    Ok(go_on(listing, target, asked).boxed_local())
}

async fn go_on(listing: Listing, target: ListingTarget, asked: Option<Asked>) -> Result<(), Failure> {
    let Some(survey) = listing.survey(&target) else { return Ok(()) };
    let hosts = Hosts::of(listing.store, target);
    let pace = Pace::new(hosts.lanes());
    let mut shown = clock::now();
    drive(&survey, &hosts, &pace, asked, &mut |found, ahead| {
        listing.receive(found, ahead)?;
        let now = clock::now();
        if now.millis_since(shown) >= SHOW_MILLIS {
            shown = now;
            listing.publish();
        }
        Ok(())
    })
    .await?;
    listing.progress.update_value(|progress| progress.survey = None);
    Ok(())
}

impl Listing {
    /// What is known of the ranges; `None` once the listing is gone.
    fn survey(&self, target: &ListingTarget) -> Option<Arc<Mutex<Survey>>> {
        let held = self.progress.try_update_value(|progress| progress.survey.clone())?;
        if let Some(survey) = held.and_then(|held| held.downcast().ok()) {
            return Some(survey);
        }
        let token = self.progress.try_update_value(|progress| progress.token.clone())??;
        let survey =
            self.columns.try_update_value(|columns| Survey::new(target.prefix.clone(), !target.subfolders, columns, token, PAGE))?;
        let survey = Arc::new(Mutex::new(survey));
        let held = Arc::clone(&survey);
        self.progress.update_value(|progress| progress.survey = Some(held));
        Some(survey)
    }

    fn receive(&self, found: Vec<Found>, ahead: Counts) -> Result<(), Failure> {
        let took = self.columns.try_update_value(|columns| {
            found.into_iter().try_for_each(|found| match found {
                Found::Page(page) => columns.push(&page),
                Found::Rows(rows) => {
                    columns.adopt(*rows);
                    Ok(())
                }
            })
        });
        self.progress.update_value(|progress| progress.ahead = ahead);
        took.unwrap_or(Ok(())).map_err(Failure::from)
    }
}

#[cfg(test)]
mod tests;
