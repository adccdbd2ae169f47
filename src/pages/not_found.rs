//! The page for a path that leads nowhere.

use super::problem::plain_page;
use crate::ui::button::link_button;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece};
use crate::words::t;

/// Says so, and leads back. The server answers it with status 404.
pub fn not_found() -> Piece {
    let words = Notice::new(
        Kind::Empty,
        t!("There is no such page"),
        t!("The address does not lead anywhere in this portal."),
        t!("Check it for a slip, or start from Browse."),
    );
    plain_page(t!("Not found"), notice(words, Some(link_button("button button--primary", "/browse", t!("Browse")))).piece())
}
