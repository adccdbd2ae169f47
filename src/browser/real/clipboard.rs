use super::{file, window};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Clipboard;

/// Not there at all on a page that came over plain http: asking the typed getter would trap.
fn clipboard() -> Option<JsValue> {
    Reflect::get(&window().navigator(), &"clipboard".into()).ok().filter(JsValue::is_object)
}

pub(in crate::browser) async fn copy(text: &str) -> bool {
    let Some(clipboard) = clipboard() else { return false };
    JsFuture::from(clipboard.unchecked_ref::<Clipboard>().write_text(text)).await.is_ok()
}

/// What is on it, where the person has allowed the page to read it: asking for that would open a question that nobody expects.
/// By name: glue for what few use would be in what every page loads first.
pub(in crate::browser) async fn readable_clipboard() -> Option<String> {
    let permissions = Reflect::get(&window().navigator(), &"permissions".into()).ok().filter(JsValue::is_object)?;
    let asked = Object::new();
    Reflect::set(&asked, &"name".into(), &"clipboard-read".into()).ok()?;
    let query: Function = file::method(&permissions, "query")?;
    let standing = promised(query.call1(&permissions, &asked).ok()?).await?;
    if Reflect::get(&standing, &"state".into()).ok()?.as_string()? != "granted" {
        return None;
    }
    let clipboard = clipboard()?;
    promised(file::method(&clipboard, "readText")?.call0(&clipboard).ok()?).await?.as_string()
}

async fn promised(value: JsValue) -> Option<JsValue> {
    JsFuture::from(value.unchecked_into::<Promise>()).await.ok()
}

pub(in crate::browser) fn has_focus() -> bool {
    let focused = || {
        let document = window().document()?;
        file::method(&document, "hasFocus")?.call0(&document).ok()?.as_bool()
    };
    focused().unwrap_or(false)
}
