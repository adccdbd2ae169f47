use super::window;
use js_sys::{Promise, Reflect};
use wasm_bindgen_futures::JsFuture;

pub(in crate::browser) fn cookies() -> String {
    let cookies = window().document().and_then(|document| Reflect::get(&document, &"cookie".into()).ok());
    cookies.and_then(|cookies| cookies.as_string()).unwrap_or_default()
}

pub(in crate::browser) fn set_cookie(cookie: &str) {
    let secure = if window().location().protocol().is_ok_and(|protocol| protocol == "https:") { ";secure" } else { "" };
    if let Some(document) = window().document() {
        let _ = Reflect::set(&document, &"cookie".into(), &[cookie, secure].concat().into());
    }
}

pub(in crate::browser) fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
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
    script.set_id(id);
    let _ = script.set_attribute("src", path);
    let _ = root.append_child(&script);
    JsFuture::from(loaded).await.is_ok()
}

pub(in crate::browser) fn set_language(code: &str, direction: &str) {
    if let Some(root) = window().document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("lang", code);
        let _ = root.set_attribute("dir", direction);
    }
    super::intl::forget();
}
