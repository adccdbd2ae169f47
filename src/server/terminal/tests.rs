//! The command against whatever calls its port: the portal's page, and others.

use super::inbox::{Inbox, LONGEST, MOST_REFUSED, News, Refusal};
use super::*;
use crate::model::clock::Timestamp;
use crate::model::json::ToJson;
use crate::model::secret::Secret;
use crate::terminal::{armoured, seal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;

const PORTAL: &str = "https://portal.example.com";

fn credentials(token: &str) -> Credentials {
    Credentials {
        access_key_id: "ASIAEXAMPLE".into(),
        secret_access_key: Secret::new("k"),
        session_token: Secret::new(token),
        expiration: Timestamp::from_seconds(1_795_415_575),
    }
}

/// A command that waits.
struct Waiting {
    asked: Asked,
    inbox: Arc<Inbox>,
    news: UnboundedReceiver<News>,
    _stop: oneshot::Sender<()>,
}

impl Waiting {
    async fn start() -> Self {
        let listener = TcpListener::bind((LISTENER, 0)).await.unwrap();
        let key = OwnKey::of(&random().unwrap()).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Asked::new(RoleId::parse("analyst").unwrap(), port, random().unwrap(), key.public()).unwrap();
        let (deliver, news) = mpsc::unbounded_channel();
        let inbox = Arc::new(Inbox::new(asked.clone(), key, PORTAL, deliver));
        let (stop, stopped) = oneshot::channel::<()>();
        let answering = Answering::new(answer::router(Arc::clone(&inbox)));
        tokio::spawn(connection::serve(listener, answering, None, Limits::default(), async {
            let _ = stopped.await;
        }));
        Self { asked, inbox, news, _stop: stop }
    }

    fn sealed(&self, token: &str) -> String {
        seal(&self.asked, PORTAL, credentials(token).to_json().written().as_bytes(), &random().unwrap()).unwrap()
    }

    fn form(&self, sealed: &str) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", &self.asked.state())
            .append_pair("sealed", sealed)
            .finish()
    }

    /// The lines of the request that the portal's page sends.
    fn lines(&self) -> Vec<String> {
        vec![
            format!("POST {} HTTP/1.1", self.asked.path()),
            format!("Host: {}", self.asked.host()),
            format!("Origin: {PORTAL}"),
            "Content-Type: application/x-www-form-urlencoded".to_owned(),
        ]
    }

    async fn send(&self, lines: &[String], body: &str) -> String {
        let mut stream = TcpStream::connect(self.asked.host()).await.unwrap();
        let head = format!("{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", lines.join("\r\n"), body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        // Refused before it was read whole.
        let _ = stream.write_all(body.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    fn token(&mut self) -> Option<String> {
        match self.news.try_recv() {
            Ok(News::Delivered(got)) => Some(got.session_token.expose().to_owned()),
            _ => None,
        }
    }

    fn refusal(&mut self) -> Option<Refusal> {
        match self.news.try_recv() {
            Ok(News::Refused { refusal, .. }) => Some(refusal),
            _ => None,
        }
    }
}

#[tokio::test]
async fn one_post_of_the_portals_page_is_taken_and_no_second() {
    let mut waiting = Waiting::start().await;
    let form = waiting.form(&waiting.sealed("t+/=1"));
    let answer = waiting.send(&waiting.lines(), &form).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Your terminal has the credentials"), "{answer}");
    let head = answer.to_lowercase();
    for header in
        ["cache-control: no-store", "content-security-policy: default-src 'none'; style-src 'sha256-", "referrer-policy: no-referrer"]
    {
        assert!(head.contains(header), "{header} in {answer}");
    }
    assert!(!answer.contains("t+/=1") && !head.contains("access-control"));
    assert_eq!(waiting.token().as_deref(), Some("t+/=1"));

    let again = waiting.send(&waiting.lines(), &form).await;
    assert!(again.starts_with("HTTP/1.1 410 ") && again.contains("has its answer already"), "{again}");
    assert_eq!(waiting.refusal(), Some(Refusal::Used));
    waiting.inbox.pasted(&waiting.sealed("another"));
    assert_eq!(waiting.refusal(), Some(Refusal::Used));
}

#[tokio::test]
async fn whatever_else_calls_is_refused_counted_and_costs_nothing() {
    let mut waiting = Waiting::start().await;
    let right = waiting.lines();
    let body = waiting.form(&waiting.sealed("t"));
    let (host, path) = (waiting.asked.host(), waiting.asked.path());
    let port = host.rsplit_once(':').unwrap().1.to_owned();
    let with = |at: usize, line: String| {
        let mut lines = right.clone();
        lines[at] = line;
        lines
    };
    let without = |at: usize| {
        let mut lines = right.clone();
        lines.remove(at);
        lines
    };
    let more = |line: &str| {
        let mut lines = right.clone();
        lines.push(line.to_owned());
        lines
    };
    for (lines, status, expected) in [
        // A name that leads here, as DNS rebinding makes one.
        (with(1, format!("Host: rebound.example.com:{port}")), 421, Refusal::Host),
        (with(1, format!("Host: localhost:{port}")), 421, Refusal::Host),
        (with(1, "Host: 127.0.0.1".to_owned()), 421, Refusal::Host),
        (with(0, format!("POST http://{host}{path} HTTP/1.1")), 421, Refusal::Host),
        (with(0, "POST / HTTP/1.1".to_owned()), 404, Refusal::Path),
        (with(0, format!("POST {path}0 HTTP/1.1")), 404, Refusal::Path),
        (with(0, format!("POST {path}?x=1 HTTP/1.1")), 404, Refusal::Path),
        (with(0, "GET /favicon.ico HTTP/1.1".to_owned()), 404, Refusal::Path),
        (with(0, format!("GET {path} HTTP/1.1")), 405, Refusal::Method),
        (with(0, format!("OPTIONS {path} HTTP/1.1")), 405, Refusal::Method),
        (with(0, format!("PUT {path} HTTP/1.1")), 405, Refusal::Method),
        (with(2, "Origin: https://portal.example.com.evil.test".to_owned()), 403, Refusal::Origin),
        (with(2, "Origin: http://portal.example.com".to_owned()), 403, Refusal::Origin),
        (with(2, "Origin: null".to_owned()), 403, Refusal::Origin),
        (more("Origin: https://evil.test"), 403, Refusal::Origin),
        (without(2), 403, Refusal::Origin),
        (with(3, "Content-Type: text/plain".to_owned()), 415, Refusal::Kind),
        (without(3), 415, Refusal::Kind),
    ] {
        let answer = waiting.send(&lines, &body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{lines:?}: {answer}");
        assert!(answer.contains("Nothing was taken") && !answer.to_lowercase().contains("access-control"), "{answer}");
        assert_eq!(waiting.refusal(), Some(expected), "{lines:?}");
    }
    let answer = waiting.send(&right, &body).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(waiting.token().as_deref(), Some("t"));
}

#[tokio::test]
async fn forms_that_are_not_the_pages_are_refused() {
    let mut waiting = Waiting::start().await;
    let (state, sealed) = (waiting.asked.state(), waiting.sealed("t"));
    let good = waiting.form(&sealed);
    let other = Asked::new(RoleId::parse("auditor").unwrap(), 40_000, [1; STATE], *waiting.asked.key()).unwrap();
    let elsewhere = seal(&waiting.asked, "https://evil.test", b"{}", &random().unwrap()).unwrap();
    let foreign = seal(&other, PORTAL, b"{}", &random().unwrap()).unwrap();
    let nothing = seal(&waiting.asked, PORTAL, b"{\"Version\":1}", &random().unwrap()).unwrap();
    let mut torn = sealed.clone();
    torn.truncate(sealed.len() - 4);
    for (body, status, expected) in [
        (String::new(), 400, Refusal::Form),
        (good.replace("state=", "other="), 400, Refusal::Form),
        (format!("{good}&more=1"), 400, Refusal::Form),
        (format!("state={state}"), 400, Refusal::Form),
        (good.replace(&state, &"0".repeat(64)), 403, Refusal::State),
        (good.replace(&state, &state[..62]), 403, Refusal::State),
        (waiting.form(&torn), 400, Refusal::Seal),
        (waiting.form(""), 400, Refusal::Seal),
        (waiting.form(&elsewhere), 400, Refusal::Seal),
        (waiting.form(&foreign), 400, Refusal::Seal),
        (waiting.form(&nothing), 400, Refusal::Content),
        (waiting.form(&"A".repeat(LONGEST)), 413, Refusal::Length),
    ] {
        let answer = waiting.send(&waiting.lines(), &body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{expected:?}: {answer}");
        assert_eq!(waiting.refusal(), Some(expected));
    }
    waiting.send(&waiting.lines(), &good).await;
    assert_eq!(waiting.token().as_deref(), Some("t"), "still waiting for the right one");
}

#[tokio::test]
async fn who_calls_again_and_again_ends_it() {
    let Waiting { inbox, mut news, asked, .. } = Waiting::start().await;
    for _ in 0..MOST_REFUSED {
        inbox.pasted("");
    }
    let voice = Voice::of_process();
    let ended = tokio::time::timeout(Duration::from_secs(10), follow(&mut news, &voice)).await.expect("it gives up").unwrap_err();
    assert!(matches!(ended, Unanswered::Besieged(MOST_REFUSED)), "{ended}");
    assert!(!ended.to_string().contains(&asked.state()));
}

#[tokio::test]
async fn what_is_pasted_is_taken_like_what_is_sent() {
    let mut waiting = Waiting::start().await;
    let mut paste = crate::terminal::Paste::default();
    let whole: Vec<String> = armoured(&waiting.sealed("t")).lines().filter_map(|line| paste.line(line)).collect();
    waiting.inbox.pasted("rubbish");
    assert_eq!(waiting.refusal(), Some(Refusal::Seal));
    waiting.inbox.pasted(&whole[0]);
    assert_eq!(waiting.token().as_deref(), Some("t"));
    let answer = waiting.send(&waiting.lines(), &waiting.form(&waiting.sealed("later"))).await;
    assert!(answer.starts_with("HTTP/1.1 410 "), "{answer}");
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_five_minutes() {
    // Five minutes are not for a test: it is the same with less patience.
    let wanted = Wanted { portal: PORTAL.parse().unwrap(), role: RoleId::parse("analyst").unwrap(), browser: true, cache: false };
    let ended = ask(&wanted, &Variables::default(), &Voice::of_process(), Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(ended, Unanswered::TimedOut) && ended.to_string().contains("for 5 minutes"), "{ended}");
    assert_eq!(PATIENCE.as_secs(), 300);
}

#[test]
fn refusals_are_sentences_that_repeat_nothing() {
    for refusal in [Refusal::Host, Refusal::Origin, Refusal::Used, Refusal::Seal] {
        let sentence = refusal.to_string();
        assert!(sentence.len() > 30 && !sentence.ends_with('.') && refusal.status().is_client_error(), "{sentence}");
    }
}
