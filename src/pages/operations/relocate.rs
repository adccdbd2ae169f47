//! The question before objects and folders are copied, moved or renamed: where to, and what of what is there.

use super::form::form;
use super::{Act, Asked, Desk, words};
use crate::aws::s3::upload::Existing;
use crate::browser::task;
use crate::model::location::{Location, Permission};
use crate::pages::problem::explanation;
use crate::reactive::{Memo, RwSignal, effect};
use crate::state::operations::{Count, Order, Pick, Work};
use crate::state::transfers::{Chosen, is_left_out};
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag, text};
use crate::words::{t, tn};
use leptos::ev::KeyboardEvent;
use leptos::prelude::event_target_value;
use leptos::wasm_bindgen::JsCast;

/// What is filled in.
#[derive(Clone, Copy)]
struct Filled {
    /// Which of the places.
    at: RwSignal<usize>,
    /// A folder, or a name.
    text: RwSignal<String>,
    /// Whether what is there may be replaced.
    replace: RwSignal<bool>,
    /// How many would be moved whose copies may lack something, once that is counted.
    large: RwSignal<u64>,
    /// Whether these are moved all the same.
    knowing: RwSignal<bool>,
    /// What does not fit, in words, and what of the handbook explains it.
    wrong: RwSignal<Option<(String, Box<str>)>>,
    busy: RwSignal<bool>,
}

pub(super) fn question(desk: Desk) -> Piece {
    let filled = Filled {
        at: RwSignal::new(0),
        text: RwSignal::new(String::new()),
        replace: RwSignal::new(false),
        large: RwSignal::new(0),
        knowing: RwSignal::new(false),
        wrong: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let asked = Memo::new(move || desk.asked.get().filter(|asked| matches!(asked.act, Act::Copy | Act::Move | Act::Rename)));
    let open = Memo::new(move || asked.with(Option::is_some));
    let input = ElementRef::new();
    effect(move || {
        let Some(asked) = asked.get() else { return };
        let places = places(desk, &asked);
        let here = places.iter().position(|place| *place == asked.spot.location);
        let first = || places.iter().position(|place| asked.spot.location.can_copy_to(place));
        filled.at.set(here.or_else(first).unwrap_or_default());
        filled.text.set(match asked.act {
            Act::Rename => {
                asked.chosen.first().map(|chosen| words::name(chosen.key()).trim_end_matches('/').to_owned()).unwrap_or_default()
            }
            _ => asked.spot.prefix.clone(),
        });
        filled.replace.set(false);
        filled.large.set(0);
        filled.knowing.set(false);
        filled.wrong.set(None);
        filled.busy.set(false);
    });
    let close = move || {
        if open.get_untracked() {
            desk.asked.set(None);
        }
    };
    let title = move || asked.with(|asked| asked.as_ref().map(title).unwrap_or_default());
    form("relocate", open, close, title, input, move || asked.get_untracked().map(|asked| content(desk, filled, asked, input)).piece())
}

fn title(asked: &Asked) -> String {
    let what = words::chosen(&asked.chosen);
    match asked.act {
        Act::Copy => t!("Copy {what}", what = what),
        Act::Move => t!("Move {what}", what = what),
        _ => t!("Rename {what}", what = what),
    }
}

/// Where it may go: the places in which the role writes.
fn places(desk: Desk, asked: &Asked) -> Vec<Location> {
    if asked.act == Act::Rename {
        return vec![asked.spot.location.clone()];
    }
    let writable = |location: &&Location| location.permissions.contains(&Permission::Write);
    desk.visit
        .role
        .with_untracked(|role| role.as_ref().map(|role| role.buckets.iter().filter(writable).cloned().collect()).unwrap_or_default())
}

fn content(desk: Desk, filled: Filled, asked: Asked, input: ElementRef) -> Piece {
    let places = places(desk, &asked);
    let close = move || desk.asked.set(None);
    let cancel = button("button", t!("Cancel"), close);
    if places.is_empty() {
        return [
            tag("p").class("dialog__text").child(t!("Your role may not write anywhere, so there is no place to put it.")).piece(),
            tag("div").class("dialog__actions").child(cancel.reference(input)).piece(),
        ]
        .piece();
    }
    let renames = asked.act == Act::Rename;
    let names: Vec<Tag> = places
        .iter()
        .enumerate()
        .map(|(at, place)| {
            let name = [&*place.name, "/", &*place.prefix].concat();
            let option = tag("option").set("value", at.to_string());
            if asked.spot.location.can_copy_to(place) {
                option.child(name)
            } else {
                option.set("disabled", "").child(t!("{place} – another S3, to which this one cannot copy", place = name))
            }
        })
        .collect();
    let bucket = (!renames).then(|| {
        let select = tag("select")
            .class("field")
            .live_value(move || filled.at.get().to_string())
            .on("change", {
                let places = places.clone();
                move |event| {
                    let at = event_target_value(&event).parse().unwrap_or_default();
                    filled.at.set(at);
                    filled.text.set(places.get(at).map(|place| place.prefix.clone()).unwrap_or_default());
                }
            })
            .children(names);
        tag("label").class("dialog__typing").child(tag("span").child(t!("Place"))).child(select)
    });
    let wrong = move || filled.wrong.get().map(|(why, section)| tag("p").class("bad").child(why).child(" ").child(explanation(&section)));
    let go = {
        let asked = asked.clone();
        move || match order(&asked, &places, filled) {
            Ok((picks, work)) => begin(desk, filled, asked.clone(), picks, work),
            Err(why) => filled.wrong.set(Some((why, Box::default()))),
        }
    };
    let typing = tag("label").class("dialog__typing").child(tag("span").child(if renames { t!("New name") } else { t!("Folder") })).child(
        tag("input")
            .reference(input)
            .class("field mono")
            .set("type", "text")
            .set("autocomplete", "off")
            .set("spellcheck", "false")
            .live_value(move || filled.text.get())
            .on("input", move |event| {
                filled.wrong.set(None);
                filled.text.set(event_target_value(&event));
            })
            .on("keydown", {
                let go = go.clone();
                move |event| {
                    if event.dyn_into::<KeyboardEvent>().is_ok_and(|event| event.key() == "Enter") {
                        go();
                    }
                }
            }),
    );
    let replace = tag("label")
        .class("dialog__choice")
        .child(tag("input").set("type", "checkbox").on("change", move |_| filled.replace.update(|replace| *replace = !*replace)));
    let replace =
        replace.child(tag("span").child(t!("Replace objects of the same name. Otherwise they stay, and what would replace them is left.")));
    let large = live(move || {
        let large = filled.large.get();
        (large > 0).then(|| {
            let words = tn!(
                large,
                "{count} object is larger than 5 GiB. S3 copies it in parts, and metadata and tags that the bucket hides from this page do not go along. Move it all the same; otherwise it stays.",
                "{count} objects are larger than 5 GiB. S3 copies them in parts, and metadata and tags that the bucket hides from this page do not go along. Move them all the same; otherwise they stay."
            );
            let agree = tag("input").set("type", "checkbox").on("change", move |_| filled.knowing.update(|knowing| *knowing = !*knowing));
            tag("label").class("dialog__choice").child(agree).child(tag("span").child(words))
        })
    });
    let verb = if asked.act == Act::Copy {
        t!("Copy")
    } else if renames {
        t!("Rename")
    } else {
        t!("Move")
    };
    let act = button("button button--primary", text(move || if filled.busy.get() { t!("Counting") } else { verb }), go);
    let sentence = match asked.act {
        Act::Copy => t!("S3 copies it; nothing passes through this computer."),
        _ => t!("Each object is copied, the copy is checked, and only then the original is deleted."),
    };
    [
        bucket.piece(),
        typing.piece(),
        replace.piece(),
        tag("p").class("dialog__note secondary").child(sentence).piece(),
        tag("div").set("role", "alert").child(large).child(live(wrong)).piece(),
        tag("div").class("dialog__actions").child(cancel).child(act).piece(),
    ]
    .piece()
}

/// What is to be done, from what was filled in.
fn order(asked: &Asked, places: &[Location], filled: Filled) -> Result<(Vec<Pick>, Work), String> {
    let place = places.get(filled.at.get_untracked()).ok_or_else(|| t!("Choose a place."))?;
    let existing = if filled.replace.get_untracked() { Existing::Replace } else { Existing::Keep };
    let picks = picks(asked, place, &filled.text.get_untracked())?;
    let place = place.clone();
    Ok((picks, if asked.act == Act::Copy { Work::Copy(place, existing) } else { Work::Move(place, existing) }))
}

/// Where each of them goes.
fn picks(asked: &Asked, place: &Location, text: &str) -> Result<Vec<Pick>, String> {
    if asked.act == Act::Rename {
        let name = text;
        if name.is_empty() || name.contains('/') {
            return Err(t!("A name has at least one character, and no slash.").to_owned());
        }
        let Some(what) = asked.chosen.first() else { return Ok(Vec::new()) };
        let key = what.key();
        let parent = key.strip_suffix(words::name(key)).unwrap_or_default();
        let slash = if matches!(what, Chosen::Folder(_)) { "/" } else { "" };
        let to = format!("{parent}{name}{slash}");
        if to == key {
            return Err(t!("That is its name already.").to_owned());
        }
        return Ok(vec![Pick { what: what.clone(), to }]);
    }
    if !asked.spot.location.can_copy_to(place) {
        return Err(t!(
            "{bucket} is kept by another S3, to which this one cannot copy. Download it and upload it there.",
            bucket = place.name
        ));
    }
    let folder = text.trim_start_matches('/');
    let folder = if folder.is_empty() || folder.ends_with('/') { folder.to_owned() } else { format!("{folder}/") };
    if !folder.starts_with(&place.prefix) {
        return Err(t!("Your role opens only what is below {prefix} in {bucket}.", prefix = place.prefix, bucket = place.name));
    }
    let same = place.name == asked.spot.location.name;
    let pick = |what: &Chosen| {
        let to = match what {
            // Its rows come to stand there, as if they had been chosen one by one.
            Chosen::AllBut(..) => folder.clone(),
            _ => format!("{folder}{}", words::name(what.key())),
        };
        match what {
            _ if same && to == what.key() => Err(t!("It is there already.").to_owned()),
            Chosen::Folder(prefix) if same && to.starts_with(prefix.as_str()) => Err(t!("A folder cannot be put into itself.").to_owned()),
            Chosen::AllBut(prefix, but) if same && to.starts_with(prefix.as_str()) && !is_left_out(but, prefix, &to) => {
                Err(t!("A folder cannot be put into itself: leave it out, or choose another place.").to_owned())
            }
            _ => Ok(Pick { what: what.clone(), to }),
        }
    };
    asked.chosen.iter().map(pick).collect()
}

/// Counts, and then begins.
fn begin(desk: Desk, filled: Filled, asked: Asked, picks: Vec<Pick>, work: Work) {
    if filled.busy.get_untracked() {
        return;
    }
    let Some(role) = desk.visit.role_id().get_untracked() else { return };
    filled.busy.set(true);
    task::spawn(async move {
        let from = asked.spot.location.clone();
        let count: Result<Count, _> = desk.transfers.count(&role, &from, &picks, &|_| {}).await;
        let _ = filled.busy.try_set(false);
        // Closed in the meantime: it was not meant any more.
        if desk.asked.try_get_untracked().flatten().as_ref() != Some(&asked) {
            return;
        }
        match count {
            // The choice is shown first, and what is not chosen then stays.
            Ok(count) if matches!(work, Work::Move(..)) && count.large > filled.large.get_untracked() => {
                filled.knowing.set(false);
                filled.large.set(count.large);
            }
            Ok(count) => {
                let knowing = filled.knowing.get_untracked();
                desk.transfers.operate(Order { role, from, picks, work, count, knowing });
                desk.asked.set(None);
                desk.selection.clear();
            }
            Err(failure) => filled.wrong.set(Some((format!("{} {}", failure.message, failure.next_step), failure.section))),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::{AddressingStyle, Signing};
    use crate::model::object::Object;
    use crate::pages::browse::Spot;

    fn place(name: &str, prefix: &str) -> Location {
        Location {
            name: name.into(),
            region: String::new(),
            endpoint: String::new(),
            style: AddressingStyle::Path,
            prefix: prefix.into(),
            permissions: Vec::new(),
            sign: Signing::Query,
        }
    }

    fn asked(act: Act, keys: &[&str]) -> Asked {
        let of = |key: &&str| match key.ends_with('/') {
            true => Chosen::Folder((*key).into()),
            false => Chosen::Object(Object {
                key: (*key).into(),
                size: 1,
                last_modified: None,
                etag: String::new(),
                storage_class: String::new(),
            }),
        };
        Asked { act, spot: Spot { location: place("b", "t/"), prefix: "t/a/".into() }, chosen: keys.iter().map(of).collect() }
    }

    fn to(picks: Result<Vec<Pick>, String>) -> Vec<String> {
        picks.unwrap().into_iter().map(|pick| pick.to).collect()
    }

    #[test]
    fn each_goes_where_it_was_said() {
        let moves = asked(Act::Move, &["t/a/x.txt", "t/a/f/"]);
        assert_eq!(to(picks(&moves, &place("b", "t/"), "t/c")), ["t/c/x.txt", "t/c/f/"]);
        assert_eq!(to(picks(&moves, &place("b", "t/"), "/t/")), ["t/x.txt", "t/f/"]);
        assert_eq!(to(picks(&moves, &place("other", ""), "")), ["x.txt", "f/"]);
        assert_eq!(to(picks(&moves, &place("other", ""), "t/a/")), ["t/a/x.txt", "t/a/f/"], "another bucket");
        assert_eq!(to(picks(&asked(Act::Rename, &["t/a/x.txt"]), &place("b", "t/"), "y")), ["t/a/y"]);
        assert_eq!(to(picks(&asked(Act::Rename, &["t/a/f/"]), &place("b", "t/"), "g")), ["t/a/g/"]);
    }

    #[test]
    fn the_rows_of_a_folder_go_side_by_side() {
        let but = std::sync::Arc::new(["t/a/archive/".to_owned()].into());
        let mut moves = asked(Act::Move, &[]);
        moves.chosen = vec![Chosen::AllBut("t/a/".into(), but)];
        assert_eq!(to(picks(&moves, &place("b", "t/"), "t/a/archive")), ["t/a/archive/"]);
        assert_eq!(to(picks(&moves, &place("b", "t/"), "t/c")), ["t/c/"]);
        assert!(picks(&moves, &place("b", "t/"), "t/a/x/").unwrap_err().contains("into itself"));
        assert!(picks(&moves, &place("b", "t/"), "t/a/").unwrap_err().contains("there already"));
    }

    #[test]
    fn what_cannot_be_is_said() {
        let moves = asked(Act::Move, &["t/a/f/"]);
        for (folder, why) in
            [("c/", "only what is below t/"), ("t/a/", "there already"), ("t/a/f/", "into itself"), ("t/a/f/g", "into itself")]
        {
            assert!(picks(&moves, &place("b", "t/"), folder).unwrap_err().contains(why), "{folder}");
        }
        for (name, why) in [("", "at least one"), ("a/b", "no slash"), ("f", "already")] {
            assert!(picks(&asked(Act::Rename, &["t/a/f/"]), &place("b", "t/"), name).unwrap_err().contains(why), "{name}");
        }
    }
}
