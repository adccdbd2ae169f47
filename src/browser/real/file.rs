//! By name where that does: the glue of each typed call is in what every page loads first.

use super::window;
use crate::browser::file::{File, LeftOut, Unreadable};
use futures::future::LocalBoxFuture;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, Event, HtmlElement};

/// Set on the root element while files are dragged over the page.
const DRAGGING: &str = "data-dragging";

/// Bytes that are read at once.
const MEMORY_BYTES: u32 = 1024 * 1024;

thread_local! {
    static MEMORY: RefCell<Option<Uint8Array>> = const { RefCell::new(None) };
}

/// The browser's handle of a file. The wrapper lets it live in reactive storage, which asks for `Send`
/// though there is one thread.
#[derive(Clone)]
pub(in crate::browser) struct Content(SendWrapper<web_sys::File>);

impl Content {
    /// A piece of the file, which the browser reads when it is sent.
    pub(in crate::browser) fn piece(&self, first: u64, length: u64) -> Option<Blob> {
        #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
        let (first, end) = (first as f64, (first + length) as f64);
        method(&self.0, "slice")?.call2(&self.0, &first.into(), &end.into()).ok().map(JsCast::unchecked_into)
    }
}

pub(in crate::browser) async fn read_file(content: &Content, first: u64, length: u64) -> Result<Vec<u8>, Unreadable> {
    let piece = content.piece(first, length).ok_or(Unreadable)?;
    read_file_of(&piece, length).await
}

async fn read_file_of(piece: &Blob, length: u64) -> Result<Vec<u8>, Unreadable> {
    if let Some(read) = read_again_and_again(piece, length).await {
        return read;
    }
    let buffer = method(piece, "arrayBuffer").and_then(|read| read.call0(piece).ok()?.dyn_into::<Promise>().ok());
    let buffer = JsFuture::from(buffer.ok_or(Unreadable)?).await.map_err(|_| Unreadable)?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(Unreadable) }
}

/// The body of an answer, which the browser keeps outside of the page until it is read.
pub(super) async fn read_blob(response: &web_sys::Response) -> Option<Vec<u8>> {
    let blob: Promise = method(response, "blob")?.call0(response).ok()?.dyn_into().ok()?;
    let blob = JsFuture::from(blob).await.ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size")]
    let size = get(&blob, "size").as_f64()? as u64;
    read_file_of(blob.unchecked_ref(), size).await.ok()
}

/// Reads into the same memory again and again: of what is read into new memory, hundreds of megabytes gather
/// until the garbage collector comes. `None` in browsers that do not read files so.
async fn read_again_and_again(piece: &Blob, length: u64) -> Option<Result<Vec<u8>, Unreadable>> {
    let stream = method(piece, "stream")?.call0(piece).ok()?;
    let options = Object::new();
    let _ = Reflect::set(&options, &"mode".into(), &"byob".into());
    let reader = method(&stream, "getReader")?.call1(&stream, &options).ok()?;
    let read = method(&reader, "read")?;
    let mut view = MEMORY.take().unwrap_or_else(|| Uint8Array::new(&MEMORY_BYTES.into()));
    let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
    while (bytes.len() as u64) < length {
        // Each reading takes the memory away and gives it back.
        let answer: Promise = read.call1(&reader, &view).ok()?.unchecked_into();
        let Ok(answer) = JsFuture::from(answer).await else { return Some(Err(Unreadable)) };
        let value = get(&answer, "value");
        if get(&answer, "done").is_truthy() || !value.is_object() {
            return Some(Err(Unreadable));
        }
        view = Uint8Array::new(&get(&value, "buffer"));
        bytes.extend_from_slice(&value.unchecked_into::<Uint8Array>().to_vec());
    }
    MEMORY.set(Some(view));
    if let Some(cancel) = method(&reader, "cancel") {
        let _ = cancel.call0(&reader);
    }
    Some(if bytes.len() as u64 == length { Ok(bytes) } else { Err(Unreadable) })
}

pub(in crate::browser) fn choose_files(folder: bool, work: Box<dyn FnOnce(Vec<File>)>) {
    let input = window().document().and_then(|document| document.create_element("input").ok());
    let Some(input) = input.and_then(|input| input.dyn_into::<HtmlElement>().ok()) else { return };
    // An element that was just made takes any attribute.
    let _ = input.set_attribute("type", "file");
    let _ = input.set_attribute("multiple", "");
    if folder {
        // Every browser knows it by this name.
        let _ = input.set_attribute("webkitdirectory", "");
    }
    let chosen = input.clone();
    let listener = Closure::once_into_js(move || {
        let files = list(&get(&chosen, "files"));
        work(files.into_iter().filter_map(|file| taken(&file, None)).collect());
    });
    let _ = input.add_event_listener_with_callback("change", listener.unchecked_ref());
    input.click();
}

/// A file of the browser as ours. `path` is where it lay; a chosen folder says that itself.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes and times are whole numbers below 2^53")]
fn taken(file: &JsValue, path: Option<String>) -> Option<File> {
    let file = file.dyn_ref::<web_sys::File>()?;
    let within = get(file, "webkitRelativePath").as_string().filter(|path| !path.is_empty());
    let text = |name| get(file, name).as_string().unwrap_or_default();
    let number = |name| get(file, name).as_f64().unwrap_or_default();
    Some(File {
        path: path.or(within).unwrap_or_else(|| text("name")),
        size: number("size") as u64,
        modified: number("lastModified") as i64,
        media_type: text("type"),
        content: Content(SendWrapper::new(file.clone())),
    })
}

type Listener = Closure<dyn Fn(Event)>;

pub(in crate::browser) struct ArrivalWatch(SendWrapper<Vec<(&'static str, Listener)>>);

impl ArrivalWatch {
    pub(in crate::browser) fn new(work: Box<dyn Fn(Vec<File>, Vec<LeftOut>)>) -> Self {
        let work = std::rc::Rc::new(work);
        let arrive = move |event: Event, name: &str| {
            let transfer = get(&event, name);
            let items: Vec<JsValue> = list(&get(&transfer, "items"));
            // Entries must be asked for before the event is over; what they hold comes later.
            let entries: Vec<JsValue> = items.iter().filter_map(entry).collect();
            if entries.is_empty() {
                return;
            }
            event.prevent_default();
            let work = std::rc::Rc::clone(&work);
            spawn_local(async move {
                let (mut files, mut left_out) = (Vec::new(), Vec::new());
                for entry in entries {
                    walk(entry, &mut files, &mut left_out).await;
                }
                if !files.is_empty() || !left_out.is_empty() {
                    work(files, left_out);
                }
            });
        };
        let pasted = arrive.clone();
        let mut listeners: Vec<(&'static str, Listener)> = Vec::new();
        let mut listen = |name, work: Box<dyn Fn(Event)>| listeners.push((name, Closure::wrap(work)));
        listen(
            "dragover",
            Box::new(|event| {
                if list(&get(&get(&event, "dataTransfer"), "types")).iter().any(|kind| kind.as_string().as_deref() == Some("Files")) {
                    event.prevent_default();
                    dragging(true);
                }
            }),
        );
        listen("dragleave", Box::new(|event| dragging(!get(&event, "relatedTarget").is_null())));
        listen(
            "drop",
            Box::new(move |event| {
                dragging(false);
                arrive(event, "dataTransfer");
            }),
        );
        listen("paste", Box::new(move |event| pasted(event, "clipboardData")));
        for (name, listener) in &listeners {
            let _ = window().add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        Self(SendWrapper::new(listeners))
    }
}

impl Drop for ArrivalWatch {
    fn drop(&mut self) {
        for (name, listener) in self.0.iter() {
            let _ = window().remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        dragging(false);
    }
}

fn dragging(on: bool) {
    if let Some(root) = window().document().and_then(|document| document.document_element()) {
        let _ = if on { root.set_attribute(DRAGGING, "") } else { root.remove_attribute(DRAGGING) };
    }
}

/// The file or folder behind an item of a drag or of the clipboard.
fn entry(item: &JsValue) -> Option<JsValue> {
    if get(item, "kind").as_string().as_deref() != Some("file") {
        return None;
    }
    let entry = method(item, "webkitGetAsEntry").and_then(|ask| ask.call0(item).ok()).filter(JsValue::is_object);
    // A picture from the clipboard is a file without being an entry.
    entry.or_else(|| method(item, "getAsFile")?.call0(item).ok()).filter(JsValue::is_object)
}

/// Collects the files of an entry, and of the folders in it.
fn walk<'a>(entry: JsValue, files: &'a mut Vec<File>, left_out: &'a mut Vec<LeftOut>) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        if entry.is_instance_of::<web_sys::File>() {
            files.extend(taken(&entry, None));
            return;
        }
        let path = get(&entry, "fullPath").as_string().unwrap_or_default().trim_start_matches('/').to_owned();
        if get(&entry, "isFile").is_truthy() {
            match answer_of(&entry, "file").await.and_then(|file| taken(&file, Some(path.clone()))) {
                Some(file) => files.push(file),
                None => left_out.push(LeftOut::File(path)),
            }
        } else if let Some(reader) = method(&entry, "createReader").and_then(|create| create.call0(&entry).ok()) {
            // It gives a hundred at a time, and none at the end.
            loop {
                let Some(some) = answer_of(&reader, "readEntries").await.map(|some| list(&some)) else {
                    left_out.push(LeftOut::Folder(path));
                    break;
                };
                if some.is_empty() {
                    break;
                }
                for entry in some {
                    walk(entry, files, left_out).await;
                }
            }
        } else {
            left_out.push(LeftOut::Folder(path));
        }
    })
}

/// What a method gives that answers by calling back.
async fn answer_of(target: &JsValue, name: &str) -> Option<JsValue> {
    let ask = method(target, name)?;
    let answer = Promise::new(&mut |resolve, reject| {
        let _ = ask.call2(target, &resolve, &reject);
    });
    JsFuture::from(answer).await.ok()
}

pub(super) fn get(target: &JsValue, name: &str) -> JsValue {
    Reflect::get(target, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

pub(super) fn method(target: &JsValue, name: &str) -> Option<Function> {
    get(target, name).dyn_into().ok()
}

/// The elements of anything that has a length.
pub(super) fn list(target: &JsValue) -> Vec<JsValue> {
    if target.is_object() { Array::from(target).iter().collect() } else { Vec::new() }
}
