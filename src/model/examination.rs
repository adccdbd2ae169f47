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
    /// What puts it right, in order.
    pub fix: Vec<FixPart>,
}

/// A part of what puts something right: a sentence, or what is copied whole. In JSON `{kind, text}`, and a name where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum FixPart {
    /// A sentence: what to do, where the next part goes, or what else there is to choose.
    Say {
        /// The sentence.
        text: String,
    },
    /// Commands for a POSIX shell, a line each.
    Run {
        /// The lines.
        text: String,
    },
    /// Lines of the portal's configuration.
    Configure {
        /// TOML, for the section that the sentence before it names.
        text: String,
    },
    /// A document of somebody else's, or a part of one.
    Document {
        /// Which: where it goes.
        name: String,
        /// What to write there.
        text: String,
    },
}

impl FixPart {
    /// What it says, or what is copied.
    #[must_use]
    pub const fn text(&self) -> &String {
        match self {
            Self::Say { text } | Self::Run { text } | Self::Configure { text } | Self::Document { text, .. } => text,
        }
    }
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

impl FromJson for FixPart {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        let (kind, text): (String, String) = (members.take("kind")?, members.take("text")?);
        match &*kind {
            "say" => Ok(Self::Say { text }),
            "run" => Ok(Self::Run { text }),
            "configure" => Ok(Self::Configure { text }),
            "document" => Ok(Self::Document { name: members.take("name")?, text }),
            _ => Err(ReadError::Member("kind")),
        }
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
    use crate::model::json::read;

    #[test]
    fn parts_of_a_fix_are_read_as_serde_writes_them() {
        let text = || "a \"b\"\nc".to_owned();
        let parts = vec![
            FixPart::Say { text: text() },
            FixPart::Run { text: text() },
            FixPart::Configure { text: text() },
            FixPart::Document { name: "trust policy".to_owned(), text: text() },
        ];
        let written = serde_json::to_string(&parts).unwrap();
        assert!(written.starts_with(r#"[{"kind":"say","text":"#), "{written}");
        assert_eq!(read::<Vec<FixPart>>(&written).unwrap(), parts);
        for wrong in [r#"{"kind":"sing","text":"a"}"#, r#"{"kind":"document","text":"a"}"#, r#"{"kind":"say"}"#, r#""say""#] {
            assert!(read::<FixPart>(wrong).is_err(), "{wrong}");
        }
    }

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
