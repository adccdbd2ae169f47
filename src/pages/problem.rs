//! A failure as a page shows it.

use super::title;
use crate::browser::navigation;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleId;
use crate::state::failure::Failure;
use crate::state::place::{BrowsePlace, page_href};
use crate::state::viewer::CurrentViewer;
use crate::ui::button::{button, link_button};
use crate::ui::icon::{Icon, icon};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use crate::words::{mark, t, translated};

/// A page with nothing but the name of the portal and what there is to say.
pub fn plain_page(heading: &'static str, content: Piece) -> Piece {
    let mark = tag("a").class("mark").set("href", "/").set("rel", "external").child(icon(Icon::Mark)).child("Vestibule");
    let page = tag("main").set("id", "page").set("tabindex", "-1").child(tag("h1").class("unseen").child(heading)).child(content);
    [title(|| heading.into()), tag("div").class("plain").child(tag("header").class("header").child(mark)).child(page).piece()].piece()
}

/// The way to the balancer's sign-in.
pub(super) fn sign_in_link() -> Piece {
    tag("a").class("button button--primary").set("href", "/").set("rel", "external").child(t!("Sign in")).piece()
}

/// The whole page when the portal refuses to say who is signed in.
pub fn problem_page(error: PortalError) -> Piece {
    let title = title_of(error.code);
    let again = match error.code {
        ErrorCode::NotSignedIn => sign_in_link(),
        _ => {
            let current = CurrentViewer::current();
            button("button", t!("Try again"), move || current.ask_again()).piece()
        }
    };
    let actions = [again, flow_link(error.code.as_str(), None).piece()].piece();
    plain_page(title, notice(portal_notice(error), Some(actions)).piece())
}

/// The way to the page that shows which step failed, for errors that end the flow.
pub(super) fn flow_link(code: &str, role: Option<&RoleId>) -> Option<Piece> {
    let ends_it = code.ends_with("_rejected") || code.starts_with("mint_");
    ends_it.then(|| link_button("button", page_href("/flow", role), t!("See which step failed")))
}

/// The link from an error to the section of the handbook that explains exactly that; none where no section does.
pub(super) fn explanation(section: &str) -> Option<Tag> {
    explanation_href(section).map(|href| tag("a").set("href", href).child(t!("What this means")))
}

/// Where that link leads.
pub(super) fn explanation_href(section: &str) -> Option<String> {
    let role = BrowsePlace::parse(&navigation::query()).role;
    (!section.is_empty()).then(|| [&page_href("/errors", role.as_ref()), "#", section].concat())
}

/// The words for an error of the portal.
#[must_use]
pub fn portal_notice(error: PortalError) -> Notice {
    let explained = explanation(error.section());
    let mut codes = vec![(t!("Code"), error.code.as_str().to_owned())];
    codes.extend(error.rule.map(|rule| (t!("Rule"), rule.into())));
    if !error.reference.is_empty() {
        codes.push((t!("Reference"), error.reference));
    }
    let kind = if matches!(error.code.status(), 401 | 403) { Kind::Refused } else { Kind::Failed };
    Notice { kind, title: title_of(error.code).into(), message: error.message, next_step: error.next_step, codes, explained }
}

/// The words for a failure of any service, under a title that says what was tried.
#[must_use]
pub fn failure_notice(title: &str, failure: Failure) -> Notice {
    let kind = if is_refusal(&failure) { Kind::Refused } else { Kind::Failed };
    let explained = explanation(&failure.section);
    let mut codes: Vec<_> = failure.code.map(|code| (t!("Code"), code)).into_iter().collect();
    codes.extend(failure.reference.map(|reference| (t!("Reference"), reference)));
    Notice { kind, title: title.into(), message: failure.message, next_step: failure.next_step, codes, explained }
}

/// Whether somebody else has to permit it first.
fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.code.as_deref(), Some("AccessDenied" | "AccessDeniedException" | "not_entitled" | "blocked"))
}

fn title_of(code: ErrorCode) -> &'static str {
    translated(match code {
        ErrorCode::NotSignedIn => mark!("You are not signed in"),
        ErrorCode::HeaderRejected | ErrorCode::TokenRejected => mark!("Your sign-in was not accepted"),
        ErrorCode::NotEntitled => mark!("This role is not open to you"),
        ErrorCode::Blocked => mark!("An administrator has blocked you"),
        ErrorCode::CrossSite => mark!("This request came from another site"),
        ErrorCode::RateLimited => mark!("Too many requests"),
        ErrorCode::MintMisconfigured => mark!("Credentials cannot be made"),
        ErrorCode::MintUnavailable => mark!("A service does not answer"),
        ErrorCode::BadRequest | ErrorCode::Internal => mark!("Something went wrong"),
    })
}
