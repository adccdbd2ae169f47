use super::window;
use send_wrapper::SendWrapper;
use std::future::Future;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

/// `setTimeout`, cleared on drop. The wrapper lets it live in reactive storage, which asks for
/// `Send` though there is one thread.
pub(in crate::browser) struct Timer(SendWrapper<Running>);

struct Running {
    id: i32,
    callback: Closure<dyn FnMut()>,
}

impl Timer {
    pub(in crate::browser) fn after(milliseconds: u32, work: Box<dyn FnOnce()>) -> Self {
        let callback = Closure::once(work);
        let id = set_timeout(callback.as_ref().unchecked_ref(), milliseconds);
        Self(SendWrapper::new(Running { id, callback }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = &self.callback;
        window().clear_timeout_with_handle(self.id);
    }
}

pub(in crate::browser) fn sleep(milliseconds: u32) -> impl Future<Output = ()> + Send {
    let elapsed = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
    });
    let elapsed = JsFuture::from(elapsed);
    SendWrapper::new(async move {
        let _ = elapsed.await;
    })
}

fn set_timeout(callback: &js_sys::Function, milliseconds: u32) -> i32 {
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    window().set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds).unwrap_or_default()
}
