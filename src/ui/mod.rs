//! Components that know no route and no server.

pub mod announce;
pub mod breadcrumbs;
pub mod button;
pub mod confirm;
pub mod copy;
pub mod first_view;
pub mod icon;
pub mod lazy;
pub mod notice;
pub mod piece;
pub mod popover;
pub mod shortcuts;
pub mod table;
