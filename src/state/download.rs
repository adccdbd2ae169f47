//! Downloading an object.

use super::credentials::CredentialStore;
use super::exchange::{self, Surroundings};
use super::failure::Failure;
use crate::aws::s3::object::{Disposition, ObjectRequest};
use crate::aws::s3::{self, address};
use crate::aws::sign::{self, Scope};
use crate::browser::navigation;
use crate::model::location::{Location, Signing};
use crate::model::names::RoleId;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// Why no URL of a browser reaches the object, if so: its key has a `.` or `..` segment.
#[must_use]
pub fn obstacle(location: &Location, key: &str) -> Option<Failure> {
    address::object(location, key).err().map(Failure::address)
}

/// Loads what saving takes, which is a part of the program of its own.
pub fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_save().boxed_local()
}

/// Has the browser save the object under its own name.
///
/// S3 is asked for the first byte before, because a browser that is sent to a URL which S3 refuses
/// leaves the portal and shows XML. Then the browser gets a URL signed at this moment, by itself
/// and not by this page, so that the object need not fit into memory.
///
/// # Errors
/// What S3 or the portal refused.
pub async fn download(store: CredentialStore, role: RoleId, location: Location, key: String) -> Result<(), Failure> {
    match save(store, role, location, key).await {
        Ok(work) => work.await,
        Err(_) => Err(Failure::new("The portal did not send the part of its program that saves objects.", "Try again.").retryable()),
    }
}

#[wasm_split(download, wasm_split_path = leptos::wasm_split, fallible, preload(load_save))]
fn save(
    store: CredentialStore,
    role: RoleId,
    location: Location,
    key: String,
) -> Result<LocalBoxFuture<'static, Result<(), Failure>>, SplitLoaderError> {
    Ok(ask_and_save(store, role, location, key).boxed_local())
}

async fn ask_and_save(store: CredentialStore, role: RoleId, location: Location, key: String) -> Result<(), Failure> {
    let probe = ObjectRequest { range: Some((0, 0)), ..ObjectRequest::default() }.get(&location, &key).map_err(Failure::address)?;
    let action = format!("read {key} in {}", location.name);
    match exchange::read(&store, &role, &location, &probe, &action).await {
        Ok(_) => {}
        // An empty object has no first byte.
        Err(failure) if failure.code.as_deref() == Some("InvalidRange") => {}
        Err(failure) => return Err(failure),
    }
    if store.signing(&role, &location).0 == Signing::Header {
        return Err(Failure::new(
            format!("{} does not accept addresses that carry a signature, which is what a browser needs to save an object.", location.name),
            "Ask the people who run the portal whether the bucket's policy may allow them for reading.",
        ));
    }
    let save = ObjectRequest { disposition: Disposition::SaveAs(&key), ..ObjectRequest::default() };
    let draft = save.get(&location, &key).map_err(Failure::address)?;
    let minted = store.get(&role).await?;
    let request = sign::query(draft, &minted.credentials, Scope::s3(&location.region), Surroundings::now(&store), s3::READ_SECONDS);
    navigation::download(request.url());
    Ok(())
}
