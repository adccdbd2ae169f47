//! What is said of transfers.

use crate::browser::format;
use crate::state::transfers::{Direction, Totals, Transfer, TransferState};
use crate::words::{t, tn};

/// All of them on one line: `3 of 12 · 41 % · 88 MB/s · 2 min left`.
pub(super) fn line(totals: &Totals) -> String {
    let mut parts = Vec::with_capacity(6);
    let incomplete =
        (totals.incomplete > 0).then(|| tn!(totals.incomplete, "{count} saved with objects missing", "{count} saved with objects missing"));
    if totals.stored == totals.files && totals.saved + totals.incomplete == totals.saves {
        parts.extend((totals.files > 0).then(|| tn!(totals.files, "{count} file stored", "{count} files stored")));
        parts.extend((totals.saved > 0).then(|| tn!(totals.saved, "{count} file saved", "{count} files saved")));
        parts.extend(incomplete);
        parts.push(format::size(totals.confirmed));
        return parts.join(" · ");
    }
    let (done, all) = (totals.stored + totals.saved + totals.incomplete, totals.files + totals.saves);
    parts.push(t!("{done} of {all}", done = done, all = all));
    parts.push(if totals.unknown {
        t!("{found} so far", found = format::size(totals.confirmed))
    } else {
        percent(totals.confirmed, totals.bytes)
    });
    parts.extend(incomplete);
    if totals.active > 0 {
        parts.extend(totals.rate.map(|rate| t!("{size}/s", size = format::size(rate))));
        parts.extend(totals.seconds_left.map(|seconds| t!("{time} left", time = time(seconds))));
    }
    let many = |number: usize, said: fn(usize) -> String| (number > 0).then(|| said(number));
    parts.extend(many(totals.paused, |number| tn!(number, "{count} paused", "{count} paused")));
    parts.extend(many(totals.existing, |number| tn!(number, "{count} exists already", "{count} exist already")));
    parts.extend(many(totals.failed, |number| tn!(number, "{count} failed", "{count} failed")));
    parts.extend(many(totals.interrupted, |number| tn!(number, "{count} interrupted", "{count} interrupted")));
    parts.join(" · ")
}

/// What a screen reader says once nothing is under way any more.
pub(super) fn spoken(totals: &Totals) -> String {
    if totals.files + totals.saves == 0 || totals.active > 0 { String::new() } else { t!("Transfers: {line}", line = line(totals)) }
}

/// Where one of them stands.
pub(super) fn standing(transfer: &Transfer) -> String {
    let whole = format::size(transfer.size);
    let percent = || percent(transfer.confirmed, transfer.size);
    match &transfer.state {
        TransferState::Running if matches!(transfer.direction, Direction::Down { all: None, .. }) => t!("{found} so far", found = whole),
        TransferState::Paused if matches!(transfer.direction, Direction::Down { all: None, .. }) => {
            t!("paused · {size} so far", size = whole)
        }
        TransferState::Waiting => t!("waiting · {size}", size = whole),
        TransferState::Running => t!("{done} of {all}", done = percent(), all = whole),
        TransferState::Paused => t!("paused · {percent} of {size}", percent = percent(), size = whole),
        TransferState::Exists => t!("exists already").to_owned(),
        TransferState::Stored if transfer.direction == Direction::Up => t!("stored · {size}", size = whole),
        TransferState::Stored => t!("saved · {size}", size = whole),
        TransferState::Incomplete { left_out, .. } => tn!(*left_out, "{count} missing", "{count} missing"),
        TransferState::Failed(_) => t!("failed").to_owned(),
        TransferState::Interrupted => t!("interrupted").to_owned(),
    }
}

/// What there is to know besides, in sentences.
pub(super) fn explanation(transfer: &Transfer) -> Option<String> {
    match &transfer.state {
        TransferState::Failed(failure) => {
            let small: Vec<&str> = [&failure.code, &failure.reference].into_iter().filter_map(Option::as_deref).collect();
            let small = if small.is_empty() { String::new() } else { format!(" ({})", small.join(" · ")) };
            Some(format!("{} {}{small}", failure.message, failure.next_step))
        }
        TransferState::Exists => Some(t!(
            "There is an object {key} in {bucket} already. It stays as it is unless you replace it.",
            key = transfer.key,
            bucket = transfer.bucket
        )),
        TransferState::Interrupted => {
            Some(t!("The page was left in the middle. Choose the same file again to go on with what is missing.").to_owned())
        }
        TransferState::Incomplete { left_out, .. } => Some(tn!(
            *left_out,
            "{count} object is not in this file. It could not be read:",
            "{count} objects are not in this file. They could not be read:"
        )),
        TransferState::Running | TransferState::Paused => match transfer.direction {
            Direction::Down { objects, all: Some(all), archive: true } => {
                Some(tn!(all, "{done} of {count} object", "{done} of {count} objects", done = objects, count = all))
            }
            Direction::Down { objects, all: None, archive: true } => Some(tn!(objects, "{count} object", "{count} objects")),
            _ => None,
        },
        _ => None,
    }
}

/// What is not in a file, object by object.
pub(super) fn missing(transfer: &Transfer) -> Vec<String> {
    let TransferState::Incomplete { left_out, missing } = &transfer.state else { return Vec::new() };
    let mut lines: Vec<String> = missing.iter().map(|missing| t!("{key} {why}", key = missing.key, why = missing.why)).collect();
    let more = left_out.saturating_sub(missing.len() as u64);
    if more > 0 {
        lines.push(tn!(more, "and {count} more", "and {count} more"));
    }
    lines
}

/// Confirmed of all. Never 100 % before all is confirmed.
fn percent(confirmed: u64, all: u64) -> String {
    let percent = if all == 0 { 0 } else { u128::from(confirmed) * 100 / u128::from(all) };
    t!("{percent} %", percent = percent.to_string())
}

fn time(seconds: u64) -> String {
    match seconds {
        0..60 => t!("{seconds} s", seconds = seconds),
        60..3_600 => t!("{minutes} min", minutes = seconds.div_ceil(60)),
        _ => t!("{hours} h {minutes} min", hours = seconds / 3_600, minutes = seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn one_line() {
        let under_way = Totals {
            files: 12,
            stored: 3,
            active: 9,
            bytes: 1_000,
            confirmed: 419,
            rate: Some(88_000_000),
            seconds_left: Some(110),
            ..Totals::default()
        };
        assert_eq!(plain(line(&under_way)), "3 of 12 · 41 % · 88.0 MB/s · 2 min left");
        assert_eq!(spoken(&under_way), "");
        let stuck = Totals { active: 0, existing: 8, failed: 1, ..under_way };
        assert_eq!(plain(line(&stuck)), "3 of 12 · 41 % · 8 exist already · 1 failed");
        let done = Totals { files: 1, stored: 1, bytes: 2_449_000, confirmed: 2_449_000, ..Totals::default() };
        assert_eq!(plain(spoken(&done)), "Transfers: 1 file stored · 2.4 MB");
        let nearly = Totals { confirmed: 999, stored: 11, active: 1, ..under_way };
        assert!(line(&nearly).contains("99 %"));
        assert_eq!(time(3_720), "1 h 2 min");
        let saving = Totals { saves: 2, saved: 1, active: 1, bytes: 900, confirmed: 900, unknown: true, ..Totals::default() };
        assert_eq!(plain(line(&saving)), "1 of 2 · 900 B so far");
        let saved = Totals { saves: 2, saved: 1, incomplete: 1, bytes: 900, confirmed: 900, ..Totals::default() };
        assert_eq!(plain(spoken(&saved)), "Transfers: 1 file saved · 1 saved with objects missing · 900 B");
    }
}
