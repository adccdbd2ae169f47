//! *Errors*: what each error of the portal, of S3 and of Lambda means and whose move it is, each under an address of its
//! own that the error links to. It is there for who is refused too.

use super::explanations::{self, Explanation};
use super::frame::{Section, Visit, framed_or};
use super::handbook::{WRITTEN_IN, paragraphs, written};
use super::problem::plain_page;
use crate::browser::element;
use crate::browser::style::StyleSheet;
use crate::pages::title;
use crate::reactive::effect;
use crate::ui::button::link_button;
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use crate::words::t;
use leptos::prelude::{Get, GetUntracked};
use leptos_router::hooks::use_location;

/// What an error means, whose move it is, and which findings it leads to.
const ERRORS: &str = include_str!("../docs/errors.md");
/// What the doctor finds.
const DOCTOR: &str = include_str!("../docs/doctor.md");
/// How it looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../style/_errors.css"));

/// The page.
pub fn errors() -> Piece {
    framed_or(Section::Flow, page, |_| plain_page(t!("Errors"), explanations::explained(Explanation::Errors(None))))
}

fn page(visit: Visit) -> Piece {
    [title(|| t!("Errors").into()), explanations::explained(Explanation::Errors(Some(visit)))].piece()
}

/// Everything behind the heading.
pub(super) fn explained(visit: Option<Visit>) -> Piece {
    STYLE.adopt();
    let is_admin = visit.is_some_and(|visit| visit.who.with_value(|who| who.is_admin));
    follow_hash();
    let [of_errors, of_findings] = [sections(ERRORS), sections(findings())];
    tag("div")
        .class("errors")
        // A page without a frame has its heading already.
        .child(visit.map(|_| tag("h1").child(t!("Errors"))))
        .child(tag("p").class("secondary").child(t!("What each error means, whose move it is, and what the doctor finds where the portal or AWS is set up wrongly. From the handbook.")))
        .children(of_errors.into_iter().map(|section| drawn(section, false)))
        .children(of_findings.into_iter().map(|section| drawn(section, is_admin)))
        .piece()
}

/// Brings the section that the address names into view, now and whenever the address names another.
pub(super) fn follow_hash() {
    let hash = use_location().hash;
    effect(move || show(&hash.get()));
}

/// The part of the address behind `#`, without it.
pub(super) fn asked() -> String {
    use_location().hash.get_untracked().trim_start_matches('#').to_owned()
}

/// Brings the element of this id into view and gives it the focus.
pub(super) fn show(hash: &str) {
    if let Some(section) = element::find(hash) {
        element::focus(&section);
        element::reveal(&section);
    }
}

/// A section with an address, and the group that begins with it.
struct Part {
    group: Option<&'static str>,
    id: &'static str,
    text: Vec<&'static str>,
}

fn findings() -> &'static str {
    // What comes before the first group is about the doctor itself.
    DOCTOR.find("\n**").map_or("", |begin| &DOCTOR[begin..])
}

/// Groups stand under `##` or in bold, sections under `###`.
fn sections(text: &'static str) -> Vec<Part> {
    let (mut parts, mut begun): (Vec<Part>, _) = (Vec::new(), None);
    for paragraph in paragraphs(text) {
        let group = paragraph.strip_prefix("## ").or_else(|| paragraph.strip_prefix("**")?.strip_suffix("**"));
        if let Some(id) = paragraph.strip_prefix("### ") {
            parts.push(Part { group: begun.take(), id, text: Vec::new() });
        } else if group.is_some() {
            begun = group;
        } else if let Some(part) = parts.last_mut() {
            part.text.push(paragraph);
        }
    }
    parts
}

fn drawn(part: Part, is_examined: bool) -> Piece {
    let Part { group, id, text } = part;
    let look = || link_button("button button--inline", ["/admin/doctor#", id].concat(), t!("What the doctor finds"));
    let section = tag("section")
        .class("errors__section")
        .set("id", id)
        .set("tabindex", "-1")
        .set("aria-labelledby", ["of-", id].concat())
        .set("lang", WRITTEN_IN)
        .child(
            tag("h3")
                .set("id", ["of-", id].concat())
                .child(tag("a").set("href", ["#", id].concat()).set("rel", "external").child(tag("code").child(id))),
        )
        .children(text.into_iter().map(written))
        .child(is_examined.then(look));
    [group.map(heading).piece(), section.piece()].piece()
}

fn heading(words: &'static str) -> Tag {
    tag("h2").set("lang", WRITTEN_IN).child(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::{Remedy, Service, ServiceError};
    use crate::aws::uri::UnsendableKey;
    use crate::browser::fetch::TransportError;
    use crate::model::error::{ErrorCode, PortalError};
    use crate::server::doctor::Code;
    use crate::server::identity::HeaderRule;
    use crate::server::tokens::TokenRule;
    use crate::state::failure::Failure;
    use std::collections::BTreeSet;

    fn ids() -> BTreeSet<&'static str> {
        let all: Vec<&str> = [sections(ERRORS), sections(findings())].into_iter().flatten().map(|part| part.id).collect();
        let ids: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(ids.len(), all.len(), "each address is one section's: {all:?}");
        ids
    }

    fn service_errors() -> Vec<ServiceError> {
        let remedies = [
            Remedy::RefreshCredentials,
            Remedy::CorrectClock,
            Remedy::OtherRegion(None),
            Remedy::Retry,
            Remedy::AskForAccess,
            Remedy::NotFound,
            Remedy::ChangeInput,
            Remedy::Restore,
            Remedy::RepairFunction,
            Remedy::Report,
        ];
        let error =
            |service, remedy: &Remedy, code: &str| ServiceError { service, remedy: remedy.clone(), ..ServiceError::of_s3(403, code, "m") };
        let s3 = remedies.iter().filter(|remedy| **remedy != Remedy::RepairFunction).map(|remedy| error(Service::S3, remedy, "Code"));
        let lambda = remedies
            .iter()
            .filter(|remedy| !matches!(remedy, Remedy::OtherRegion(_) | Remedy::Restore))
            .map(|remedy| error(Service::Lambda, remedy, "Code"));
        s3.chain(lambda).chain([error(Service::S3, &Remedy::NotFound, "NoSuchBucket")]).collect()
    }

    #[test]
    fn every_error_leads_to_a_section_of_its_own() {
        let ids = ids();
        let of_codes = ErrorCode::ALL.map(|code| PortalError::new(code, "m", "n").section().to_owned());
        let of_headers =
            HeaderRule::ALL.map(|rule| PortalError::new(ErrorCode::HeaderRejected, "m", "n").with_rule(rule.as_str()).section().to_owned());
        let of_tokens =
            TokenRule::ALL.map(|rule| PortalError::new(ErrorCode::TokenRejected, "m", "n").with_rule(rule.as_str()).section().to_owned());
        let of_network = [
            TransportError::Offline,
            TransportError::TimedOut { milliseconds: 1 },
            TransportError::Aborted,
            TransportError::Network,
            TransportError::Redirected,
            TransportError::Unreadable,
            TransportError::Refused,
        ]
        .map(|error| Failure::transport(error, "s3.example").section);
        let of_services: Vec<Box<str>> = service_errors().iter().map(|error| Failure::service(error, "list it").section).collect();
        let unsendable = Failure::address(crate::aws::s3::address::AddressError::Key(UnsendableKey::Empty)).section;
        let own = [
            "answer-unreadable",
            "function-error",
            "sts-unreachable",
            "key-server-unreachable",
            "jwks-unreachable",
            "access-token-no-audience",
        ];
        let exact: BTreeSet<&String> = of_headers.iter().chain(&of_tokens).collect();
        assert_eq!(exact.len(), HeaderRule::ALL.len() + TokenRule::ALL.len(), "no two rules share one");
        let of_portal = of_codes.iter().chain(&of_headers).chain(&of_tokens).map(String::as_str);
        let of_services = of_services.iter().chain(&of_network).chain([&unsendable]).map(|section| &**section);
        for section in of_portal.chain(of_services).chain(own) {
            assert!(ids.contains(section), "{section} is no section");
        }
        for code in Code::all() {
            assert!(ids.contains(code.to_string().as_str()), "{code} is no section");
        }
    }

    /// Nothing is told that no error leads to, every section says something, and links lead to sections that exist.
    #[test]
    fn sections_say_whose_move_it_is_and_lead_on() {
        let ids = ids();
        for part in sections(ERRORS) {
            let text = part.text.join(" ");
            assert!(text.contains("Move: "), "{} does not say whose move it is", part.id);
            for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
                let section = target.split_once('#').map(|(_, section)| section);
                assert!(section.is_none_or(|section| ids.contains(section)), "{}: {target}", part.id);
            }
        }
        assert!(sections(findings()).iter().all(|part| !part.text.is_empty()));
    }
}
