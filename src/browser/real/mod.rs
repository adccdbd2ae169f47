//! The real browser.

mod clipboard;
mod decoder;
mod element;
mod fetch;
mod file;
mod intl;
mod keys;
mod language;
mod lock;
mod media;
mod page;
mod pattern;
mod sink;
mod slack;
mod stream;
mod timer;

pub(super) use clipboard::{copy, has_focus, readable_clipboard};
pub(super) use decoder::decode;
pub(super) use element::{
    ResizeWatch, capture_pointer, close_dialog, close_popovers, extent, find, focus, height, is_narrow, is_set, pointer_x, reveal,
    scroll_top, set_scroll_top, show_dialog,
};
pub(super) use fetch::{fetch, receive};
pub(super) use file::{ArrivalWatch, Content, choose_files, read_file};
pub(super) use intl::{date_time, date_time_long, decimal, relative};
pub(super) use keys::{Hearing, code, is_right_to_left};
pub(super) use language::{cookies, languages, load_script, set_cookie, set_language};
pub(super) use lock::{Lock, held_locks, released};
pub(super) use media::{load_media, media_standing, object_url, picture_size, revoke_object_url, save_bytes, shows_pdf, unload_media};
pub(super) use page::{
    Channel, LeaveWarning, adopt_style, download, go, is_apple, is_online, is_visible, keep_note, kept_note, on_page_transition,
    on_visibility_change, origin, path, post, query, reload, reload_alone, save, set_root_attribute, set_veil, stop_resource_timing, store,
    stored, text_of, user_agent,
};
pub(super) use pattern::matches;
pub(super) use sink::{Sink, best_place, best_unasked_place, sweep};
pub(super) use stream::open;
pub(super) use timer::{Timer, painted, sleep, when_idle};
pub(super) use web_sys::Blob;

use crate::model::error::PortalError;
use futures::future::LocalBoxFuture;
use send_wrapper::SendWrapper;
use server_fn::ServerFn;
use std::future::Future;
use wasm_bindgen::JsCast;

pub(super) const ON_SERVER: bool = false;

/// The window. There is always one: this code is started by the page's own script.
fn window() -> web_sys::Window {
    leptos::prelude::window()
}

pub(super) fn random_u32() -> u32 {
    let mut bytes = [0; 4];
    // Refused only for buffers above 64 kB; a zero would be harmless.
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    u32::from_le_bytes(bytes)
}

/// By itself, so that the pages that need none do not load it.
pub(super) fn random_bytes(bytes: &mut [u8]) -> bool {
    window().crypto().is_ok_and(|crypto| crypto.get_random_values_with_u8_array(bytes).is_ok())
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds since the epoch fit for another 285,000 years")]
pub(super) fn now_millis() -> i64 {
    js_sys::Date::now() as i64
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "milliseconds since the epoch; minutes of a day")]
pub(super) fn minutes_east(millis: i64) -> i32 {
    let west = js_sys::Reflect::get(&window(), &"Date".into())
        .ok()
        .and_then(|kind| {
            js_sys::Reflect::construct(kind.unchecked_ref::<js_sys::Function>(), &js_sys::Array::of1(&(millis as f64).into())).ok()
        })
        .and_then(|date| file::method(&date, "getTimezoneOffset")?.call0(&date).ok()?.as_f64());
    -west.unwrap_or_default() as i32
}

/// Boxed, so that the executor is compiled once.
pub(super) fn spawn(work: LocalBoxFuture<'static, ()>) {
    wasm_bindgen_futures::spawn_local(work);
}

/// Sends the arguments to the portal.
pub(super) fn call<F, R>(arguments: F, remotely: impl FnOnce(F) -> R) -> impl Future<Output = Result<F::Output, PortalError>> + Send
where
    F: ServerFn<Error = PortalError>,
    R: Future<Output = Result<F::Output, PortalError>>,
{
    SendWrapper::new(remotely(arguments))
}
