//! S3: listing, objects, uploads, copies, deletes, metadata, tags, versions.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`address`] | where a bucket and its objects are |
//! | [`list`] | ask for a page of a listing |
//! | [`page`] | read one |
//! | [`object`] | read an object or its head |
//! | [`upload`] | write an object, whole or in parts |
//! | [`parts`] | how a file is cut into parts |
//! | [`checksum`] | the checksum that goes with an upload |
//! | [`copy`] | have S3 copy an object, whole or in parts |
//! | [`describe`] | what an object says about itself |
//! | [`delete`] | delete objects |
//! | [`tags`] | read and replace tags |
//! | [`versions`] | list versions and delete markers |
//! | [`answer`] | why something is not done |

pub mod address;
pub mod answer;
pub mod checksum;
pub mod copy;
pub mod delete;
pub mod describe;
pub mod list;
pub mod object;
pub mod page;
pub mod parts;
pub mod tags;
pub mod upload;
pub mod versions;

use super::base64;
use super::request::{Draft, Method, Request};
use super::sign::{self, Payload, Scope, Watch};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::location::{Location, Signing};
use sha2::{Digest, Sha256};

/// How long the URL of a GET or HEAD works, in seconds: long enough for a slow start, short enough
/// for a URL that leaks.
pub const READ_SECONDS: u32 = 120;

/// Longest URL that is sent with its signature in the query. S3 takes 8 kB of request line at
/// least; proxies in between often no more.
const LONGEST_QUERY_SIGNED_URL: usize = 7_000;

/// Signs `draft` in the way that costs the fewest round trips: GET and HEAD in the query (no CORS
/// preflight), the rest in headers. A bucket that refuses query signatures, and a URL that would
/// grow too long, get headers too.
#[must_use]
pub fn sign(draft: Draft, location: &Location, credentials: &Credentials, now: Timestamp) -> Request {
    sign_watched(draft, location, credentials, now, &mut ())
}

/// As [`sign`], before the eyes of `watch`.
pub(super) fn sign_watched<W: Watch>(
    draft: Draft,
    location: &Location,
    credentials: &Credentials,
    now: Timestamp,
    watch: &mut W,
) -> Request {
    let reads = matches!(draft.method, Method::Get | Method::Head);
    if reads && location.sign == Signing::Query {
        let request = sign::query_watched(draft.clone(), credentials, Scope::s3(&location.region), now, READ_SECONDS, watch);
        if request.url().len() <= LONGEST_QUERY_SIGNED_URL {
            return request;
        }
    }
    sign::headers_watched(draft, credentials, Scope::s3(&location.region), now, Payload::Hashed, watch)
}

/// Signs a request whose body the sender adds: a file that never comes into our memory. The signature
/// covers the checksum in the header, and S3 holds the body against that. Over TLS only, but for a
/// service on this device.
#[must_use]
pub fn sign_without_body(draft: Draft, location: &Location, credentials: &Credentials, now: Timestamp) -> Request {
    sign::headers(draft, credentials, Scope::s3(&location.region), now, Payload::Unsigned)
}

/// Gives a request an XML body, with the checksum that S3 wants for those that delete or replace.
fn set_xml(draft: &mut Draft, body: String) {
    draft.headers.push(("content-type", "application/xml".to_owned()));
    draft.headers.push(("x-amz-checksum-sha256", base64::encode(&Sha256::digest(&body))));
    draft.body = body.into_bytes();
}
