//! What the buckets hold when the sandbox starts: the same every time.

use super::bucket::{Behaviour, Bucket, Buckets, Contents};
use super::gallery;
use super::object::Object;
use super::synthetic::Synthetic;
use crate::model::clock::Timestamp;
use std::fmt::Write as _;

/// 2026-11-20T16:40:00Z: when the youngest document was put.
const YOUNGEST: i64 = 1_795_192_800;
const DAY: i64 = 86_400;

const MARKDOWN: &str = "text/markdown; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// How many objects lie under `team/many/`.
pub const MANY: u32 = 10_000;

/// Makes the buckets `reports`, `odd-names`, `empty`, `denied`, `private`, `no-cors`, `synthetic`, with
/// `objects` synthetic objects under `big/`, those that are there to be written to: `uploads`, `busy`, `slow`,
/// `discard`, one that keeps versions, `versioned`, those that are hard to read: `header-only`, `guarded`, `flaky`, `unexposed`, and with as many
/// synthetic objects those that are hard to list: `throttled`, `heedless`, `tree`.
#[must_use]
pub fn seed(objects: u64) -> Buckets {
    let ordinary = |contents| Bucket::new(Behaviour::Ordinary, contents);
    Buckets::new()
        .with("reports", ordinary(reports()))
        .with("odd-names", ordinary(odd_names()))
        .with("empty", ordinary(Contents::default()))
        .with("denied", Bucket::new(Behaviour::Denied, note("nobody-reads-this.txt")))
        .with("private", ordinary(note("board/minutes.txt")))
        .with("no-cors", Bucket::new(Behaviour::WithoutCors, without_cors()))
        .with("synthetic", ordinary(Contents::synthetic(Synthetic::new(objects))))
        .with("uploads", ordinary(Contents::default()))
        .with("busy", Bucket::new(Behaviour::Busy, Contents::default()))
        .with("slow", Bucket::new(Behaviour::Slow, Contents::default()))
        .with("discard", Bucket::new(Behaviour::Discard, Contents::default()))
        .with("header-only", ordinary(guarded()))
        .with("guarded", ordinary(guarded()))
        .with("flaky", Bucket::new(Behaviour::Flaky, Contents::default()))
        .with("throttled", Bucket::new(Behaviour::Throttled, Contents::synthetic(Synthetic::new(objects))))
        .with("heedless", Bucket::new(Behaviour::Heedless, Contents::synthetic(Synthetic::new(objects))))
        .with("tree", ordinary(Contents::synthetic(Synthetic::in_folders(objects))))
        .with("versioned", ordinary(with_versions()))
        .with("unexposed", Bucket::new(Behaviour::Unexposed, unexposed()))
}

fn note(key: &str) -> Contents {
    let mut contents = Contents::default();
    contents.insert(key, Object::of_type(PLAIN, "Not for you.\n", Timestamp::from_seconds(YOUNGEST)));
    contents
}

/// What is behind a policy that denies signatures in URLs.
fn guarded() -> Contents {
    let mut contents = Contents::default();
    let time = Timestamp::from_seconds(YOUNGEST);
    contents.insert("minutes.txt", Object::of_type(PLAIN, "No URL may carry a signature here.\n", time));
    contents.insert("figures.csv", Object::of_type(CSV, sales("11"), time));
    contents
}

/// An object with a past, one with tags and metadata, one that was deleted, one that is archived.
fn with_versions() -> Contents {
    let mut contents = Contents::versioned();
    let at = |days_ago: i64| Timestamp::from_seconds(YOUNGEST - days_ago * DAY);
    for (days_ago, text) in [(30, "first draft\n"), (20, "second draft, longer\n"), (3, "final\n")] {
        contents.insert("letters/offer.txt", Object::of_type(PLAIN, text, at(days_ago)));
    }
    contents.insert("letters/withdrawn.txt", Object::of_type(PLAIN, "Never mind.\n", at(12)));
    contents.remove("letters/withdrawn.txt", at(2));
    let mut described = Object::of_type(CSV, sales("10"), at(8));
    described.tags = [("stage", "live"), ("owner", "sales team")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    described.headers.metadata =
        [("author", "ada"), ("project", "quarter")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    described.headers.cache_control = Some("max-age=60".to_owned());
    contents.insert("letters/figures.csv", described);
    let mut archived = Object::of_type(PLAIN, "Kept for the auditors.\n", at(700));
    archived.headers.storage_class = Some("GLACIER".to_owned());
    contents.insert("letters/ledger-2024.txt", archived);
    contents
}

/// What a page sees in part only.
fn unexposed() -> Contents {
    let mut contents = Contents::default();
    let mut object = Object::of_type(PLAIN, "More is known of this than a page sees.\n", Timestamp::from_seconds(YOUNGEST));
    object.headers.content_disposition = Some("attachment; filename=\"hidden.txt\"".to_owned());
    object.headers.metadata = [("author".to_owned(), "ada".to_owned())].into();
    object.headers.storage_class = Some("STANDARD_IA".to_owned());
    contents.insert("hidden.txt", object);
    contents
}

fn without_cors() -> Contents {
    let mut contents = Contents::default();
    for key in ["readme.txt", "data/first.csv", "data/second.csv"] {
        let body = "This bucket has no CORS rules: a browser may ask, but not read the answer.\n";
        contents.insert(key, Object::of_type(PLAIN, body, Timestamp::from_seconds(YOUNGEST)));
    }
    contents
}

fn reports() -> Contents {
    let mut contents = Contents::default();
    let mut put = |key: &str, days_ago: i64, content_type: &str, body: String| {
        // Minutes that differ with the key, so that not everything was put at the same time.
        let minutes = i64::from(key.bytes().fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)));
        let time = Timestamp::from_seconds(YOUNGEST - days_ago * DAY - minutes * 60);
        contents.insert(key, Object::of_type(content_type, body, time));
    };

    put(
        "README.md",
        400,
        MARKDOWN,
        "# Reports\n\n- `team/` is what we work on\n- `public/` may be shared\n- `archive/` is finished\n".to_owned(),
    );
    put("team/handbook.md", 90, MARKDOWN, handbook());
    put("team/contacts.csv", 12, CSV, contacts());
    put("team/plan.txt", 3, PLAIN, "Monday: measure.\nTuesday: write it down.\nWednesday: throw half of it away.\n".to_owned());
    put("team/roadmap.svg", 30, SVG, bars("Roadmap", &[3, 5, 4, 7]));
    for (quarter, months) in [("q1", ["01", "02", "03"]), ("q2", ["04", "05", "06"]), ("q3", ["07", "08", "09"])] {
        for (place, month) in months.into_iter().enumerate() {
            let age = 300 - 30 * i64::from(month.as_bytes()[1] - b'0') - place as i64;
            put(&format!("team/2026/{quarter}/sales-2026-{month}.csv"), age, CSV, sales(month));
            put(&format!("team/2026/{quarter}/notes-2026-{month}.md"), age, MARKDOWN, notes("2026", month));
        }
        put(&format!("team/2026/{quarter}/summary.json"), 20, JSON, summary("2026", quarter));
        put(&format!("team/2026/{quarter}/chart.svg"), 20, SVG, bars(quarter, &[4, 6, 3, 8, 5]));
    }
    put("team/2026/budget.csv", 60, CSV, "item,planned,spent\nrooms,1200,1180\ntravel,800,455\nstorage,300,291\n".to_owned());
    put("team/2026/q4/draft.md", 1, MARKDOWN, notes("2026", "11"));
    put("team/2026/q4/forecast.json", 0, JSON, summary("2026", "q4"));
    for sensor in ["north", "east", "south", "west"] {
        put(&format!("team/measurements/{sensor}/temperature.csv"), 5, CSV, measurements(sensor));
        put(&format!("team/measurements/{sensor}/calibration.json"), 45, JSON, summary("calibration", sensor));
    }
    for year in ["2023", "2024", "2025"] {
        for quarter in ["q1", "q2", "q3", "q4"] {
            put(&format!("archive/{year}/{quarter}/summary.json"), 1_100, JSON, summary(year, quarter));
        }
        put(&format!("archive/{year}/annual-report.md"), 800, MARKDOWN, notes(year, "12"));
    }
    put("public/index.html", 10, HTML, "<!doctype html>\n<title>Public reports</title>\n<h1>Public reports</h1>\n".to_owned());
    put("public/press/2026-09-launch.md", 70, MARKDOWN, notes("2026", "09"));
    put("public/press/2026-10-results.md", 40, MARKDOWN, notes("2026", "10"));
    put("public/figures/visitors.svg", 15, SVG, bars("Visitors", &[2, 3, 5, 8, 13]));
    put("public/figures/visitors.csv", 15, CSV, "month,visitors\n07,2000\n08,3000\n09,5000\n10,8000\n11,13000\n".to_owned());
    for number in 0..MANY {
        let key = format!("team/many/record-{number:05}.txt");
        put(&key, i64::from(number % 365), PLAIN, format!("record {number}\nvalue {}\n", u64::from(number).pow(2) % 9_973));
    }
    gallery::fill(&mut contents, "gallery/", Timestamp::from_seconds(YOUNGEST));
    contents
}

/// Keys that break software. Each object's body is its own key, so that a download shows at once
/// whether the right one was sent.
fn odd_names() -> Contents {
    let mut contents = Contents::default();
    let longest = format!("long/{}.txt", "x".repeat(1_024 - "long/.txt".len()));
    let longest_unicode = format!("long/{}", "é".repeat((1_024 - "long/".len()) / 2));
    let keys = [
        "plain.txt",
        "with space.txt",
        " leading space",
        "trailing space ",
        "two  spaces",
        "a+b.txt",
        "a%20b.txt",
        "100%.txt",
        "%2F",
        "%00.txt",
        "a%2Fb.txt",
        "grün/straße.txt",
        "gru\u{308}n/decomposed.txt",
        "日本語/報告書.txt",
        "emoji/🧭 map.txt",
        "emoji/👩‍👩‍👧.txt",
        "עברית/שלום.txt",
        "\u{202E}txt.reversed",
        "zero\u{200B}width",
        "double//slash.txt",
        "//two-leading",
        "/leading-slash.txt",
        "/",
        "//",
        "folder/",
        "folder/inside.txt",
        "folder//",
        "empty-folder/",
        "dots/./same.txt",
        "dots/../up.txt",
        "../outside.txt",
        "./here.txt",
        "...",
        ".hidden",
        "..",
        ".",
        "dots/.",
        "dots/..",
        "trailing.dot.",
        "query?a=b&c=d",
        "hash#fragment",
        "semi;colon",
        "colon:name",
        "back\\slash",
        "quote\"double",
        "quote'single",
        "less<than>more&amp;",
        "]]>",
        "<script>alert(1)</script>",
        "star*and?mark",
        "curly{brace}${variable}",
        "pipe|caret^tick`",
        "tilde~at@bang!dollar$",
        "comma,paren(s)[brackets]=",
        "UPPER.TXT",
        "upper.txt",
        "\u{FF61}",
        "\u{FFFD}",
        "😀",
        "CON",
        "NUL.txt",
        "-rf",
        "null",
        "__proto__",
        "constructor",
        longest.as_str(),
        longest_unicode.as_str(),
    ];
    for (days_ago, key) in keys.into_iter().enumerate() {
        let time = Timestamp::from_seconds(YOUNGEST - days_ago as i64 * DAY);
        contents.insert(key, Object::of_type(PLAIN, key.to_owned(), time));
    }
    contents
}

fn handbook() -> String {
    "# Handbook\n\nHow we write a report.\n\n1. Say what was asked.\n2. Say what was found.\n3. Say how sure we are.\n4. Stop.\n".to_owned()
}

fn contacts() -> String {
    "name,room,works on\nAda,101,engines\nGrace,102,compilers\nKatherine,103,orbits\nHedy,104,frequencies\n".to_owned()
}

fn sales(month: &str) -> String {
    let mut table = "day,region,orders,revenue\n".to_owned();
    let factor = u32::from(month.as_bytes()[1]);
    for day in 1..=28_u32 {
        for (place, region) in ["north", "east", "south", "west"].into_iter().enumerate() {
            let orders = (day * 7 + factor * 3 + place as u32 * 11) % 40 + 5;
            // Writing to a String does not fail.
            let _ = writeln!(table, "2026-{month}-{day:02},{region},{orders},{}.00", orders * 49);
        }
    }
    table
}

fn notes(year: &str, month: &str) -> String {
    format!(
        "# {year}-{month}\n\nOrders rose in the north and fell in the east.\n\n- The store moved.\n- Two sensors were replaced.\n- Next month: stocktaking.\n"
    )
}

fn summary(year: &str, part: &str) -> String {
    format!("{{\n  \"period\": \"{year} {part}\",\n  \"orders\": 1824,\n  \"returns\": 37,\n  \"complete\": true\n}}\n")
}

fn measurements(sensor: &str) -> String {
    let mut table = "hour,celsius\n".to_owned();
    for hour in 0..24_usize {
        let _ = writeln!(table, "{hour:02},{}.{}", 12 + (hour * 5 + sensor.len()) % 9, (hour * 7) % 10);
    }
    table
}

fn bars(title: &str, values: &[u32]) -> String {
    let mut drawing = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 100\"><title>{title}</title>");
    for (place, value) in values.iter().enumerate() {
        let _ =
            write!(drawing, "<rect x=\"{}\" y=\"{}\" width=\"24\" height=\"{}\" fill=\"#476\"/>", place * 32, 100 - value * 7, value * 7);
    }
    drawing.push_str("</svg>\n");
    drawing
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Bound;

    fn keys(buckets: &Buckets, bucket: &str) -> Vec<String> {
        buckets.get(bucket).unwrap().read().entries_from(Bound::Unbounded).map(|entry| entry.key).collect()
    }

    #[test]
    fn buckets_hold_what_they_are_for() {
        let buckets = seed(7);
        let reports = keys(&buckets, "reports");
        assert_eq!(reports.iter().filter(|key| key.starts_with("team/many/")).count(), MANY as usize);
        let gallery = reports.iter().filter(|key| key.starts_with("gallery/")).count();
        assert!(gallery > 30);
        let others = reports.len() - MANY as usize - gallery;
        assert!((55..80).contains(&others), "{others}");
        assert_eq!(keys(&buckets, "synthetic").len(), 7);
        assert!(keys(&buckets, "empty").is_empty());
        assert_eq!(buckets.get("denied").unwrap().behaviour(), Behaviour::Denied);
        assert_eq!(buckets.get("no-cors").unwrap().behaviour(), Behaviour::WithoutCors);
        assert!(buckets.get("unheard-of").is_none());
        let odd = keys(&buckets, "odd-names");
        assert_eq!(odd.iter().map(String::len).max(), Some(1_024));
        assert!(odd.iter().all(|key| !key.is_empty()));
    }
}
