//! By name: the glue of each typed call is in what every page loads first.

use super::file::{get, method};
use super::window;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlElement;

pub(in crate::browser) fn object_url(bytes: &[u8], media_type: &str) -> Option<String> {
    let kind: Function = get(&window(), "Blob").dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &media_type.into()).ok()?;
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Reflect::construct(&kind, &Array::of2(&parts, &options)).ok()?;
    let addresses = get(&window(), "URL");
    method(&addresses, "createObjectURL")?.call1(&addresses, &blob).ok()?.as_string()
}

pub(in crate::browser) fn revoke_object_url(url: &str) {
    let addresses = get(&window(), "URL");
    if let Some(revoke) = method(&addresses, "revokeObjectURL") {
        let _ = revoke.call1(&addresses, &url.into());
    }
}

/// The browser has read the address once the click is over; what it names lives until the save is done.
pub(in crate::browser) fn save_bytes(name: &str, media_type: &str, bytes: &[u8]) {
    let Some(url) = object_url(bytes, media_type) else { return };
    let link = window().document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        // An element that was just made takes any attribute.
        let _ = link.set_attribute("download", name);
        let _ = link.set_attribute("href", &url);
        link.click();
    }
    revoke_object_url(&url);
}

pub(in crate::browser) fn load_media(player: &HtmlElement, url: &str, position: f64, plays: bool) {
    let set = |name: &str, value: &JsValue| drop(Reflect::set(player, &name.into(), value));
    set("src", &url.into());
    if position > 0.0 {
        // Before anything is known of what plays, this is where it will begin.
        set("currentTime", &position.into());
    }
    if plays {
        call(player, "play");
    }
}

pub(in crate::browser) fn media_standing(player: &HtmlElement) -> (f64, bool) {
    (get(player, "currentTime").as_f64().unwrap_or_default(), get(player, "paused").is_falsy())
}

pub(in crate::browser) fn unload_media(player: &HtmlElement) {
    call(player, "pause");
    let _ = player.remove_attribute("src");
    call(player, "load");
}

fn call(player: &HtmlElement, name: &str) {
    let answer = method(player, name).and_then(|method| method.call0(player).ok());
    if let Some(promise) = answer.and_then(|answer| answer.dyn_into::<Promise>().ok()) {
        // Refused where nobody has touched the page yet; then a person presses play.
        spawn_local(async move { drop(JsFuture::from(promise).await) });
    }
}

pub(in crate::browser) fn picture_size(picture: &HtmlElement) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
    let number = |name| get(picture, name).as_f64().unwrap_or_default() as u32;
    (number("naturalWidth"), number("naturalHeight"))
}

/// Browsers that do not tell are old, and show them.
pub(in crate::browser) fn shows_pdf() -> bool {
    get(&window().navigator(), "pdfViewerEnabled").as_bool().unwrap_or(true)
}
