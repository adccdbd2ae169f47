//! Pictures and players.

use super::platform;
use leptos::web_sys::HtmlElement;

/// Has a player play what is at `url`, from a position in seconds on.
pub fn load(player: &HtmlElement, url: &str, position: f64, plays: bool) {
    platform::load_media(player, url, position, plays);
}

/// Where a player is, in seconds, and whether it plays.
#[must_use]
pub fn standing(player: &HtmlElement) -> (f64, bool) {
    platform::media_standing(player)
}

/// Has a player let go of what it plays.
pub fn unload(player: &HtmlElement) {
    platform::unload_media(player);
}

/// The width and height of a picture that is drawn.
#[must_use]
pub fn picture_size(picture: &HtmlElement) -> (u32, u32) {
    platform::picture_size(picture)
}

/// Whether the browser shows PDFs in a frame. Others save what is put into one.
#[must_use]
pub fn shows_pdf() -> bool {
    platform::shows_pdf()
}
