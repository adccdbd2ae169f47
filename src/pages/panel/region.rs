//! The region beside the rows: its width, its close button, and what stands in it for what is chosen.

use super::act::{Asking, Deed, failed, told};
use super::follow::{Following, Target};
use super::{Panel, object, trash, words};
use crate::browser::{element, format, storage, task};
use crate::pages::browse::Open;
use crate::pages::transfers::Selection;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::details::{Details, Subject};
use crate::state::failure::Failure;
use crate::state::operations::{Count, Pick};
use crate::state::transfers::Chosen;
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag, text};
use crate::ui::popover::facts;
use crate::words::t;
use leptos::ev::KeyboardEvent;
use leptos::wasm_bindgen::JsCast;
use std::future::Future;

/// Widths in CSS px.
const NARROWEST: u32 = 280;
const USUAL: u32 = 380;
const WIDEST: u32 = 720;

/// How much an arrow key changes it.
const STEP: u32 = 20;

/// Where the width is kept.
const KEPT: &str = "vestibule-details-width";

/// What the parts of the panel share.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) open: Open,
    pub(super) details: Details,
    pub(super) following: Following,
    /// Whether the versions are shown; it stays from object to object.
    pub(super) versions_shown: RwSignal<bool>,
    /// What became of the last thing that was done here.
    pub(super) deed: RwSignal<Option<Deed>>,
}

impl Desk {
    /// An object, or with the prefix as its key a folder, of the place that is open.
    pub(super) fn subject(self, key: &str) -> Option<Subject> {
        let role = self.open.visit.role_id().get_untracked()?;
        let location = self.open.spot.get_untracked()?.location;
        Some(Subject { role, location, key: key.to_owned(), version: None })
    }

    /// Says what came of `work` that changes what is in the folder, and stays at the row where the person is.
    pub(super) fn act(
        self,
        under: &'static str,
        done: &'static str,
        work: impl Future<Output = Result<(), Failure>> + 'static,
        then: impl FnOnce() + 'static,
    ) {
        self.deed.set(Some(Deed::Under(under)));
        let name = self.following.name();
        task::spawn(async move {
            match work.await {
                Ok(()) => {
                    self.following.hold(name);
                    // Closed in the meantime: nobody is told.
                    if self.deed.try_set(Some(Deed::Done(done))).is_ok() {
                        then();
                    }
                }
                Err(failure) => drop(self.deed.try_set(Some(Deed::Failed(failure)))),
            }
        });
    }

    /// The title of the role.
    pub(super) fn role(self) -> String {
        self.open.visit.role.with_untracked(|role| role.as_ref().map(|role| role.title.clone()).unwrap_or_default())
    }
}

pub(super) fn region(open: Open, selection: Selection, panel: Panel) -> Piece {
    let following = Following::begin(open, selection);
    let desk = Desk { open, details: Details::current(), following, versions_shown: RwSignal::new(false), deed: RwSignal::new(None) };
    let (aside, first) = (ElementRef::new(), ElementRef::new());
    let close = move || {
        panel.shown.set(false);
        if let Some(rows) = open.aim.container.get() {
            element::focus(&rows);
        }
    };
    effect(move || {
        // Over the rows it has the focus; beside them the rows keep it.
        if let Some(first) = first.get().filter(|_| element::is_narrow()) {
            element::focus(&first);
        }
    });
    let target = following.target;
    let about =
        Memo::new(move || target.with(|target| if let Target::One(chosen) = target { chosen.key().to_owned() } else { String::new() }));
    effect(move || {
        about.track();
        desk.deed.set(None);
    });
    let said = tag("div").set("role", "status").child(live(move || told(desk.deed.get())));
    let title = move || target.with(|target| title(target, desk));
    let head = tag("div")
        .class("panel__head")
        .child(live(move || {
            icon(if target.with(|target| matches!(target, Target::One(Chosen::Folder(_) | Chosen::AllBut(..)))) {
                Icon::Folder
            } else {
                Icon::Object
            })
        }))
        .child(tag("h2").class("panel__title").child(tag("bdi").child(text(title))))
        .child(button("button button--inline", t!("Close"), close).set("aria-label", t!("Close the details")).reference(first));
    let content = live(move || match target.get() {
        Target::Nothing => tag("p").class("secondary").child(t!("There is no row here yet.")).piece(),
        Target::One(chosen @ (Chosen::Folder(_) | Chosen::AllBut(..))) => folder(desk, chosen),
        Target::One(Chosen::Object(object)) => object::object(desk, object),
        Target::Several { folders, objects, bytes } => several(folders, objects, bytes),
    });
    tag("aside")
        .reference(aside)
        .class("panel")
        .set("id", "details")
        .set("aria-label", t!("Details"))
        .child(separator(aside))
        .child(tag("div").class("panel__body").child(head).child(said).child(content).child(trash::trash(desk)))
        .piece()
}

fn title(target: &Target, desk: Desk) -> String {
    match target {
        Target::Nothing => t!("Details").to_owned(),
        Target::Several { folders, objects, .. } => words::several(*folders, *objects),
        Target::One(chosen) => {
            let key = chosen.key();
            let prefix = desk.open.spot.with_untracked(|spot| spot.as_ref().map(|spot| spot.prefix.clone()).unwrap_or_default());
            match key.strip_prefix(prefix.as_str()) {
                Some("") | None => key.to_owned(),
                Some(name) => name.to_owned(),
            }
        }
    }
}

/// The edge by which the panel is made wider, with the pointer or with arrow keys.
fn separator(aside: ElementRef) -> Tag {
    let kept = storage::read(KEPT).and_then(|width| width.parse().ok()).unwrap_or(USUAL);
    let width = RwSignal::new(kept.clamp(NARROWEST, WIDEST));
    let put = move |wide: u32| {
        let wide = wide.clamp(NARROWEST, WIDEST);
        width.set(wide);
        storage::write(KEPT, Some(&wide.to_string()));
    };
    effect(move || {
        let width = width.get();
        if let Some(aside) = aside.get() {
            element::set_style(&aside, "--panel-width", &format!("{width}px"));
        }
    });
    let edge = ElementRef::new();
    // Where the pointer was and how wide the panel was, while it is dragged.
    let dragged = StoredValue::new(None::<(f64, u32)>);
    // The edge is at the left of the panel, or at its right where text runs from right to left.
    let sign = move || {
        let of = |element: ElementRef| element.get().map(|element| element::extent(&element)).unwrap_or_default();
        let ((at, _), (left, wide)) = (of(edge), of(aside));
        if at < left + wide / 2.0 { 1.0 } else { -1.0 }
    };
    let on_key = move |event: leptos::ev::Event| {
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
        let now = width.get_untracked();
        let (wider, narrower) = if sign() > 0.0 { ("ArrowLeft", "ArrowRight") } else { ("ArrowRight", "ArrowLeft") };
        match event.key().as_str() {
            key if key == wider => put(now + STEP),
            key if key == narrower => put(now.saturating_sub(STEP)),
            "Home" => put(NARROWEST),
            "End" => put(WIDEST),
            _ => return,
        }
        event.prevent_default();
    };
    tag("div")
        .reference(edge)
        .class("panel__edge")
        .set("role", "separator")
        .set("tabindex", "0")
        .set("aria-label", t!("Width of the details"))
        .set("aria-orientation", "vertical")
        .set("aria-controls", "details")
        .set("aria-valuemin", NARROWEST.to_string())
        .set("aria-valuemax", WIDEST.to_string())
        .live("aria-valuenow", move || width.get().to_string())
        .on("keydown", on_key)
        .on("pointerdown", move |event| {
            if let Some(edge) = edge.get() {
                element::capture_pointer(&edge, &event);
            }
            dragged.set_value(Some((element::pointer_x(&event), width.get_untracked())));
            event.prevent_default();
        })
        .on("pointermove", move |event| {
            if let Some((from, wide)) = dragged.get_value() {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width in px, cut to what is sensible")]
                put((f64::from(wide) + sign() * (from - element::pointer_x(&event))).max(0.0) as u32);
            }
        })
        .on("pointerup", move |_| dragged.set_value(None))
        .on("pointercancel", move |_| dragged.set_value(None))
}

fn several(folders: usize, objects: usize, bytes: u64) -> Piece {
    let size = if objects > 0 { format::size(bytes) } else { "–".to_owned() };
    let mut pairs = vec![(t!("Objects"), format::count(objects as u64).piece()), (t!("Size of the objects"), size.piece())];
    if folders > 0 {
        pairs.push((t!("Folders"), format::count(folders as u64).piece()));
    }
    let hint = (folders > 0)
        .then(|| tag("p").class("secondary small").child(t!("What is in the folders is not counted here: choose one alone to count it.")));
    [facts(pairs).piece(), hint.piece()].piece()
}

/// A folder: what it is, and how much is in it for whoever asks.
fn folder(desk: Desk, chosen: Chosen) -> Piece {
    let prefix = chosen.key().to_owned();
    let is_whole = matches!(chosen, Chosen::Folder(_));
    let counting = Asking::<Count>::new();
    let so_far = RwSignal::new(None::<Count>);
    let begun = RwSignal::new(false);
    let place = desk.subject(&prefix);
    let count = move || {
        let (Some(Subject { role, location, .. }), chosen) = (place.clone(), chosen.clone()) else { return };
        begun.set(true);
        let transfers = desk.open.transfers;
        counting.ask(async move {
            let tell = |count| {
                // Left in the meantime.
                let _ = so_far.try_set(Some(count));
            };
            let picks = [Pick { what: chosen, to: String::new() }];
            transfers.count(&role, &location, &picks, &tell).await
        });
    };
    let told = live(move || match (begun.get(), counting.outcome.get()) {
        (false, _) => ().piece(),
        (true, None) => {
            let words = move || so_far.get().map_or_else(|| t!("Counting").to_owned(), |count| words::so_far(count.objects, count.bytes));
            tag("p").class("panel__told").child(text(words)).piece()
        }
        (true, Some(Ok(count))) => {
            facts([(t!("Objects"), format::count(count.objects).piece()), (t!("Size"), format::size(count.bytes).piece())]).piece()
        }
        (true, Some(Err(failure))) => failed(failure).piece(),
    });
    let what = if is_whole {
        t!(
            "A folder is what the names of objects have in common up to a slash. It is there as long as an object is in it, and has no size, time or tags of its own."
        )
    } else {
        t!("Everything in the folder is selected, but for the rows that were taken out again.")
    };
    [
        facts([(t!("Prefix"), object::whole_key(&prefix))]).piece(),
        tag("p").class("secondary small").child(what).piece(),
        button("button", if is_whole { t!("Count what is in it") } else { t!("Count what is selected") }, count).piece(),
        tag("div").set("role", "status").child(told).piece(),
    ]
    .piece()
}
