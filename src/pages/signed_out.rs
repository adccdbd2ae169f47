//! The page after signing out.

use super::problem::{plain_page, sign_in_link};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece};
use crate::words::t;

/// Says what signing out did and what it did not.
pub fn signed_out() -> Piece {
    let words = Notice::new(
        Kind::Empty,
        t!("You are signed out"),
        t!("This browser has forgotten your credentials, in every tab."),
        t!("Credentials that were copied out of the portal go on working until they expire."),
    );
    plain_page(t!("Signed out"), notice(words, Some(sign_in_link())).piece())
}
