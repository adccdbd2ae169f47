//! By name: web-sys has locks as unstable interfaces only.

use super::file::{get, list, method};
use super::sink::{call, object};
use super::window;
use js_sys::{Function, Promise};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

/// What lets go of a lock, or of the place in the queue for it. `None` where the browser has no locks.
pub(in crate::browser) struct Lock(SendWrapper<Option<Function>>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = self.0.as_ref() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

impl Lock {
    pub(in crate::browser) fn hold(name: &str) -> Self {
        Self::ask(name, &[]).0
    }

    /// The same, once it is held.
    pub(super) async fn held(name: &str) -> Self {
        let (lock, answer) = Self::ask(name, &[]);
        let _ = settled(answer).await;
        lock
    }

    pub(in crate::browser) async fn take(name: &str) -> Option<Self> {
        let (lock, answer) = Self::ask(name, &[("ifAvailable", JsValue::TRUE)]);
        settled(answer).await.then_some(lock)
    }

    /// Asks for a lock. The answer is the browser's own object for it, `null` where the lock cannot be had.
    fn ask(name: &str, options: &[(&str, JsValue)]) -> (Self, Option<Promise>) {
        let locks = get(&window().navigator(), "locks");
        let Some(request) = method(&locks, "request") else { return (Self(SendWrapper::new(None)), None) };
        let mut release = None;
        let until_released = Promise::new(&mut |resolve, _| release = Some(resolve));
        let answer = Promise::new(&mut |answer, refuse| {
            let until_released = until_released.clone();
            let work = Closure::once_into_js(move |lock: JsValue| -> JsValue {
                let _ = answer.call1(&JsValue::UNDEFINED, &lock);
                until_released.into()
            });
            let asked = request.call3(&locks, &name.into(), &object(options), &work);
            let told = asked.ok().and_then(|asked| method(&asked, "catch")?.call1(&asked, &refuse).ok());
            if told.is_none() {
                let _ = refuse.call0(&JsValue::UNDEFINED);
            }
        });
        (Self(SendWrapper::new(release)), Some(answer))
    }
}

/// Whether a lock is held. One that the browser refuses for another reason is as if it had none.
async fn settled(answer: Option<Promise>) -> bool {
    match answer {
        Some(answer) => JsFuture::from(answer).await.map_or(true, |lock| lock.is_object()),
        None => true,
    }
}

pub(in crate::browser) async fn released(name: &str) {
    // Shared, so that several tabs do not wait for each other.
    let (_lock, answer) = Lock::ask(name, &[("mode", "shared".into())]);
    let _ = settled(answer).await;
}

pub(in crate::browser) async fn held_locks() -> Option<Vec<String>> {
    let known = call(&get(&window().navigator(), "locks"), "query", &[]).await.ok()?;
    Some(list(&get(&known, "held")).iter().filter_map(|lock| get(lock, "name").as_string()).collect())
}
