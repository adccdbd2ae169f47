//! Leptos's own components among our pieces: the title.

use super::{Kind, Piece};
use crate::browser::ON_SERVER;
use leptos::prelude::{AnyView, IntoAny};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

/// A view of Leptos whose type is forgotten. Leptos's own `AnyView` would carry code with every type
/// to hydrate lazily loaded routes, so it serves the server only.
pub(super) enum Foreign {
    Server(AnyView),
    Browser(Box<dyn View + Send>),
}

/// What the browser does with it.
pub(super) trait View {
    fn draw(self: Box<Self>) -> Box<dyn Mountable>;
    fn take_over(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Box<dyn Mountable>;
}

impl<T: RenderHtml + 'static> View for T {
    fn draw(self: Box<Self>) -> Box<dyn Mountable> {
        Box::new(Render::build(*self))
    }

    fn take_over(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Box<dyn Mountable> {
        let standing = RenderHtml::hydrate::<true>(*self, cursor, position);
        if !T::EXISTS {
            // The server's `AnyView` marks the place of what shows nothing.
            cursor.next_placeholder(position);
        }
        Box::new(standing)
    }
}

/// Makes a piece of a view of Leptos.
#[must_use]
pub fn foreign(view: impl RenderHtml) -> Piece {
    Piece(Kind::Foreign(if ON_SERVER { Foreign::Server(view.into_any()) } else { Foreign::Browser(Box::new(view.into_owned())) }))
}

impl Foreign {
    pub(super) fn write(self, html: &mut String, position: &mut Position) {
        if let Self::Server(view) = self {
            view.to_html_with_buf(html, position, true, false, Vec::new());
        }
    }

    pub(super) fn draw(self) -> Box<dyn Mountable> {
        match self {
            Self::Browser(view) => view.draw(),
            Self::Server(view) => Box::new(view.build()),
        }
    }

    pub(super) fn take_over(self, cursor: &Cursor, position: &PositionState) -> Box<dyn Mountable> {
        match self {
            Self::Browser(view) => view.take_over(cursor, position),
            Self::Server(view) => Box::new(view.hydrate::<true>(cursor, position)),
        }
    }
}
