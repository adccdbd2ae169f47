//! Pieces in the browser: drawn anew, or taken over from the server's HTML.

use super::{Kind, Live, LiveText, Piece, Tag, Text};
use crate::reactive::StoredValue;
use leptos::prelude::{Owner, RenderEffect};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::{CastFrom, Rndr, types};
use leptos::tachys::view::{Mountable, Position, PositionState};
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::HtmlElement;
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::rc::Rc;

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element of the page, there once the page is drawn.
#[derive(Clone, Copy, Debug)]
pub struct ElementRef(StoredValue<Option<SendWrapper<types::Element>>>);

impl ElementRef {
    /// Of no element yet.
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// The element; `None` on the server and before the page is drawn.
    #[must_use]
    pub fn get(self) -> Option<HtmlElement> {
        self.0.with_value(|element| element.as_ref().map(|element| (**element).clone().unchecked_into()))
    }
}

impl Default for ElementRef {
    fn default() -> Self {
        Self::new()
    }
}

/// A piece that stands in the document.
pub struct Mounted(Standing);

enum Standing {
    Nothing,
    Text { node: types::Text, _following: Option<RenderEffect<()>> },
    Element(Element),
    List(Vec<Mounted>),
    Live { slot: Rc<Slot>, _following: Option<RenderEffect<()>> },
    Foreign(Box<dyn Mountable>),
}

/// An element with what follows signals and events for it. Dropping these ends that.
struct Element {
    node: types::Element,
    _children: Vec<Mounted>,
    _following: Vec<Option<RenderEffect<()>>>,
    _listening: Vec<Listener>,
}

/// Stops listening when it is dropped.
struct Listener(Option<Box<dyn FnOnce()>>);

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(stop) = self.0.take() {
            stop();
        }
    }
}

/// A place whose content is replaced when a signal changes.
#[derive(Default)]
struct Slot {
    /// Drawn by the first run, which happens before there is a place for it.
    first: RefCell<Option<(Piece, Option<Owner>)>>,
    content: RefCell<Option<Mounted>>,
    /// The comment behind the content.
    mark: RefCell<Option<types::Placeholder>>,
}

/// Where nodes come from.
enum Source<'a> {
    /// They are made.
    New,
    /// They stand at the cursor, as the server wrote them.
    Page(&'a Cursor, &'a PositionState),
}

impl Source<'_> {
    /// Moves on to the next node of the page; `None` where nodes are made.
    fn next(&self) -> Option<types::Node> {
        let Self::Page(cursor, position) = self else { return None };
        match position.get() {
            Position::Current => {}
            Position::FirstChild => cursor.child(),
            _ => cursor.sibling(),
        }
        Some(cursor.current())
    }

    fn text(&self, text: &str) -> types::Text {
        let behind_text = matches!(self, Self::Page(_, position) if position.get() == Position::NextChildAfterText);
        let Some(mut node) = self.next() else { return Rndr::create_text_node(text) };
        if let Self::Page(cursor, position) = self {
            if behind_text {
                // That was the mark between two texts.
                cursor.sibling();
                node = cursor.current();
            }
            position.set(Position::NextChildAfterText);
        }
        node.unchecked_into()
    }

    fn mark(&self) -> types::Placeholder {
        let Some(node) = self.next() else { return Rndr::create_placeholder() };
        if let Self::Page(_, position) = self {
            position.set(Position::NextChild);
        }
        node.unchecked_into()
    }
}

/// Writes a text or an attribute.
type Work = Box<dyn FnMut()>;

thread_local! {
    /// What follows signals together, while an element that wants that is made.
    static TOGETHER: RefCell<Option<Vec<Work>>> = const { RefCell::new(None) };
}

/// Runs at once, and again whenever a signal that was read has changed, until it is dropped. Of what follows together
/// nothing runs before the whole element is made.
fn follow(work: impl FnMut() + 'static) -> Option<RenderEffect<()>> {
    start(Box::new(work))
}

fn start(work: Work) -> Option<RenderEffect<()>> {
    let alone = TOGETHER.with_borrow_mut(|together| match together {
        Some(together) => {
            together.push(work);
            None
        }
        None => Some(work),
    });
    alone.map(|mut work| RenderEffect::new(move |_| work()))
}

impl Piece {
    pub(super) fn draw(self) -> Mounted {
        self.stand(&Source::New)
    }

    pub(super) fn take_over(self, cursor: &Cursor, position: &PositionState) -> Mounted {
        self.stand(&Source::Page(cursor, position))
    }

    fn stand(self, source: &Source<'_>) -> Mounted {
        Mounted(match self.0 {
            Kind::Nothing => Standing::Nothing,
            Kind::Text(text) => Standing::Text { node: source.text(&text), _following: None },
            Kind::LiveText(read) => live_text(read, source),
            Kind::Element(tag) => Standing::Element(tag.stand(source)),
            Kind::List(pieces) => Standing::List(pieces.into_iter().map(|piece| piece.stand(source)).collect()),
            Kind::Live(Live { draw, .. }) => live(draw, source),
            Kind::Foreign(foreign) => Standing::Foreign(match source {
                Source::New => foreign.draw(),
                Source::Page(cursor, position) => foreign.take_over(cursor, position),
            }),
        })
    }
}

fn live_text(read: LiveText, source: &Source<'_>) -> Standing {
    let last = Rc::new(RefCell::new(Text::default()));
    let node = Rc::new(RefCell::new(None::<types::Text>));
    let following = {
        let (last, node) = (Rc::clone(&last), Rc::clone(&node));
        follow(move || {
            let text = read().unwrap_or_default();
            if *last.borrow() == text {
                return;
            }
            if let Some(node) = &*node.borrow() {
                Rndr::set_text(node, &text);
            }
            *last.borrow_mut() = text;
        })
    };
    let made = source.text(&last.borrow());
    *node.borrow_mut() = Some(made.clone());
    Standing::Text { node: made, _following: following }
}

fn live(draw: Box<dyn Fn() -> Piece + Send>, source: &Source<'_>) -> Standing {
    // What stands in it comes and goes with its own signals.
    let together = TOGETHER.take();
    let slot = Rc::new(Slot::default());
    let following = {
        // The graph may keep this closure a while longer than the piece. What stands in the slot must
        // not last as long: it would read signals that are gone.
        let slot = Rc::downgrade(&slot);
        follow(move || {
            if let Some(slot) = slot.upgrade() {
                slot.fill(draw());
            }
        })
    };
    if let Some((piece, owner)) = slot.first.take() {
        // What the piece sets up belongs to the run that drew it, as it does in later runs.
        let content = match owner {
            Some(owner) => owner.with(|| piece.stand(source)),
            None => piece.stand(source),
        };
        slot.content.replace(Some(content));
    }
    slot.mark.replace(Some(source.mark()));
    TOGETHER.set(together);
    Standing::Live { slot, _following: following }
}

impl Slot {
    fn fill(&self, piece: Piece) {
        if self.mark.borrow().is_none() {
            self.first.replace(Some((piece, Owner::current())));
            return;
        }
        let mut new = piece.draw();
        if let Some(mark) = &*self.mark.borrow()
            && let Some(parent) = parent_of(mark)
        {
            new.mount(&parent, Some(mark));
        }
        if let Some(mut old) = self.content.replace(Some(new)) {
            old.unmount();
        }
    }
}

impl Tag {
    fn stand(self, source: &Source<'_>) -> Element {
        let new = matches!(source, Source::New);
        let node: types::Element = match source.next() {
            // Anything else would be taken for this element from here on, and fail far from the cause.
            Some(node) => types::Element::cast_from(node).unwrap_or_else(|| mismatch(self.name)),
            None => Rndr::create_element(self.name, (self.name == "svg").then_some(SVG)),
        };
        if new {
            for (name, value) in &self.attributes {
                Rndr::set_attribute(&node, name, value);
            }
            if let Some(html) = self.inner_html {
                Rndr::set_inner_html(&node, html);
            }
        }
        let outside = if self.together { TOGETHER.replace(Some(Vec::new())) } else { None };
        let mut following = Vec::new();
        for (name, read) in self.live_attributes {
            following.push(live_attribute(node.clone(), name, read, new));
        }
        let mut children = Vec::new();
        let inside = Source::inside(source);
        for child in self.children {
            let mut child = child.stand(&inside);
            if new {
                child.mount(&node, None);
            }
            children.push(child);
        }
        // Behind the children: a choice takes its value only when it is among the options.
        for (name, read) in self.live_properties {
            let node = node.clone();
            following.push(follow(move || Rndr::set_property(&node, name, &JsValue::from_str(&read().unwrap_or_default()))));
        }
        if self.together
            && let Some(mut all) = TOGETHER.replace(outside)
        {
            following.push(follow(move || all.iter_mut().for_each(|work| work())));
        }
        let listening = self.listeners.into_iter().map(|(event, hear)| {
            let remove = Rndr::add_event_listener(&node, event, hear);
            Listener(Some(Box::new(move || drop(remove))))
        });
        let listening = listening.collect();
        if let Some(reference) = self.reference {
            reference.0.set_value(Some(SendWrapper::new(node.clone())));
        }
        if let Source::Page(cursor, position) = source {
            cursor.set((*node).clone());
            position.set(Position::NextChild);
        }
        Element { node, _children: children, _following: following, _listening: listening }
    }
}

impl<'a> Source<'a> {
    /// The same source for the children of the element at the cursor.
    fn inside(outside: &Source<'a>) -> Self {
        match outside {
            Source::New => Self::New,
            Source::Page(cursor, position) => {
                position.set(Position::FirstChild);
                Self::Page(cursor, position)
            }
        }
    }
}

fn live_attribute(node: types::Element, name: &'static str, read: LiveText, new: bool) -> Option<RenderEffect<()>> {
    // What the server wrote stands already.
    let mut written = (!new).then_some(None);
    let mut is_first = true;
    follow(move || {
        let now = read();
        let stands = is_first && written.is_some() || written.as_ref() == Some(&now);
        if !stands {
            match &now {
                Some(value) => Rndr::set_attribute(&node, name, value),
                None => Rndr::remove_attribute(&node, name),
            }
        }
        is_first = false;
        written = Some(now);
    })
}

/// The server wrote another page than the browser draws.
#[cold]
fn mismatch(name: &str) -> ! {
    panic!("the page has no <{name}> where this program expects it")
}

fn parent_of(node: &types::Node) -> Option<types::Element> {
    Rndr::get_parent(node).and_then(types::Element::cast_from)
}

fn put(node: &types::Node, parent: &types::Element, behind: Option<&types::Node>) {
    Rndr::insert_node(parent, node, behind);
}

impl Mounted {
    /// The first node of it, unless that is somebody else's.
    fn first(&self) -> Option<types::Node> {
        match &self.0 {
            Standing::Nothing | Standing::Foreign(_) => None,
            Standing::Text { node, .. } => Some((**node).clone().into()),
            Standing::Element(element) => Some((*element.node).clone()),
            Standing::List(pieces) => pieces.iter().find_map(Self::first),
            Standing::Live { slot, .. } => {
                let content = slot.content.borrow().as_ref().and_then(Self::first);
                content.or_else(|| slot.mark.borrow().as_ref().map(|mark| (***mark).clone()))
            }
        }
    }
}

impl Mountable for Mounted {
    fn unmount(&mut self) {
        match &mut self.0 {
            Standing::Nothing => {}
            Standing::Text { node, .. } => Rndr::remove(node),
            Standing::Element(element) => Rndr::remove(&element.node),
            Standing::List(pieces) => pieces.iter_mut().for_each(Self::unmount),
            Standing::Live { slot, .. } => {
                if let Some(content) = &mut *slot.content.borrow_mut() {
                    content.unmount();
                }
                if let Some(mark) = &*slot.mark.borrow() {
                    Rndr::remove(mark);
                }
            }
            Standing::Foreign(view) => view.unmount(),
        }
    }

    fn mount(&mut self, parent: &types::Element, behind: Option<&types::Node>) {
        match &mut self.0 {
            Standing::Nothing => {}
            Standing::Text { node, .. } => put(node, parent, behind),
            Standing::Element(element) => put(&element.node, parent, behind),
            Standing::List(pieces) => pieces.iter_mut().for_each(|piece| piece.mount(parent, behind)),
            Standing::Live { slot, .. } => {
                if let Some(content) = &mut *slot.content.borrow_mut() {
                    content.mount(parent, behind);
                }
                if let Some(mark) = &*slot.mark.borrow() {
                    put(mark, parent, behind);
                }
            }
            Standing::Foreign(view) => view.mount(parent, behind),
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        if let Standing::Foreign(view) = &self.0 {
            return view.insert_before_this(child);
        }
        if let Standing::List(pieces) = &self.0 {
            return pieces.iter().any(|piece| piece.insert_before_this(child));
        }
        let Some(node) = self.first() else { return false };
        let Some(parent) = parent_of(&node) else { return false };
        child.mount(&parent, Some(&node));
        true
    }

    fn elements(&self) -> Vec<types::Element> {
        match &self.0 {
            Standing::Nothing | Standing::Text { .. } => Vec::new(),
            Standing::Element(element) => vec![element.node.clone()],
            Standing::List(pieces) => pieces.iter().flat_map(Self::elements).collect(),
            Standing::Live { slot, .. } => slot.content.borrow().as_ref().map(Self::elements).unwrap_or_default(),
            Standing::Foreign(view) => view.elements(),
        }
    }
}
