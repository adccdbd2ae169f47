//! Where a bucket and its objects are.

use crate::aws::uri::{EncodedPath, EndpointError, Origin, UnsendableKey};
use crate::model::location::{AddressingStyle, Location};
use thiserror::Error;

/// Why there is no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The configured endpoint is not one.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Browsers cannot ask for this object.
    #[error(transparent)]
    Key(#[from] UnsendableKey),
}

/// Origin and path of the bucket itself.
///
/// # Errors
/// When the location's endpoint or bucket name cannot stand in a URL.
pub fn bucket(location: &Location) -> Result<(Origin, EncodedPath), AddressError> {
    let origin = Origin::parse(&location.endpoint)?;
    let path = match location.style {
        AddressingStyle::Virtual => EncodedPath::root(),
        AddressingStyle::Path => EncodedPath::of_segments(&[&location.name])?,
    };
    Ok((origin, path))
}

/// Origin and path of an object.
///
/// # Errors
/// As [`bucket`], and when a browser would ask for another object than `key`.
pub fn object(location: &Location, key: &str) -> Result<(Origin, EncodedPath), AddressError> {
    let (origin, bucket) = bucket(location)?;
    Ok((origin, bucket.join_key(key)?))
}
