use super::file::get;
use super::window;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Event;

/// A listener of the window, taken away on drop. The wrapper lets it live in reactive storage, which asks for `Send`
/// though there is one thread.
pub(in crate::browser) struct Hearing {
    _until_dropped: SendWrapper<Listening>,
}

struct Listening {
    event: &'static str,
    before: bool,
    listener: Closure<dyn Fn(Event)>,
}

impl Hearing {
    pub(in crate::browser) fn new(event: &'static str, before: bool, work: Box<dyn Fn(Event)>) -> Self {
        let listener = Closure::new(work);
        let _ = window().add_event_listener_with_callback_and_bool(event, listener.as_ref().unchecked_ref(), before);
        Self { _until_dropped: SendWrapper::new(Listening { event, before, listener }) }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = window().remove_event_listener_with_callback_and_bool(self.event, self.listener.as_ref().unchecked_ref(), self.before);
    }
}

pub(in crate::browser) fn code(event: &Event) -> Option<String> {
    // Safari says 229 for the key that ends a composition.
    let composes = get(event, "isComposing").is_truthy() || get(event, "keyCode").as_f64() == Some(229.0);
    if composes { None } else { Some(get(event, "code").as_string().unwrap_or_default()) }
}

pub(in crate::browser) fn is_right_to_left() -> bool {
    window().document().and_then(|document| document.document_element()).is_some_and(|root| root.matches(":dir(rtl)").unwrap_or(false))
}
