use super::window;
use js_sys::{Array, Function, Promise, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, BroadcastChannel, Element, EventTarget, HtmlAnchorElement, HtmlElement, MessageEvent, PageTransitionEvent, Url,
    VisibilityState,
};

/// When a tab was last sent to sign in: milliseconds since the epoch, for all tabs.
const SIGN_IN_SENT: &str = "vestibule-sign-in-sent";

pub(in crate::browser) fn is_visible() -> bool {
    window().document().is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

pub(in crate::browser) fn is_online() -> bool {
    // A page from the device itself needs no network, whatever the browser thinks of the others.
    let on_this_device = || window().location().hostname().is_ok_and(|host| matches!(host.as_str(), "localhost" | "127.0.0.1"));
    window().navigator().on_line() || on_this_device()
}

pub(in crate::browser) fn user_agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

pub(in crate::browser) fn on_visibility_change(work: Box<dyn Fn()>) {
    if let Some(document) = window().document() {
        listen(&document, "visibilitychange", move |_| work());
    }
}

pub(in crate::browser) fn on_page_transition(event: &str, work: Box<dyn Fn(bool)>) {
    listen(&window(), event, move |event| work(event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted)));
}

/// For the life of the page: the closure is never freed.
fn listen(target: &EventTarget, event: &str, work: impl Fn(web_sys::Event) + 'static) {
    let listener = Closure::<dyn Fn(web_sys::Event)>::new(work).into_js_value();
    let _ = target.add_event_listener_with_callback(event, listener.unchecked_ref());
}

/// By name: web-sys has these only as unstable interfaces, or not at all.
pub(in crate::browser) fn adopt_style(text: &str) {
    let Some(document) = window().document() else { return };
    let adopt = || {
        let kind: Function = Reflect::get(&window(), &"CSSStyleSheet".into()).ok()?.dyn_into().ok()?;
        let sheet = Reflect::construct(&kind, &Array::new()).ok()?;
        let replace: Function = Reflect::get(&sheet, &"replaceSync".into()).ok()?.dyn_into().ok()?;
        replace.call1(&sheet, &text.into()).ok()?;
        let sheets: Array = Reflect::get(&document, &"adoptedStyleSheets".into()).ok()?.dyn_into().ok()?;
        sheets.push(&sheet);
        Some(())
    };
    // A browser without it shows the part plainly.
    let _ = adopt();
}

pub(in crate::browser) fn stored(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok()?
}

pub(in crate::browser) fn store(key: &str, value: Option<&str>) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        // Full, or not allowed: then it is not kept.
        let _ = value.map_or_else(|| storage.remove_item(key), |value| storage.set_item(key, value));
    }
}

/// Has the browser ask before the page is left.
pub(in crate::browser) struct LeaveWarning(SendWrapper<Closure<dyn Fn(web_sys::Event)>>);

impl LeaveWarning {
    pub(in crate::browser) fn new() -> Self {
        let listener = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| event.prevent_default());
        let _ = window().add_event_listener_with_callback("beforeunload", listener.as_ref().unchecked_ref());
        Self(SendWrapper::new(listener))
    }
}

impl Drop for LeaveWarning {
    fn drop(&mut self) {
        let listener: &Function = self.0.as_ref().as_ref().unchecked_ref();
        let _ = window().remove_event_listener_with_callback("beforeunload", listener);
    }
}

pub(in crate::browser) fn set_root_attribute(name: &str) {
    if let Some(root) = root() {
        let _ = root.set_attribute(name, "");
    }
}

/// By visibility and not by display, so that the scroll position stays; by CSSOM, which the
/// content security policy lets scripts use, so that it depends on no style sheet.
pub(in crate::browser) fn set_veil(down: bool) {
    if let Some(root) = root().and_then(|root| root.dyn_into::<HtmlElement>().ok()) {
        let _ = if down { root.style().set_property("visibility", "hidden") } else { root.style().remove_property("visibility").map(drop) };
    }
}

fn root() -> Option<Element> {
    window().document()?.document_element()
}

pub(in crate::browser) fn text_of(id: &str) -> Option<String> {
    window().document()?.get_element_by_id(id)?.text_content()
}

pub(in crate::browser) fn stop_resource_timing() {
    if let Some(performance) = window().performance() {
        performance.set_resource_timing_buffer_size(0);
        performance.clear_resource_timings();
    }
}

pub(in crate::browser) struct Channel(Option<BroadcastChannel>);

impl Channel {
    pub(in crate::browser) fn open(name: &str, receive: Box<dyn Fn(&str)>) -> Self {
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            listen(channel, "message", move |event| {
                if let Some(message) = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()) {
                    receive(&message);
                }
            });
        }
        Self(channel)
    }

    pub(in crate::browser) fn post(&self, message: &str) {
        if let Some(channel) = &self.0 {
            let _ = channel.post_message(&message.into());
        }
    }
}

pub(in crate::browser) fn is_apple() -> bool {
    let platform = window().navigator().platform().unwrap_or_default();
    ["Mac", "iPhone", "iPad"].iter().any(|device| platform.starts_with(device))
}

/// Clicks a link that is in no document, so that the URL stays nowhere.
pub(in crate::browser) fn download(url: &str) {
    let link = window().document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_rel("noreferrer");
        link.set_referrer_policy("no-referrer");
        link.set_href(url);
        link.click();
        link.set_href("");
    }
}

/// The browser has read the URL once the click is over; what it names lives until the save is done.
pub(in crate::browser) fn save(name: &str, media_type: &str, content: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&content.into()), &options) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let link = window().document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_download(name);
        link.set_href(&url);
        link.click();
    }
    let _ = Url::revoke_object_url(&url);
}

pub(in crate::browser) fn go(path: &str) {
    let _ = window().location().assign(path);
}

pub(in crate::browser) fn path() -> Option<String> {
    window().location().pathname().ok()
}

pub(in crate::browser) fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// By name: few pages need it, and the glue would be in all.
pub(in crate::browser) fn origin() -> String {
    Reflect::get(&window().location(), &"origin".into()).ok().and_then(|origin| origin.as_string()).unwrap_or_default()
}

/// A form of its own, put into the document for as long as the browser reads it: what is in it never stands in the page's
/// own markup.
pub(in crate::browser) fn post(action: &str, fields: &[(&str, &str)]) {
    let Some(document) = window().document() else { return };
    let Some(root) = root() else { return };
    let Ok(form) = document.create_element("form") else { return };
    let _ = form.set_attribute("method", "post");
    let _ = form.set_attribute("action", action);
    for (name, value) in fields {
        let Ok(field) = document.create_element("input") else { return };
        let _ = field.set_attribute("type", "hidden");
        let _ = field.set_attribute("name", name);
        // The property, which no markup shows.
        let _ = Reflect::set(&field, &"value".into(), &(*value).into());
        let _ = form.insert_before(&field, None);
    }
    let _ = root.insert_before(&form, None);
    if let Some(submit) = super::file::method(&form, "submit") {
        let _ = submit.call0(&form);
    }
    form.remove();
}

/// Refused where a page does it hundreds of times in a few seconds; then the note is lost, and nothing else.
pub(in crate::browser) fn keep_note(note: &str, href: Option<&str>) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&note.into(), "", href);
    }
}

pub(in crate::browser) fn kept_note() -> Option<String> {
    window().history().ok()?.state().ok()?.as_string()
}

pub(in crate::browser) fn reload() {
    let _ = window().location().reload();
}

/// Reloads the page if this tab gets the lock at once and `allowed(last, now)` says so. The lock
/// is then held until the page is gone.
pub(in crate::browser) async fn reload_alone(lock: &str, allowed: fn(Option<i64>, i64) -> bool) -> bool {
    let attempt = move || {
        let storage = window().local_storage().ok().flatten();
        let last = storage.as_ref().and_then(|storage| storage.get_item(SIGN_IN_SENT).ok()?).and_then(|text| text.parse().ok());
        let now = super::now_millis();
        let leave = allowed(last, now);
        if leave {
            if let Some(storage) = storage {
                let _ = storage.set_item(SIGN_IN_SENT, &now.to_string());
            }
            reload();
        }
        leave
    };
    let Some(request) = lock_request() else { return attempt() };
    // Resolves with what came of it; while leaving, the callback's own promise stays pending, and
    // with it the lock stays taken.
    let outcome = Promise::new(&mut |resolve, _| {
        let callback = Closure::once(move |held: JsValue| -> JsValue {
            let leaving = !held.is_null() && attempt();
            let _ = resolve.call1(&JsValue::UNDEFINED, &leaving.into());
            if leaving { Promise::new(&mut |_, _| {}).into() } else { JsValue::UNDEFINED }
        });
        let options = js_sys::Object::new();
        let _ = Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
        let (locks, function) = &request;
        let _ = function.call3(locks, &lock.into(), &options, &callback.into_js_value());
    });
    JsFuture::from(outcome).await.is_ok_and(|leaving| leaving.is_truthy())
}

/// `navigator.locks` and its `request`: not there on a page that came over plain http. web-sys has
/// them only as an unstable interface.
fn lock_request() -> Option<(JsValue, Function)> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok().filter(JsValue::is_object)?;
    let request = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some((locks, request))
}
