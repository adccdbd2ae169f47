//! By name, because web-sys has most of it as unstable interfaces only, and because the glue of each typed call is in
//! what every page loads first.

use super::file::{get, method};
use super::lock::{Lock, held_locks};
use super::{now_millis, random_u32, window};
use crate::browser::sink::{MOST_IN_MEMORY, Place, Unwritable};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, HtmlAnchorElement, Url};

/// The folder in the browser's storage.
const FOLDER: &str = "vestibule-downloads";

/// Bytes a millisecond that a browser copies from its storage at least, and how long it may take to begin.
const SLOWEST_COPY: f64 = 10_000.0;
const BEGIN_MILLIS: f64 = 60_000.0;

#[derive(Clone)]
pub(in crate::browser) struct Sink(SendWrapper<Rc<Kind>>);

enum Kind {
    /// A file with its stream, and the write that is under way: while the browser writes, the next is made ready.
    File { handle: JsValue, stream: JsValue, name: String, stored: Option<Stored>, under_way: RefCell<Option<Writing>> },
    /// Pieces by position.
    Memory { name: String, pieces: RefCell<BTreeMap<u64, Blob>> },
}

/// A write that the browser has not confirmed yet.
struct Writing(Promise);

impl Writing {
    /// Waits until it is confirmed.
    async fn end(self) -> Result<(), Unwritable> {
        JsFuture::from(self.0).await.map(drop).map_err(|error| why(&error))
    }
}

/// A file in the browser's storage.
struct Stored {
    folder: JsValue,
    name: String,
    /// Says whose it is.
    _lock: Lock,
}

pub(in crate::browser) fn best_place() -> Place {
    if get(&window(), "showSaveFilePicker").is_function() { Place::Asked } else { best_unasked_place() }
}

pub(in crate::browser) fn best_unasked_place() -> Place {
    let kind = get(&get(&window(), "FileSystemFileHandle"), "prototype");
    let storage = get(&get(&window().navigator(), "storage"), "getDirectory");
    if storage.is_function() && kind.is_object() && get(&kind, "createWritable").is_function() { Place::Storage } else { Place::Memory }
}

impl Sink {
    pub(in crate::browser) async fn begin(place: Place, name: &str) -> Result<Self, Unwritable> {
        let kind = match place {
            Place::Memory => Kind::Memory { name: name.to_owned(), pieces: RefCell::default() },
            Place::Asked => {
                let options = object(&[("suggestedName", name.into())]);
                let handle = call(&window(), "showSaveFilePicker", &[options]).await.map_err(|error| why(&error))?;
                let stream = call(&handle, "createWritable", &[]).await.map_err(|error| why(&error))?;
                Kind::File { handle, stream, name: name.to_owned(), stored: None, under_way: RefCell::default() }
            }
            Place::Storage => {
                let folder = folder(true).await?;
                let stored = format!("{}-{:08x}", now_millis(), random_u32());
                let held = Lock::held(&lock(&stored)).await;
                let options = object(&[("create", JsValue::TRUE)]);
                let handle = call(&folder, "getFileHandle", &[stored.as_str().into(), options]).await.map_err(|error| why(&error))?;
                let stream = call(&handle, "createWritable", &[]).await.map_err(|error| why(&error))?;
                let stored = Some(Stored { folder, name: stored, _lock: held });
                Kind::File { handle, stream, name: name.to_owned(), stored, under_way: RefCell::default() }
            }
        };
        Ok(Self(SendWrapper::new(Rc::new(kind))))
    }

    pub(in crate::browser) async fn write(&self, position: u64, bytes: &[u8]) -> Result<(), Unwritable> {
        let copy = Uint8Array::from(bytes);
        match &**self.0 {
            Kind::File { stream, under_way, .. } => {
                let command = object(&[("type", "write".into()), ("position", float(position).into()), ("data", copy.into())]);
                let begun = method(stream, "write").and_then(|write| write.call1(stream, &command).ok()?.dyn_into().ok());
                let next = Writing(begun.ok_or(Unwritable::Refused)?);
                let last = under_way.replace(Some(next));
                match last {
                    Some(last) => last.end().await,
                    None => Ok(()),
                }
            }
            Kind::Memory { pieces, .. } => {
                if position + bytes.len() as u64 > MOST_IN_MEMORY {
                    return Err(Unwritable::Full);
                }
                let blob = Blob::new_with_u8_array_sequence(&Array::of1(&copy)).map_err(|_| Unwritable::Refused)?;
                let mut pieces = pieces.borrow_mut();
                // What is begun anew is written over as a whole: nothing of the old stays behind its beginning.
                drop(pieces.split_off(&position));
                pieces.insert(position, blob);
                Ok(())
            }
        }
    }

    pub(in crate::browser) async fn finish(&self, length: u64, media_type: &str) -> Result<(), Unwritable> {
        match &**self.0 {
            Kind::File { handle, stream, name, stored, under_way } => {
                let failed = |error: JsValue| why(&error);
                let last = under_way.take();
                if let Some(last) = last {
                    last.end().await?;
                }
                call(stream, "truncate", &[float(length).into()]).await.map_err(failed)?;
                call(stream, "close", &[]).await.map_err(failed)?;
                if stored.is_some() {
                    let file = call(handle, "getFile", &[]).await.map_err(failed)?;
                    let keep = (*self.0).clone();
                    hand_over(file.unchecked_ref(), name);
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds")]
                    let patience = (BEGIN_MILLIS + float(length) / SLOWEST_COPY).min(f64::from(i32::MAX)) as u32;
                    // The browser does not tell when it has copied the file.
                    spawn_local(async move {
                        super::timer::sleep(patience).await;
                        remove(&keep).await;
                    });
                }
                Ok(())
            }
            Kind::Memory { name, pieces } => {
                let parts: Array = pieces.take().into_values().collect();
                let options = object(&[("type", media_type.into())]);
                let blob = Blob::new_with_blob_sequence_and_options(&parts, options.unchecked_ref()).map_err(|_| Unwritable::Refused)?;
                hand_over(&blob, name);
                Ok(())
            }
        }
    }

    pub(in crate::browser) async fn discard(&self) {
        match &**self.0 {
            Kind::File { stream, under_way, .. } => {
                let last = under_way.take();
                // What was written is in another file until the stream is closed.
                let _ = call(stream, "abort", &[]).await;
                if let Some(last) = last {
                    let _ = last.end().await;
                }
                remove(&self.0).await;
            }
            Kind::Memory { pieces, .. } => pieces.borrow_mut().clear(),
        }
    }
}

/// Removes the file.
async fn remove(kind: &Kind) {
    if let Kind::File { handle, stored, .. } = kind {
        let _ = match stored {
            Some(Stored { folder, name, .. }) => call(folder, "removeEntry", &[name.as_str().into()]).await,
            // The empty file that the browser made where the person said. Not every browser can.
            None if is_empty(handle).await => call(handle, "remove", &[]).await,
            None => Ok(JsValue::UNDEFINED),
        };
    }
}

async fn is_empty(handle: &JsValue) -> bool {
    let file = call(handle, "getFile", &[]).await;
    file.is_ok_and(|file| get(&file, "size").as_f64() == Some(0.0))
}

/// Has the browser save a file under a name. The address lives as long as the browser takes to read it.
fn hand_over(blob: &Blob, name: &str) {
    let Ok(url) = Url::create_object_url_with_blob(blob) else { return };
    let link = window().document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_download(name);
        link.set_href(&url);
        link.click();
    }
    spawn_local(async move {
        // Some browsers read the address a moment after the click.
        super::timer::sleep(10_000).await;
        let _ = Url::revoke_object_url(&url);
    });
}

async fn folder(create: bool) -> Result<JsValue, Unwritable> {
    let storage = get(&window().navigator(), "storage");
    let root = call(&storage, "getDirectory", &[]).await.map_err(|error| why(&error))?;
    let options = object(&[("create", create.into())]);
    call(&root, "getDirectoryHandle", &[FOLDER.into(), options]).await.map_err(|error| why(&error))
}

fn lock(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

/// Removes what nobody holds any more, unless a browser may still be copying it.
pub(in crate::browser) async fn sweep() {
    // Without locks nobody knows whose they are.
    let Some(held) = held_locks().await else { return };
    let Ok(folder) = folder(false).await else { return };
    let Some(entries) = method(&folder, "values").and_then(|values| values.call0(&folder).ok()) else { return };
    let mut left = Vec::new();
    while let Ok(next) = call(&entries, "next", &[]).await {
        if get(&next, "done").is_truthy() {
            break;
        }
        left.push(get(&next, "value"));
    }
    for handle in left {
        let Some(name) = get(&handle, "name").as_string() else { continue };
        if held.contains(&lock(&name)) || is_copied(&handle).await {
            continue;
        }
        let _ = call(&folder, "removeEntry", &[name.as_str().into()]).await;
    }
}

/// Whether it was finished a moment ago.
async fn is_copied(handle: &JsValue) -> bool {
    let Ok(file) = call(handle, "getFile", &[]).await else { return false };
    let number = |name| get(&file, name).as_f64().unwrap_or_default();
    let size = number("size");
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since the epoch")]
    let age = now_millis() as f64 - number("lastModified");
    size > 0.0 && age < BEGIN_MILLIS + size / SLOWEST_COPY
}

/// Calls a method that answers later.
pub(super) async fn call(target: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function = if target.is_object() { method(target, name) } else { None };
    let function = function.ok_or(JsValue::UNDEFINED)?;
    let answer = match arguments {
        [] => function.call0(target),
        [first] => function.call1(target, first),
        [first, second, ..] => function.call2(target, first, second),
    };
    JsFuture::from(answer?.dyn_into::<Promise>()?).await
}

pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

#[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
fn float(number: u64) -> f64 {
    number as f64
}

fn why(error: &JsValue) -> Unwritable {
    match if error.is_object() { get(error, "name").as_string() } else { None }.as_deref() {
        Some("AbortError") => Unwritable::Dismissed,
        Some("QuotaExceededError") => Unwritable::Full,
        _ => Unwritable::Refused,
    }
}
