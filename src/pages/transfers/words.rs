//! What is said of transfers.

use crate::browser::format;
use crate::state::transfers::{Direction, Totals, Transfer, TransferState};

/// All of them on one line: `3 of 12 · 41 % · 88 MB/s · 2 min left`.
pub(super) fn line(totals: &Totals) -> String {
    let mut parts = Vec::with_capacity(6);
    let incomplete = (totals.incomplete > 0).then(|| format!("{} saved with objects missing", format::count(totals.incomplete as u64)));
    if totals.stored == totals.files && totals.saved + totals.incomplete == totals.saves {
        parts.extend((totals.files > 0).then(|| format!("{} stored", files(totals.files))));
        parts.extend((totals.saved > 0).then(|| format!("{} saved", files(totals.saved))));
        parts.extend(incomplete);
        parts.push(format::size(totals.confirmed));
        return parts.join(" · ");
    }
    let (done, all) = (totals.stored + totals.saved + totals.incomplete, totals.files + totals.saves);
    parts.push(format!("{} of {}", format::count(done as u64), format::count(all as u64)));
    parts.push(if totals.unknown { format!("{} so far", format::size(totals.confirmed)) } else { percent(totals.confirmed, totals.bytes) });
    parts.extend(incomplete);
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
    if totals.files + totals.saves == 0 || totals.active > 0 { String::new() } else { format!("Transfers: {}", line(totals)) }
}

/// Where one of them stands.
pub(super) fn standing(transfer: &Transfer) -> String {
    let whole = format::size(transfer.size);
    let stored = if transfer.direction == Direction::Up { "stored" } else { "saved" };
    match &transfer.state {
        TransferState::Running if matches!(transfer.direction, Direction::Down { all: None, .. }) => format!("{whole} so far"),
        TransferState::Paused if matches!(transfer.direction, Direction::Down { all: None, .. }) => format!("paused · {whole} so far"),
        TransferState::Waiting => format!("waiting · {whole}"),
        TransferState::Running => format!("{} of {whole}", percent(transfer.confirmed, transfer.size)),
        TransferState::Paused => format!("paused · {} of {whole}", percent(transfer.confirmed, transfer.size)),
        TransferState::Exists => "exists already".to_owned(),
        TransferState::Stored => format!("{stored} · {whole}"),
        TransferState::Incomplete { left_out, .. } => format!("{} missing", format::count(*left_out)),
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
        TransferState::Incomplete { left_out, .. } => {
            let (objects, are, they) = if *left_out == 1 { ("object", "is", "It") } else { ("objects", "are", "They") };
            Some(format!("{} {objects} {are} not in this file. {they} could not be read:", format::count(*left_out)))
        }
        TransferState::Running | TransferState::Paused => match transfer.direction {
            Direction::Down { objects, all, archive: true } => {
                let of = all.map(|all| format!(" of {}", format::count(all))).unwrap_or_default();
                Some(format!("{}{of} objects", format::count(objects)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// What is not in a file, object by object.
pub(super) fn missing(transfer: &Transfer) -> Vec<String> {
    let TransferState::Incomplete { left_out, missing } = &transfer.state else { return Vec::new() };
    let mut lines: Vec<String> = missing.iter().map(|missing| format!("{} {}", missing.key, missing.why)).collect();
    let more = left_out.saturating_sub(missing.len() as u64);
    if more > 0 {
        lines.push(format!("and {} more", format::count(more)));
    }
    lines
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
        let saving = Totals { saves: 2, saved: 1, active: 1, bytes: 900, confirmed: 900, unknown: true, ..Totals::default() };
        assert_eq!(plain(line(&saving)), "1 of 2 · 900 B so far");
        let saved = Totals { saves: 2, saved: 1, incomplete: 1, bytes: 900, confirmed: 900, ..Totals::default() };
        assert_eq!(plain(spoken(&saved)), "Transfers: 1 file saved · 1 saved with objects missing · 900 B");
    }
}
