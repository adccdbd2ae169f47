//! The sections on records of sessions: where they are kept, and how their ends are enforced.

use super::loader::Loader;
use super::section::{Queries, Section};
use super::{Revocation, Sessions};
use std::path::PathBuf;

/// `sessions.store`
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    Sqlite,
    DynamoDb,
}

impl Loader<'_> {
    pub(super) fn sessions(&mut self, mut section: Section<'_>) -> Option<Sessions> {
        let store = section.choice("store", &[("sqlite", Store::Sqlite), ("dynamodb", Store::DynamoDb)], Store::Sqlite);
        let [path, table] = ["path", "table"].map(|key| section.text(key));
        let endpoint = section.url("endpoint", Queries::Refused);
        let present = [("path", path.is_some()), ("table", table.is_some()), ("endpoint", endpoint.is_some())];
        for (key, _) in present.into_iter().filter(|(key, is_there)| *is_there && (*key == "path") != (store == Store::Sqlite)) {
            let other = if store == Store::Sqlite { "dynamodb" } else { "sqlite" };
            section.problem(key, format!("is read with store = \"{other}\" only"), "take it out, or change store");
        }
        if let Some(url) = &endpoint {
            self.warn_clear("sessions.endpoint", url);
        }
        let sessions = match (store, table) {
            (Store::Sqlite, _) => {
                if path.as_deref() == Some("") {
                    section.problem("path", "is empty", "write path = \"vestibule.db\"");
                }
                Some(Sessions::Sqlite { path: PathBuf::from(path.unwrap_or_else(|| "vestibule.db".to_owned())) })
            }
            (Store::DynamoDb, Some(table)) if is_table(&table) => Some(Sessions::DynamoDb { table, endpoint }),
            (Store::DynamoDb, Some(_)) => {
                section.problem("table", "is not a table's name", "write 3 to 255 of a-z, A-Z, 0-9, -, _ and .");
                None
            }
            (Store::DynamoDb, None) => {
                section.problem("table", "is missing", "add table = \"vestibule-sessions\"");
                None
            }
        };
        section.close();
        sessions
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
