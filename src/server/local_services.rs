//! For tests: AWS services that we did not write, on loopback, each test with a process of its own.
//!
//! They come from PyPI, with what `end2end/requirements.txt` pins, in the virtual environment that
//! `./.dev/setup` and `./.dev/test` install.

use sha2::{Digest as _, Sha256};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Starts Moto's server with one request at a time: two of its threads interleave within a transaction, where DynamoDB's
/// transactions have nothing between them.
const MOTO: &str = "import werkzeug.serving as serving
run = serving.run_simple
serving.run_simple = lambda *given, **named: run(*given, **{**named, 'threaded': False})
from moto.server import main
main()";

/// A running service, ended with the value.
pub(super) struct LocalService {
    /// Its address.
    pub(super) endpoint: String,
    process: Child,
    _folder: tempfile::TempDir,
}

impl LocalService {
    /// MiniStack: IAM, DynamoDB and more, with IAM's policies enforced.
    pub(super) async fn ministack() -> Self {
        let health = "/_ministack/health";
        let variables = |port: u16, folder: &Path| {
            // Without the last three it listens on every address of the machine.
            [
                ("AUTH", "true".to_owned()),
                ("GATEWAY_PORT", port.to_string()),
                ("STATE_DIR", folder.display().to_string()),
                ("BIND_HOST", "127.0.0.1".to_owned()),
                ("IOT_MTLS_ENABLED", "0".to_owned()),
                ("SFTP_ENABLED", "0".to_owned()),
            ]
        };
        Self::start("ministack", &[], variables, health).await
    }

    /// Moto's server: DynamoDB and more, without authorization.
    pub(super) async fn moto() -> Self {
        Self::start("python", &["-c", MOTO, "-H", "127.0.0.1", "-p"], |_, _| [], "/moto-api/data.json").await
    }

    async fn start<const N: usize>(
        program: &str,
        arguments: &[&str],
        variables: impl Fn(u16, &Path) -> [(&'static str, String); N],
        health: &str,
    ) -> Self {
        let path = programs().join(program);
        assert!(path.is_file(), "{} is not there: ./.dev/setup installs it, with what end2end/requirements.txt names", path.display());
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(&path);
        command.args(arguments).current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !arguments.is_empty() {
            command.arg(port.to_string());
        }
        command.env_clear().envs(variables(port, folder.path()));
        let process = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let service = Self { endpoint: format!("http://127.0.0.1:{port}"), process, _folder: folder };
        service.until_it_answers(program, health).await;
        service
    }

    async fn until_it_answers(&self, program: &str, health: &str) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let address = format!("{}{health}", self.endpoint);
        for _ in 0..600 {
            if client.get(&address).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{program} did not answer within a minute");
    }
}

impl Drop for LocalService {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// The virtual environment's programs: beside what MINISTACK names, or where `.dev/setup` puts them.
#[expect(clippy::disallowed_methods, reason = "the environment says where tests find their services")]
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("MINISTACK").as_deref().and_then(|program| Path::new(program).parent()) {
        return folder.to_owned();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).unwrap_or_default();
    let requirements = include_bytes!("../../end2end/requirements.txt");
    let digest = hex::encode(Sha256::digest(requirements));
    cache.join("vestibule").join(format!("python-{}", &digest[..16])).join("bin")
}
