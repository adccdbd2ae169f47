//! The server's twin of the browser: everything is there and nothing happens.

use super::fetch::{Opened, Outgoing, TransportError};
use super::file::{File, LeftOut, Unreadable};
use super::sink::{Place, Unwritable};
use crate::aws::request::Answer;
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use futures::future::LocalBoxFuture;
use server_fn::ServerFn;
use std::future::Future;

pub(super) const ON_SERVER: bool = true;

pub(super) fn random_u32() -> u32 {
    0
}

pub(super) fn random_bytes(_bytes: &mut [u8]) -> bool {
    false
}

pub(super) struct Channel;

impl Channel {
    pub(super) fn open(_name: &str, _receive: Box<dyn Fn(&str)>) -> Self {
        Self
    }

    pub(super) fn post(&self, _message: &str) {}
}

pub(super) fn is_apple() -> bool {
    false
}

pub(super) fn code(_event: &leptos::web_sys::Event) -> Option<String> {
    None
}

pub(super) fn is_right_to_left() -> bool {
    false
}

pub(super) struct Hearing;

impl Hearing {
    pub(super) fn new(_event: &'static str, _before: bool, _work: Box<dyn Fn(leptos::web_sys::Event)>) -> Self {
        Self
    }
}

pub(super) fn find(_selector: &str) -> Option<leptos::web_sys::HtmlElement> {
    None
}

pub(super) async fn copy(_text: &str) -> bool {
    false
}

pub(super) async fn readable_clipboard() -> Option<String> {
    None
}

pub(super) fn has_focus() -> bool {
    false
}

pub(super) fn now_millis() -> i64 {
    0
}

pub(super) fn minutes_east(_millis: i64) -> i32 {
    0
}

pub(super) fn spawn(_work: LocalBoxFuture<'static, ()>) {}

pub(super) fn when_idle(_work: Box<dyn FnOnce()>) {}

pub(super) struct Timer;

impl Timer {
    pub(super) fn after(_milliseconds: u32, _work: Box<dyn FnOnce()>) -> Self {
        Self
    }
}

pub(super) fn painted(_patience: u32) -> impl Future<Output = ()> + Send {
    std::future::pending()
}

pub(super) fn sleep(_milliseconds: u32) -> impl Future<Output = ()> + Send {
    std::future::pending()
}

pub(super) fn is_visible() -> bool {
    true
}

pub(super) fn user_agent() -> String {
    String::new()
}

pub(super) fn is_online() -> bool {
    true
}

pub(super) fn on_visibility_change(_work: Box<dyn Fn()>) {}

pub(super) fn on_page_transition(_event: &str, _work: Box<dyn Fn(bool)>) {}

pub(super) fn set_root_attribute(_name: &str) {}

pub(super) fn set_veil(_down: bool) {}

pub(super) fn stop_resource_timing() {}

pub(super) fn cookies() -> String {
    String::new()
}

pub(super) fn set_cookie(_cookie: &str) {}

pub(super) fn languages() -> Vec<String> {
    Vec::new()
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn load_script(_path: &str, _id: &str) -> bool {
    false
}

pub(super) fn set_language(_code: &str, _direction: &str) {}

pub(super) fn text_of(_id: &str) -> Option<String> {
    None
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn fetch(_outgoing: Outgoing<'_>) -> Result<Answer, TransportError> {
    Err(TransportError::Refused)
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn receive(_outgoing: Outgoing<'_>) -> Result<Answer, TransportError> {
    Err(TransportError::Refused)
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn open(_outgoing: Outgoing<'_>) -> Result<Opened, TransportError> {
    Err(TransportError::Refused)
}

pub(super) fn save_bytes(_name: &str, _media_type: &str, _bytes: &[u8]) {}

/// Nothing.
#[derive(Clone)]
pub(super) struct Content;

/// Nothing.
pub(super) struct Blob;

impl Content {
    pub(super) fn piece(&self, _first: u64, _length: u64) -> Option<Blob> {
        None
    }
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn read_file(_content: &Content, _first: u64, _length: u64) -> Result<Vec<u8>, Unreadable> {
    Err(Unreadable)
}

pub(super) fn choose_files(_folder: bool, _work: Box<dyn FnOnce(Vec<File>)>) {}

pub(super) struct ArrivalWatch;

impl ArrivalWatch {
    pub(super) fn new(_work: Box<dyn Fn(Vec<File>, Vec<LeftOut>)>) -> Self {
        Self
    }
}

/// Nothing.
#[derive(Clone)]
pub(super) struct Sink;

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
impl Sink {
    pub(super) async fn begin(_place: Place, _name: &str) -> Result<Self, Unwritable> {
        Err(Unwritable::Refused)
    }

    pub(super) async fn write(&self, _position: u64, _bytes: &[u8]) -> Result<(), Unwritable> {
        Err(Unwritable::Refused)
    }

    pub(super) async fn finish(&self, _length: u64, _media_type: &str) -> Result<(), Unwritable> {
        Err(Unwritable::Refused)
    }

    pub(super) async fn discard(&self) {}
}

pub(super) fn best_place() -> Place {
    Place::Memory
}

pub(super) fn best_unasked_place() -> Place {
    Place::Memory
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn sweep() {}

/// Nothing.
pub(super) struct Lock;

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
impl Lock {
    pub(super) fn hold(_name: &str) -> Self {
        Self
    }

    pub(super) async fn take(_name: &str) -> Option<Self> {
        Some(Self)
    }
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn released(_name: &str) {}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub(super) async fn held_locks() -> Option<Vec<String>> {
    None
}

pub(super) struct LeaveWarning;

impl LeaveWarning {
    pub(super) fn new() -> Self {
        Self
    }
}

pub(super) fn stored(_key: &str) -> Option<String> {
    None
}

pub(super) fn store(_key: &str, _value: Option<&str>) {}

pub(super) fn adopt_style(_text: &str) {}

pub(super) fn download(_url: &str) {}

pub(super) fn save(_name: &str, _media_type: &str, _content: &str) {}

pub(super) fn go(_path: &str) {}

pub(super) fn path() -> Option<String> {
    None
}

pub(super) fn query() -> String {
    String::new()
}

pub(super) fn origin() -> String {
    String::new()
}

pub(super) fn post(_action: &str, _fields: &[(&str, &str)]) {}

pub(super) fn keep_note(_note: &str, _href: Option<&str>) {}

pub(super) fn kept_note() -> Option<String> {
    None
}

pub(super) fn reload() {}

pub(super) async fn reload_alone(_name: &str, _allowed: fn(Option<i64>, i64) -> bool) -> bool {
    false
}

/// Runs the server function's body right here, with the contexts of the request that is rendered.
pub(super) fn call<F, R>(arguments: F, _remotely: impl FnOnce(F) -> R) -> impl Future<Output = Result<F::Output, PortalError>> + Send
where
    F: ServerFn<Error = PortalError> + Send + 'static,
{
    arguments.run_body()
}

pub(super) fn decimal(value: f64, fraction_digits: u32) -> String {
    format!("{value:.*}", fraction_digits as usize)
}

pub(super) fn date_time(time: Timestamp) -> String {
    let civil = time.civil();
    format!("{:04}-{:02}-{:02} {:02}:{:02} UTC", civil.year, civil.month, civil.day, civil.hour, civil.minute)
}

pub(super) fn date_time_long(time: Timestamp) -> String {
    time.to_string()
}

pub(super) fn relative(amount: i64, unit: &'static str) -> String {
    let plural = if amount.abs() == 1 { "" } else { "s" };
    if amount < 0 { format!("{} {unit}{plural} ago", -amount) } else { format!("in {amount} {unit}{plural}") }
}

pub(super) fn is_set(_event: &leptos::web_sys::Event, _name: &str) -> bool {
    false
}

pub(super) fn pointer_x(_event: &leptos::web_sys::Event) -> f64 {
    0.0
}

pub(super) fn capture_pointer(_element: &leptos::web_sys::Element, _event: &leptos::web_sys::Event) {}

pub(super) fn extent(_element: &leptos::web_sys::Element) -> (f64, f64) {
    (0.0, 0.0)
}

pub(super) fn is_narrow() -> bool {
    false
}

pub(super) fn height(_element: &leptos::web_sys::Element) -> f64 {
    0.0
}

pub(super) fn scroll_top(_element: &leptos::web_sys::Element) -> f64 {
    0.0
}

pub(super) fn set_scroll_top(_element: &leptos::web_sys::Element, _position: f64) {}

pub(super) fn focus(_element: &leptos::web_sys::HtmlElement) {}

pub(super) fn reveal(_element: &leptos::web_sys::HtmlElement) {}

pub(super) fn close_popovers() {}

pub(super) fn show_dialog(_dialog: &leptos::web_sys::HtmlElement) {}

pub(super) fn close_dialog(_dialog: &leptos::web_sys::HtmlElement) {}

pub(super) struct ResizeWatch;

impl ResizeWatch {
    pub(super) fn new(_elements: &[&leptos::web_sys::Element], _work: Box<dyn Fn()>) -> Self {
        Self
    }
}

pub(super) fn object_url(_bytes: &[u8], _media_type: &str) -> Option<String> {
    None
}

pub(super) fn revoke_object_url(_url: &str) {}

pub(super) fn load_media(_player: &leptos::web_sys::HtmlElement, _url: &str, _position: f64, _plays: bool) {}

pub(super) fn media_standing(_player: &leptos::web_sys::HtmlElement) -> (f64, bool) {
    (0.0, false)
}

pub(super) fn unload_media(_player: &leptos::web_sys::HtmlElement) {}

pub(super) fn picture_size(_picture: &leptos::web_sys::HtmlElement) -> (u32, u32) {
    (0, 0)
}

pub(super) fn shows_pdf() -> bool {
    false
}

pub(super) fn decode(_label: &str, _bytes: &[u8], _fatal: bool) -> Option<String> {
    None
}

pub(super) fn matches(_pattern: &str, _text: &str) -> Option<bool> {
    None
}
