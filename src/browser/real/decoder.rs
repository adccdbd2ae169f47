//! By name, as `media` does.

use super::file::{get, method};
use super::window;
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::JsCast;

pub(in crate::browser) fn decode(label: &str, bytes: &[u8], fatal: bool) -> Option<String> {
    let kind: Function = get(&window(), "TextDecoder").dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"fatal".into(), &fatal.into()).ok()?;
    // It throws for labels that it does not know.
    let decoder = Reflect::construct(&kind, &Array::of2(&label.into(), &options)).ok()?;
    method(&decoder, "decode")?.call1(&decoder, &Uint8Array::from(bytes)).ok()?.as_string()
}
