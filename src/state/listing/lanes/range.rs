//! A range of the key space, and how far its lane has come.

use super::super::columns::Columns;
use crate::model::object::{ListPage, Object};

/// Names kept of the beginning of a range and of what its end saw behind it: they must agree.
pub(super) const SEAM: usize = 32;

/// Longest name at which a range is cut: with a prefix it must stay below the 1,024 bytes of a key.
const LONGEST: usize = 512;

/// Where a request begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// Behind this name.
    After(String),
    /// Where the page with this token ended.
    Token(String),
}

/// What is done for a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its next page is to be asked for.
    Waiting,
    /// Its next page is under way.
    Asked,
    /// Everything in it was listed.
    Done,
}

/// Names behind the end of the range before, up to and with `upper`.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) id: u32,
    /// Nothing for the last one.
    pub(super) upper: Option<String>,
    /// How the next page is asked for.
    pub(super) begin: Begin,
    /// How the last page was.
    pub(super) previous: Begin,
    /// The last name that was listed, or the one behind which the range begins.
    pub(super) last: String,
    /// The first names that were listed.
    pub(super) head: Vec<String>,
    /// The first names behind `upper` that its last page held.
    pub(super) beyond: Vec<String>,
    /// Nothing follows, says S3.
    pub(super) ended: bool,
    pub(super) stage: Stage,
    /// The last page is asked for once more: what was taken of it is passed over.
    pub(super) overlaps: bool,
    /// Less than a page was asked for.
    pub(super) was_short: bool,
    /// Failures since the last page.
    pub(super) failures: u32,
    /// How many names were listed.
    pub(super) listed: usize,
    /// How many pages there may be, before any was listed.
    pub(super) estimate: f64,
    /// What was found, until everything before it was.
    pub(super) rows: Columns,
}

/// What a page says about its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Every name is behind the one before, the first behind the last of the page before.
    Kept,
    /// Not so.
    Broken,
}

impl Range {
    pub(super) fn behind(id: u32, name: String, upper: Option<String>, estimate: f64, rows: Columns) -> Self {
        let begin = Begin::After(name.clone());
        Self {
            id,
            upper,
            previous: begin.clone(),
            begin,
            last: name,
            head: Vec::new(),
            beyond: Vec::new(),
            ended: false,
            stage: Stage::Waiting,
            overlaps: false,
            was_short: false,
            failures: 0,
            listed: 0,
            estimate,
            rows,
        }
    }

    /// Whether its page is in S3's order and behind what was listed, in a bucket whose names begin at `from` of its
    /// keys. A page that was asked for once more loses what was taken of it.
    pub(super) fn check(&mut self, page: &mut ListPage, from: usize) -> Order {
        let sorted = page.objects.is_sorted_by(|before, after| before.key < after.key) && page.prefixes.is_sorted();
        if !sorted {
            return Order::Broken;
        }
        if std::mem::take(&mut self.overlaps) {
            page.objects.retain(|object| object.key[from..] > *self.last);
            page.prefixes.retain(|folder| folder[from..] > *self.last);
        }
        // Some implementations repeat a folder that goes on over the end of a page.
        if page.prefixes.first().is_some_and(|folder| folder[from..] == *self.last) && self.listed > 0 {
            page.prefixes.remove(0);
        }
        match first(page) {
            Some(first) if first[from..] <= *self.last => Order::Broken,
            _ => Order::Kept,
        }
    }

    /// Whether a cut at `name` leaves something of it on both sides, as far as is known.
    pub(super) fn holds(&self, name: &str) -> bool {
        name.len() <= LONGEST && *name > *self.last && self.upper.as_ref().is_none_or(|upper| name < upper.as_str())
    }

    /// Takes away what is behind the end of the range, and notes where the listing stands.
    pub(super) fn cut(&mut self, page: &mut ListPage, from: usize) {
        if let Some(upper) = &self.upper {
            let objects = page.objects.partition_point(|object| object.key[from..] <= **upper);
            let prefixes = page.prefixes.partition_point(|folder| folder[from..] <= **upper);
            let (objects, prefixes) = (page.objects.split_off(objects), page.prefixes.split_off(prefixes));
            self.beyond = names(&objects, &prefixes, from);
        }
        self.advance(page, from);
        if !self.beyond.is_empty() {
            (self.ended, self.stage) = (false, Stage::Done);
        }
    }

    /// Notes where the listing stands behind a page.
    pub(super) fn advance(&mut self, page: &ListPage, from: usize) {
        if self.head.is_empty() {
            self.head = names(&page.objects, &page.prefixes, from);
        }
        if let Some(last) = page.objects.last().map(|object| &object.key).max(page.prefixes.last()) {
            self.last = last[from..].to_owned();
        }
        self.listed += page.objects.len() + page.prefixes.len();
        self.failures = 0;
        self.previous = self.begin.clone();
        match &page.next {
            Some(token) => {
                self.begin = Begin::Token(token.clone());
                self.stage = Stage::Waiting;
            }
            None => {
                self.ended = true;
                self.stage = Stage::Done;
            }
        }
    }

    /// Goes on behind what it was thought to end with: its last page is asked for once more.
    pub(super) fn reopen(&mut self, upper: Option<String>) {
        self.begin = self.previous.clone();
        self.upper = upper;
        self.beyond.clear();
        (self.ended, self.overlaps, self.stage) = (false, true, Stage::Waiting);
    }

    /// Whether what its last page saw behind its end is what `next` begins with. `None` while that cannot be told.
    pub(super) fn agrees(&self, next: &Self) -> Option<bool> {
        if next.listed > 0 {
            return Some(!self.ended && self.beyond.iter().zip(&next.head).all(|(seen, listed)| seen == listed));
        }
        if self.ended {
            return Some(true);
        }
        // Nothing was found in the next range, or nothing yet: this one has seen whether anything is there.
        let passes = self.beyond.first().is_some_and(|seen| next.upper.as_ref().is_some_and(|upper| seen > upper));
        match next.stage {
            Stage::Done => Some(passes),
            Stage::Waiting | Stage::Asked => passes.then_some(true),
        }
    }
}

fn first(page: &ListPage) -> Option<&String> {
    let (object, folder) = (page.objects.first().map(|object| &object.key), page.prefixes.first());
    object.into_iter().chain(folder).min()
}

/// The first names, in their order.
fn names(objects: &[Object], prefixes: &[String], from: usize) -> Vec<String> {
    let objects = objects.iter().take(SEAM).map(|object| &object.key);
    let mut names: Vec<String> = objects.chain(prefixes.iter().take(SEAM)).map(|name| name[from..].to_owned()).collect();
    names.sort_unstable();
    names.truncate(SEAM);
    names
}
