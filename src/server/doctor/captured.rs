//! Headers that somebody captured, from a file: three lines of a request that is as good as a
//! password while it lasts. So the file must be its owner's alone, and no part of it is ever repeated.

use crate::model::secret::Secret;
use crate::server::identity::unverified::UnverifiedData;
use crate::server::identity::{ACCESS_TOKEN_HEADER, DATA_HEADER, IDENTITY_HEADER};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Most bytes of a file. Headers that are too long for the balancer still fit, to be told so.
const LONGEST: u64 = 256 * 1_024;
/// Bits of a mode that let others in.
const OTHERS: u32 = 0o077;

/// Why a file of headers is not taken.
#[derive(Debug, Error)]
#[error("{}: {problem}", file.display())]
pub struct CapturedError {
    file: PathBuf,
    problem: CapturedProblem,
}

/// What is wrong with it. None of these repeats anything of its content.
#[derive(Debug, Error)]
pub enum CapturedProblem {
    /// No such file, or not for us.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// A folder, a link, a pipe or a device.
    #[error("is not a regular file. Fix: copy the headers into a file of their own, and name that")]
    NotRegular,
    /// Somebody else's.
    #[error("belongs to user {owner} and not to user {own}, who runs this. Fix: {fix}", fix = chown(file, *own))]
    Owner {
        /// The file.
        file: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        own: u32,
    },
    /// Others can read or change it.
    #[error("has mode {mode:04o}, and whoever reads it is the person in it until the headers expire. Fix: {fix}", fix = chmod(file))]
    Mode {
        /// The file.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// More than headers can be.
    #[error("is larger than {LONGEST} bytes. Fix: keep the three lines of the headers only")]
    TooLong,
    /// A line that is no header.
    #[error("line {0} is not `name: value`. Fix: write each header on one line, as x-amzn-oidc-data: eyJ…")]
    Line(usize),
    /// None of the three.
    #[error("holds none of x-amzn-oidc-data, x-amzn-oidc-identity and x-amzn-oidc-accesstoken. Fix: copy these three lines of a request")]
    NoHeaders,
}

/// The balancer's headers of one request. `Debug` shows nothing of them.
pub struct Captured {
    headers: HeaderMap,
}

impl Captured {
    /// Reads a file.
    ///
    /// # Errors
    /// [`CapturedError`] when the file is not its owner's alone, or does not hold headers.
    pub fn read(file: &Path) -> Result<Self, CapturedError> {
        read(file).map(|headers| Self { headers }).map_err(|problem| CapturedError { file: file.to_owned(), problem })
    }

    /// These headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self { headers: headers.clone() }
    }

    /// The headers.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What of them must not be seen: both tokens, and who the person is.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let names = [DATA_HEADER, ACCESS_TOKEN_HEADER, IDENTITY_HEADER];
        let lines = names.iter().flat_map(|name| self.headers.get_all(name));
        let texts = lines.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok()).map(Secret::new);
        let subject = UnverifiedData::read(&self.headers).and_then(|data| data.subject).map(Secret::new);
        texts.chain(subject).collect()
    }
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Captured")
    }
}

fn read(file: &Path) -> Result<HeaderMap, CapturedProblem> {
    let unreadable = CapturedProblem::Unreadable;
    // A link could name a file that is somebody else's to choose; a pipe would keep `open` waiting.
    let named = fs::symlink_metadata(file).map_err(unreadable)?;
    if !named.is_file() {
        return Err(CapturedProblem::NotRegular);
    }
    let opened = File::open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    if !metadata.is_file() || (metadata.dev(), metadata.ino()) != (named.dev(), named.ino()) {
        return Err(CapturedProblem::NotRegular);
    }
    // Where the system does not say who we are, the mode alone has to do.
    if let Some(own) = own_user().filter(|own| *own != metadata.uid()) {
        return Err(CapturedProblem::Owner { file: file.to_owned(), owner: metadata.uid(), own });
    }
    if metadata.mode() & OTHERS != 0 {
        return Err(CapturedProblem::Mode { file: file.to_owned(), mode: metadata.mode() & 0o7777 });
    }
    let mut text = Zeroizing::new(Vec::new());
    opened.take(LONGEST + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LONGEST {
        return Err(CapturedProblem::TooLong);
    }
    parse(&text)
}

/// The balancer's headers among these lines; others are passed over.
fn parse(text: &[u8]) -> Result<HeaderMap, CapturedProblem> {
    let mut headers = HeaderMap::new();
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let no_header = || CapturedProblem::Line(at + 1);
        let colon = line.iter().position(|byte| *byte == b':').ok_or_else(no_header)?;
        let name = HeaderName::from_bytes(line[..colon].trim_ascii()).map_err(|_| no_header())?;
        if [DATA_HEADER, IDENTITY_HEADER, ACCESS_TOKEN_HEADER].contains(&name) {
            let mut value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).map_err(|_| no_header())?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
    }
    if headers.is_empty() { Err(CapturedProblem::NoHeaders) } else { Ok(headers) }
}

/// The user who runs this process.
fn own_user() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|own| own.uid())
}

fn chmod(file: &Path) -> String {
    format!("chmod 600 {}", super::fix::quoted(&file.display().to_string()))
}

fn chown(file: &Path, own: u32) -> String {
    format!("chown {own} {}", super::fix::quoted(&file.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const LINES: &str =
        "GET-Nothing: 1\r\nX-Amzn-Oidc-Data: the-data-of-somebody\r\n\r\nx-amzn-oidc-identity:  me \nx-amzn-oidc-accesstoken: tok\n";

    fn written(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn only_a_regular_file_of_ones_own_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o600, 0o400, 0o700] {
            let captured = Captured::read(&written(folder.path(), "good", LINES, mode)).unwrap();
            assert_eq!(captured.headers().len(), 3);
            assert_eq!(captured.headers()["x-amzn-oidc-identity"], "me");
            assert!(!format!("{captured:?} {:?}", captured.headers()).contains("somebody"));
            fs::remove_file(folder.path().join("good")).unwrap();
        }
        let refused = |file: &Path| Captured::read(file).unwrap_err().to_string();
        for mode in [0o640, 0o604, 0o620, 0o666, 0o601] {
            let file = written(folder.path(), "it's open", LINES, mode);
            let told = refused(&file);
            let command = format!("Fix: chmod 600 '{}/it'\\''s open'", folder.path().display());
            assert!(told.contains(&format!("mode {mode:04o}")) && told.ends_with(&command), "{told}");
        }
        let good = written(folder.path(), "good", LINES, 0o600);
        let link = folder.path().join("link");
        symlink(&good, &link).unwrap();
        for file in [&link, folder.path()] {
            assert!(refused(file).contains("is not a regular file"), "{}", file.display());
        }
        assert!(refused(&folder.path().join("none")).contains("cannot be read"));
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        for (text, reason) in [
            ("x-amzn-oidc-data: a\nsecret-that-nobody-sees", "line 2 is not"),
            ("sec ret: that-nobody-sees", "line 1 is not"),
            ("x-amzn-oidc-data: that-nobody-sees\u{1}", "line 1 is not"),
            ("authorization: that-nobody-sees", "holds none of"),
            ("", "holds none of"),
        ] {
            let told = Captured::read(&written(folder.path(), "headers", text, 0o600)).unwrap_err().to_string();
            assert!(told.contains(reason) && !told.contains("nobody"), "{told}");
            fs::remove_file(folder.path().join("headers")).unwrap();
        }
        let long = written(folder.path(), "long", &"x".repeat(300_000), 0o600);
        assert!(Captured::read(&long).unwrap_err().to_string().contains("is larger than"));
    }

    #[test]
    fn a_header_that_comes_twice_stays_twice() {
        let headers = parse(b"x-amzn-oidc-data: a\nX-AMZN-OIDC-DATA: b").unwrap();
        assert_eq!(headers.get_all("x-amzn-oidc-data").iter().count(), 2);
    }
}
