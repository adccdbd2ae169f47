//! Connections over real sockets: what holds one, and what the end of the server does to it.

use axum::Router;
use axum::routing::get;
use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use vestibule::server::http::answering::Answering;
use vestibule::server::http::connection::{Limits, serve};
use vestibule::server::metrics::Metrics;

const GET: &str = "GET / HTTP/1.1\r\nhost: portal\r\n\r\n";
/// Longer than anything here may take.
const AT_MOST: Duration = Duration::from_secs(10);

pub(crate) const QUICK: Limits = Limits {
    connections: 64,
    handshake: Duration::from_millis(300),
    head: Duration::from_millis(300),
    head_size: 16 * 1_024,
    drain: Duration::from_millis(800),
};

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<std::io::Result<()>>,
    metrics: Metrics,
}

impl Server {
    /// Answers `/` at once, `/slow` after 400 ms, `/never` never.
    async fn start(limits: Limits) -> Self {
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            "slow"
        };
        let router = Router::new().route("/", get(|| async { "quick" })).route("/slow", get(slow)).route("/never", get(pending::<&str>));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let metrics = Metrics::new();
        let answering = Answering::new(router).counted(metrics.silences());
        Self { address, stop: Some(stop), ended: tokio::spawn(serve(listener, answering, None, limits, shutdown)), metrics }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for the end.
    async fn ended(self) {
        timeout(AT_MOST, self.ended).await.expect("the server ends").unwrap().unwrap();
    }
}

/// Everything until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is cut can also end in a reset.
    let _ = timeout(AT_MOST, stream.read_to_end(&mut text)).await.expect("the connection is closed");
    String::from_utf8(text).unwrap()
}

/// Until the answer's body is there.
async fn answer(stream: &mut TcpStream, body: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(body) {
        let mut bytes = [0; 1_024];
        let length = timeout(AT_MOST, stream.read(&mut bytes)).await.expect("an answer").unwrap();
        assert!(length > 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
    }
    text
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let server = Server::start(QUICK).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(GET.as_bytes()).await.unwrap();
        assert!(answer(&mut stream, "quick").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_head_that_does_not_end_is_given_up() {
    let server = Server::start(QUICK).await;
    let (mut silent, mut half) = (server.connect().await, server.send("GET / HTTP/1.1\r\nhost: por").await);
    let mut dripping = server.send("GET / HTTP/1.1\r\n").await;
    let drips = async {
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if dripping.write_all(b"x: y\r\n").await.is_err() {
                return;
            }
        }
        panic!("a client that drips holds its connection");
    };
    let ((), silent, half) = tokio::join!(drips, rest(&mut silent), rest(&mut half));
    assert_eq!(silent, "");
    assert!(half.is_empty() || half.starts_with("HTTP/1.1 408"), "{half}");
    let mut idle = server.send(GET).await;
    answer(&mut idle, "quick").await;
    assert_eq!(rest(&mut idle).await, "", "a pause between requests counts as well");
}

#[tokio::test]
async fn who_closes_a_silent_connection_of_the_balancer_is_counted() {
    const SIGNED_IN: &str = "GET / HTTP/1.1\r\nhost: portal\r\nx-amzn-oidc-data: x\r\n\r\n";
    let server = Server::start(QUICK).await;
    // Whoever comes without a person does not count: a health check, or somebody with curl.
    let mut other = server.send(GET).await;
    answer(&mut other, "quick").await;
    let mut kept = server.send(SIGNED_IN).await;
    answer(&mut kept, "quick").await;
    for _ in 0..2 {
        let mut closed = server.send(SIGNED_IN).await;
        answer(&mut closed, "quick").await;
    }
    assert_eq!((rest(&mut other).await, rest(&mut kept).await), (String::new(), String::new()));
    let counted = |by: &str| format!("vestibule_silent_connections_closed_total{{by=\"{by}\"}} ");
    let text = timeout(AT_MOST, async {
        loop {
            let text = server.metrics.text();
            if text.contains(&[&*counted("balancer"), "2\n"].concat()) && text.contains(&counted("portal")) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let text = text.await.unwrap_or_else(|_| panic!("{}", server.metrics.text()));
    assert!(text.contains(&[&*counted("portal"), "1\n"].concat()), "{text}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(QUICK).await;
    let fits = format!("GET / HTTP/1.1\r\nhost: portal\r\nx-long: {}\r\n\r\n", "x".repeat(15 * 1_024));
    assert!(answer(&mut server.send(&fits).await, "quick").await.starts_with("HTTP/1.1 200"));
    let large = format!("GET / HTTP/1.1\r\nhost: portal\r\nx-long: {}\r\n\r\n", "x".repeat(32 * 1_024));
    let mut stream = server.connect().await;
    // It may stop to listen before all is said.
    let _ = stream.write_all(large.as_bytes()).await;
    let refusal = rest(&mut stream).await;
    assert!(refusal.is_empty() || refusal.starts_with("HTTP/1.1 431"), "{refusal}");
    assert!(answer(&mut server.send(GET).await, "quick").await.starts_with("HTTP/1.1 200"), "others go on");
}

#[tokio::test]
async fn the_balancers_headers_fit() {
    let server = Server::start(Limits::default()).await;
    let header = "x".repeat(16 * 1_024);
    let head =
        format!("GET / HTTP/1.1\r\nx-amzn-oidc-data: {header}\r\nx-amzn-oidc-accesstoken: {header}\r\ncookie: {header}{header}\r\n\r\n");
    assert!(answer(&mut server.send(&head).await, "quick").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn further_connections_wait_for_a_place() {
    let server = Server::start(Limits { connections: 1, head: Duration::from_millis(600), ..QUICK }).await;
    let mut first = server.send(GET).await;
    answer(&mut first, "quick").await;
    let mut second = server.send(GET).await;
    let mut bytes = [0; 16];
    assert!(timeout(Duration::from_millis(200), second.read(&mut bytes)).await.is_err(), "the only place is taken");
    drop(first);
    assert!(answer(&mut second, "quick").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_nobody_else_comes_in() {
    let mut server = Server::start(QUICK).await;
    let (mut slow, mut idle) = (server.send("GET /slow HTTP/1.1\r\nhost: portal\r\n\r\n").await, server.send(GET).await);
    answer(&mut idle, "quick").await;
    let silent = server.connect().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop();
    assert_eq!(rest(&mut idle).await, "", "an idle connection is closed at once");
    assert!(TcpStream::connect(server.address).await.is_err(), "new connections are refused");
    let answered = rest(&mut slow).await;
    assert!(answered.starts_with("HTTP/1.1 200") && answered.ends_with("slow"), "{answered}");
    assert!(answered.contains("connection: close"), "{answered}");
    server.ended().await;
    drop(silent);
}

#[tokio::test]
async fn what_takes_longer_than_the_end_may_is_cut() {
    let mut server = Server::start(QUICK).await;
    let mut never = server.send("GET /never HTTP/1.1\r\nhost: portal\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop();
    let mut bytes = [0; 16];
    assert!(timeout(Duration::from_millis(400), never.read(&mut bytes)).await.is_err(), "it has its time");
    server.ended().await;
    assert_eq!(rest(&mut never).await, "");
}
