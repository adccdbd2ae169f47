//! A piece as a view of Leptos, so that it can stand in a route or in `Suspense`.
//!
//! What waits for data is Leptos's own and stands at the top of a page; a tree of ours is written
//! when everything is there.

use super::browser::Mounted;
use super::foreign::Foreign;
use super::{Kind, Piece};
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

impl Render for Piece {
    type State = Mounted;

    fn build(self) -> Mounted {
        self.draw()
    }

    fn rebuild(self, state: &mut Mounted) {
        let mut new = self.draw();
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
        if let Kind::Foreign(Foreign::Server(view)) = &mut self.0 {
            view.dry_resolve();
        }
    }

    async fn resolve(self) -> Self {
        match self.0 {
            Kind::Foreign(Foreign::Server(view)) => Self(Kind::Foreign(Foreign::Server(view.resolve().await))),
            kind => Self(kind),
        }
    }

    fn to_html_with_buf(self, html: &mut String, position: &mut Position, _escape: bool, _mark: bool, _extra: Vec<AnyAttribute>) {
        self.write(html, position);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        stream: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark: bool,
        extra: Vec<AnyAttribute>,
    ) {
        match self.0 {
            Kind::Foreign(Foreign::Server(view)) => {
                view.to_html_async_with_buf::<OUT_OF_ORDER>(stream, position, escape, mark, extra);
            }
            kind => stream.with_buf(|html| Self(kind).write(html, position)),
        }
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Mounted {
        self.take_over(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
