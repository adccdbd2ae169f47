//! By name throughout: glue for what one panel needs would be in what every page loads first.

use super::file::{get, method};
use super::window;
use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

fn document() -> JsValue {
    get(&window(), "document")
}

pub(in crate::browser) fn cookies() -> String {
    get(&document(), "cookie").as_string().unwrap_or_default()
}

pub(in crate::browser) fn set_cookie(cookie: &str) {
    let protocol = get(&get(&window(), "location"), "protocol").as_string();
    let secure = if protocol.as_deref() == Some("https:") { ";secure" } else { "" };
    let _ = Reflect::set(&document(), &"cookie".into(), &[cookie, secure].concat().into());
}

pub(in crate::browser) fn languages() -> Vec<String> {
    let tags = get(&get(&window(), "navigator"), "languages");
    let joined = method(&tags, "join").and_then(|join| join.call0(&tags).ok()?.as_string());
    joined.unwrap_or_default().split(',').map(str::to_owned).collect()
}

/// Runs a script in an element of this id, in the place of the one that has it.
pub(in crate::browser) async fn load_script(path: &str, id: &str) -> bool {
    let Some(document) = window().document() else { return false };
    let (Ok(script), Some(root)) = (document.create_element("script"), document.document_element()) else { return false };
    let loaded = Promise::new(&mut |loaded, failed| {
        let _ = Reflect::set(&script, &"onload".into(), &loaded);
        let _ = Reflect::set(&script, &"onerror".into(), &failed);
    });
    if let Some(before) = document.get_element_by_id(id) {
        before.remove();
    }
    let _ = script.set_attribute("id", id);
    let _ = script.set_attribute("src", path);
    let _ = root.insert_before(&script, None);
    JsFuture::from(loaded).await.is_ok()
}

pub(in crate::browser) fn set_language(code: &str, direction: &str) {
    if let Some(root) = window().document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("lang", code);
        let _ = root.set_attribute("dir", direction);
    }
    super::intl::forget();
}
