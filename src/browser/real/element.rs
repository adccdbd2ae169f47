use super::window;
use js_sys::{Function, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, ResizeObserver};

/// Edges are told in the window's px and scroll positions in the element's own; under CSS `zoom` these differ. A whole
/// number, as `offsetHeight` is, would put the millionth row far from its place.
pub(in crate::browser) fn height(element: &Element) -> f64 {
    let zoom = super::file::get(element, "currentCSSZoom").as_f64().unwrap_or(1.0);
    element.get_bounding_client_rect().height() / zoom
}

/// `Element.scrollTop` with its fraction, which web_sys's whole numbers cut off.
pub(in crate::browser) fn scroll_top(element: &Element) -> f64 {
    Reflect::get(element, &"scrollTop".into()).ok().and_then(|value| value.as_f64()).unwrap_or_default()
}

pub(in crate::browser) fn set_scroll_top(element: &Element, position: f64) {
    let _ = Reflect::set(element, &"scrollTop".into(), &position.into());
}

pub(in crate::browser) fn pointer_x(event: &Event) -> f64 {
    super::file::get(event, "clientX").as_f64().unwrap_or_default()
}

pub(in crate::browser) fn capture_pointer(element: &Element, event: &Event) {
    call(element, "setPointerCapture", &super::file::get(event, "pointerId"));
}

pub(in crate::browser) fn extent(element: &Element) -> (f64, f64) {
    let edges = element.get_bounding_client_rect();
    let of = |name: &str| super::file::get(&edges, name).as_f64().unwrap_or_default();
    (of("left"), of("width"))
}

/// As the style sheets draw the line.
pub(in crate::browser) fn is_narrow() -> bool {
    super::file::get(&window(), "innerWidth").as_f64().is_some_and(|width| width <= 640.0)
}

pub(in crate::browser) fn focus(element: &HtmlElement) {
    let options = js_sys::Object::new();
    let _ = Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
    call(element, "focus", &options);
}

pub(in crate::browser) fn reveal(element: &HtmlElement) {
    call(element, "scrollIntoView", &JsValue::UNDEFINED);
}

pub(in crate::browser) fn find(selector: &str) -> Option<HtmlElement> {
    window().document()?.query_selector(selector).ok()??.dyn_into().ok()
}

pub(in crate::browser) fn close_popovers() {
    if let Some(open) = find(":popover-open") {
        call(&open, "hidePopover", &JsValue::UNDEFINED);
    }
}

pub(in crate::browser) fn show_dialog(dialog: &HtmlElement) {
    // Showing what is shown is an error, and there is nothing to do.
    call(dialog, "showModal", &JsValue::UNDEFINED);
}

pub(in crate::browser) fn close_dialog(dialog: &HtmlElement) {
    call(dialog, "close", &JsValue::UNDEFINED);
}

fn call(element: &Element, method: &str, argument: &JsValue) {
    if let Some(method) = Reflect::get(element, &method.into()).ok().and_then(|method| method.dyn_into::<Function>().ok()) {
        let _ = method.call1(element, argument);
    }
}

/// A `ResizeObserver`, disconnected on drop. The wrapper lets it live in reactive storage, which
/// asks for `Send` though there is one thread.
pub(in crate::browser) struct ResizeWatch {
    _until_dropped: SendWrapper<Observing>,
}

struct Observing {
    observer: Option<ResizeObserver>,
    callback: Closure<dyn Fn()>,
}

impl ResizeWatch {
    pub(in crate::browser) fn new(elements: &[&Element], work: Box<dyn Fn()>) -> Self {
        let callback = Closure::new(work);
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            for element in elements {
                observer.observe(element);
            }
        }
        Self { _until_dropped: SendWrapper::new(Observing { observer, callback }) }
    }
}

impl Drop for Observing {
    fn drop(&mut self) {
        let _ = &self.callback;
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// By name: clicks and keys would each bring glue of their own.
pub(in crate::browser) fn is_set(event: &Event, name: &str) -> bool {
    super::file::get(event, name).is_truthy()
}
