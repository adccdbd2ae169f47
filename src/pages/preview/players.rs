//! What the browser itself fetches from the bucket: sound and films, by the ranges that it needs, and PDFs.

use super::viewing::Viewing;
use super::words::unplayable;
use crate::browser::{media, task};
use crate::model::clock::Timestamp;
use crate::preview::sniff::Kind;
use crate::reactive::{Presence, RwSignal, StoredValue, effect};
use crate::state::failure::Failure;
use crate::state::preview::{self, Address};
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag};
use leptos::prelude::on_cleanup;

/// A player, and the address that it plays from.
#[derive(Clone, Copy)]
struct Player {
    viewing: Viewing,
    element: ElementRef,
    media_type: &'static str,
    /// When its address ends.
    until: StoredValue<Option<Timestamp>>,
    failed: RwSignal<Option<Failure>>,
    /// The player itself: what was asked for it may be answered later than it lasts.
    there: Presence,
}

/// A player of sound or of a film. `url` is where it is, where that is in this page.
pub(super) fn player(viewing: Viewing, kind: Kind, url: Option<&str>) -> Piece {
    let (name, media_type) = match kind {
        Kind::Audio(media_type) => ("audio", media_type),
        Kind::Video(media_type) => ("video", media_type),
        _ => return ().piece(),
    };
    let element = ElementRef::new();
    let player =
        Player { viewing, element, media_type, until: StoredValue::new(None), failed: RwSignal::new(None), there: Presence::of_owner() };
    let tag = tag(name)
        .reference(element)
        .class("preview__player")
        .set("controls", "")
        .set("preload", "metadata")
        .set("playsinline", "")
        .set("aria-label", viewing.asked().subject.key.clone())
        .on("error", move |_| player.failed());
    match url {
        Some(url) => {
            let url = url.to_owned();
            effect(move || {
                if let Some(element) = element.get() {
                    media::load(&element, &url, 0.0, false);
                }
            });
        }
        None => effect(move || player.load(0.0, false)),
    }
    let left = element;
    on_cleanup(move || {
        if let Some(element) = left.get() {
            media::unload(&element);
        }
    });
    let failure = live(move || player.failed.get().map(super::content::failure_line));
    [tag.piece(), failure].piece()
}

impl Player {
    /// Plays from a new address.
    fn load(self, position: f64, plays: bool) {
        let asked = self.viewing.asked();
        task::spawn(async move {
            let made = preview::address(self.viewing.store, &asked.subject, self.media_type).await;
            if !self.there.lasts() {
                return;
            }
            match (made, self.element.get()) {
                (Ok(Address { url, until }), Some(element)) => {
                    self.until.set_value(Some(until));
                    media::load(&element, url.expose(), position, plays);
                }
                (Err(failure), _) => self.failed.set(Some(failure)),
                _ => {}
            }
        });
    }

    /// The address has ended in the middle: on with another. Otherwise it cannot be played.
    fn failed(self) {
        if !self.there.lasts() {
            return;
        }
        let until = self.until.get_value();
        let Some(element) = self.element.get() else { return };
        if until.is_some_and(|until| until <= self.viewing.store.now()) {
            let (position, plays) = media::standing(&element);
            self.until.set_value(None);
            return self.load(position, plays);
        }
        self.failed.set(Some(unplayable()));
    }
}

/// A PDF in a frame of the bucket's origin, which the portal's is not: what a PDF may do, it does there.
pub(super) fn pdf(viewing: Viewing) -> Piece {
    let made = RwSignal::new(None::<Result<String, Failure>>);
    effect(move || {
        let asked = viewing.asked();
        task::spawn(async move {
            let address = preview::address(viewing.store, &asked.subject, "application/pdf").await;
            let _ = made.try_set(Some(address.map(|address| address.url.expose().to_owned())));
        });
    });
    live(move || match made.get() {
        None => tag("div").class("preview__frame").piece(),
        Some(Ok(url)) => frame(url, viewing.asked().subject.key.clone()).piece(),
        Some(Err(failure)) => super::content::failure_line(failure).piece(),
    })
}

fn frame(url: String, key: String) -> Tag {
    tag("iframe").class("preview__frame").set("title", key).set("referrerpolicy", "no-referrer").set("src", url)
}
