//! What is shown, beside the details and over the whole page.

use super::look::{Body, Seen};
use super::viewing::{Shown, Viewing};
use super::{players, table, words};
use crate::aws::s3::object::file_name;
use crate::browser::{element, format, media};
use crate::pages::problem::explanation;
use crate::preview::document::Content;
use crate::reactive::{RwSignal, effect};
use crate::state::failure::Failure;
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag, text};
use crate::words::t;
use std::sync::Arc;

/// The preview with everything around it.
pub(super) fn preview(viewing: Viewing) -> Piece {
    let opener = live(move || {
        let open = matches!(viewing.shown.get(), Shown::Ready(seen) if can_be_wide(&seen.body));
        open.then(|| button("button button--inline", t!("Open large"), move || viewing.wide.set(true)))
    });
    let head = tag("div").class("preview__bar").child(facts(viewing)).child(opener);
    // What plays, plays once.
    let inline = live(move || if viewing.wide.get() { ().piece() } else { body(viewing) });
    tag("div").class("preview").child(head).child(inline).child(dialog(viewing)).piece()
}

const fn can_be_wide(body: &Body) -> bool {
    !matches!(body, Body::Empty | Body::Large(_) | Body::Not(_))
}

fn facts(viewing: Viewing) -> Piece {
    tag("p")
        .class("preview__facts secondary small")
        .child(text(move || match viewing.shown.get() {
            Shown::Ready(seen) => words::facts(&seen),
            _ => String::new(),
        }))
        .piece()
}

/// Over the whole page. The browser's own dialog: it keeps the focus inside, closes on Escape and gives the focus back.
fn dialog(viewing: Viewing) -> Piece {
    let (dialog, close) = (ElementRef::new(), ElementRef::new());
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        if !viewing.wide.get() {
            return element::close_dialog(&dialog);
        }
        element::show_dialog(&dialog);
        if let Some(close) = close.get() {
            element::focus(&close);
        }
    });
    let name = file_name(&viewing.asked().subject.key);
    let head = tag("div")
        .class("preview__bar")
        .child(tag("h2").set("id", "preview-title").child(name))
        .child(facts(viewing))
        .child(button("button", t!("Close"), move || viewing.wide.set(false)).reference(close));
    tag("dialog")
        .reference(dialog)
        .class("dialog dialog--preview")
        .set("aria-labelledby", "preview-title")
        // Escape: the browser has closed it already.
        .on("close", move |_| viewing.wide.set(false))
        .child(head)
        .child(live(move || if viewing.wide.get() { body(viewing) } else { ().piece() }))
        .piece()
}

/// What is in the object, and below it how to see more.
fn body(viewing: Viewing) -> Piece {
    live(move || match viewing.shown.get() {
        Shown::Nothing => ().piece(),
        Shown::Loading => {
            tag("p").class("preview__note secondary small").set("role", "status").child(t!("Reading its first bytes")).piece()
        }
        Shown::Failed(failure) => {
            let again = button("button", t!("Try again"), move || viewing.look(false));
            [failure_line(failure).piece(), tag("p").child(again).piece()].piece()
        }
        Shown::Ready(seen) => ready(viewing, &seen),
    })
}

fn ready(viewing: Viewing, seen: &Arc<Seen>) -> Piece {
    let fault = match &seen.body {
        Body::Text(laid) => laid.document.fault.clone(),
        _ => None,
    };
    let notes = [words::lie(seen), fault]
        .into_iter()
        .flatten()
        .map(|note| tag("p").class("preview__note preview__note--warning small").child(note));
    let more = seen.has_more().then(|| more(viewing));
    [tag("div").children(notes).piece(), content(viewing, seen), more.piece()].piece()
}

fn content(viewing: Viewing, seen: &Arc<Seen>) -> Piece {
    match &seen.body {
        Body::Empty => note(t!("The object is empty.")).piece(),
        Body::Text(laid) => match &laid.document.content {
            Content::Text(text) => scroller(t!("Text"), tag("pre").class("preview__text").child(text.clone())).piece(),
            Content::Table(rows) => scroller(t!("Table"), table::table(rows)).piece(),
        },
        Body::Hex(dump) => scroller(t!("Bytes"), tag("pre").class("preview__text preview__text--bytes").child(dump.clone())).piece(),
        Body::Picture(url) => picture(viewing, url.as_str().to_owned()),
        Body::Drawing(url) => picture(viewing, url.clone()),
        Body::Player(url) => players::player(viewing, seen.kind, url.as_ref().map(crate::browser::object_url::ObjectUrl::as_str)),
        Body::Pdf => players::pdf(viewing),
        Body::Rows(_, rows) => scroller(t!("Table"), table::table(rows)).piece(),
        Body::Large(size) => {
            let load = button("button", t!("Load {size}", size = format::size(*size)), move || viewing.look(true));
            [note(t!("It is large, so it is not loaded unasked.")).piece(), tag("p").child(load).piece()].piece()
        }
        Body::Not(why) => note(t!("{why} Download it to see it.", why = why)).piece(),
    }
}

fn note(words: impl IntoPiece) -> Tag {
    tag("p").class("preview__note secondary small").child(words)
}

/// What scrolls is reached by keyboard, and has a name then.
fn scroller(label: &'static str, content: Tag) -> Tag {
    tag("div").class("preview__scroll").set("tabindex", "0").set("role", "region").set("aria-label", label).child(content)
}

fn picture(viewing: Viewing, url: String) -> Piece {
    let (drawn, broken, element) = (RwSignal::new(None::<(u32, u32)>), RwSignal::new(false), ElementRef::new());
    let name = file_name(&viewing.asked().subject.key);
    let image = tag("img")
        .reference(element)
        .class("preview__picture")
        .set("alt", t!("The picture {name}", name = name))
        .set("src", url)
        .on("load", move |_| drawn.set(element.get().map(|element| media::picture_size(&element))))
        .on("error", move |_| broken.set(true));
    let below = live(move || match (broken.get(), drawn.get()) {
        (true, _) => {
            note(t!("The browser cannot draw it: it is damaged, or of a kind that it does not know. Download it to see it.")).piece()
        }
        (_, Some((width @ 1.., height))) => {
            note(t!("{width} × {height} pixels", width = width.to_string(), height = height.to_string())).piece()
        }
        _ => ().piece(),
    });
    [tag("div").class("preview__stage").live("hidden", move || broken.get()).child(image).piece(), below].piece()
}

fn more(viewing: Viewing) -> Tag {
    let word = move || if viewing.busy.get() { t!("Reading on") } else { t!("Show more") };
    let press = move || {
        viewing.failed.set(None);
        viewing.more();
    };
    tag("div")
        .class("preview__more")
        .child(button("button", text(word), press).live("aria-disabled", move || viewing.busy.get().then_some("true")))
        .child(live(move || viewing.failed.get().map(failure_line)))
}

/// A failure in few words.
pub(super) fn failure_line(failure: Failure) -> Tag {
    let explained = explanation(&failure.section);
    let small = [failure.code, failure.reference].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    tag("p")
        .class("preview__note small bad")
        .set("role", "alert")
        .child(failure.message)
        .child(" ")
        .child(failure.next_step)
        .child((!small.is_empty()).then(|| tag("code").class("secondary").child(" ").child(small)))
        .child(" ")
        .child(explained)
}
