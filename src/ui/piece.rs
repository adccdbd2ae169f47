//! A piece of a page, of any type of view.
//!
//! Leptos's own `AnyView` carries code with every type it erases to hydrate lazily loaded routes,
//! which this portal has none of: a sixth of the program. A [`Piece`] is hydrated at once, and is
//! replaced rather than patched when it changes. On the server it is an `AnyView`.

use crate::browser::ON_SERVER;
use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::renderer::types;
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use std::fmt;

/// A view whose type is forgotten.
pub struct Piece(Kind);

enum Kind {
    Server(AnyView),
    Browser(Box<dyn Part + Send>),
}

/// Makes a [`Piece`] of any view.
pub trait IntoPiece {
    /// Forgets the type.
    fn piece(self) -> Piece;
}

impl<T: RenderHtml> IntoPiece for T {
    fn piece(self) -> Piece {
        if ON_SERVER { Piece(Kind::Server(self.into_any())) } else { Piece(Kind::Browser(Box::new(self.into_owned()))) }
    }
}

/// What the browser does with a view.
trait Part {
    fn build(self: Box<Self>) -> Mounted;
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Mounted;
}

impl<T: RenderHtml + 'static> Part for T {
    fn build(self: Box<Self>) -> Mounted {
        Mounted(Box::new(Render::build(*self)))
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Mounted {
        Mounted(Box::new(RenderHtml::hydrate::<true>(*self, cursor, position)))
    }
}

/// A piece that stands in the document.
pub struct Mounted(Box<dyn Mountable>);

impl Mountable for Mounted {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<types::Element> {
        self.0.elements()
    }
}

impl Render for Piece {
    type State = Mounted;

    fn build(self) -> Mounted {
        match self.0 {
            Kind::Browser(part) => part.build(),
            Kind::Server(view) => Mounted(Box::new(view.build())),
        }
    }

    fn rebuild(self, state: &mut Mounted) {
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

no_attrs!(Piece);

impl RenderHtml for Piece {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        if let Kind::Server(view) = &mut self.0 {
            view.dry_resolve();
        }
    }

    async fn resolve(self) -> Self {
        match self.0 {
            Kind::Server(view) => Self(Kind::Server(view.resolve().await)),
            Kind::Browser(_) => self,
        }
    }

    fn html_len(&self) -> usize {
        if let Kind::Server(view) = &self.0 { view.html_len() } else { 0 }
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        if let Kind::Server(view) = self.0 {
            view.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        if let Kind::Server(view) = self.0 {
            view.to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
        }
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Mounted {
        match self.0 {
            Kind::Browser(part) => part.hydrate(cursor, position),
            Kind::Server(view) => Mounted(Box::new(view.hydrate::<FROM_SERVER>(cursor, position))),
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Piece")
    }
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mounted")
    }
}
