//! The sections on records of sessions: where they are kept, and how their ends are enforced.

use super::loader::Loader;
use super::section::{Queries, Section};
use super::{Revocation, Sessions, Store};
use std::path::PathBuf;

/// Days for which sessions are kept when nothing is said.
const KEEP_DAYS: u16 = 30;

/// The words of `sessions.store`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    DynamoDb,
}

impl Loader<'_> {
    pub(super) fn sessions(&mut self, mut section: Section<'_>) -> Option<Sessions> {
        let store = section.choice("store", &[("sqlite", Kind::Sqlite), ("dynamodb", Kind::DynamoDb)], Kind::Sqlite);
        let [path, table] = ["path", "table"].map(|key| section.text(key));
        let endpoint = section.url("endpoint", Queries::Refused);
        let present = [("path", path.is_some()), ("table", table.is_some()), ("endpoint", endpoint.is_some())];
        for (key, _) in present.into_iter().filter(|(key, is_there)| *is_there && (*key == "path") != (store == Kind::Sqlite)) {
            let other = if store == Kind::Sqlite { "dynamodb" } else { "sqlite" };
            section.problem(key, format!("is read with store = \"{other}\" only"), "take it out, or change store");
        }
        if let Some(url) = &endpoint {
            self.warn_clear("sessions.endpoint", url);
        }
        let keep_days = u16::try_from(section.integer("keep_days", 1..=400, i64::from(KEEP_DAYS))).unwrap_or(KEEP_DAYS);
        let store = match (store, table) {
            (Kind::Sqlite, _) => {
                if path.as_deref() == Some("") {
                    section.problem("path", "is empty", "write path = \"vestibule.db\"");
                }
                Some(Store::Sqlite { path: PathBuf::from(path.unwrap_or_else(|| "vestibule.db".to_owned())) })
            }
            (Kind::DynamoDb, Some(table)) if is_table(&table) => Some(Store::DynamoDb { table, endpoint }),
            (Kind::DynamoDb, Some(_)) => {
                section.problem("table", "is not a table's name", "write 3 to 255 of a-z, A-Z, 0-9, -, _ and .");
                None
            }
            (Kind::DynamoDb, None) => {
                section.problem("table", "is missing", "add table = \"vestibule-sessions\"");
                None
            }
        };
        section.close();
        Some(Sessions { store: store?, keep_days })
    }

    pub(super) fn revocation(&mut self, mut section: Section<'_>) -> Revocation {
        let iam = section.boolean("iam", false);
        let iam_endpoint = section.url("iam_endpoint", Queries::Refused);
        if let Some(url) = &iam_endpoint {
            self.warn_clear("revocation.iam_endpoint", url);
            if !iam {
                section.problem("iam_endpoint", "is read with iam = true only", "take it out, or write iam = true");
            }
        }
        section.close();
        Revocation { iam, iam_endpoint }
    }
}

/// DynamoDB developer guide, "Supported data types and naming rules".
fn is_table(name: &str) -> bool {
    (3..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
