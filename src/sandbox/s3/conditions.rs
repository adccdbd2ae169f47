//! What must hold before something is read or written.

use super::bucket::Contents;
use super::object::Object;
use s3s::dto::{ETag, ETagCondition};
use s3s::{S3Result, s3_error};

/// `If-Match` and `If-None-Match`.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
}

impl Conditions {
    fn is(condition: &ETagCondition, etag: &str) -> bool {
        condition.is_any() || condition.as_etag().is_some_and(|wanted| wanted.value() == etag)
    }

    pub(super) fn check_before_reading(&self, object: &Object) -> S3Result {
        if self.if_match.as_ref().is_some_and(|condition| !Self::is(condition, &object.etag)) {
            return Err(s3_error!(PreconditionFailed));
        }
        if self.if_none_match.as_ref().is_some_and(|condition| Self::is(condition, &object.etag)) {
            let mut error = s3_error!(NotModified);
            if let Ok(etag) = ETag::Strong(object.etag.clone()).to_http_header() {
                error.set_headers([(http::header::ETAG, etag)].into_iter().collect());
            }
            return Err(error);
        }
        Ok(())
    }

    pub(super) fn check_before_copying(&self, object: &Object) -> S3Result {
        self.check_before_reading(object).map_err(|_| s3_error!(PreconditionFailed))
    }

    pub(super) fn check_before_writing(&self, contents: &Contents, key: &str) -> S3Result {
        let there = contents.get(key);
        if let Some(condition) = &self.if_match {
            let Some(object) = &there else { return Err(s3_error!(NoSuchKey)) };
            if !Self::is(condition, &object.etag) {
                return Err(s3_error!(PreconditionFailed));
            }
        }
        match (&self.if_none_match, there) {
            (Some(condition), _) if !condition.is_any() => {
                Err(s3_error!(NotImplemented, "If-None-Match can only be * when an object is written"))
            }
            (Some(_), Some(_)) => Err(s3_error!(PreconditionFailed)),
            _ => Ok(()),
        }
    }
}
