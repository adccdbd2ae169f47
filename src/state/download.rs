//! Downloading an object.

use super::credentials::CredentialStore;
use super::exchange::{self, Surroundings};
use super::failure::Failure;
use super::transfers::Transfers;
use crate::aws::s3::object::{Disposition, ObjectRequest};
use crate::aws::s3::{self, address};
use crate::aws::sign::{self, Scope};
use crate::browser::{navigation, task};
use crate::model::clock::Timestamp;
use crate::model::location::{Location, Signing};
use crate::model::names::RoleId;
use crate::model::object::Object;
use crate::reactive::RwSignal;
use crate::words::t;
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

/// What saving needs, and where it says what it does.
#[derive(Clone, Copy, Debug)]
pub struct Saving {
    /// Credentials.
    pub store: CredentialStore,
    /// What takes the object on where the browser cannot have it by itself.
    pub transfers: Transfers,
    /// What is being done.
    pub message: RwSignal<Option<String>>,
    /// What failed.
    pub failed: RwSignal<Option<Failure>>,
}

/// Has the browser save the object under its own name, and says what comes of it. `name` is what it is called there.
pub fn begin(saving: Saving, role: RoleId, location: Location, key: String, name: String) {
    task::spawn(async move {
        if save(saving, role, location, key, name).await.is_err() {
            let failure =
                Failure::new(t!("The portal did not send the part of its program that saves objects."), t!("Try again.")).retryable();
            saving.failed.set(Some(failure));
        }
    });
}

#[wasm_split(transfers, wasm_split_path = leptos::wasm_split, fallible, preload(load_save))]
fn save(saving: Saving, role: RoleId, location: Location, key: String, name: String) -> Result<(), SplitLoaderError> {
    saving.failed.set(None);
    saving.message.set(Some(t!("Asking S3 for {name}", name = name)));
    task::spawn(async move {
        let answer = download(saving.store, saving.transfers, role, location, key, None).await;
        // The page may have been left in the meantime; its signals are gone then.
        let _ = saving.message.try_set(answer.is_ok().then(|| t!("{name} is being saved by the browser", name = name)));
        let _ = saving.failed.try_set(answer.err());
    });
    Ok(())
}

/// Has the browser save the object under its own name.
///
/// S3 is asked for the first byte before, because a browser that is sent to a URL which S3 refuses
/// leaves the portal and shows XML. Then the browser gets a URL signed at this moment, by itself
/// and not by this page, so that the object need not fit into memory. A bucket that refuses signatures
/// in URLs gives it to nobody but this page, which then reads it as one of the `transfers`.
/// Of a version that is not the newest, `version` is the id.
///
/// # Errors
/// What S3 or the portal refused.
pub async fn download(
    store: CredentialStore,
    transfers: Transfers,
    role: RoleId,
    location: Location,
    key: String,
    version: Option<String>,
) -> Result<(), Failure> {
    let of_version = ObjectRequest { version: version.as_deref(), ..ObjectRequest::default() };
    let probe = ObjectRequest { range: Some((0, 0)), ..of_version }.get(&location, &key).map_err(Failure::address)?;
    let action = t!("read {key} in bucket {bucket}", key = key, bucket = location.name);
    match exchange::read(&store, &role, &location, &probe, &action).await {
        Ok(_) => {}
        // An empty object has no first byte.
        Err(failure) if failure.code.as_deref() == Some("InvalidRange") => {}
        Err(failure) => return Err(failure),
    }
    if store.signing(&role, &location).0 == Signing::Header {
        if version.is_some() {
            return Err(Failure::new(
                t!(
                    "{bucket} takes no address with a signature in it, and without one only the newest version can be saved here.",
                    bucket = location.name
                ),
                t!("Restore the version first, or read it with a program such as the AWS command line."),
            ));
        }
        let head = ObjectRequest::default().head(&location, &key).map_err(Failure::address)?;
        let answer = exchange::read(&store, &role, &location, &head, &action).await?;
        let size = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
        let etag = answer.header("etag").unwrap_or_default().to_owned();
        let last_modified = answer.header("last-modified").and_then(Timestamp::parse_http_date);
        return transfers.save_object(role, location, Object { key, size, last_modified, etag, storage_class: String::new() });
    }
    let save = ObjectRequest { disposition: Disposition::SaveAs(&key), ..of_version };
    let draft = save.get(&location, &key).map_err(Failure::address)?;
    let minted = store.get(&role).await?;
    let request = sign::query(draft, &minted.credentials, Scope::s3(&location.region), Surroundings::now(&store), s3::READ_SECONDS);
    navigation::download(request.url());
    Ok(())
}
