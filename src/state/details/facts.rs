//! What S3 says of an object, and what the bucket's CORS rules keep a page from hearing.

use super::{Desk, Subject};
use crate::aws::request::{Answer, Draft};
use crate::aws::s3::describe::{Description, Field};
use crate::aws::s3::list::ListRequest;
use crate::aws::s3::object::ObjectRequest;
use crate::aws::s3::page;
use crate::model::clock::Timestamp;
use crate::model::location::Permission;
use crate::model::object::Object;
use crate::state::exchange;
use crate::state::failure::Failure;
use crate::words::mark;

/// What stands in a header that is only asked for to see whether it can be seen.
const PROBE: &str = "inline; filename=\"seen\"";

/// What is tried, for [`Desk::action`].
const READ: &str = mark!("read {key} in bucket {bucket}", key, bucket);

/// Headers of an object that a page sees only where the bucket's CORS rules expose them, with what they tell.
const EXPOSABLE: [(&str, &str); 8] = [
    ("etag", "ETag"),
    ("x-amz-version-id", "x-amz-version-id"),
    ("x-amz-storage-class", "x-amz-storage-class"),
    ("x-amz-server-side-encryption", "x-amz-server-side-encryption"),
    ("x-amz-tagging-count", "x-amz-tagging-count"),
    ("x-amz-restore", "x-amz-restore"),
    ("content-disposition", "Content-Disposition"),
    ("content-encoding", "Content-Encoding"),
];

/// What is known of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// Entity tag with its quotes; empty where it cannot be seen.
    pub etag: String,
    /// What it says about itself, as far as it can be seen.
    pub description: Description,
    /// Storage class, empty for `STANDARD`; `None` where it cannot be seen.
    pub class: Option<String>,
    /// Encryption, and the key where it is one of KMS.
    pub encryption: (String, String),
    /// Which version this is, where it can be seen.
    pub version: Option<String>,
    /// Where it is archived, what S3 says of reading it.
    pub archive: Option<Archive>,
    /// Number of its tags, where it can be seen; S3 says nothing where there are none.
    pub tags: Option<u32>,
    /// Headers that did not come: because there is nothing to say, or because the bucket's CORS rules do not expose them.
    pub silent: Vec<&'static str>,
    /// Whether every header of the answer is exposed, so that nothing is hidden.
    pub all_seen: bool,
}

/// An archived object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// It has to be restored before it can be read or copied.
    Frozen,
    /// That is under way.
    Thawing,
    /// There is a copy to read for a while.
    Thawed,
}

impl Facts {
    pub(in crate::state) fn of(answer: &Answer) -> Self {
        let text = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        let all_seen = answer.header("access-control-expose-headers").is_some_and(|names| names.split(',').any(|name| name.trim() == "*"));
        // S3 says nothing where it is STANDARD: the same as where the page may not see it.
        let class = answer.header("x-amz-storage-class").or(all_seen.then_some("STANDARD")).map(|class| match class {
            "STANDARD" => String::new(),
            class => class.to_owned(),
        });
        let restore = answer.header("x-amz-restore");
        let archive = match restore {
            Some(restore) if restore.contains("ongoing-request=\"true\"") => Some(Archive::Thawing),
            Some(_) => Some(Archive::Thawed),
            None if class.as_deref().is_some_and(is_archive) || answer.header("x-amz-archive-status").is_some() => Some(Archive::Frozen),
            None => None,
        };
        Self {
            size: answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default(),
            modified: answer.header("last-modified").and_then(Timestamp::parse_http_date),
            etag: text("etag"),
            description: Description::of(answer),
            class,
            encryption: (text("x-amz-server-side-encryption"), text("x-amz-server-side-encryption-aws-kms-key-id")),
            version: answer.header("x-amz-version-id").map(str::to_owned),
            archive,
            tags: answer.header("x-amz-tagging-count").and_then(|count| count.parse().ok()),
            silent: EXPOSABLE.into_iter().filter(|(name, _)| answer.header(name).is_none()).map(|(_, shown)| shown).collect(),
            all_seen,
        }
    }
}

/// Whether objects of this class have to be restored before they can be read.
pub(super) fn is_archive(class: &str) -> bool {
    matches!(class, "GLACIER" | "DEEP_ARCHIVE")
}

impl Desk<'_> {
    pub(super) async fn look(&self) -> Result<Facts, Failure> {
        let (listed, facts) = futures::join!(self.listed(), self.head());
        let mut facts = facts?;
        // A listing tells in its body what the bucket's CORS rules may hide of the headers.
        let Some(Object { etag, storage_class, .. }) = listed else { return Ok(facts) };
        if facts.etag.is_empty() {
            // The headers again, now that it is known what they are of: what is written in between has another tag.
            facts = self.head().await?;
            facts.etag = etag;
        }
        if facts.class.is_none() {
            if is_archive(&storage_class) {
                facts.archive = facts.archive.or(Some(Archive::Frozen));
            }
            facts.class = Some(storage_class);
        }
        Ok(facts)
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        self.subject.location.permissions.contains(&permission)
    }

    async fn head(&self) -> Result<Facts, Failure> {
        let Subject { location, key, version, .. } = self.subject;
        let draft = ObjectRequest { version: version.as_deref(), ..ObjectRequest::default() }.head(location, key);
        Ok(Facts::of(&self.read(&draft.map_err(Failure::address)?, READ).await?))
    }

    /// Sends a read. `action` is what [`Desk::action`] takes.
    pub(super) async fn read(&self, draft: &Draft, action: &'static str) -> Result<Answer, Failure> {
        exchange::read(self.around, &self.subject.role, &self.subject.location, draft, &self.action(action)).await
    }

    /// The newest version as a listing shows it, where the role may list.
    async fn listed(&self) -> Option<Object> {
        let Subject { location, key, version, .. } = self.subject;
        if version.is_some() || !self.may(Permission::List) {
            return None;
        }
        let draft = ListRequest { prefix: key, max_keys: Some(1), ..ListRequest::default() }.draft(location).ok()?;
        let page = page::parse(&self.read(&draft, READ).await.ok()?.body).ok()?;
        page.objects.into_iter().next().filter(|object| object.key == *key)
    }

    /// The headers of the content that the bucket's CORS rules hide. S3 can be made to answer with a value of ours: where
    /// even that does not come, the object's own would not either.
    pub(super) async fn unseen(&self, shown: &Facts) -> Result<Vec<Field>, Failure> {
        let hidden = |field: &Field| !field.is_always_seen() && shown.description.field(*field).is_empty();
        let asked: Vec<Field> = Field::ALL.into_iter().filter(hidden).collect();
        if asked.is_empty() || shown.all_seen {
            return Ok(Vec::new());
        }
        let Subject { location, key, version, .. } = self.subject;
        // An empty object has no first byte.
        let range = (shown.size > 0).then_some((0, 0));
        let draft = ObjectRequest { range, version: version.as_deref(), ..ObjectRequest::default() }.get(location, key);
        let mut draft = draft.map_err(Failure::address)?;
        for field in &asked {
            draft.query.push(field.parameter(), if *field == Field::ContentEncoding { "identity" } else { PROBE });
        }
        let answer = self.read(&draft, READ).await?;
        Ok(asked.into_iter().filter(|field| answer.header(field.header()).is_none()).collect())
    }
}
