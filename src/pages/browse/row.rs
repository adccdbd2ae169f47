//! A row of a listing, as text.

use super::place::Spot;
use crate::browser::format;
use crate::model::clock::Timestamp;
use crate::model::names::RoleId;
use crate::state::download;
use crate::state::listing::{Row, RowKind};
use crate::state::place::BrowsePlace;
use crate::words::t;

/// Everything that a row shows, worked out once when the row changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowText {
    pub(super) folder: bool,
    pub(super) name: String,
    /// Where a folder leads.
    pub(super) href: Option<String>,
    pub(super) size: String,
    pub(super) modified: String,
    pub(super) class: String,
    /// Size and time in one, for the second line on a phone.
    pub(super) detail: String,
    /// Why the object cannot be downloaded, where that is so.
    pub(super) obstacle: Option<String>,
}

impl RowText {
    pub(super) fn new(row: Row, role: Option<RoleId>, spot: &Spot) -> Self {
        let name = if row.name.is_empty() { t!("(this folder’s own object)").to_owned() } else { row.name };
        match row.kind {
            RowKind::Folder => {
                let place = BrowsePlace { role, bucket: Some(spot.location.name.clone()), prefix: row.key };
                Self {
                    folder: true,
                    name,
                    href: Some(place.href()),
                    size: "–".into(),
                    modified: "–".into(),
                    class: "–".into(),
                    detail: t!("Folder").into(),
                    ..Self::default()
                }
            }
            RowKind::Object { size, modified, class } => {
                let size = format::size(size);
                let written = modified.map(format::date_time).unwrap_or_default();
                Self {
                    folder: false,
                    name,
                    href: None,
                    detail: format!("{size} · {written}"),
                    size,
                    modified: written,
                    class: class_name(&class),
                    obstacle: download::obstacle(&spot.location, &row.key)
                        .map(|failure| format!("{} {}", failure.message, failure.next_step)),
                }
            }
        }
    }
}

/// The time in full and how long ago, for the tooltip.
pub(super) fn modified_long(row: &Row, now: Timestamp) -> Option<String> {
    match row.kind {
        RowKind::Object { modified: Some(time), .. } => Some(format!("{} ({})", format::date_time_long(time), format::relative(time, now))),
        _ => None,
    }
}

/// S3's name of a storage class as a word: `STANDARD_IA` is `Standard IA`.
pub(in crate::pages) fn class_name(class: &str) -> String {
    if class.is_empty() {
        return "Standard".into();
    }
    let words = class.split('_').map(|word| match word {
        "IA" | "IR" => word.to_owned(),
        _ => word.chars().take(1).chain(word.chars().skip(1).map(|letter| letter.to_ascii_lowercase())).collect(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::class_name;

    #[test]
    fn classes() {
        for (class, expected) in [
            ("", "Standard"),
            ("STANDARD_IA", "Standard IA"),
            ("GLACIER_IR", "Glacier IR"),
            ("INTELLIGENT_TIERING", "Intelligent Tiering"),
            ("É_X", "É X"),
        ] {
            assert_eq!(class_name(class), expected);
        }
    }
}
