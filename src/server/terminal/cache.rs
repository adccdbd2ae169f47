//! What `--cache` keeps: one file a portal and role, below the folder for what a login leaves behind, readable by its owner
//! alone.

use super::PortalUrl;
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::json::{self, ToJson};
use crate::model::names::RoleId;
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Kept credentials are used until so many milliseconds before they expire.
const SPARE_MILLIS: i64 = 300_000;
/// Bits of a mode that let others in.
const OTHERS: u32 = 0o077;
/// Most bytes of a file.
const LONGEST: u64 = 64 * 1_024;

/// Why nothing is kept, or what was kept is not used. Says nothing of the content.
#[derive(Debug, Error)]
pub(super) enum CacheProblem {
    /// No folder to be had.
    #[error("the environment names no folder for it; set XDG_RUNTIME_DIR to one that is yours alone (mode 0700)")]
    NoFolder,
    /// The system says no.
    #[error("{}: {error}", file.display())]
    System {
        /// What was touched.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Not what it should be.
    #[error("{} {problem}; remove it", file.display())]
    Unsafe {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The place of one portal's credentials for one role.
#[derive(Debug)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    name: String,
}

impl Cache {
    /// Below this folder.
    pub(super) fn below(runtime: Option<PathBuf>, portal: &PortalUrl, role: &RoleId) -> Self {
        let digest = Sha256::digest([portal.origin(), "\n", role.as_str()].concat());
        Self { folder: runtime.map(|folder| folder.join("vestibule")), name: hex::encode(&digest[..16]) }
    }

    /// What was kept, if it works for a while yet.
    ///
    /// # Errors
    /// [`CacheProblem`] when somebody else could have read or written it, or it cannot be read.
    pub(super) fn read(&self, now: Timestamp) -> Result<Option<Credentials>, CacheProblem> {
        let (folder, file) = self.place()?;
        let own = match fs::symlink_metadata(folder) {
            Ok(found) => owner(folder, &found)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(system(folder, error)),
        };
        // A link could name a file that is somebody else's to choose; a pipe would keep `open` waiting.
        let named = match fs::symlink_metadata(&file) {
            Ok(named) => named,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(system(&file, error)),
        };
        judged(&file, &named, named.is_file(), own)?;
        let opened = File::open(&file).map_err(|error| system(&file, error))?;
        let found = opened.metadata().map_err(|error| system(&file, error))?;
        judged(&file, &found, (found.dev(), found.ino()) == (named.dev(), named.ino()), own)?;
        let mut text = Zeroizing::new(String::new());
        opened.take(LONGEST).read_to_string(&mut text).map_err(|error| system(&file, error))?;
        // Torn or of another version: as if there was none.
        let kept = json::read::<Credentials>(&text).ok();
        Ok(kept.filter(|kept| kept.expiration.millis_since(now) > SPARE_MILLIS))
    }

    /// Keeps credentials, in place of those before.
    ///
    /// # Errors
    /// [`CacheProblem`] when there is no folder of ones own, or it cannot be written.
    pub(super) fn write(&self, credentials: &Credentials) -> Result<(), CacheProblem> {
        let (folder, file) = self.place()?;
        match DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(system(folder, error)),
        }
        let found = fs::symlink_metadata(folder).map_err(|error| system(folder, error))?;
        owner(folder, &found)?;
        let text = Zeroizing::new(credentials.to_json().written());
        let new = folder.join(format!("{}.{}", self.name, std::process::id()));
        // Left by a process of the same number that was killed.
        let _ = fs::remove_file(&new);
        let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(|error| system(&new, error))?;
        written.write_all(text.as_bytes()).and_then(|()| fs::rename(&new, &file)).map_err(|error| {
            // Nothing of it stays.
            let _ = fs::remove_file(&new);
            system(&file, error)
        })
    }

    fn place(&self) -> Result<(&Path, PathBuf), CacheProblem> {
        let folder = self.folder.as_deref().ok_or(CacheProblem::NoFolder)?;
        Ok((folder, folder.join(&self.name)))
    }
}

/// Whether something is of the right kind, ones own, and nobody else's to read or write; gives on who `own` is.
fn judged(file: &Path, found: &Metadata, is_kind: bool, own: u32) -> Result<u32, CacheProblem> {
    let problem = match () {
        () if !is_kind => "is not what this command made",
        () if found.uid() != own => "belongs to another user",
        () if found.mode() & OTHERS != 0 => "can be reached by others (its mode should let in its owner alone)",
        () => return Ok(own),
    };
    Err(CacheProblem::Unsafe { file: file.to_owned(), problem })
}

/// The user who runs this process, if the folder is that user's alone.
fn owner(folder: &Path, found: &Metadata) -> Result<u32, CacheProblem> {
    // Before anything is put into it.
    judged(folder, found, found.is_dir(), found.uid())?;
    judged(folder, found, true, own_user(folder)?)
}

/// The user who runs this process: whose a file is that it makes.
fn own_user(folder: &Path) -> Result<u32, CacheProblem> {
    let probe = folder.join(format!("probe.{}", std::process::id()));
    let _ = fs::remove_file(&probe);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe).and_then(|made| made.metadata());
    let _ = fs::remove_file(&probe);
    made.map(|made| made.uid()).map_err(|error| system(folder, error))
}

fn system(file: &Path, error: io::Error) -> CacheProblem {
    CacheProblem::System { file: file.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    const NOW: Timestamp = Timestamp::from_seconds(1_795_411_975);

    fn cache(runtime: &Path, role: &str) -> Cache {
        Cache::below(Some(runtime.to_owned()), &"https://portal.example.com".parse().unwrap(), &RoleId::parse(role).unwrap())
    }

    fn credentials(seconds: i64) -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::new("k"),
            session_token: Secret::new("t"),
            expiration: NOW.plus_seconds(seconds),
        }
    }

    fn kept(cache: &Cache) -> Option<String> {
        cache.read(NOW).unwrap().map(|kept| kept.session_token.expose().to_owned())
    }

    #[test]
    fn kept_for_its_own_role_until_five_minutes_before_the_end() {
        let runtime = tempfile::tempdir().unwrap();
        let own = cache(runtime.path(), "analyst");
        assert_eq!(kept(&own), None);
        own.write(&credentials(3_600)).unwrap();
        assert_eq!(kept(&own).as_deref(), Some("t"));
        assert_eq!(kept(&cache(runtime.path(), "auditor")), None);
        assert!(own.read(NOW.plus_seconds(3_299)).unwrap().is_some());
        assert!(own.read(NOW.plus_seconds(3_300)).unwrap().is_none());
        let modes = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
        let folder = runtime.path().join("vestibule");
        let files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!((modes(&folder), files.len(), modes(&files[0])), (0o700, 1, 0o600));
        own.write(&credentials(7_200)).unwrap();
        assert!(own.read(NOW.plus_seconds(3_300)).unwrap().is_some(), "in place of the old ones");
        fs::write(&files[0], "{\"Version\":1").unwrap();
        assert_eq!(kept(&own), None, "a torn file is none");
    }

    #[test]
    fn what_others_could_have_read_or_written_is_not_used() {
        let runtime = tempfile::tempdir().unwrap();
        let own = cache(runtime.path(), "analyst");
        own.write(&credentials(3_600)).unwrap();
        let folder = runtime.path().join("vestibule");
        let file = folder.join(&own.name);
        let told = || own.read(NOW).unwrap_err().to_string();
        for mode in [0o640, 0o604, 0o660, 0o602] {
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            assert!(told().contains("reached by others"), "{mode:o}");
        }
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        for mode in [0o755, 0o770, 0o701] {
            fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            assert!(told().contains("reached by others"), "{mode:o}");
            assert!(own.write(&credentials(3_600)).is_err(), "{mode:o}");
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
        assert!(kept(&own).is_some());
        let elsewhere = runtime.path().join("elsewhere");
        fs::rename(&file, &elsewhere).unwrap();
        symlink(&elsewhere, &file).unwrap();
        assert!(told().contains("not what this command made"));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(told().contains("not what this command made"));
    }

    #[test]
    fn what_belongs_to_another_user_is_not_used() {
        let runtime = tempfile::tempdir().unwrap();
        let own = cache(runtime.path(), "analyst");
        own.write(&credentials(3_600)).unwrap();
        let folder = runtime.path().join("vestibule");
        let told = || own.read(NOW).unwrap_err().to_string();
        // Only root can give files away, and tests run as root where nobody else works on the machine.
        if chown(folder.join(&own.name), Some(12_345), None).is_err() {
            return;
        }
        assert!(told().contains("belongs to another user"));
        own.write(&credentials(3_600)).unwrap();
        assert!(kept(&own).is_some(), "in place of the other's");
        chown(&folder, Some(12_345), None).unwrap();
        assert!(told().contains("belongs to another user"));
        assert!(own.write(&credentials(3_600)).is_err());
    }

    #[test]
    fn without_a_folder_nothing_is_kept() {
        let none = Cache::below(None, &"https://portal.example.com".parse().unwrap(), &RoleId::parse("analyst").unwrap());
        assert!(none.write(&credentials(3_600)).unwrap_err().to_string().contains("XDG_RUNTIME_DIR"));
        assert!(none.read(NOW).is_err());
        let gone = cache(Path::new("/no/such/folder"), "analyst");
        assert_eq!(kept(&gone), None);
        assert!(gone.write(&credentials(3_600)).is_err());
    }
}
