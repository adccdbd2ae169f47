//! By name, as `media` does.

use super::file::{get, method};
use super::window;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::JsCast;

pub(in crate::browser) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let kind: Function = get(&window(), "RegExp").dyn_into().ok()?;
    // It throws for what is none.
    let pattern = Reflect::construct(&kind, &Array::of2(&pattern.into(), &"u".into())).ok()?;
    method(&pattern, "test")?.call1(&pattern, &text.into()).ok()?.as_bool()
}
