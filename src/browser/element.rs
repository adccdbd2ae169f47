//! One element of the page: its measures, and what an effect sets on it.
//!
//! The content security policy blocks `style` attributes, and hydration never sets again what the
//! server wrote; so geometry that depends on the window is set from effects, through here.

use super::platform;
use leptos::wasm_bindgen::JsCast;
pub use leptos::web_sys::{Element, HtmlElement, HtmlInputElement};
use leptos::web_sys::{Event, Node};

/// Sets a property of the element's own style.
pub fn set_style(element: &HtmlElement, property: &str, value: &str) {
    // Refused for a property that does not exist; then there is nothing to set.
    let _ = element.style().set_property(property, value);
}

/// Whether a click or a key came with Shift.
#[must_use]
pub fn with_shift(event: &Event) -> bool {
    platform::is_set(event, "shiftKey")
}

/// Whether a click or a key came with the key that chooses one more: ⌘ on Apple's devices, Ctrl elsewhere.
#[must_use]
pub fn with_command(event: &Event) -> bool {
    platform::is_set(event, if platform::is_apple() { "metaKey" } else { "ctrlKey" })
}

/// The element itself or the nearest around it that fits. Glue for what few use is in what every page loads first, so
/// this goes by what is there already.
#[must_use]
pub fn closest(element: &Element, selector: &str) -> Option<Element> {
    around(element).find(|element| element.matches(selector).unwrap_or(false))
}

/// Whether `inner` is `outer` or something in it.
#[must_use]
pub fn contains(outer: &Element, inner: &Element) -> bool {
    around(inner).any(|element| element == *outer)
}

/// The element around an element.
#[must_use]
pub fn parent(element: &Element) -> Option<Element> {
    element.parent_node()?.dyn_into().ok()
}

/// The elements in an element, with none of what stands between them.
pub fn children(element: &Element) -> impl Iterator<Item = Element> {
    let first = element.first_element_child().map(Node::from);
    std::iter::successors(first, Node::next_sibling).filter_map(|node| node.dyn_into().ok())
}

fn around(element: &Element) -> impl Iterator<Item = Element> {
    std::iter::successors(Some(element.clone()), parent)
}

/// Where the pointer is, in CSS px from the left edge of the window.
#[must_use]
pub fn pointer_x(event: &Event) -> f64 {
    platform::pointer_x(event)
}

/// Has the element hear of the pointer of `event` until it is released, wherever it goes.
pub fn capture_pointer(element: &Element, event: &Event) {
    platform::capture_pointer(element, event);
}

/// Left edge and width, in CSS px.
#[must_use]
pub fn extent(element: &Element) -> (f64, f64) {
    platform::extent(element)
}

/// Whether the window is as narrow as a phone's.
#[must_use]
pub fn is_narrow() -> bool {
    platform::is_narrow()
}

/// Height in CSS px without scroll bar and border.
#[must_use]
pub fn inner_height(element: &Element) -> f64 {
    f64::from(element.client_height())
}

/// Height in CSS px with everything, in the unit of [`scroll_top`].
#[must_use]
pub fn height(element: &Element) -> f64 {
    platform::height(element)
}

/// How far the content is scrolled, in CSS px.
#[must_use]
pub fn scroll_top(element: &Element) -> f64 {
    platform::scroll_top(element)
}

/// Scrolls the content.
pub fn set_scroll_top(element: &Element, position: f64) {
    platform::set_scroll_top(element, position);
}

/// Moves the first `count` of the `size` elements in `parent` behind the others, in the shorter of the two ways.
pub fn rotate(parent: &Element, count: usize, size: usize) {
    let forwards = count <= size / 2;
    for _ in 0..if forwards { count } else { size - count } {
        let (first, last) = (parent.first_element_child(), parent.last_element_child());
        let (Some(first), Some(last)) = (first, last) else { return };
        // Refused only for an element that is put into itself.
        let _ =
            if forwards { parent.insert_before(&first, last.next_sibling().as_ref()) } else { parent.insert_before(&last, Some(&first)) };
    }
}

/// Gives the focus to the element without scrolling to it.
pub fn focus(element: &HtmlElement) {
    platform::focus(element);
}

/// Scrolls what is around the element until its beginning is in view.
pub fn reveal(element: &HtmlElement) {
    platform::reveal(element);
}

/// The first element of the page that fits a selector.
#[must_use]
pub fn find(selector: &str) -> Option<HtmlElement> {
    platform::find(selector)
}

/// Closes the popover that is open, if there is one.
pub fn close_popovers() {
    platform::close_popovers();
}

/// Opens a `dialog` above the page. The browser keeps the focus in it, closes it on Escape and then
/// gives the focus back.
pub fn show_dialog(dialog: &HtmlElement) {
    platform::show_dialog(dialog);
}

/// Closes a `dialog`.
pub fn close_dialog(dialog: &HtmlElement) {
    platform::close_dialog(dialog);
}

/// Calls `work` once at first and whenever one of `elements` changes its size, until the watch is
/// dropped.
pub fn on_resize(elements: &[&Element], work: impl Fn() + 'static) -> ResizeWatch {
    ResizeWatch { _until_dropped: platform::ResizeWatch::new(elements, Box::new(work)) }
}

/// Watches sizes while it lives.
#[must_use = "a dropped watch sees nothing"]
pub struct ResizeWatch {
    _until_dropped: platform::ResizeWatch,
}

impl std::fmt::Debug for ResizeWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResizeWatch")
    }
}
