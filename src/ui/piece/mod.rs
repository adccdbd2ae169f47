//! Pieces of a page, all of one type.
//!
//! Leptos gives every distinct piece of markup a type of its own and compiles drawing, hydrating and
//! removing for each: the larger half of the program that a browser had to load. Here markup is data:
//! a tree of tags, texts and closures that one walk writes as HTML on the server, and one walk draws
//! or hydrates in the browser. Leptos stays what follows signals, and its own components stand in the
//! tree through [`foreign`].
//!
//! [`tag`] begins an element, [`text`] is text that follows signals, [`live`] any piece that does.

mod browser;
mod foreign;
mod html;
mod render;

pub use browser::ElementRef;
pub use foreign::foreign;

use crate::browser::ON_SERVER;
use leptos::ev::Event;
use leptos::prelude::Owner;
use leptos::wasm_bindgen::{JsCast, JsValue};
use std::borrow::Cow;
use std::fmt;

/// Text, most of it known when the program is built.
type Text = Cow<'static, str>;

/// Text that follows signals.
type LiveText = Box<dyn Fn() -> Option<Text> + Send>;

/// What hears an event.
type Hear = Box<dyn FnMut(JsValue) + Send>;

/// A piece of a page.
pub struct Piece(Kind);

enum Kind {
    Nothing,
    Text(Text),
    LiveText(LiveText),
    Element(Box<Tag>),
    List(Vec<Piece>),
    Live(Live),
    Foreign(foreign::Foreign),
}

/// A piece that follows signals.
struct Live {
    draw: Box<dyn Fn() -> Piece + Send>,
    /// Whose signals and contexts `draw` finds, on the server: there the page is written after its
    /// components have run, by whichever thread is free. In the browser the effect has it.
    owner: Option<Owner>,
}

/// An element.
pub struct Tag {
    name: &'static str,
    attributes: Vec<(&'static str, Text)>,
    live_attributes: Vec<(&'static str, LiveText)>,
    /// Properties that differ from the attribute of the same name, such as what was typed.
    live_properties: Vec<(&'static str, LiveText)>,
    listeners: Vec<(&'static str, Hear)>,
    reference: Option<ElementRef>,
    inner_html: Option<&'static str>,
    together: bool,
    children: Vec<Piece>,
}

/// Begins an element.
#[must_use]
pub fn tag(name: &'static str) -> Tag {
    Tag {
        name,
        attributes: Vec::new(),
        live_attributes: Vec::new(),
        live_properties: Vec::new(),
        listeners: Vec::new(),
        reference: None,
        inner_html: None,
        together: false,
        children: Vec::new(),
    }
}

/// Text that follows the signals that `read` reads.
#[must_use]
pub fn text<T: IntoText>(read: impl Fn() -> T + Send + 'static) -> Piece {
    Piece(Kind::LiveText(Box::new(move || read().into_text())))
}

/// A piece that follows the signals that `draw` reads. It is replaced whole, so what changes often is
/// kept small.
#[must_use]
pub fn live<P: IntoPiece>(draw: impl Fn() -> P + Send + 'static) -> Piece {
    let owner = if ON_SERVER { Owner::current() } else { None };
    Piece(Kind::Live(Live { draw: Box::new(move || draw().piece()), owner }))
}

/// Several pieces in a row.
#[must_use]
pub fn list<P: IntoPiece>(pieces: impl IntoIterator<Item = P>) -> Piece {
    Piece(Kind::List(pieces.into_iter().map(IntoPiece::piece).collect()))
}

impl Tag {
    /// Sets the class.
    #[must_use]
    pub fn class(self, class: impl IntoText) -> Self {
        self.set("class", class)
    }

    /// Sets an attribute; `None` and `false` leave it out, `true` sets it without a value.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl IntoText) -> Self {
        self.attributes.extend(value.into_text().map(|value| (name, value)));
        self
    }

    /// Sets an attribute that follows the signals that `read` reads.
    #[must_use]
    pub fn live<T: IntoText>(mut self, name: &'static str, read: impl Fn() -> T + Send + 'static) -> Self {
        self.live_attributes.push((name, Box::new(move || read().into_text())));
        self
    }

    /// Sets the value of an editor, following the signals that `read` reads. The server leaves it out.
    #[must_use]
    pub fn live_value<T: IntoText>(mut self, read: impl Fn() -> T + Send + 'static) -> Self {
        self.live_properties.push(("value", Box::new(move || read().into_text())));
        self
    }

    /// Listens to an event. The server has none.
    #[must_use]
    pub fn on(mut self, event: &'static str, mut hear: impl FnMut(Event) + Send + 'static) -> Self {
        self.listeners.push((event, Box::new(move |event: JsValue| hear(event.unchecked_into()))));
        self
    }

    /// Remembers the element for effects.
    #[must_use]
    pub fn reference(mut self, reference: ElementRef) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Sets what is inside as HTML: a drawing of ours, never anything from outside.
    #[must_use]
    pub fn inner_html(mut self, html: &'static str) -> Self {
        self.inner_html = Some(html);
        self
    }

    /// Lets all texts and attributes of this element, and of those in it, follow signals together: whenever one of them
    /// would change all are looked at. Where they change at the same time, as those of a row do that shows another
    /// object, this costs a fraction of following one by one.
    ///
    /// What is computed from a memo is read behind it, or not at all. The graph looks at what was read in that order, and
    /// where it meets a result that stays as it is it takes the memo behind it for unchanged too.
    #[must_use]
    pub fn together(mut self) -> Self {
        self.together = true;
        self
    }

    /// Adds a child.
    #[must_use]
    pub fn child(mut self, child: impl IntoPiece) -> Self {
        self.children.push(child.piece());
        self
    }

    /// Adds children.
    #[must_use]
    pub fn children<P: IntoPiece>(mut self, children: impl IntoIterator<Item = P>) -> Self {
        self.children.extend(children.into_iter().map(IntoPiece::piece));
        self
    }

    /// Elements that have no inside.
    fn is_void(&self) -> bool {
        matches!(self.name, "br" | "hr" | "img" | "input")
    }
}

/// Makes a [`Piece`] of what can be one.
pub trait IntoPiece {
    /// The piece.
    fn piece(self) -> Piece;
}

impl IntoPiece for Piece {
    fn piece(self) -> Piece {
        self
    }
}

impl IntoPiece for Tag {
    fn piece(self) -> Piece {
        Piece(Kind::Element(Box::new(self)))
    }
}

impl IntoPiece for () {
    fn piece(self) -> Piece {
        Piece(Kind::Nothing)
    }
}

impl IntoPiece for &'static str {
    fn piece(self) -> Piece {
        Piece(Kind::Text(self.into()))
    }
}

impl IntoPiece for String {
    fn piece(self) -> Piece {
        Piece(Kind::Text(self.into()))
    }
}

impl<T: IntoPiece> IntoPiece for Option<T> {
    fn piece(self) -> Piece {
        self.map_or(Piece(Kind::Nothing), IntoPiece::piece)
    }
}

impl IntoPiece for Vec<Piece> {
    fn piece(self) -> Piece {
        Piece(Kind::List(self))
    }
}

impl<const COUNT: usize> IntoPiece for [Piece; COUNT] {
    fn piece(self) -> Piece {
        Piece(Kind::List(self.into()))
    }
}

/// What can be the text of an attribute or of a node; `None` is none.
pub trait IntoText {
    /// The text.
    fn into_text(self) -> Option<Text>;
}

impl IntoText for &'static str {
    fn into_text(self) -> Option<Text> {
        Some(self.into())
    }
}

impl IntoText for String {
    fn into_text(self) -> Option<Text> {
        Some(self.into())
    }
}

impl IntoText for bool {
    fn into_text(self) -> Option<Text> {
        self.then_some(Text::Borrowed(""))
    }
}

impl<T: IntoText> IntoText for Option<T> {
    fn into_text(self) -> Option<Text> {
        self.and_then(IntoText::into_text)
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Piece")
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.name)
    }
}
