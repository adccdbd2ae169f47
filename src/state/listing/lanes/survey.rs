//! Which ranges of the key space are listed, and what their pages say: no requests, no time.
//!
//! What is handed out is what one lane from the first page to the last would have found, in its order: a range follows
//! the one before only when the end of that one saw the names with which this one begins. Where they disagree the lane before
//! goes on through the range behind; where a page is not in S3's order, or `start-after` is not understood, one lane
//! goes on alone from where everything is certain.

use super::super::columns::{Columns, ForeignKey};
use super::super::{Counts, Sort, turning};
use super::alphabet::Alphabet;
use super::range::{Begin, Order, Range, Stage};
use crate::model::object::ListPage;
use crate::state::failure::Failure;

/// Of a range with so many pages to come, it is not known how its names lie.
const UNKNOWN: f64 = 300.0;

/// So many lanes for one range are enough to try different guesses.
const MANY: usize = 4;

/// Pages to come where nothing is known at all.
const SOME: f64 = 4.0;

/// By how much more than what seems to be left of a range is asked for.
const RESERVE: f64 = 1.25;

/// Attempts at one page, and seams that disagree, until that is the service's nature.
const ATTEMPTS: u32 = 4;
const DISAGREEMENTS: u32 = 3;

/// Of so many names of a page, one is looked at to learn from.
const SAMPLE: usize = 7;

/// The folders are asked for under this number.
const FOLDERS: u32 = u32::MAX;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// Which answer it is.
    pub(super) id: u32,
    /// Where the page begins; at the first folder, folded, without.
    pub(super) begin: Option<Begin>,
    /// How many names are wanted at most, where fewer than a page are left of a range.
    pub(super) most: Option<u16>,
    /// How often it was tried before.
    pub(super) attempt: u32,
}

/// Something to show behind what was shown.
pub(super) enum Found {
    Page(ListPage),
    Rows(Box<Columns>),
}

/// A listing in ranges.
#[derive(Debug)]
pub(super) struct Survey {
    prefix: String,
    /// Whether names fold at their first slash.
    folds: bool,
    /// How many names a page holds.
    page: f64,
    /// In the order of their names. What was found in the first is shown.
    ranges: Vec<Range>,
    alphabet: Alphabet,
    /// Folders, where they do not fold: places where names are.
    folders: Vec<String>,
    asked_for_folders: bool,
    next_id: u32,
    alone: bool,
    disagreements: u32,
}

impl Survey {
    /// Of the rest of a listing of which `listed` holds the first rows; `token` leads to the next page, and `page` is how
    /// many names S3 puts on one.
    pub(super) fn new(prefix: String, folds: bool, listed: &Columns, token: String, page: usize) -> Self {
        let names = listed.sample(SAMPLE);
        let mut alphabet = Alphabet::default();
        names.iter().for_each(|name| alphabet.learn(name, folds));
        let counts = listed.counts();
        let last = names.last().cloned().unwrap_or_default();
        let mut first = Range::behind(0, last, None, 0.0, Columns::default());
        first.begin = Begin::Token(token);
        first.head = names.first().cloned().into_iter().collect();
        first.listed = counts.folders + counts.objects;
        let asked_for_folders = folds || !names.iter().any(|name| name.contains('/'));
        // Who lists in another order than S3 also means something else by "after".
        let alone = !listed.came_sorted();
        let (ranges, folders, page) = (vec![first], Vec::new(), page as f64);
        Self { prefix, folds, page, ranges, alphabet, folders, asked_for_folders, next_id: 1, alone, disagreements: 0 }
    }

    /// The request for the first page was sent already: the answer is that of this number.
    pub(super) fn is_under_way(&mut self) -> u32 {
        self.ranges[0].stage = Stage::Asked;
        self.ranges[0].id
    }

    /// Nothing is under way any more.
    pub(super) fn pause(&mut self) {
        for range in &mut self.ranges {
            range.failures = 0;
            if range.stage == Stage::Asked {
                range.stage = Stage::Waiting;
            }
        }
    }

    /// What was found behind a gap.
    pub(super) fn ahead(&self) -> Counts {
        self.ranges[1..]
            .iter()
            .map(|range| range.rows.counts())
            .fold(Counts::default(), |sum, counts| Counts { folders: sum.folders + counts.folders, objects: sum.objects + counts.objects })
    }

    /// Whether everything was found.
    pub(super) fn is_complete(&self) -> bool {
        self.ranges.len() == 1 && self.ranges[0].stage == Stage::Done
    }

    /// Whether one lane goes on alone.
    #[cfg(test)]
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// What to ask for while `free` lanes are idle.
    pub(super) fn plan(&mut self, free: usize) -> Vec<Ask> {
        let mut asks = self.waiting(free);
        if self.alone || asks.len() >= free {
            return asks;
        }
        if !std::mem::replace(&mut self.asked_for_folders, true) {
            asks.push(Ask { id: FOLDERS, begin: None, most: None, attempt: 0 });
        }
        self.split(free - asks.len());
        asks.extend(self.waiting(free - asks.len()));
        asks
    }

    fn waiting(&mut self, free: usize) -> Vec<Ask> {
        let waiting: Vec<usize> = (0..self.ranges.len()).filter(|at| self.ranges[*at].stage == Stage::Waiting).take(free).collect();
        let ask = |at: usize| {
            let most = self.most(&self.ranges[at]);
            let range = &mut self.ranges[at];
            range.stage = Stage::Asked;
            range.was_short |= most.is_some();
            Ask { id: range.id, begin: Some(range.begin.clone()), most, attempt: range.failures }
        };
        waiting.into_iter().map(ask).collect()
    }

    /// What is behind the end of a range is another lane's: of a last page only so much is asked for as is likely to
    /// reach over it. Once: where that was too little, names lie closer than was thought.
    fn most(&self, range: &Range) -> Option<u16> {
        if self.alone || range.listed == 0 || range.upper.is_none() || range.overlaps || range.was_short {
            return None;
        }
        let most = (self.left(range).max(0.0) * RESERVE + 1.0 / 16.0) * self.page + 1.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between nothing and a page")]
        let most = (most < self.page).then_some(most as u16);
        most
    }

    /// Cuts the ranges with the most to come, one time for each idle lane.
    fn split(&mut self, idle: usize) {
        let left: Vec<f64> = self.ranges.iter().map(|range| self.left(range)).collect();
        let mut parts = vec![1_usize; left.len()];
        for _ in 0..idle {
            let share = |at: &usize| left[*at] / parts[*at] as f64;
            let most = (0..left.len()).max_by(|one, other| share(one).total_cmp(&share(other)));
            match most.filter(|most| share(most) > 1.0) {
                Some(most) => parts[most] += 1,
                None => break,
            }
        }
        // From the back, so that the numbers of those before stay.
        for at in (0..left.len()).rev().filter(|at| parts[*at] > 1).collect::<Vec<_>>() {
            let bounds = self.bounds(&self.ranges[at], left[at], parts[at]);
            // What is known by guess only is not cut again before anything of it is known.
            let estimate = if left[at] > UNKNOWN { 0.0 } else { left[at] / parts[at] as f64 };
            let mut upper = self.ranges[at].upper.take();
            let mut behind = Vec::new();
            for bound in bounds.into_iter().rev() {
                let rows = Columns::new(self.prefix.clone(), Sort::default());
                let next = upper.replace(bound.clone());
                behind.push(Range::behind(self.next_id, bound, next, estimate, rows));
                self.next_id += 1;
            }
            self.ranges[at].upper = upper;
            self.ranges[at].estimate = estimate;
            behind.reverse();
            self.ranges.splice(at + 1..at + 1, behind);
        }
    }

    /// Whether nothing says how the names of a range lie that is about to be cut into so many parts: it has no end, or so
    /// much of it seems to be left that its names may as well be bunched together, and there are lanes to find out.
    fn is_unknown(range: &Range, left: f64, parts: usize) -> bool {
        left > UNKNOWN && (range.upper.is_none() || parts > MANY)
    }

    /// How many pages a range has still to list, apart from the one that is under way.
    fn left(&self, range: &Range) -> f64 {
        let under_way = if range.stage == Stage::Asked { 1.0 } else { 0.0 };
        let (Some(first), false) = (range.head.first(), range.stage == Stage::Done) else {
            return if range.stage == Stage::Done { 0.0 } else { range.estimate - under_way };
        };
        let listed = range.listed as f64 / self.page;
        let (passed, to_come) = (self.folders_in(first, Some(&range.last)), self.folders_in(&range.last, range.upper.as_deref()));
        if !to_come.is_empty() {
            return to_come.len() as f64 * listed / passed.len().max(1) as f64 - under_way;
        }
        let ratio = self.alphabet.ratio(first, &range.last, range.upper.as_deref());
        ratio.map_or(if range.upper.is_none() { 2.0 * UNKNOWN } else { SOME }, |ratio| listed * ratio) - under_way
    }

    /// The folders whose names are behind `low` and not behind `high`.
    fn folders_in(&self, low: &str, high: Option<&str>) -> &[String] {
        let from = self.folders.partition_point(|folder| folder.as_str() <= low);
        let until = high.map_or(self.folders.len(), |high| self.folders.partition_point(|folder| folder.as_str() <= high));
        self.folders.get(from..until).unwrap_or_default()
    }

    /// Up to `parts - 1` names at which a range is cut, in order.
    fn bounds(&self, range: &Range, left: f64, parts: usize) -> Vec<String> {
        let wanted = parts - 1;
        let folders = self.folders_in(&range.last, range.upper.as_deref());
        let mut bounds = Vec::new();
        if folders.len() >= wanted {
            let at = |part: usize| folders[(folders.len() * part / parts).min(folders.len() - 1)].trim_end_matches('/').to_owned();
            bounds.extend((1..parts).map(at));
        } else {
            bounds.extend(folders.iter().map(|folder| folder.trim_end_matches('/').to_owned()));
        }
        let first = range.head.first().unwrap_or(&range.last);
        if bounds.len() < wanted && Self::is_unknown(range, left, parts) {
            // How the names go on is not known: from near to far, and the rest evenly.
            let ladder = self.alphabet.ladder(first, &range.last);
            bounds.extend(ladder.into_iter().filter(|rung| range.holds(rung)).take((wanted - bounds.len()).div_ceil(3) * 2));
        }
        if bounds.len() < wanted {
            // The page that is under way will be taken by this lane.
            let skipped = if range.stage == Stage::Asked { 1.0 / (left + 1.0) } else { 0.0 };
            bounds.extend(self.alphabet.between(&range.last, range.upper.as_deref(), skipped, parts - bounds.len()));
        }
        bounds.retain(|bound| range.holds(bound) && !(self.folds && bound.contains('/')));
        bounds.sort_unstable();
        bounds.dedup();
        bounds
    }

    /// Takes the answer to the request of this number, and gives what can be shown now.
    ///
    /// # Errors
    /// When the listing cannot go on. What was found stays, and the same page is asked for by the next [`Survey::plan`].
    pub(super) fn answered(&mut self, id: u32, answer: Result<ListPage, Failure>) -> Result<Vec<Found>, Failure> {
        if id == FOLDERS {
            // Whoever may not fold names finds them all the same.
            let from = self.prefix.len();
            self.folders = answer.map(|page| page.prefixes).unwrap_or_default();
            self.folders.retain(|folder| folder.starts_with(&self.prefix));
            self.folders.iter_mut().for_each(|folder| drop(folder.drain(..from)));
            self.folders.sort_unstable();
            return Ok(Vec::new());
        }
        // A range may have been taken over by another lane meanwhile.
        let Some(at) = self.ranges.iter().position(|range| range.id == id && range.stage == Stage::Asked) else { return Ok(Vec::new()) };
        let range = &mut self.ranges[at];
        range.stage = Stage::Waiting;
        let page = match answer {
            Ok(page) => page,
            Err(failure) => {
                range.failures += 1;
                if failure.retry && range.failures < ATTEMPTS {
                    return Ok(Vec::new());
                }
                if at > 0 && !failure.retry {
                    // A guess that the service takes for no key. What ails the listing itself, the first lane meets too.
                    self.go_on_alone();
                    return Ok(Vec::new());
                }
                return Err(failure);
            }
        };
        let found = self.take(at, page)?;
        Ok(self.join(found))
    }

    fn take(&mut self, at: usize, mut page: ListPage) -> Result<Vec<Found>, Failure> {
        let range = &mut self.ranges[at];
        if matches!((&page.next, &range.begin), (Some(next), Begin::Token(token)) if next == token) {
            return Err(turning());
        }
        let from = self.prefix.len();
        let mut keys = page.prefixes.iter().chain(page.objects.iter().map(|object| &object.key));
        if !keys.all(|key| key.starts_with(&self.prefix)) {
            return Err(ForeignKey.into());
        }
        let broken = (!self.alone || range.overlaps) && range.check(&mut page, from) == Order::Broken;
        if broken && !self.alone {
            self.go_on_alone();
            if at > 0 {
                return Ok(Vec::new());
            }
        }
        let range = &mut self.ranges[at];
        if self.alone {
            range.advance(&page, from);
            return Ok(vec![Found::Page(page)]);
        }
        range.cut(&mut page, from);
        for key in page.prefixes.iter().chain(page.objects.iter().map(|object| &object.key)).step_by(SAMPLE) {
            self.alphabet.learn(&key[from..], self.folds);
        }
        if at == 0 {
            return Ok(vec![Found::Page(page)]);
        }
        range.rows.push(&page)?;
        Ok(Vec::new())
    }

    /// Brings ranges together whose names are known to follow each other.
    fn join(&mut self, mut found: Vec<Found>) -> Vec<Found> {
        while self.ranges[0].stage == Stage::Done && self.ranges.len() > 1 {
            let agree = self.ranges[0].agrees(&self.ranges[1]);
            let Some(agree) = agree else { break };
            let mut next = self.ranges.remove(1);
            let this = &mut self.ranges[0];
            if !agree {
                this.reopen(next.upper);
                self.disagreements += 1;
                if self.disagreements >= DISAGREEMENTS {
                    self.go_on_alone();
                }
            } else if next.listed == 0 {
                this.upper = next.upper;
            } else {
                found.push(Found::Rows(Box::new(std::mem::take(&mut next.rows))));
                self.ranges[0] = next;
            }
        }
        found
    }

    /// Gives up everything behind what is certain.
    fn go_on_alone(&mut self) {
        self.alone = true;
        self.ranges.truncate(1);
        let range = &mut self.ranges[0];
        if range.stage == Stage::Done && !range.ended {
            range.reopen(None);
        }
        range.upper = None;
    }
}
