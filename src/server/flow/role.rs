//! Step 5: which role, and why no other. Roles of groups that are not the person's are told to administrators; others
//! hear how many there are.

use super::{Flow, shown};
use crate::model::error::ErrorCode;
use crate::model::flow::{Cause, Row, Step, StepId, StepState, Verdict};
use crate::model::role::Strategy;
use crate::server::config::{Role, RoleGroups};
use crate::server::credentials::entitlement::{self, Entitlement, Unentitled};
use crate::server::doctor::fix::list;
use crate::server::identity::Viewer;
use crate::words::{t, tn};

/// The role that the page asks for, or the person's first.
pub(super) fn chosen(flow: &Flow<'_>, viewer: &Viewer) -> Result<Entitlement, Box<Cause>> {
    let Some(asked) = flow.asked else {
        return flow.roles.iter().find_map(|role| entitlement::stands(role, viewer).ok()).ok_or_else(|| Box::new(none(flow, viewer)));
    };
    entitlement::role_of(flow.roles, viewer, asked).map_err(|error| {
        let mut cause = Cause::from(&error);
        if let Some((role, reason)) = flow.roles.iter().find(|role| role.id == *asked).and_then(|role| {
            let reason = entitlement::stands(role, viewer).err()?;
            Some((role, reason))
        }) && (reason != Unentitled::NotAMember || flow.is_admin)
        {
            (cause.why, cause.fix) = (why(role, reason), fix(role, viewer, reason));
        }
        Box::new(cause)
    })
}

fn none(flow: &Flow<'_>, viewer: &Viewer) -> Cause {
    let groups = viewer.groups();
    Cause {
        code: ErrorCode::NotEntitled.as_str().to_owned(),
        section: ErrorCode::NotEntitled.as_str().to_owned(),
        what: t!("No role is open to you.").to_owned(),
        why: if groups.is_empty() {
            t!("Your sign-in names no group ({claim}), and every role here is given to groups.", claim = flow.config.idp.groups_claim)
        } else {
            t!("None of your groups ({groups}) is given a role here.", groups = shown::cautious(&groups.join(", ")))
        },
        fix: t!("Ask the people who run the portal which group you should be in. Once you are, sign out and in again.").to_owned(),
        ..Cause::default()
    }
}

pub(super) fn step(flow: &Flow<'_>, viewer: &Viewer, chosen: &Result<Entitlement, Box<Cause>>) -> Step {
    let mut rows = vec![Row::new(&flow.config.idp.groups_claim, shown::cautious(&viewer.groups().join(", "))).saying(t!("Your groups."))];
    let mut hidden = 0_usize;
    for role in flow.roles {
        let is_chosen = chosen.as_ref().is_ok_and(|chosen| chosen.role.id == role.id);
        let asked = flow.asked == Some(&role.id);
        let standing = entitlement::stands(role, viewer).err();
        let (says, verdict) = match standing {
            None if is_chosen && asked => (t!("Chosen: the page asks for it, and your groups give it to you.").to_owned(), Verdict::Kept),
            None if is_chosen => {
                (t!("Chosen: the page asks for none, and this is the first that is open to you.").to_owned(), Verdict::Kept)
            }
            None => (t!("Open to you, and not asked for: one request is made in one role.").to_owned(), Verdict::None),
            Some(Unentitled::NotAMember) if !flow.is_admin => {
                hidden += 1;
                continue;
            }
            Some(reason) => (why(role, reason), if asked { Verdict::Broken } else { Verdict::NotJudged }),
        };
        let value = format!("{} ({})", role.title, Strategy::from(&role.strategy).as_str());
        rows.push(Row::new(role.id.as_str(), value).judged("", says, verdict));
    }
    if hidden > 0 {
        let count = tn!(hidden, "{count} other role", "{count} other roles");
        rows.push(Row::new(t!("others"), count).saying(t!("Given to groups that are not yours. Administrators see which.")));
    }
    Step {
        id: StepId::Role,
        state: if chosen.is_ok() { StepState::Done } else { StepState::Failed },
        micros: None,
        summary: chosen.as_ref().map(|chosen| format!("{}, {}", chosen.role.title, chosen.role.arn)).unwrap_or_default(),
        rows,
        causes: chosen.as_ref().err().map(|cause| Cause::clone(cause)).into_iter().collect(),
    }
}

fn why(role: &Role, reason: Unentitled) -> String {
    match (reason, &role.groups) {
        (Unentitled::Prefix, _) => {
            let prefixes = role.buckets.iter().map(|bucket| bucket.prefix.as_str()).filter(|prefix| prefix.contains("${"));
            t!(
                "A claim that its prefixes name ({prefixes}) is missing in the access token, or has a value that is not let through.",
                prefixes = prefixes.collect::<Vec<_>>().join(", ")
            )
        }
        (Unentitled::Tag, _) => t!(
            "A claim of its tag_claims ({claims}) is missing in the access token, or has a value that is not let through.",
            claims = role.strategy.tag_claims().unwrap_or_default().join(", ")
        ),
        (Unentitled::NotAMember, RoleGroups::AnyOf(groups)) => {
            t!("Given to {groups}, and none of these is a group of yours.", groups = groups.join(", "))
        }
        (Unentitled::NotAMember, RoleGroups::Everyone) => String::new(),
    }
}

fn fix(role: &Role, viewer: &Viewer, reason: Unentitled) -> String {
    match reason {
        Unentitled::NotAMember => {
            let RoleGroups::AnyOf(groups) = &role.groups else { return String::new() };
            let Some(one) = viewer.groups().first() else {
                return t!("Put the person into one of these groups at the identity provider, and let them sign in again.").to_owned();
            };
            let said = t!(
                "Put the person into one of these groups at the identity provider, and let them sign in again; or write in [[roles]] with id = \"{id}\":",
                id = role.id.as_str()
            );
            // Whoever has the role keeps it.
            format!("{said}\ngroups = {}", list(groups.iter().chain([one]).map(String::as_str)))
        }
        Unentitled::Prefix | Unentitled::Tag => t!(
            "Have the identity provider write that claim into access tokens, as text of letters, digits and _ . @ = + - only; then sign out and in again. Or take it out of [[roles]] with id = \"{id}\".",
            id = role.id.as_str()
        ),
    }
}
