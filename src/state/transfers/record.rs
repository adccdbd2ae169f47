//! What is remembered on this device of an upload in parts, so that it can go on after a reload or a
//! crash: where to, what S3 calls it, and what the file was. No secret, and nothing of the file.

use crate::browser::lock::{self, Lock};
use crate::browser::storage;
use crate::model::json::{FromJson, Json, Members, ReadError, ToJson};
use crate::model::names::RoleId;

const KEY: &str = "vestibule-uploads";

/// Most records that are kept: of more, the oldest go.
const MOST: usize = 200;

/// An upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Whose it is: a device may have several people.
    pub(super) subject: String,
    pub(super) role: RoleId,
    pub(super) bucket: String,
    pub(super) key: String,
    /// What S3 calls the upload.
    pub(super) upload: String,
    /// Size of its parts.
    pub(super) part_size: u64,
    /// The file: path, bytes, time of the last change.
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) modified: u64,
}

impl Record {
    fn to_json(&self) -> Json {
        let number = |number: u64| Json::Number(number.to_string().into());
        Json::object([
            ("subject", self.subject.to_json()),
            ("role", self.role.as_str().to_json()),
            ("bucket", self.bucket.to_json()),
            ("key", self.key.to_json()),
            ("upload", self.upload.to_json()),
            ("part_size", number(self.part_size)),
            ("path", self.path.to_json()),
            ("size", number(self.size)),
            ("modified", number(self.modified)),
        ])
    }
}

impl FromJson for Record {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            subject: members.take("subject")?,
            role: members.take("role")?,
            bucket: members.take("bucket")?,
            key: members.take("key")?,
            upload: members.take("upload")?,
            part_size: members.take("part_size")?,
            path: members.take("path")?,
            size: members.take("size")?,
            modified: members.take("modified")?,
        })
    }
}

/// The records of this person.
pub(super) fn of(subject: &str) -> Vec<Record> {
    all().into_iter().filter(|record| record.subject == subject).collect()
}

/// Remembers an upload.
pub(super) fn keep(record: &Record) {
    let mut records = without(all(), &record.upload);
    records.push(record.clone());
    let surplus = records.len().saturating_sub(MOST);
    write(&records[surplus..]);
}

/// Whether an upload is remembered.
pub(super) fn is_kept(upload: &str) -> bool {
    all().iter().any(|record| record.upload == upload)
}

/// Holds an upload that has just begun for this tab.
pub(super) fn hold(upload: &str) -> Lock {
    lock::hold(&lock_name(upload))
}

/// Takes an upload over from a page that is gone. `None` while another tab has it.
pub(super) async fn take(upload: &str) -> Option<Lock> {
    lock::take(&lock_name(upload)).await
}

/// Waits until no tab has an upload.
pub(super) async fn released(upload: &str) {
    lock::released(&lock_name(upload)).await;
}

/// What tells whether a tab has an upload, of all tabs as they are now.
pub(super) async fn is_held() -> impl Fn(&str) -> bool {
    let held = lock::held().await.unwrap_or_default();
    move |upload| held.contains(&lock_name(upload))
}

fn lock_name(upload: &str) -> String {
    format!("{KEY}/{upload}")
}

/// Forgets an upload: it is complete, or aborted.
pub(super) fn forget(upload: &str) {
    write(&without(all(), upload));
}

fn without(records: Vec<Record>, upload: &str) -> Vec<Record> {
    records.into_iter().filter(|record| record.upload != upload).collect()
}

fn all() -> Vec<Record> {
    storage::read(KEY).map(|text| parse(&text)).unwrap_or_default()
}

fn write(records: &[Record]) {
    let text = written(records);
    storage::write(KEY, (!records.is_empty()).then_some(text.as_str()));
}

fn written(records: &[Record]) -> String {
    Json::List(records.iter().map(Record::to_json).collect()).written()
}

/// What cannot be read, because another version of the portal wrote it, is left out.
fn parse(text: &str) -> Vec<Record> {
    match Json::parse(text) {
        Ok(Json::List(records)) => records.into_iter().filter_map(|record| Record::from_json(record).ok()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::state::transfers) fn record() -> Record {
        Record {
            subject: "s".into(),
            role: RoleId::parse("analyst").unwrap(),
            bucket: "b".into(),
            key: "k".into(),
            upload: "u".into(),
            part_size: 16,
            path: "p".into(),
            size: 40,
            modified: 1,
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(key in any::<String>(), upload in any::<String>(), size in 0..1_u64 << 53) {
            let records = [record(), Record { key, upload, size, ..record() }];
            prop_assert_eq!(parse(&written(&records)), records);
        }

        #[test]
        fn reading_never_panics(text in any::<String>()) {
            let _ = parse(&text);
        }
    }

    #[test]
    fn what_another_version_wrote_is_left_out() {
        let text = format!("[{{\"upload\":\"x\"}},{}]", record().to_json().written());
        assert_eq!(parse(&text), [record()]);
        assert!(parse("{}").is_empty());
    }
}
