use super::window;
use js_sys::{Function, Object, Reflect};
use send_wrapper::SendWrapper;
use std::future::Future;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

/// Longest wait for the browser to have nothing to do.
const IDLE_MILLIS: u32 = 2_000;

/// `setTimeout`, cleared on drop. The wrapper lets it live in reactive storage, which asks for
/// `Send` though there is one thread.
pub(in crate::browser) struct Timer {
    id: i32,
    /// The browser's half of the callback is dead once this is dropped.
    _callback: SendWrapper<Closure<dyn FnMut()>>,
}

impl Timer {
    pub(in crate::browser) fn after(milliseconds: u32, work: Box<dyn FnOnce()>) -> Self {
        let callback = Closure::once(work);
        let id = set_timeout(callback.as_ref().unchecked_ref(), milliseconds);
        Self { id, _callback: SendWrapper::new(callback) }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
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

pub(in crate::browser) fn painted(patience: u32) -> impl Future<Output = ()> + Send {
    let painted = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, patience);
        // Called at the beginning of a frame; a timer of no time has its turn behind it.
        let behind_it = Closure::once_into_js(move || set_timeout(&resolve, 0));
        let _ = window().request_animation_frame(behind_it.unchecked_ref());
    });
    let painted = JsFuture::from(painted);
    SendWrapper::new(async move {
        let _ = painted.await;
    })
}

fn set_timeout(callback: &js_sys::Function, milliseconds: u32) -> i32 {
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    window().set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds).unwrap_or_default()
}

pub(in crate::browser) fn when_idle(work: Box<dyn FnOnce()>) {
    let callback = Closure::once_into_js(work);
    let request = Reflect::get(&window(), &"requestIdleCallback".into()).ok().and_then(|request| request.dyn_into::<Function>().ok());
    match request {
        Some(request) => {
            let options = Object::new();
            let _ = Reflect::set(&options, &"timeout".into(), &IDLE_MILLIS.into());
            let _ = request.call2(&window(), &callback, &options);
        }
        // Safari before 18 does not know it.
        None => {
            set_timeout(callback.unchecked_ref(), IDLE_MILLIS);
        }
    }
}
