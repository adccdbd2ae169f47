//! What an examination of the whole way from the balancer to S3 found.

use super::clock::Timestamp;
use super::json::{FromJson, Json, Members, ReadError, words};
use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// To be known; nothing is broken.
    Note,
    /// Something works worse than it could, or will break.
    Warning,
    /// Something does not work.
    Error,
}

impl Severity {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

words!(Severity: Note | Warning | Error);

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It was run and found nothing.
    Ok,
    /// It was run and found something.
    Finding,
    /// It was not run.
    NotChecked,
}

impl CheckOutcome {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Finding => "finding",
            Self::NotChecked => "not_checked",
        }
    }
}

words!(CheckOutcome: Ok | Finding | NotChecked);

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExaminationFinding {
    /// What it is about: its anchor in the handbook's page on the doctor.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// How it was seen.
    pub why: String,
    /// What it breaks.
    pub breaks: String,
    /// What puts it right, as text to be copied.
    pub fix: String,
}

/// One thing that was looked at, or was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExaminationCheck {
    /// What was looked at.
    pub subject: String,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// What was seen; why it was not run.
    pub detail: String,
    /// What was found; nothing unless `outcome` says so.
    pub findings: Vec<ExaminationFinding>,
}

/// The answer of `/api/doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examination {
    /// Every check, in order.
    pub checks: Vec<ExaminationCheck>,
    /// Whether mints were tried.
    pub mint: bool,
    /// The server's time when it was over.
    pub server_now: Timestamp,
}

impl FromJson for ExaminationFinding {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            code: members.take("code")?,
            severity: members.take("severity")?,
            what: members.take("what")?,
            why: members.take("why")?,
            breaks: members.take("breaks")?,
            fix: members.take("fix")?,
        })
    }
}

impl FromJson for ExaminationCheck {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            subject: members.take("subject")?,
            outcome: members.take("outcome")?,
            detail: members.take("detail")?,
            findings: members.take("findings")?,
        })
    }
}

impl FromJson for Examination {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { checks: members.take("checks")?, mint: members.take("mint")?, server_now: members.take("server_now")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_str_is_what_serde_writes() {
        for severity in [Severity::Note, Severity::Warning, Severity::Error] {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
        for outcome in [CheckOutcome::Ok, CheckOutcome::Finding, CheckOutcome::NotChecked] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }
}
