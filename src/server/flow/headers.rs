//! Step 1: the three headers as they came. Of each there are lines, length and fingerprint.

use super::{Flow, micros};
use crate::model::error::ErrorCode;
use crate::model::flow::{Cause, Row, Step, StepId, StepState, Verdict};
use crate::model::secret::print_of;
use crate::server::identity::{ACCESS_TOKEN_HEADER, DATA_HEADER, HeaderRule, IDENTITY_HEADER};
use crate::words::{t, translated};
use http::HeaderName;

/// The rules that are about whether the headers are there at all.
pub(super) const RULES: [HeaderRule; 3] = [HeaderRule::Missing, HeaderRule::Duplicate, HeaderRule::Size];

pub(super) fn step(flow: &Flow<'_>) -> Step {
    let error = flow.viewer.as_ref().err();
    let broken = error.and_then(|error| match error.code {
        ErrorCode::NotSignedIn => Some(HeaderRule::Missing),
        ErrorCode::HeaderRejected => RULES.into_iter().find(|rule| error.rule.as_deref() == Some(rule.as_str())),
        _ => None,
    });
    let [missing, duplicate, size] = RULES.map(|rule| verdict(rule, broken));
    let most = flow.headers.keys().filter(|name| NAMES.contains(*name)).map(|name| flow.headers.get_all(name).iter().count()).max();
    let longest = NAMES.iter().flat_map(|name| flow.headers.get_all(name)).map(http::HeaderValue::len).max();
    let data = row(flow, &DATA_HEADER).judged(HeaderRule::Missing.as_str(), translated(HeaderRule::Missing.says()), missing);
    let lines = Row::new(t!("Lines of each, at most"), most.unwrap_or_default().to_string());
    let bytes = Row::new(t!("Longest of them"), format!("{} B", longest.unwrap_or_default()));
    let rows = vec![
        data,
        row(flow, &IDENTITY_HEADER).saying(t!("The person's subject in plain text; nobody signs it.")),
        row(flow, &ACCESS_TOKEN_HEADER).saying(t!("The identity provider's access token; the balancer does not sign it.")),
        lines.judged(HeaderRule::Duplicate.as_str(), translated(HeaderRule::Duplicate.says()), duplicate),
        bytes.judged(HeaderRule::Size.as_str(), translated(HeaderRule::Size.says()), size),
    ];
    Step {
        id: StepId::Headers,
        state: if broken.is_some() { StepState::Failed } else { StepState::Done },
        micros: micros(flow.stages.headers),
        summary: String::new(),
        rows,
        causes: error.filter(|_| broken.is_some()).map(Cause::from).into_iter().collect(),
    }
}

const NAMES: [HeaderName; 3] = [DATA_HEADER, IDENTITY_HEADER, ACCESS_TOKEN_HEADER];

fn row(flow: &Flow<'_>, name: &HeaderName) -> Row {
    let lines: Vec<String> = flow.headers.get_all(name).iter().map(|value| print_of(value.as_bytes())).collect();
    Row::new(name.as_str(), if lines.is_empty() { t!("not there").to_owned() } else { lines.join("\n") })
}

/// Rules are judged in the order of their list, and judging ends with the first that is broken.
pub(super) fn verdict(rule: HeaderRule, broken: Option<HeaderRule>) -> Verdict {
    let at = |rule: HeaderRule| HeaderRule::ALL.iter().position(|known| *known == rule);
    match broken {
        Some(broken) if broken == rule => Verdict::Broken,
        Some(broken) if at(broken) < at(rule) => Verdict::NotJudged,
        _ => Verdict::Kept,
    }
}
