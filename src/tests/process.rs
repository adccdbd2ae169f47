//! `vestibule serve` as a process of its own, with a key server, a key set and an STS on loopback.

use crate::balancer::{self, CLIENT, ISSUER, Person, SIGNER};
use crate::sts::Sts;
use axum::Router;
use axum::routing::get;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use vestibule::model::clock::Clock;
use vestibule::server::clock::SystemClock;

/// How long anything may take to show.
const PATIENCE: Duration = Duration::from_secs(20);

/// A role as it stands in the file.
pub(crate) const ANALYST: &str =
    "[[roles]]\nid = \"analyst\"\narn = \"arn:aws:iam::111122223333:role/portal-analyst\"\ngroups = [\"analysts\"]\n";
pub(crate) const ANOTHER: &str =
    "[[roles]]\nid = \"another\"\narn = \"arn:aws:iam::111122223333:role/portal-another\"\ngroups = [\"analysts\"]\n";

/// What stands around the process.
pub(crate) struct Around {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sts: Sts,
    pub(crate) keys: SocketAddr,
    pub(crate) portal: SocketAddr,
    pub(crate) metrics: SocketAddr,
}

/// The running process. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    client: reqwest::Client,
    origin: String,
}

impl Around {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let keys = listener.local_addr().unwrap();
        let kid = balancer::KEY_URL.rsplit('/').next().unwrap();
        let router = Router::new().route(&format!("/{kid}"), get(balancer::PUBLIC_KEY)).route("/jwks", get(balancer::JWKS));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (portal, metrics) = (free().await, free().await);
        Self { folder: tempfile::tempdir().unwrap(), sts: Sts::start().await, keys, portal, metrics }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("vestibule.toml")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("sessions.db")
    }

    /// The whole configuration, with lines of `[web]` and with these roles.
    pub(crate) fn text(&self, web: &str, roles: &str) -> String {
        format!(
            "[web]\nlisten = \"{}\"\npublic_url = \"https://portal.example.com\"\n{web}\n\
             [alb]\nsigners = [\"{SIGNER}\"]\nclients = [\"{CLIENT}\"]\nissuer = \"{ISSUER}\"\nkey_url = \"http://{keys}\"\n\
             [idp]\njwks_url = \"http://{keys}/jwks\"\n[aws]\nsts_endpoint = \"{}\"\n[sessions]\npath = \"{}\"\n\
             [limits]\nmints_per_minute = 1000\n[log]\nformat = \"json\"\n[metrics]\nlisten = \"{}\"\n{roles}",
            self.portal,
            self.sts.url,
            self.database().display(),
            self.metrics,
            keys = self.keys,
        )
    }

    pub(crate) fn write(&self, text: &str) {
        std::fs::write(self.file(), text).unwrap();
    }

    /// `vestibule serve`, not started yet.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.args(["serve", "--config"]).arg(self.file());
        command
    }

    /// Starts the process, and waits until it answers.
    pub(crate) async fn start(&self) -> Process {
        self.started(self.command(), "http").await
    }

    /// Starts it where it is configured to speak TLS.
    pub(crate) async fn start_with_tls(&self) -> Process {
        self.started(self.command(), "https").await
    }

    /// Starts it by a command of the test's.
    pub(crate) async fn start_as(&self, command: Command) -> Process {
        self.started(command, "http").await
    }

    /// Starts it by a command of the test's where it is configured to speak `scheme`.
    pub(crate) async fn started(&self, mut command: Command, scheme: &str) -> Process {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (lines, heard) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&said));
        std::thread::spawn(move || lines.lines().map_while(Result::ok).for_each(|line| heard.lock().unwrap().push(line)));
        let client = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().unwrap();
        let origin = format!("{scheme}://{}", self.portal);
        let mut process = Process { child, said, client, origin };
        let answers = async |process: &mut Process| {
            if let Some(status) = process.child.try_wait().unwrap() {
                panic!("it ended with {status}: {}", process.log());
            }
            process.client.get(format!("{}/healthz", process.origin)).send().await.is_ok()
        };
        process.until("it answers", answers).await;
        process
    }

    /// Runs the process to its end: its exit code and what it said.
    pub(crate) fn run(&self, mut command: Command) -> (Option<i32>, String) {
        let output = command.stdin(Stdio::null()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

/// An address that was free a moment ago.
async fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it wrote to standard error.
    pub(crate) fn log(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().unwrap().success());
    }

    /// Waits for its end and gives the exit code.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        let mut code = None;
        self.until("it ends", async |process| {
            let status = process.child.try_wait().unwrap();
            code = status.and_then(|status| status.code());
            status.is_some()
        })
        .await;
        code
    }

    /// Asks until it is so.
    pub(crate) async fn until(&mut self, what: &str, mut is_so: impl AsyncFnMut(&mut Self) -> bool) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while !is_so(self).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        if waited.await.is_err() {
            panic!("{what}: not within {PATIENCE:?}; {}", self.log());
        }
    }

    /// Waits for a line of the log.
    pub(crate) async fn until_said(&mut self, text: &str) {
        self.until(text, async |process| process.log().contains(text)).await;
    }

    /// A call of a person who has just signed in.
    pub(crate) fn call(&self, path: &str, person: &Person, body: &str) -> impl Future<Output = (u16, Value)> + use<> {
        let answer = self.attempt(path, person, body);
        async move { answer.await.unwrap() }
    }

    /// The same, of a process that may be gone before it has answered.
    pub(crate) fn attempt(&self, path: &str, person: &Person, body: &str) -> impl Future<Output = Option<(u16, Value)>> + use<> {
        let request = self
            .client
            .post(format!("{}{path}", self.origin))
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .headers(person.headers(SystemClock.now()))
            .body(body.to_owned());
        async move {
            let answer = request.send().await.ok()?;
            let status = answer.status().as_u16();
            Some((status, serde_json::from_str(&answer.text().await.ok()?).unwrap()))
        }
    }

    /// Status of a GET.
    pub(crate) async fn get(&self, path: &str) -> u16 {
        self.client.get(format!("{}{path}", self.origin)).send().await.unwrap().status().as_u16()
    }

    /// Status of a page that a person asks for.
    pub(crate) async fn page(&self, path: &str, person: &Person) -> u16 {
        let headers = person.headers(SystemClock.now());
        self.client.get(format!("{}{path}", self.origin)).headers(headers).send().await.unwrap().status().as_u16()
    }

    /// The ids of a person's roles.
    pub(crate) async fn roles(&self, person: &Person) -> Vec<String> {
        let (status, who) = self.call("/api/whoami", person, "{}").await;
        assert_eq!(status, 200, "{who:#}");
        who["roles"].as_array().unwrap().iter().map(|role| role["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
