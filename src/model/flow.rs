//! One request's way to credentials, step by step, as the page *Flow* shows it.
//!
//! The server tells seven steps in `/api/flow`; the page adds the eighth, its own first request to S3.
//! Nothing in here is a secret: of tokens and signatures there are lengths and fingerprints.

use super::clock::Timestamp;
use super::json::{FromJson, Json, Members, ReadError, words};
use serde::{Deserialize, Serialize};

/// The answer of `/api/flow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRecord {
    /// Ties it to lines of the log.
    pub reference: String,
    /// The server's time when it answered.
    pub server_now: Timestamp,
    /// Who is asked for credentials of the role: STS, Cognito, or both.
    pub asked: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// This request's own values by the names that samples have for them; none before the balancer's header is verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<Row>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which.
    pub id: StepId,
    /// What came of it.
    pub state: StepState,
    /// How long it took, in microseconds, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub micros: Option<u32>,
    /// A sentence about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What was sent or checked, each beside what it has to satisfy.
    pub rows: Vec<Row>,
    /// Why it failed, or what of it should be known; the first is what ended it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

/// Names of the steps; each is the anchor of its section in the handbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepId {
    /// The three headers as they came.
    Headers,
    /// The balancer's signed header, rule by rule.
    DataHeader,
    /// The identity provider's access token, rule by rule.
    AccessToken,
    /// Whether STS could take that token.
    WebIdentity,
    /// Which role, and why no other.
    Role,
    /// What AWS is asked.
    Mint,
    /// What AWS answers.
    Answer,
    /// The page's first request to S3.
    FirstRequest,
}

impl StepId {
    /// All of them, in order.
    pub const ALL: [Self; 8] =
        [Self::Headers, Self::DataHeader, Self::AccessToken, Self::WebIdentity, Self::Role, Self::Mint, Self::Answer, Self::FirstRequest];

    /// The word of the wire, and the anchor in the handbook.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::DataHeader => "data-header",
            Self::AccessToken => "access-token",
            Self::WebIdentity => "web-identity",
            Self::Role => "role",
            Self::Mint => "mint",
            Self::Answer => "answer",
            Self::FirstRequest => "first-request",
        }
    }
}

words!(StepId: Headers | DataHeader | AccessToken | WebIdentity | Role | Mint | Answer | FirstRequest);

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It went well.
    Done,
    /// It went well, or did not matter, and something about it should be known.
    Noted,
    /// It ended the flow.
    Failed,
    /// The flow ended before, or has not come so far.
    NotReached,
    /// This strategy or configuration has no such step.
    NotNeeded,
}

impl StepState {
    /// The word of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Noted => "noted",
            Self::Failed => "failed",
            Self::NotReached => "not-reached",
            Self::NotNeeded => "not-needed",
        }
    }
}

words!(StepState: Done | Noted | Failed | NotReached | NotNeeded);

/// Something that was sent or checked, beside the rule that it has to satisfy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What it is called where it stands: a header, a claim, a parameter. Alone, it heads the rows below.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Name of the rule.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// What the rule asks for, or what the value is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
    /// Whether the rule is kept.
    pub verdict: Verdict,
}

/// Whether a rule is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// There is none.
    #[default]
    None,
    /// It is.
    Kept,
    /// It is not.
    Broken,
    /// One before it was broken.
    NotJudged,
}

impl Verdict {
    /// The word of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::NotJudged => "not-judged",
        }
    }
}

words!(Verdict: None | Kept | Broken | NotJudged);

/// Why a step failed, and what mends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Code of the portal or of the service, or of the doctor's finding.
    pub code: String,
    /// The portal's rule, where one is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Its section in the handbook's pages on errors and on the doctor, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub section: String,
    /// What is wrong.
    pub what: String,
    /// How that was seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What puts it right: sentences, and lines to be copied.
    pub fix: String,
    /// Whether `why` is the doctor's, who speaks English to everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub why_in_english: bool,
    /// The same of `fix`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fix_in_english: bool,
}

impl Row {
    /// A value without a rule.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), ..Self::default() }
    }

    /// With what the value is for.
    #[must_use]
    pub fn saying(mut self, says: impl Into<String>) -> Self {
        self.says = says.into();
        self
    }

    /// With the rule that it keeps, breaks, or was not held against.
    #[must_use]
    pub fn judged(mut self, rule: impl Into<String>, says: impl Into<String>, verdict: Verdict) -> Self {
        (self.rule, self.says, self.verdict) = (rule.into(), says.into(), verdict);
        self
    }
}

impl FromJson for FlowRecord {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            reference: members.take("reference")?,
            server_now: members.take("server_now")?,
            asked: members.take("asked")?,
            steps: members.take("steps")?,
            own: members.take_or_default("own")?,
        })
    }
}

impl FromJson for Step {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            id: members.take("id")?,
            state: members.take("state")?,
            micros: members.take("micros")?,
            summary: members.take_or_default("summary")?,
            rows: members.take("rows")?,
            causes: members.take_or_default("causes")?,
        })
    }
}

impl FromJson for Row {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            name: members.take("name")?,
            value: members.take_or_default("value")?,
            rule: members.take_or_default("rule")?,
            says: members.take_or_default("says")?,
            verdict: members.take("verdict")?,
        })
    }
}

impl FromJson for Cause {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            code: members.take("code")?,
            rule: members.take("rule")?,
            section: members.take_or_default("section")?,
            what: members.take("what")?,
            why: members.take_or_default("why")?,
            fix: members.take("fix")?,
            why_in_english: members.take_or_default("why_in_english")?,
            fix_in_english: members.take_or_default("fix_in_english")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json;

    #[test]
    fn the_browser_reads_what_the_server_writes() {
        let row = Row::new("signer", "arn:aws:…").judged("signer", "is one of the configured.", Verdict::Broken);
        let cause = Cause {
            code: "header_rejected".into(),
            rule: Some("signer".into()),
            section: "data-header-signer".into(),
            what: "w".into(),
            why: "y".into(),
            fix: "f".into(),
            why_in_english: true,
            fix_in_english: false,
        };
        let step = |id, state| Step {
            id,
            state,
            micros: Some(12),
            summary: "s".into(),
            rows: vec![row.clone(), Row::new("a", "")],
            causes: vec![cause.clone(), Cause::default()],
        };
        let states = [StepState::Done, StepState::Noted, StepState::Failed, StepState::NotReached, StepState::NotNeeded];
        let mut steps: Vec<Step> = StepId::ALL.into_iter().zip(states.into_iter().cycle()).map(|(id, state)| step(id, state)).collect();
        steps.push(Step {
            micros: None,
            summary: String::new(),
            rows: Vec::new(),
            causes: Vec::new(),
            ..step(StepId::Role, StepState::Done)
        });
        let record = FlowRecord {
            reference: "r".into(),
            server_now: Timestamp::from_seconds(1_795_411_975),
            asked: "STS".into(),
            steps,
            own: vec![row],
        };
        assert_eq!(json::read::<FlowRecord>(&serde_json::to_string(&record).unwrap()), Ok(record));
    }
}
