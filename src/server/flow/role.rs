//! Step 5: which role, and why no other. Roles of groups that are not the person's are told to administrators; others
//! hear how many there are.

use super::{Flow, shown};
use crate::model::flow::{Cause, Row, Step, StepId, StepState, Verdict};
use crate::model::role::Strategy;
use crate::server::config::{Role, RoleGroups};
use crate::server::credentials::entitlement::{self, Entitlement, Unentitled};
use crate::server::identity::Viewer;
use std::sync::Arc;

/// The role that the page asks for, or the person's first.
pub(super) fn chosen(flow: &Flow<'_>, viewer: &Viewer) -> Result<Entitlement, Cause> {
    let Some(asked) = flow.asked else {
        return flow.roles.iter().find_map(|role| entitlement::stands(role, viewer).ok()).ok_or_else(|| none(flow, viewer));
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
        cause
    })
}

fn none(flow: &Flow<'_>, viewer: &Viewer) -> Cause {
    let groups = viewer.groups();
    let claim = &flow.config.idp.groups_claim;
    Cause {
        code: "not_entitled".to_owned(),
        rule: None,
        what: "No role is open to you.".to_owned(),
        why: if groups.is_empty() {
            format!("Your sign-in names no group ({claim}), and every role here is given to groups.")
        } else {
            format!("None of your groups ({}) is given a role here.", shown::cautious(&groups.join(", ")))
        },
        fix: "Ask the people who run the portal which group you should be in. Once you are, sign out and in again.".to_owned(),
    }
}

pub(super) fn step(flow: &Flow<'_>, viewer: &Viewer, chosen: &Result<Entitlement, Cause>) -> Step {
    let mut rows = vec![Row::new(&flow.config.idp.groups_claim, shown::cautious(&viewer.groups().join(", "))).saying("Your groups.")];
    let mut hidden = 0_usize;
    for role in flow.roles {
        let is_chosen = chosen.as_ref().is_ok_and(|chosen| chosen.role.id == role.id);
        let asked = flow.asked == Some(&role.id);
        let standing = entitlement::stands(role, viewer).err();
        let (says, verdict) = match standing {
            None if is_chosen && asked => ("Chosen: the page asks for it, and your groups give it to you.".to_owned(), Verdict::Kept),
            None if is_chosen => ("Chosen: the page asks for none, and this is the first that is open to you.".to_owned(), Verdict::Kept),
            None => ("Open to you, and not asked for: one request is made in one role.".to_owned(), Verdict::None),
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
        let count = if hidden == 1 { "1 other role".to_owned() } else { format!("{hidden} other roles") };
        rows.push(Row::new("others", count).saying("Given to groups that are not yours. Administrators see which."));
    }
    Step {
        id: StepId::Role,
        state: if chosen.is_ok() { StepState::Done } else { StepState::Failed },
        micros: None,
        summary: chosen.as_ref().map(|chosen| format!("{}, {}", chosen.role.title, chosen.role.arn)).unwrap_or_default(),
        rows,
        cause: chosen.as_ref().err().cloned(),
    }
}

fn why(role: &Role, reason: Unentitled) -> String {
    match (reason, &role.groups) {
        (Unentitled::Prefix, _) => {
            let prefixes: Vec<&str> =
                role.buckets.iter().map(|bucket| bucket.prefix.as_str()).filter(|prefix| prefix.contains("${")).collect();
            format!(
                "A claim that its prefixes name ({}) is missing in the access token, or has a value that is not let through.",
                prefixes.join(", ")
            )
        }
        (Unentitled::Tag, _) => {
            let claims = role.strategy.tag_claims().unwrap_or_default().join(", ");
            format!("A claim of its tag_claims ({claims}) is missing in the access token, or has a value that is not let through.")
        }
        (Unentitled::NotAMember, RoleGroups::AnyOf(groups)) => {
            format!("Given to {}, and none of these is a group of yours.", groups.join(", "))
        }
        (Unentitled::NotAMember, RoleGroups::Everyone) => String::new(),
    }
}

fn fix(role: &Arc<Role>, viewer: &Viewer, reason: Unentitled) -> String {
    match reason {
        Unentitled::NotAMember => {
            let groups: Vec<String> = viewer.groups().iter().map(|group| format!("{group:?}")).collect();
            format!(
                "Put the person into one of these groups at the identity provider, and let them sign in again; or write in [[roles]] with id = \"{}\":\ngroups = [{}]",
                role.id,
                groups.join(", ")
            )
        }
        Unentitled::Prefix | Unentitled::Tag => format!(
            "Have the identity provider write that claim into access tokens, as text of letters, digits and _ . @ = + - only; then sign out and in again. Or take it out of [[roles]] with id = \"{}\".",
            role.id
        ),
    }
}
