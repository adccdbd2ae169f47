//! What the panel is about: what is marked, or else the row where the person is.

use crate::browser::timer::Timer;
use crate::model::object::Object;
use crate::pages::browse::Open;
use crate::pages::transfers::Selection;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::listing::{ListingStatus, Row, RowKind};
use crate::state::transfers::Chosen;
use crate::ui::table::Goal;

/// Milliseconds for which the person must stay at a row before anything is asked about it.
const PAUSE: u32 = 150;

/// What the panel is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Nothing,
    One(Chosen),
    Several { folders: usize, objects: usize, bytes: u64 },
}

impl Target {
    fn of_marked(mut marked: Vec<Chosen>) -> Option<Self> {
        if marked.len() < 2 {
            return marked.pop().map(Self::One);
        }
        let (mut folders, mut objects, mut bytes) = (0, 0, 0);
        for chosen in marked {
            match chosen {
                Chosen::Folder(_) | Chosen::AllBut(..) => folders += 1,
                Chosen::Object(object) => {
                    objects += 1;
                    bytes += object.size;
                }
            }
        }
        Some(Self::Several { folders, objects, bytes })
    }

    fn of_row(row: Option<Row>) -> Self {
        row.map_or(Self::Nothing, |Row { key, kind, .. }| {
            Self::One(match kind {
                RowKind::Folder => Chosen::Folder(key),
                RowKind::Object { size, modified, class } => {
                    Chosen::Object(Object { key, size, last_modified: modified, etag: String::new(), storage_class: class })
                }
            })
        })
    }
}

/// What is followed, and how to hold on to it.
#[derive(Clone, Copy)]
pub(super) struct Following {
    /// What the panel is about.
    pub(super) target: RwSignal<Target>,
    /// The name of the row that is shown until a listing that was begun anew has it again.
    held: RwSignal<Option<String>>,
    open: Open,
}

impl Following {
    /// Follows, some time behind whoever goes through the rows.
    pub(super) fn begin(open: Open, selection: Selection) -> Self {
        let now = Memo::new(move || {
            Target::of_marked(selection.watched()).unwrap_or_else(|| {
                let source = open.source.get();
                source.revision().track();
                Target::of_row(source.row(open.aim.cursor.get()))
            })
        });
        let following = Self { target: RwSignal::new(now.get_untracked()), held: RwSignal::new(None), open };
        let later = StoredValue::new(None::<Timer>);
        effect(move || {
            let now = now.get();
            if following.held.with(Option::is_some) {
                return later.set_value(None);
            }
            later.set_value(Some(Timer::after(PAUSE, move || {
                if following.target.try_get_untracked().is_some_and(|before| before != now) {
                    following.target.set(now.clone());
                }
            })));
        });
        effect(move || {
            let Some(name) = following.held.get() else { return };
            let source = open.source.get();
            source.revision().track();
            let over = !source.status().with(|status| matches!(status, ListingStatus::Loading | ListingStatus::Partial));
            let row = source.index_of(&name);
            if row.is_some() {
                open.aim.goal.set(Some(Goal { row, top: None }));
            }
            if row.is_some() || over {
                following.held.set(None);
            }
        });
        following
    }

    /// The row where the person is.
    pub(super) fn name(self) -> Option<String> {
        self.open.source.try_get_untracked()?.name_of(self.open.aim.cursor.try_get_untracked()?)
    }

    /// Stays there while the listing, which was just begun anew, is read.
    pub(super) fn hold(self, name: Option<String>) {
        let _ = self.held.try_set(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str, size: u64) -> Chosen {
        Chosen::Object(Object { key: key.into(), size, last_modified: None, etag: String::new(), storage_class: String::new() })
    }

    #[test]
    fn what_is_marked_comes_first() {
        assert_eq!(Target::of_marked(Vec::new()), None);
        assert_eq!(Target::of_marked(vec![object("a", 1)]), Some(Target::One(object("a", 1))));
        let several = Target::of_marked(vec![object("a", 1), Chosen::Folder("f/".into()), object("b", 4)]);
        assert_eq!(several, Some(Target::Several { folders: 1, objects: 2, bytes: 5 }));
        assert_eq!(Target::of_row(None), Target::Nothing);
        let row = Row { name: "f/".into(), key: "a/f/".into(), kind: RowKind::Folder };
        assert_eq!(Target::of_row(Some(row)), Target::One(Chosen::Folder("a/f/".into())));
    }
}
