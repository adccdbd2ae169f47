//! The browser: the only place that names `web_sys`, `js_sys` and `wasm_bindgen`.
//!
//! The modules here are what the rest of the crate sees. They stand on `platform`, which is the
//! real browser in the wasm build and an inert twin on the server, where clocks stand still,
//! timers never fire, tasks are dropped and nothing is fetched. So `state`, `ui` and `pages` are
//! the same code on both sides and carry no feature gates.

pub mod chance;
pub mod channel;
pub mod clipboard;
pub mod clock;
pub mod decoder;
pub mod element;
pub mod fetch;
pub mod file;
pub mod format;
pub mod keyboard;
pub mod language;
pub mod lifecycle;
pub mod lock;
pub mod media;
pub mod navigation;
pub mod object_url;
pub mod pattern;
pub mod portal;
pub mod save;
pub mod sink;
pub mod storage;
pub mod style;
pub mod task;
pub mod timer;

#[cfg_attr(feature = "hydrate", path = "real/mod.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "inert.rs")]
mod platform;

/// Whether this is the program that runs on the server. A constant, so that what only the server
/// needs is left out of the browser's program.
pub const ON_SERVER: bool = platform::ON_SERVER;
