//! What is said of transfers.

use crate::browser::format;
use crate::state::transfers::{Totals, Transfer, TransferState};

/// All of them on one line: `3 of 12 · 41 % · 88 MB/s · 2 min left`.
pub(super) fn line(totals: &Totals) -> String {
    let mut parts = Vec::with_capacity(6);
    if totals.stored == totals.files {
        parts.push(format!("{} stored", files(totals.files)));
        parts.push(format::size(totals.bytes));
        return parts.join(" · ");
    }
    parts.push(format!("{} of {}", format::count(totals.stored as u64), format::count(totals.files as u64)));
    parts.push(percent(totals.confirmed, totals.bytes));
    if totals.active > 0 {
        parts.extend(totals.rate.map(|rate| format!("{}/s", format::size(rate))));
        parts.extend(totals.seconds_left.map(|seconds| format!("{} left", time(seconds))));
    }
    for (number, what) in [
        (totals.paused, "paused"),
        (totals.existing, if totals.existing == 1 { "exists already" } else { "exist already" }),
        (totals.failed, "failed"),
        (totals.interrupted, "interrupted"),
    ] {
        if number > 0 {
            parts.push(format!("{} {what}", format::count(number as u64)));
        }
    }
    parts.join(" · ")
}

/// What a screen reader says once nothing is under way any more.
pub(super) fn spoken(totals: &Totals) -> String {
    if totals.files == 0 || totals.active > 0 { String::new() } else { format!("Transfers: {}", line(totals)) }
}

/// Where one of them stands.
pub(super) fn standing(transfer: &Transfer) -> String {
    let whole = format::size(transfer.size);
    match &transfer.state {
        TransferState::Waiting => format!("waiting · {whole}"),
        TransferState::Running => format!("{} of {whole}", percent(transfer.confirmed, transfer.size)),
        TransferState::Paused => format!("paused · {} of {whole}", percent(transfer.confirmed, transfer.size)),
        TransferState::Exists => "exists already".to_owned(),
        TransferState::Stored => format!("stored · {whole}"),
        TransferState::Failed(_) => "failed".to_owned(),
        TransferState::Interrupted => "interrupted".to_owned(),
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
        TransferState::Exists => {
            Some(format!("There is an object {} in {} already. It stays as it is unless you replace it.", transfer.key, transfer.bucket))
        }
        TransferState::Interrupted => {
            Some("The page was left in the middle. Choose the same file again to go on with what is missing.".to_owned())
        }
        _ => None,
    }
}

/// Confirmed of all. Never 100 % before all is confirmed.
fn percent(confirmed: u64, all: u64) -> String {
    let percent = if all == 0 { 0 } else { u128::from(confirmed) * 100 / u128::from(all) };
    format!("{percent} %")
}

fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

pub(super) fn files(number: usize) -> String {
    format!("{} {}", format::count(number as u64), if number == 1 { "file" } else { "files" })
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
    }
}
