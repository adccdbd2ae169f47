//! One object, or a version of it.

use super::act::{Asking, Deed, barred_button, failed};
use super::region::Desk;
use super::{edit, history, labels, words};
use crate::browser::{format, task};
use crate::model::location::Permission;
use crate::model::object::Object;
use crate::pages::browse::class_name;
use crate::pages::preview::preview;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::details::{Archive, Facts, Subject};
use crate::state::{download, failure::Failure};
use crate::ui::button::button;
use crate::ui::copy::copy_button;
use crate::ui::piece::{IntoPiece, Piece, live, tag};
use crate::ui::popover::facts;
use crate::words::t;

/// What the sections about an object share.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) desk: Desk,
    pub(super) subject: StoredValue<Subject>,
    /// What S3 says of it.
    pub(super) asking: Asking<Facts>,
    /// The version that is looked at, instead of the newest, and how it is called.
    pub(super) version: RwSignal<Option<(String, String)>>,
}

impl Seen {
    pub(super) fn subject(self) -> Subject {
        self.subject.with_value(|subject| Subject { version: self.version.get_untracked().map(|(id, _)| id), ..subject.clone() })
    }

    /// Asks S3 anew.
    pub(super) fn look(self) {
        let (details, subject) = (self.desk.details, self.subject());
        self.asking.ask(async move { details.look(&subject).await });
    }

    pub(super) fn permissions(self) -> Vec<Permission> {
        self.subject.with_value(|subject| subject.location.permissions.clone())
    }

    /// Why the role may not do what needs `permission`.
    pub(super) fn barred(self, permission: Permission) -> Option<String> {
        let may = self.subject.with_value(|subject| subject.location.permissions.contains(&permission));
        (!may).then(|| words::role_may_not(&self.desk.role(), permission))
    }
}

pub(super) fn object(desk: Desk, row: Object) -> Piece {
    let Some(subject) = desk.subject(&row.key) else { return ().piece() };
    if let Some(obstacle) = download::obstacle(&subject.location, &row.key) {
        return [known(&row).piece(), failed(obstacle).piece()].piece();
    }
    let seen = Seen { desk, subject: StoredValue::new(subject), asking: Asking::new(), version: RwSignal::new(None) };
    if let Some(why) = seen.barred(Permission::Read) {
        // Nothing is asked that would be refused.
        return [known(&row).piece(), tag("p").class("secondary small").child(why).piece(), history::history(seen)].piece();
    }
    effect(move || {
        seen.version.track();
        seen.look();
    });
    let is_newest = Memo::new(move || seen.version.with(Option::is_none));
    let banner = live(move || {
        seen.version.get().map(|(_, name)| {
            tag("p")
                .class("panel__version small")
                .set("role", "status")
                .child(tag("span").child(t!("You look at the version of {name}.", name = name)))
                .child(button("button button--inline", t!("Back to the newest"), move || seen.version.set(None)))
        })
    });
    let row_size = row.size;
    let shown = live(move || match seen.asking.outcome.get() {
        None => [known(&row).piece(), tag("p").class("secondary small").set("role", "status").child(t!("Asking S3")).piece()].piece(),
        Some(Ok(found)) => [whole(&row, &found).piece(), archived(&found)].piece(),
        Some(Err(failure)) => {
            let again = button("button", t!("Try again"), move || seen.look());
            [known(&row).piece(), failed(failure).piece(), again.piece()].piece()
        }
    });
    let of_newest = live(move || is_newest.get().then(|| [edit::edit(seen), labels::labels(seen)].piece()));
    [banner, shown, actions(seen), content(seen, row_size), of_newest, history::history(seen)].piece()
}

/// What is in it. Of the newest version the row says enough to begin at once; of another, S3 has to.
fn content(seen: Seen, size: u64) -> Piece {
    let sight = Memo::new(move || match seen.version.get() {
        None => Some((None, size)),
        Some((id, _)) => seen.asking.outcome.with(|outcome| match outcome {
            Some(Ok(found)) if found.version.as_ref().is_none_or(|found| *found == id) => Some((Some(id.clone()), found.size)),
            _ => None,
        }),
    });
    let shown = live(move || {
        sight.get().map(|(version, size)| {
            let subject = seen.subject.with_value(|subject| Subject { version, ..subject.clone() });
            preview(subject, size, String::new())
        })
    });
    tag("section").class("panel__section").set("aria-label", t!("Preview")).child(tag("h3").child(t!("Preview"))).child(shown).piece()
}

/// A key as it is, which can be marked and copied whole.
pub(super) fn whole_key(key: &str) -> Piece {
    tag("bdi").class("mono breakable").child(key.to_owned()).piece()
}

/// What the row says, until S3 has answered.
fn known(row: &Object) -> Piece {
    facts([
        (t!("Key"), whole_key(&row.key)),
        (t!("Size"), size(row.size).piece()),
        (t!("Modified"), row.last_modified.map(format::date_time_long).unwrap_or_default().piece()),
        (t!("Storage class"), class_name(&row.storage_class).piece()),
    ])
    .piece()
}

fn whole(row: &Object, found: &Facts) -> Piece {
    let mono = |value: &str| tag("span").class("mono breakable").child(value.to_owned()).piece();
    let modified = found.modified.or(row.last_modified).map(format::date_time_long).unwrap_or_default();
    let class = found.class.as_ref().map_or_else(|| t!("not shown to pages").to_owned(), |class| class_name(class));
    let mut pairs = vec![
        (t!("Key"), whole_key(&row.key)),
        (t!("Size"), size(found.size).piece()),
        (t!("Modified"), modified.piece()),
        (t!("Storage class"), class.piece()),
    ];
    if !found.etag.is_empty() {
        pairs.push((t!("ETag"), mono(&found.etag)));
    }
    if let Some(version) = &found.version {
        pairs.push((t!("Version"), mono(version)));
    }
    let (encryption, key) = &found.encryption;
    if !encryption.is_empty() {
        pairs.push((t!("Encryption"), encryption.clone().piece()));
    }
    if !key.is_empty() {
        pairs.push((t!("Key of KMS"), mono(key)));
    }
    facts(pairs).piece()
}

/// A size as a person reads it, and to the byte.
fn size(bytes: u64) -> String {
    let short = format::size(bytes);
    if bytes < 1_000 { short } else { t!("{size} ({count} bytes)", size = short, count = bytes) }
}

fn archived(found: &Facts) -> Piece {
    let words = match found.archive {
        Some(Archive::Frozen) => t!("It is archived: it can be read, copied and changed only after it was restored from the archive."),
        Some(Archive::Thawing) => t!("It is archived, and being restored from the archive."),
        Some(Archive::Thawed) => t!("It is archived, and there is a copy to read for a while."),
        None => return ().piece(),
    };
    tag("p").class("secondary small").child(words).piece()
}

fn actions(seen: Seen) -> Piece {
    let save = move || begin_save(seen, seen.subject());
    let barred = seen.barred(Permission::Read);
    tag("div")
        .class("panel__actions")
        .child(barred_button("button", t!("Download"), t!("Download"), barred, save))
        .child(copy_button("button", t!("Copy the key"), move || seen.subject.with_value(|subject| subject.key.clone())))
        .piece()
}

/// Saves an object, or a version of it, to the device.
pub(super) fn begin_save(seen: Seen, subject: Subject) {
    let deed = seen.desk.deed;
    deed.set(Some(Deed::Under(t!("Asking S3"))));
    let (store, transfers) = (seen.desk.open.store, seen.desk.open.transfers);
    task::spawn(async move {
        let Subject { role, location, key, version } = subject;
        let saved: Result<(), Failure> = download::download(store, transfers, role, location, key, version).await;
        let _ = deed.try_set(Some(saved.map_or_else(Deed::Failed, |()| Deed::Done(t!("The browser is saving it.")))));
    });
}
