//! The deployed build in an empty root: no libc, no shell, nobody but a number. `./.dev/build --deployed` makes it, and
//! `.dev/test` runs this behind it.

use crate::balancer::Person;
use crate::process::{ANALYST, Around};
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;
use tokio::net::{TcpListener, TcpStream};
use vestibule::model::clock::Clock;
use vestibule::server::clock::SystemClock;
use vestibule::server::config;
use vestibule::server::http::tls::Tls;

/// As the Dockerfile has it.
const NOBODY: u32 = 65_532;
/// What the portal finds in the place of AWS's names.
const STS: &str = "sts.example.com";
const KEYS: &str = "keys.example.com";

/// AWS behind TLS, as a root finds it that holds nothing else.
pub(crate) struct Outside {
    pub(crate) around: Around,
    /// A certificate for the names of AWS that nothing outside of this test trusts.
    pub(crate) roots: String,
    sts: u16,
    keys: u16,
}

impl Outside {
    pub(crate) async fn new() -> Self {
        let around = Around::new().await;
        let key = KeyPair::generate().unwrap();
        let roots = CertificateParams::new(vec![STS.to_owned(), KEYS.to_owned()]).unwrap().self_signed(&key).unwrap().pem();
        let (cert, private) = (around.folder.path().join("outside.pem"), around.folder.path().join("outside.key"));
        std::fs::write(&cert, &roots).unwrap();
        std::fs::write(&private, key.serialize_pem()).unwrap();
        let outside = config::Tls::Files { cert, key: private };
        let sts: SocketAddr = format!("127.0.0.1:{}", around.sts.url.port().unwrap()).parse().unwrap();
        let (sts, keys) = (behind_tls(sts, &outside).await, behind_tls(around.keys, &outside).await);
        Self { around, roots, sts, keys }
    }

    /// Where the names of AWS lead.
    pub(crate) fn hosts() -> String {
        format!("127.0.0.1 {STS} {KEYS}\n")
    }

    /// The configuration of a portal that keeps its sessions in this file.
    pub(crate) fn configuration(&self, database: &str) -> String {
        self.around
            .text("tls = \"self-signed\"", ANALYST)
            .replace(self.around.sts.url.as_str(), &format!("https://{STS}:{}", self.sts))
            .replace(&format!("http://{}", self.around.keys), &format!("https://{KEYS}:{}", self.keys))
            .replace(&self.around.database().display().to_string(), database)
    }
}

/// Says a line where the test harness shows it, whatever comes of the test.
pub(crate) fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The program.
pub(crate) fn deployed() -> PathBuf {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/deployed/vestibule");
    assert!(program.is_file(), "there is no target/deployed/vestibule: ./.dev/build --deployed makes it");
    assert_eq!(std::fs::metadata("/proc/self").unwrap().uid(), 0, "only root can change the root");
    program
}

/// TLS with this certificate in front of a service that speaks without.
async fn behind_tls(service: SocketAddr, certificate: &config::Tls) -> u16 {
    let acceptor = Tls::new(certificate, SystemClock.now()).unwrap().unwrap().acceptor();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who does not finish the handshake is not served.
                let Ok(mut outer) = acceptor.accept(stream).await else { return };
                let mut inner = TcpStream::connect(service).await.unwrap();
                let _closed = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            });
        }
    });
    port
}

/// A command of the program with nothing but the root around it.
fn inside(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("chroot");
    command.arg(format!("--userspec={NOBODY}:{NOBODY}")).arg(root).arg("/vestibule").args(arguments);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("SSL_CERT_FILE", "/roots.pem").env("LEPTOS_SITE_ROOT", "/site");
    command
}

/// Everything below a folder.
pub(crate) fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
            found.insert(entry.path().strip_prefix(folder).unwrap().display().to_string());
        }
    }
    found
}

#[tokio::test]
#[ignore = "needs what `./.dev/build --deployed` makes, and root: `.dev/test` runs it"]
#[expect(clippy::disallowed_methods, reason = "a figure for people: nothing is decided by it")]
async fn the_deployed_build_mints_in_an_empty_root() {
    let program = deployed();
    let outside = Outside::new().await;
    let around = &outside.around;
    let root = around.folder.path().join("root");
    for folder in ["", "etc", "site/pkg", "data"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    std::fs::copy(&program, root.join("vestibule")).unwrap();
    chown(root.join("data"), Some(NOBODY), Some(NOBODY)).unwrap();
    std::fs::write(root.join("roots.pem"), &outside.roots).unwrap();
    std::fs::write(root.join("etc/hosts"), Outside::hosts()).unwrap();
    std::fs::write(root.join("vestibule.toml"), outside.configuration("/data/sessions.db")).unwrap();
    let before = files(&root);

    let health = |root: &Path| -> Output { inside(root, &["health", "--config", "/vestibule.toml"]).output().unwrap() };
    let down = health(&root);
    assert_eq!(down.status.code(), Some(1), "{down:?}");
    assert!(String::from_utf8_lossy(&down.stderr).contains("does not answer"), "{down:?}");

    let begun = Instant::now();
    let process = around.started(inside(&root, &["serve", "--config", "/vestibule.toml"]), "https").await;
    let started = begun.elapsed();
    let up = health(&root);
    assert_eq!((up.status.code(), up.stderr.as_slice()), (Some(0), &b""[..]), "{up:?}");

    let (status, minted) = process.call("/api/credentials", &Person::analyst(), r#"{"role":"analyst"}"#).await;
    assert_eq!((status, &minted["role"]), (200, &Value::from("analyst")), "{minted:#} {}", process.log());
    assert_eq!(around.sts.asked().len(), 1);
    let written: BTreeSet<String> = files(&root).difference(&before).cloned().collect();
    assert!(written.iter().all(|file| file.starts_with("data/sessions.db")), "{written:?}");

    let sandbox = inside(&root, &["sandbox"]).output().unwrap();
    assert_eq!(sandbox.status.code(), Some(2), "it holds no sandbox");
    let size = std::fs::metadata(&program).unwrap().len();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let megabytes = size as f64 / 1e6;
    say(&format!("deployed build: {megabytes:.1} MB, from its start to /healthz over TLS {} ms", started.as_millis()));
}
