//! S3 and Lambda over the wire without I/O: build, sign, parse.
//!
//! A request goes through three hands: [`s3`] or [`lambda`] write a [`request::Draft`], [`sign`]
//! turns it into a [`request::Request`] that can be sent as it stands, and whoever does the I/O
//! brings back a [`request::Answer`] for `s3` or `lambda` to read. What a service refuses becomes
//! one [`error::ServiceError`], which says whose move it is.
//!
//! Nothing in here reads the time, keeps credentials or talks to anybody, so all of it is tested
//! natively though it runs in the browser. It is our own code, not the AWS SDK, because of its
//! size: the signer costs 18 kB of wasm by hand and 62 kB with `aws-sigv4`.

pub mod error;
pub mod event_stream;
pub mod explained;
pub mod lambda;
pub mod request;
pub mod s3;
pub mod sign;
pub mod uri;

pub(crate) mod base64;
pub(crate) mod crc32;
pub(crate) mod xml;
