//! The life of the page: shown, hidden, put into the back/forward cache and brought back.

use super::platform;

/// Whether the tab is in front.
#[must_use]
pub fn is_visible() -> bool {
    platform::is_visible()
}

/// What the browser calls itself, as the portal records it with a session. Empty on the server.
#[must_use]
pub fn user_agent() -> String {
    platform::user_agent()
}

/// Whether the device believes it has a network. `false` is certain, `true` is a guess.
#[must_use]
pub fn is_online() -> bool {
    platform::is_online()
}

/// Calls `work` whenever the tab comes to the front or goes to the back, until the page ends.
pub fn on_visibility_change(work: impl Fn() + 'static) {
    platform::on_visibility_change(Box::new(work));
}

/// Calls `work` when the person leaves the page; `true` when the browser may keep it, heap
/// included, in its back/forward cache.
pub fn on_pagehide(work: impl Fn(bool) + 'static) {
    platform::on_page_transition("pagehide", Box::new(work));
}

/// Calls `work` when the page is shown; `true` when it comes from the back/forward cache.
pub fn on_pageshow(work: impl Fn(bool) + 'static) {
    platform::on_page_transition("pageshow", Box::new(work));
}

/// Hides the whole document. It takes effect at once, before a frame of a page from the
/// back/forward cache is painted, which no reactive update can promise.
pub fn veil() {
    platform::set_veil(true);
}

/// Shows the document again.
pub fn unveil() {
    platform::set_veil(false);
}

/// Sets `data-hydrated` on the root element: the page answers to clicks from here on.
pub fn mark_hydrated() {
    platform::set_root_attribute("data-hydrated");
}

/// Keeps URLs of requests, which carry signatures, out of the page's performance entries.
pub fn stop_resource_timing() {
    platform::stop_resource_timing();
}

/// The text of the element with this id, as the server wrote it. `None` on the server.
#[must_use]
pub fn text_of(id: &str) -> Option<String> {
    platform::text_of(id)
}

/// Has the browser ask the person before the page is left, until the warning is dropped.
#[must_use = "a dropped warning warns nobody"]
pub fn warn_before_leaving() -> LeaveWarning {
    LeaveWarning { _until_dropped: platform::LeaveWarning::new() }
}

/// Warns while it lives.
pub struct LeaveWarning {
    _until_dropped: platform::LeaveWarning,
}

impl std::fmt::Debug for LeaveWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LeaveWarning")
    }
}
