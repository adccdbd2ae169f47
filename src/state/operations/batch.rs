//! Copies or moves many objects: copied abreast, looked at with one listing, and only then, for a move, deleted with one
//! request. A listing tells size and entity tag of a thousand objects at once, so that each costs little more than the
//! request that copies it.

use super::copy::{Copied, Copy, look_at};
use super::walk::Step;
use super::{ABREAST, Operation, Report};
use crate::aws::s3::delete::{self, Doomed};
use crate::aws::s3::list::{From, ListRequest};
use crate::aws::s3::page;
use crate::aws::s3::upload::Existing;
use crate::model::location::{Location, Permission};
use crate::model::object::Object;
use crate::state::exchange;
use crate::state::exchange::errand::Errand;
use crate::state::failure::Failure;
use crate::words::t;
use futures::StreamExt;
use futures::stream;
use std::collections::{HashMap, HashSet};

/// Objects of a batch: what is copied and not yet looked at.
const BATCH: usize = 100;

/// Pages of a destination that are read to know what stands there; beyond them each name is asked for.
const PAGES: usize = 4;

/// What is known of a destination before anything is copied to it.
#[derive(Default)]
pub(super) struct Vacancy {
    /// The folder that was listed to its end, and what is in it.
    known: Option<(String, HashSet<String>)>,
    /// The folder that was looked at last.
    asked: Option<String>,
}

impl Vacancy {
    /// Whether it is known that nothing has this name.
    fn of(&self, key: &str) -> bool {
        self.known.as_ref().is_some_and(|(folder, keys)| key.starts_with(folder.as_str()) && !keys.contains(key))
    }
}

impl Operation<'_> {
    /// Copies or moves a page of objects. `folder`: where they go, if it is one folder.
    pub(super) async fn copy_all(
        &self,
        page: &[Step],
        (to, existing, moves): (&Location, Existing, bool),
        folder: Option<&str>,
        vacancy: &mut Vacancy,
    ) {
        if existing == Existing::Keep && vacancy.asked.as_deref() != folder {
            vacancy.asked = folder.map(str::to_owned);
            vacancy.known = match folder {
                Some(folder) => self.keys_in(to, folder).await.map(|keys| (folder.to_owned(), keys)),
                None => None,
            };
        }
        for batch in page.chunks(BATCH) {
            let copied = self.copy_batch(batch, (to, existing, moves), vacancy).await;
            let whole = self.whole_ones(to, copied).await;
            self.report().perhaps_less += whole.iter().filter(|copied| copied.perhaps_less).count() as u64;
            if moves {
                self.delete_originals(whole).await;
            } else {
                for copied in whole {
                    self.settle(|report| report.done.add(copied.object.size));
                }
            }
            (self.tell)();
        }
    }

    /// Says what became of one that was under way.
    fn settle(&self, become_of: impl FnOnce(&mut Report)) {
        let mut report = self.report();
        report.under_way -= 1;
        become_of(&mut report);
    }

    async fn copy_batch(&self, batch: &[Step], (to, existing, moves): (&Location, Existing, bool), vacancy: &Vacancy) -> Vec<Copied> {
        let work = batch.iter().map(|step| async move {
            self.report().unanswered += 1;
            let copied = self.copy(step, to, existing, moves, vacancy.of(&step.to)).await;
            self.report().unanswered -= 1;
            (step, copied)
        });
        let mut work = stream::iter(work).buffer_unordered(ABREAST);
        let mut made = Vec::new();
        while let Some((step, copied)) = work.next().await {
            match copied {
                Ok(Copy::Made(copied)) => {
                    made.push(copied);
                    self.report().under_way += 1;
                }
                Ok(Copy::Kept) => self.report().kept += 1,
                Err(failure) => self.report().failed(&step.object.key, failure),
            }
            (self.tell)();
        }
        made.sort_unstable_by(|a, b| a.to.cmp(&b.to));
        made
    }

    /// Those whose copies are there and whole.
    async fn whole_ones(&self, to: &Location, copied: Vec<Copied>) -> Vec<Copied> {
        let listed = self.copies_in(to, &copied).await;
        let errand = Errand { location: to, ..self.errand() };
        let work = copied.into_iter().map(|copied| {
            let listed = &listed;
            async move {
                // What a listing left out may be there all the same.
                let there = match listed.get(&copied.to) {
                    Some(there) => Ok(Some(there.clone())),
                    None => errand.find(&copied.to).await,
                };
                (copied, there)
            }
        });
        let mut work = stream::iter(work).buffered(ABREAST);
        let mut whole = Vec::new();
        while let Some((copied, there)) = work.next().await {
            match there {
                Ok(Some(there)) if copied.is(&there) => whole.push(copied),
                Ok(_) => {
                    let message = t!("The copy at {key} is not what was copied.", key = copied.to);
                    let failure = Failure::new(message, t!("Nothing was deleted. Look at both, then try again."));
                    self.settle(|report| report.failed(&copied.object.key, failure));
                }
                Err(stop) => self.settle(|report| report.failed(&copied.object.key, stop.failure(&look_at(&copied.to, to)))),
            }
        }
        whole
    }

    /// What a listing tells of these copies, which are in the order of their keys. It may be less than there is.
    async fn copies_in(&self, to: &Location, copied: &[Copied]) -> HashMap<String, Object> {
        let mut found = HashMap::new();
        let [first, .., last] = copied else { return found };
        let prefix = shared(&first.to, &last.to);
        let after = before(&first.to);
        // One page holds a batch, unless others stand between.
        if let Some((objects, _)) = self.list(to, prefix, From::After(&after)).await {
            found.extend(objects.into_iter().map(|object| (object.key.clone(), object)));
        }
        found
    }

    /// The keys in a folder; `None` where that is not known, or too much.
    async fn keys_in(&self, to: &Location, folder: &str) -> Option<HashSet<String>> {
        let (mut keys, mut token) = (HashSet::new(), None::<String>);
        for _ in 0..PAGES {
            let (objects, next) = self.list(to, folder, token.as_deref().map_or(From::Start, From::Token)).await?;
            keys.extend(objects.into_iter().map(|object| object.key));
            token = next;
            if token.is_none() {
                return Some(keys);
            }
        }
        None
    }

    async fn list(&self, place: &Location, prefix: &str, from: From<'_>) -> Option<(Vec<Object>, Option<String>)> {
        if !place.permissions.contains(&Permission::List) {
            return None;
        }
        let draft = ListRequest { prefix, from, ..ListRequest::default() }.draft(place).ok()?;
        let answer = exchange::read(self.around, self.role, place, &draft, "").await.ok()?;
        let page = page::parse(&answer.body).ok()?;
        Some((page.objects, page.next))
    }

    /// Deletes what was moved. What was written in the meantime was not copied, and stays.
    async fn delete_originals(&self, moved: Vec<Copied>) {
        let (named, by_url): (Vec<&Copied>, Vec<&Copied>) = moved.iter().partition(|copied| doomed(copied).fits_in_body());
        let mut left: Vec<&Copied> = by_url;
        if named.len() > 1 {
            let batch: Vec<Doomed<'_>> = named.iter().copied().map(doomed).collect();
            let outcome = match delete::objects(self.from, &batch) {
                Ok(draft) => self.errand().send(&draft, delete::read_objects).await.ok(),
                Err(_) => None,
            };
            let gone: HashSet<String> = outcome.into_iter().flat_map(|outcome| outcome.deleted).map(|gone| gone.key).collect();
            for copied in named {
                if gone.contains(&copied.object.key) {
                    self.settle(|report| report.done.add(copied.object.size));
                } else {
                    left.push(copied);
                }
            }
        } else {
            left.extend(named);
        }
        // One by one, for what it is that gets in the way of each.
        for copied in left {
            match self.delete_one(doomed(copied)).await {
                Ok(_) => self.settle(|report| report.done.add(copied.object.size)),
                // Deleted all the same: by the request for all of them, whose answer was lost, or by somebody else.
                Err(_) if self.errand().is_there(&copied.object.key).await == Some(false) => {
                    self.settle(|report| report.done.add(copied.object.size));
                }
                Err(failure) => {
                    let message = t!("It is copied, but the original may still be there. {message}", message = failure.message);
                    self.settle(|report| report.failed(&copied.object.key, Failure { message, ..failure }));
                }
            }
        }
    }
}

fn doomed(copied: &Copied) -> Doomed<'_> {
    Doomed { key: &copied.object.key, version: None, etag: Some(&copied.object.etag) }
}

/// What both begin with.
fn shared<'a>(a: &'a str, b: &str) -> &'a str {
    let end = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b).map_or(a.len().min(b.len()), |((at, _), _)| at);
    &a[..end]
}

/// A name that stands before this one, and behind nearly all others that do. A service that orders names otherwise leaves
/// some out, which are then asked for by name.
fn before(key: &str) -> String {
    let mut name = key.to_owned();
    let last = name.pop().map(u32::from).and_then(|last| (0..last).rev().take(0x801).find_map(char::from_u32));
    name.extend(last.into_iter().chain(last.map(|_| char::MAX)));
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_before_and_what_is_shared() {
        for (key, expected) in [("a1", "a0\u{10ffff}"), ("a\0", "a"), ("\u{e000}", "\u{d7ff}\u{10ffff}"), ("", "")] {
            assert_eq!(before(key), expected);
        }
        for (a, b, expected) in [("a/é1", "a/è2", "a/"), ("a", "ab", "a"), ("ab", "a", "a"), ("x", "y", "")] {
            assert_eq!(shared(a, b), expected);
        }
    }

    proptest! {
        #[test]
        fn a_name_before_is_before(key in any::<String>()) {
            prop_assert!(before(&key) < key || key.is_empty());
        }
    }
}
