//! An S3 in memory with one object in it.

use super::super::*;
use crate::aws::request::{Answer, Method, Request};
use crate::browser::fetch::TransportError;
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::location::{AddressingStyle, Permission, Signing};
use crate::state::credentials::Minted;
use crate::state::exchange::tests::minted;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const NOW: Timestamp = Timestamp::from_seconds(1_795_415_000);

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    Refused(u16, &'static str),
    /// No answer, though it was done.
    LostAnswer,
    /// Somebody else writes the content just before.
    Overwritten,
    /// Somebody else writes the metadata just before: the entity tag stays.
    Described,
    /// Somebody else writes the tags just before.
    Tagged,
}

pub(super) struct World {
    /// Headers of the object, its entity tag apart.
    pub(super) headers: RefCell<BTreeMap<String, String>>,
    pub(super) etag: Cell<u32>,
    pub(super) tags: RefCell<Vec<Tag>>,
    /// Headers that the bucket's CORS rules expose; `None`: `*`.
    pub(super) exposed: Option<Vec<&'static str>>,
    /// Whether a listing is allowed.
    pub(super) lists: bool,
    pub(super) pages: Vec<String>,
    pub(super) troubles: RefCell<Vec<(&'static str, Trouble)>>,
    pub(super) sent: RefCell<Vec<String>>,
    /// What the last copy said.
    pub(super) copied: RefCell<HashMap<String, String>>,
}

impl World {
    pub(super) fn new() -> Self {
        let headers =
            [("content-type", "text/plain"), ("content-length", "12"), ("x-amz-meta-author", "ada"), ("content-disposition", "inline")];
        Self {
            headers: RefCell::new(headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
            etag: Cell::new(1),
            tags: RefCell::new(vec![tag("stage", "live")]),
            exposed: Some(vec!["etag", "x-amz-meta-author", "content-disposition", "content-encoding", "x-amz-storage-class"]),
            lists: true,
            pages: Vec::new(),
            troubles: RefCell::default(),
            sent: RefCell::default(),
            copied: RefCell::default(),
        }
    }

    pub(super) fn exposing(names: &[&'static str]) -> Self {
        Self { exposed: Some(names.to_vec()), ..Self::new() }
    }

    pub(super) fn with(self, name: &str, value: &str) -> Self {
        self.headers.borrow_mut().insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn trouble(self, which: &'static str, trouble: Trouble) -> Self {
        self.troubles.borrow_mut().push((which, trouble));
        self
    }

    pub(super) fn count_of(&self, what: &str) -> usize {
        self.sent.borrow().iter().filter(|line| line.as_str() == what).count()
    }

    pub(super) fn etag(&self) -> String {
        format!("\"e{}\"", self.etag.get())
    }

    pub(super) fn handle(&self, request: &Request) -> Result<Answer, TransportError> {
        let url = url::Url::parse(request.url()).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let headers: HashMap<String, String> = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let what = match request.method() {
            Method::Head => "head",
            Method::Get if query.contains_key("versions") => "versions",
            Method::Get if query.contains_key("list-type") => "list",
            Method::Get if query.contains_key("tagging") => "tags",
            Method::Get => "get",
            Method::Put if query.contains_key("tagging") => "tag",
            Method::Put => "copy",
            Method::Post => "delete",
            Method::Delete => unreachable!("names that a body can hold go in a body"),
        };
        self.sent.borrow_mut().push(what.to_owned());
        let trouble = {
            let mut troubles = self.troubles.borrow_mut();
            let at = troubles.iter().position(|(which, _)| *which == what);
            at.map(|at| troubles.remove(at).1)
        };
        match trouble {
            Some(Trouble::Refused(status, code)) => return Ok(error(status, code)),
            Some(Trouble::Overwritten) => self.etag.set(self.etag.get() + 1),
            Some(Trouble::Described) => drop(self.headers.borrow_mut().insert("x-amz-meta-author".into(), "grace".into())),
            Some(Trouble::Tagged) => self.tags.borrow_mut().push(tag("theirs", "")),
            Some(Trouble::LostAnswer) | None => {}
        }
        let answer = self.answer(what, &query, &headers, request.body());
        if let Some(Trouble::LostAnswer) = trouble { Err(TransportError::Network) } else { Ok(answer) }
    }

    pub(super) fn answer(&self, what: &str, query: &HashMap<String, String>, headers: &HashMap<String, String>, body: &[u8]) -> Answer {
        let escaped = |text: &str| crate::aws::xml::escaped(text);
        match what {
            "head" => self.seen(self.headers.borrow().clone()),
            "get" => {
                let mut all = self.headers.borrow().clone();
                for (parameter, value) in query.iter().filter(|(name, _)| name.starts_with("response-")) {
                    all.insert(parameter.trim_start_matches("response-").to_owned(), value.clone());
                }
                self.seen(all)
            }
            "list" if !self.lists => error(403, "AccessDenied"),
            "list" => {
                let class = self.headers.borrow().get("x-amz-storage-class").cloned().unwrap_or_else(|| "STANDARD".into());
                ok(format!(
                    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>{}</Key><Size>12</Size><ETag>{}</ETag>\
                     <StorageClass>{class}</StorageClass></Contents></ListBucketResult>",
                    escaped(&query["prefix"]),
                    escaped(&self.etag())
                ))
            }
            "tags" => {
                let lines: String = self
                    .tags
                    .borrow()
                    .iter()
                    .map(|tag| format!("<Tag><Key>{}</Key><Value>{}</Value></Tag>", escaped(&tag.key), escaped(&tag.value)))
                    .collect();
                ok(format!("<Tagging><TagSet>{lines}</TagSet></Tagging>"))
            }
            "tag" => {
                *self.tags.borrow_mut() = crate::aws::s3::tags::read(body).unwrap();
                ok(String::new())
            }
            "copy" => {
                if headers["x-amz-copy-source-if-match"] != self.etag() {
                    return error(412, "PreconditionFailed");
                }
                if headers["x-amz-metadata-directive"] == "REPLACE" {
                    let mut all = self.headers.borrow_mut();
                    all.retain(|name, _| name == "content-length");
                    let told = headers
                        .iter()
                        .filter(|(name, _)| name.starts_with("x-amz-meta-") || Field::ALL.iter().any(|field| field.header() == *name));
                    all.extend(told.map(|(name, value)| (name.clone(), value.clone())));
                }
                let class = headers.get("x-amz-storage-class").cloned();
                self.headers.borrow_mut().remove("x-amz-storage-class");
                self.headers.borrow_mut().extend(class.map(|class| ("x-amz-storage-class".to_owned(), class)));
                self.etag.set(self.etag.get() + 1);
                self.copied.replace(headers.clone());
                ok(format!("<CopyObjectResult><ETag>{}</ETag></CopyObjectResult>", escaped(&self.etag())))
            }
            "versions" => {
                let at: usize = query.get("version-id-marker").map_or(0, |marker| marker.parse().unwrap());
                ok(self.pages[at].clone())
            }
            "delete" => {
                let text = String::from_utf8(body.to_vec()).unwrap();
                assert!(text.contains("<VersionId>v1</VersionId>"), "{text}");
                ok("<DeleteResult><Deleted><Key>a/k.txt</Key><VersionId>v1</VersionId></Deleted></DeleteResult>".into())
            }
            _ => unreachable!(),
        }
    }

    /// As the browser shows it to a page.
    pub(super) fn seen(&self, mut headers: BTreeMap<String, String>) -> Answer {
        const ALWAYS: [&str; 6] = ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified"];
        headers.insert("etag".into(), self.etag());
        match &self.exposed {
            Some(exposed) => headers.retain(|name, _| ALWAYS.contains(&name.as_str()) || exposed.contains(&name.as_str())),
            None => drop(headers.insert("access-control-expose-headers".into(), "*".into())),
        }
        Answer { status: 200, headers: headers.into_iter().collect(), body: Vec::new() }
    }
}

fn ok(body: String) -> Answer {
    Answer { status: 200, headers: Vec::new(), body: body.into_bytes() }
}

fn error(status: u16, code: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: format!("<Error><Code>{code}</Code></Error>").into_bytes() }
}

pub(super) fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

impl Surroundings for World {
    fn credentials<'a>(&'a self, _: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        async { Ok(minted(1, self.now())) }.boxed_local()
    }

    fn other_credentials<'a>(&'a self, role: &'a RoleId, _: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.credentials(role)
    }

    fn now(&self) -> Timestamp {
        NOW
    }

    fn signing(&self, _: &RoleId, location: &Location) -> (Signing, bool) {
        (location.sign, true)
    }

    fn settle_signing(&self, _: &RoleId, _: &Location, _: Signing) {}

    fn send<'a>(&'a self, request: &'a Request, _: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        async move { self.handle(request) }.boxed_local()
    }

    fn pause(&self, _: u32) -> LocalBoxFuture<'_, ()> {
        async {}.boxed_local()
    }
}

pub(super) fn subject() -> Subject {
    let location = Location {
        name: "b".into(),
        region: "eu-west-1".into(),
        endpoint: "https://s3.example.com".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: Permission::ALL.to_vec(),
        sign: Signing::Query,
    };
    Subject { role: RoleId::parse("analyst").unwrap(), location, key: "a/k.txt".into(), version: None }
}
