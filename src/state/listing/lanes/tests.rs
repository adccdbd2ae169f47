//! Against services of every kind: what is shown is what one lane would have found.

use super::super::columns::Columns;
use super::super::pager::{self, Asked, Pages};
use super::super::{Counts, Sort};
use super::drive::{Source, drive};
use super::pace::Pace;
use super::range::Begin;
use super::survey::{Ask, Found, Survey};
use crate::aws::s3::page;
use crate::model::object::ListPage;
use crate::state::failure::Failure;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::{LocalBoxFuture, poll_fn};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// How a service understands listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// As S3 does.
    Right,
    /// It does not know `start-after`.
    Heedless,
    /// Its `start-after` gives the key itself too.
    Inclusive,
    /// It sorts as UTF-16, as programs in Java do.
    Utf16,
    /// It gives nothing behind a key that does not exist.
    Exact,
    /// Behind every second key that was guessed it leaves the first out.
    Forgetful,
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    SlowDown,
    Broken,
    Lost,
    Truncated,
}

/// A bucket, by the definition of a listing.
#[derive(Debug)]
struct Service {
    keys: BTreeSet<String>,
    prefix: String,
    folds: bool,
    manner: Manner,
    page: usize,
    /// Faults and delays, taken in turn.
    faults: Vec<Fault>,
    delays: Vec<u8>,
    turns: [Cell<usize>; 2],
    /// How often an answer to each request arrived.
    arrived: RefCell<BTreeMap<String, usize>>,
    most_at_once: Cell<usize>,
    at_once: Cell<usize>,
    /// Where time is measured: answers take ten, and these wait for theirs.
    time: Option<Cell<u32>>,
    waiting: RefCell<Vec<Waker>>,
}

/// What an answer takes where time is measured.
const ANSWER: u32 = 10;

impl Service {
    fn new(keys: BTreeSet<String>, prefix: &str, folds: bool, manner: Manner, page: usize) -> Self {
        Self {
            keys,
            prefix: prefix.into(),
            folds,
            manner,
            page,
            faults: Vec::new(),
            delays: Vec::new(),
            turns: [Cell::new(0), Cell::new(0)],
            arrived: RefCell::default(),
            most_at_once: Cell::new(0),
            at_once: Cell::new(0),
            time: None,
            waiting: RefCell::default(),
        }
    }

    /// Keys in the service's order, and folded ones, each once.
    fn items(&self, keys: impl Iterator<Item = String>, folds: bool) -> Vec<(String, bool)> {
        let mut keys: Vec<String> = keys.filter(|key| key.starts_with(&self.prefix)).collect();
        if self.manner == Manner::Utf16 {
            keys.sort_by_key(|key| key.encode_utf16().collect::<Vec<_>>());
        }
        let mut items: Vec<(String, bool)> = Vec::new();
        for key in keys {
            let rest = &key[self.prefix.len()..];
            let item = match rest.find('/').filter(|_| folds) {
                Some(at) => (format!("{}{}/", self.prefix, &rest[..at]), true),
                None => (key, false),
            };
            if items.last() != Some(&item) {
                items.push(item);
            }
        }
        items
    }

    fn after(&self, key: &str) -> Vec<(String, bool)> {
        let keys = self.keys.iter().cloned();
        let units = |key: &str| key.encode_utf16().collect::<Vec<_>>();
        match self.manner {
            Manner::Right => self.items(keys.filter(|found| found.as_str() > key), self.folds),
            Manner::Heedless => self.items(keys, self.folds),
            Manner::Inclusive => self.items(keys.filter(|found| found.as_str() >= key), self.folds),
            Manner::Utf16 => self.items(keys.filter(|found| units(found) > units(key)), self.folds),
            Manner::Exact if !self.keys.contains(key) => Vec::new(),
            Manner::Exact => self.items(keys.filter(|found| found.as_str() > key), self.folds),
            Manner::Forgetful => self.items(keys.filter(|found| found.as_str() > key).skip(key.len() % 2), self.folds),
        }
    }

    /// The body of an answer. A token is the name of the last item of the page before.
    fn body(&self, begin: Option<&Begin>, folds: bool, most: usize) -> String {
        let all = || self.items(self.keys.iter().cloned(), folds);
        let items = match begin {
            None => all(),
            Some(Begin::After(name)) => self.after(&format!("{}{name}", self.prefix)),
            Some(Begin::Token(token)) => {
                let last = token.strip_prefix("behind:").unwrap();
                all().into_iter().skip_while(|(item, _)| item != last).skip(1).collect()
            }
        };
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut body = "<ListBucketResult><EncodingType>url</EncodingType>".to_owned();
        for (item, is_folder) in items.iter().take(most) {
            let item = encode(item);
            let _ = if *is_folder {
                write!(body, "<CommonPrefixes><Prefix>{item}</Prefix></CommonPrefixes>")
            } else {
                write!(body, "<Contents><Key>{item}</Key><Size>{}</Size></Contents>", item.len())
            };
        }
        let goes_on = items.len() > most;
        let _ = write!(body, "<IsTruncated>{goes_on}</IsTruncated>");
        if goes_on {
            let token = format!("behind:{}", items[most - 1].0).replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(body, "<NextContinuationToken>{}</NextContinuationToken>", encode(&token));
        }
        body + "</ListBucketResult>"
    }

    fn list(&self, begin: Option<&Begin>, folds: bool, fault: Fault) -> Result<ListPage, Failure> {
        self.list_most(begin, folds, self.page, fault)
    }

    fn list_most(&self, begin: Option<&Begin>, folds: bool, most: usize, fault: Fault) -> Result<ListPage, Failure> {
        let mut body = self.body(begin, folds, most).into_bytes();
        match fault {
            Fault::SlowDown | Fault::Broken | Fault::Lost => return Err(Failure::new("m", "n").retryable()),
            Fault::Truncated => body.truncate(body.len() / 2),
            Fault::None => {}
        }
        let mut page = page::parse(&body).map_err(|error| Failure::new(error.to_string(), "n").retryable())?;
        let decoded = |token: String| {
            let token = percent_encoding::percent_decode_str(&token).decode_utf8().unwrap().into_owned();
            token.replace("&lt;", "<").replace("&amp;", "&")
        };
        page.next = page.next.map(decoded);
        Ok(page)
    }

    /// The first page, and what one lane makes of it all.
    fn sequential(&self) -> Columns {
        let mut columns = Columns::new(self.prefix.clone(), Sort::default());
        let mut token = None;
        loop {
            let page = self.list(token.map(Begin::Token).as_ref(), self.folds, Fault::None).unwrap();
            columns.push(&page).unwrap();
            match page.next {
                Some(next) => token = Some(next),
                None => return columns,
            }
        }
    }
}

/// One after the other, and round.
fn next<T: Copy>(all: &[T], turn: &Cell<usize>, otherwise: T) -> T {
    turn.set(turn.get() + 1);
    if all.is_empty() { otherwise } else { all[turn.get() % all.len()] }
}

impl Source for Service {
    fn page<'a>(&'a self, ask: &Ask, pace: &'a Pace) -> LocalBoxFuture<'a, Result<ListPage, Failure>> {
        let ask = ask.clone();
        self.at_once.set(self.at_once.get() + 1);
        self.most_at_once.set(self.most_at_once.get().max(self.at_once.get()));
        let moment = pace.moment();
        let mut delay = next(&self.delays, &self.turns[0], 0);
        let due = self.time.as_ref().map(|time| time.get() + ANSWER);
        async move {
            poll_fn(|context| {
                let is_due = self.time.as_ref().zip(due).is_none_or(|(time, due)| time.get() >= due);
                if is_due && delay == 0 {
                    return Poll::Ready(());
                }
                if is_due {
                    delay -= 1;
                    context.waker().wake_by_ref();
                } else {
                    self.waiting.borrow_mut().push(context.waker().clone());
                }
                Poll::Pending
            })
            .await;
            self.at_once.set(self.at_once.get() - 1);
            let fault = next(&self.faults, &self.turns[1], Fault::None);
            if fault == Fault::SlowDown {
                pace.ease(moment);
            }
            let most = ask.most.map_or(self.page, usize::from).min(self.page);
            let answer = self.list_most(ask.begin.as_ref(), ask.begin.is_none() || self.folds, most, fault);
            if answer.is_ok() {
                *self.arrived.borrow_mut().entry(format!("{:?}", ask.begin)).or_default() += 1;
            }
            answer
        }
        .boxed_local()
    }
}

fn names(columns: &Columns) -> Vec<String> {
    let counts = columns.counts();
    (0..counts.folders + counts.objects).map(|index| columns.row(index).unwrap().key).collect()
}

/// Lists with up to `lanes` lanes; stopped and taken up again after `patience` steps, later and later, and whenever
/// something failed. Gives the rows, and what is known at the end.
fn listed(service: &Service, lanes: usize, patience: usize) -> (Columns, Option<Survey>) {
    let mut columns = Columns::new(service.prefix.clone(), Sort::default());
    let first = service.list(None, service.folds, Fault::None).unwrap();
    columns.push(&first).unwrap();
    let Some(token) = first.next else { return (columns, None) };
    let expected = {
        let whole = service.sequential();
        let counts = whole.counts();
        (counts, names(&whole), whole.came_sorted())
    };
    let survey = Mutex::new(Survey::new(service.prefix.clone(), service.folds, &columns, token, service.page));
    for turn in 0..1_000 {
        service.at_once.set(0);
        let pace = Pace::new(lanes);
        let mut take = |found: Vec<Found>, ahead: Counts| {
            for found in found {
                match found {
                    Found::Page(page) => columns.push(&page).unwrap(),
                    Found::Rows(rows) => columns.adopt(*rows),
                }
            }
            // A beginning of what one lane finds, in its order, and no more counted than there is.
            let counts = columns.counts();
            if expected.2 {
                let (folders, objects) = expected.1.split_at(expected.0.folders);
                let shown = names(&columns);
                assert_eq!(shown[..counts.folders], folders[..counts.folders]);
                assert_eq!(shown[counts.folders..], objects[..counts.objects]);
                if service.manner == Manner::Right {
                    assert!(counts.objects + ahead.objects <= expected.0.objects && counts.folders + ahead.folders <= expected.0.folders);
                }
            }
            Ok(())
        };
        let mut work = Box::pin(drive(&survey, service, &pace, None, &mut take));
        let mut context = Context::from_waker(Waker::noop());
        let outcome = (0..patience + patience / 4 * turn).find_map(|_| match work.as_mut().poll(&mut context) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        });
        drop(work);
        // Stopped, or failed: the person goes on.
        if let Some(Ok(())) = outcome {
            columns.finish();
            return (columns, Some(survey.into_inner().unwrap()));
        }
    }
    panic!("it never ends");
}

fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => prop::sample::select(vec!['0', '1', '9', 'a', 'b', 'f', 'z', '/', '-', '.', ' ', '+', '%', '&', '<']),
        1 => prop::sample::select(vec!['\0', '\u{1}', '\t', '\n', '\u{7F}', '\u{80}', '\u{7FF}', '\u{800}', '\u{D7FF}', '\u{E000}', '\u{FFFD}', '\u{FFFF}', '\u{10000}', '\u{10FFFF}', 'é', '😀']),
        1 => any::<char>(),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let text = |length: std::ops::Range<usize>| vec(character(), length).prop_map(|characters| characters.into_iter().collect::<String>());
    prop_oneof![
        3 => text(1..8),
        2 => (0_u32..5_000).prop_map(|number| format!("{number:08}-record.csv")),
        1 => any::<u32>().prop_map(|number| format!("{number:08x}")),
        2 => (0_u32..4, text(1..4)).prop_map(|(folder, rest)| format!("shared/by/very/many/of/them/and/long/{folder}/{rest}")),
        1 => ("[a-c]{1,2}/", text(1..3)).prop_map(|(folder, rest)| folder + &rest),
    ]
}

fn manner() -> impl Strategy<Value = Manner> {
    use Manner::{Exact, Forgetful, Heedless, Inclusive, Right, Utf16};
    prop_oneof![4 => Just(Right), 1 => prop::sample::select(vec![Heedless, Inclusive, Utf16, Exact, Forgetful])]
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    use Fault::{Broken, Lost, None, SlowDown, Truncated};
    let fault = prop_oneof![6 => Just(None), 1 => prop::sample::select(vec![SlowDown, Broken, Lost, Truncated])];
    let faulty = vec(fault, 1..40).prop_map(|mut faults| {
        // Some time it gives an answer.
        faults.push(None);
        faults
    });
    prop_oneof![Just(Vec::new()), faulty]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn lanes_find_what_one_lane_finds(
        keys in btree_set(key(), 0..250),
        prefix in prop_oneof![3 => Just(""), 1 => Just("shared/by/very/many/of/them/and/long/"), 1 => Just("0000")],
        folds in any::<bool>(),
        manner in manner(),
        page in 1_usize..25,
        lanes in 1_usize..13,
        delays in vec(0_u8..12, 1..30),
        faults in faults(),
        patience in prop_oneof![Just(1_000_000), 20_usize..200],
    ) {
        let service = Service { delays, faults, ..Service::new(keys, prefix, folds, manner, page) };
        let expected = names(&service.sequential());
        let (columns, _) = listed(&service, lanes, patience);
        prop_assert_eq!(names(&columns), expected);
        prop_assert!(service.most_at_once.get() <= lanes);
        if manner == Manner::Right {
            // Nothing that arrived was asked for again.
            let twice: Vec<_> = service.arrived.borrow().iter().filter(|(_, count)| **count > 1).map(|(begin, _)| begin.clone()).collect();
            prop_assert!(twice.is_empty(), "{:?}", twice);
        }
    }
}

fn numbered(count: u32) -> BTreeSet<String> {
    (0..count).map(|number| format!("big/{number:08}-{:08x}.csv", number.wrapping_mul(2_654_435_761))).collect()
}

/// How many requests it took, and how many times as long as one answer.
fn rounds(service: Service, lanes: usize) -> (usize, u32) {
    let service = Service { time: Some(Cell::new(0)), ..service };
    let first = service.list(None, service.folds, Fault::None).unwrap();
    let mut columns = Columns::new(service.prefix.clone(), Sort::default());
    columns.push(&first).unwrap();
    let survey = Mutex::new(Survey::new(service.prefix.clone(), service.folds, &columns, first.next.unwrap(), service.page));
    let pace = Pace::new(lanes);
    let mut take = |found: Vec<Found>, _: Counts| {
        for found in found {
            match found {
                Found::Page(page) => columns.push(&page).unwrap(),
                Found::Rows(rows) => columns.adopt(*rows),
            }
        }
        Ok(())
    };
    let mut work = Box::pin(drive(&survey, &service, &pace, None, &mut take));
    let mut context = Context::from_waker(Waker::noop());
    while work.as_mut().poll(&mut context).is_pending() {
        if let Some(time) = &service.time {
            time.set(time.get() + 1);
        }
        // Not while they are called: they may wait again.
        let waiting = std::mem::take(&mut *service.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
    drop(work);
    assert_eq!(columns.counts().objects, service.keys.len());
    let requests = service.arrived.borrow().values().sum();
    (requests, service.time.map_or(0, |time| time.get()).div_ceil(ANSWER))
}

#[test]
fn a_counter_is_listed_by_all_lanes() {
    for (count, at_most) in [(10_000, 13), (3_000, 7), (40_000, 38)] {
        let service = Service::new(numbered(count), "big/", true, Manner::Right, 100);
        let (requests, turns) = rounds(service, 12);
        println!("{count} numbered: {requests} requests in {turns} turns");
        assert!(turns <= at_most, "{requests} requests took {turns} turns");
        assert!(requests <= count as usize / 100 * 5 / 4 + 40, "{requests} requests");
    }
}

#[test]
fn hashes_dates_and_words_are_listed_by_all_lanes() {
    let hashes: BTreeSet<String> =
        (0..10_000_u64).map(|number| format!("{:016x}.json", (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
    let dates = (0..10_000_u32).map(|number| {
        let (day, minute) = (number / 24, number % 24 * 60);
        format!("2{:03}-{:02}-{:02}T{:02}:{:02}Z.log", 20 + day / 360, day / 30 % 12 + 1, day % 30 + 1, minute / 60, minute % 60)
    });
    let words = ["ledger", "harbour", "minutes", "survey", "forecast", "telemetry", "inventory", "rainfall", "shipment", "audit"];
    let word = |number: u32| words[number as usize % 10];
    let words =
        (0..10_000_u32).map(|number| format!("{}-{}-{}-{}", word(number), word(number / 10), word(number / 100), word(number / 1_000)));
    let keys: [(&str, BTreeSet<String>); 3] = [("hashes", hashes), ("dates", dates.collect()), ("words", words.collect())];
    for (what, keys) in keys {
        let (requests, turns) = rounds(Service::new(keys, "", true, Manner::Right, 100), 12);
        println!("{what}: {requests} requests in {turns} turns");
        assert!(turns <= 30, "{what}: {requests} requests took {turns} turns");
    }
}

#[test]
fn folders_tell_where_names_are() {
    // A few large ones among many small ones.
    let sizes = (0..200_u32).map(|folder| if folder % 50 == 7 { 1_500 } else { 20 });
    let keys = sizes.enumerate().flat_map(|(folder, size)| (0..size).map(move |number| format!("tree/{folder:03}-part/{number:06}.bin")));
    let service = Service::new(keys.collect(), "tree/", false, Manner::Right, 100);
    let (requests, turns) = rounds(service, 12);
    println!("folders: {requests} requests in {turns} turns");
    assert!(turns <= 22, "{requests} requests took {turns} turns");
}

#[test]
fn a_service_that_does_not_know_start_after_is_listed_by_one_lane() {
    let service = Service { manner: Manner::Heedless, ..Service::new(numbered(2_000), "big/", true, Manner::Right, 100) };
    let (columns, survey) = listed(&service, 12, 1_000_000);
    assert_eq!(columns.counts().objects, 2_000);
    assert!(survey.unwrap().is_alone());
}

/// Pages `0` to `9`; the others are ready after some of them.
struct Ten(Rc<Cell<u32>>);

impl Pages for Ten {
    fn page(&self, token: Option<String>) -> Asked {
        let number: u32 = token.map_or(0, |token| token.parse().unwrap());
        self.0.set(number);
        let next = (number < 9).then(|| (number + 1).to_string());
        std::future::ready(Ok(ListPage { next, ..ListPage::default() })).boxed_local()
    }
}

#[test]
fn one_lane_hands_over_the_page_that_is_under_way() {
    let asked = Rc::new(Cell::new(0));
    let pages = Ten(Rc::clone(&asked));
    let taken = Cell::new(0);
    let mut take = |_: &ListPage| {
        taken.set(taken.get() + 1);
        Ok(())
    };
    let ready = std::future::ready(true).boxed_local();
    let page = block_on(pager::run(&pages, None, ready, &mut take)).unwrap().unwrap();
    assert_eq!((taken.get(), asked.get()), (1, 1), "the first page, and the second is under way");
    assert_eq!(block_on(page).unwrap().next.as_deref(), Some("2"));

    let missing = std::future::ready(false).boxed_local();
    assert!(block_on(pager::run(&pages, None, missing, &mut take)).unwrap().is_none());
    assert_eq!(taken.get(), 11, "where the others cannot be had, one goes on to the end");
}
