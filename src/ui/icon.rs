//! The one set of icons: inline, drawn on a 16 px grid, in the colour of the text beside them.

use crate::ui::piece::{Tag, tag};

/// What an icon stands for. Each stands beside words or in a control with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Vestibule itself, on a 20 px grid.
    Mark,
    /// A common prefix.
    Folder,
    /// An object.
    Object,
    /// A bucket.
    Bucket,
    /// A Lambda function.
    Function,
    /// One thing after another.
    Flow,
    /// A person's own access.
    Access,
    /// Everybody's access.
    Admin,
    /// Look for something.
    Search,
    /// Save to this device.
    Download,
    /// More is below.
    Down,
    /// Sorted upwards.
    Up,
    /// The chosen one.
    Check,
    /// Nothing here.
    Empty,
    /// Not permitted.
    Refused,
    /// Went wrong.
    Failed,
}

impl Icon {
    const fn drawing(self) -> &'static str {
        match self {
            Self::Mark => {
                "<path d='M3 17.5V5.2A2.2 2.2 0 0 1 5.2 3h9.6A2.2 2.2 0 0 1 17 5.2v12.3M1.5 17.5h17'/>\
                 <path class='solid' d='M7 17.5V8.4c0-.5.3-.9.8-1l4-1.1c.6-.2 1.2.3 1.2 1v10.2z'/>"
            }
            Self::Folder => {
                "<path d='M1.75 12.5v-9c0-.4.35-.75.75-.75h3.3l1.7 1.75h6c.4 0 .75.35.75.75v7.25c0 .4-.35.75-.75.75h-11a.75.75 0 0 1-.75-.75z'/>"
            }
            Self::Object => "<path d='M9.25 1.75h-5a.75.75 0 0 0-.75.75v11c0 .4.35.75.75.75h7.5c.4 0 .75-.35.75-.75V5zM9.25 1.75V5h3.25'/>",
            Self::Bucket => {
                "<ellipse cx='8' cy='3.75' rx='5.75' ry='2'/><path d='M2.25 3.75l1.3 8.4c.15 1.2 2 2.1 4.45 2.1s4.3-.9 4.45-2.1l1.3-8.4'/>"
            }
            Self::Function => "<path d='M3 13.5l3.9-7.2M5 2.5h.9c.5 0 .9.3 1.1.8l3.6 9.4c.2.5.6.8 1.1.8h1.4'/>",
            Self::Flow => "<path d='M2.5 4.5h11M2.5 11.5h8M11 2l2.5 2.5L11 7M8 9l2.5 2.5L8 14'/>",
            Self::Access => "<circle cx='5.25' cy='10.75' r='3'/><path d='M7.5 8.5l6-6M11.25 4.75l2 2M9.25 6.75l1.5 1.5'/>",
            Self::Admin => "<path d='M8 1.75l5.25 2v4c0 3.2-2.2 5.5-5.25 6.5-3.05-1-5.25-3.3-5.25-6.5v-4zM5.75 8l1.6 1.6 2.9-3.2'/>",
            Self::Search => "<circle cx='7' cy='7' r='4.25'/><path d='M10.25 10.25L14 14'/>",
            Self::Download => "<path d='M8 2v8M4.75 7L8 10.25 11.25 7M2.5 13.5h11'/>",
            Self::Down => "<path d='M4.5 6.5L8 10l3.5-3.5'/>",
            Self::Up => "<path d='M4.5 9.5L8 6l3.5 3.5'/>",
            Self::Check => "<path d='M3 8.5l3.25 3.25L13 5'/>",
            Self::Empty => "<path d='M1.75 9l2-5.75h8.5l2 5.75v3.75H1.75zM1.75 9h3.5c.3 1.2 1.3 2 2.75 2s2.45-.8 2.75-2h3.5'/>",
            Self::Refused => "<path d='M3.5 7.25h9v6.5h-9zM5.25 7.25V5a2.75 2.75 0 0 1 5.5 0v2.25'/>",
            Self::Failed => "<circle cx='8' cy='8' r='6.25'/><path d='M8 4.75V8.5M8 11v.1'/>",
        }
    }

    const fn grid(self) -> &'static str {
        match self {
            Self::Mark => "0 0 20 20",
            _ => "0 0 16 16",
        }
    }
}

/// Draws `icon`. It is hidden from screen readers: the words beside it say the same.
pub fn icon(icon: Icon) -> Tag {
    tag("svg").class("icon").set("viewBox", icon.grid()).set("aria-hidden", "true").inner_html(icon.drawing())
}
