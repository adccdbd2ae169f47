//! `vestibule serve` as its operator meets it: signals, changed files, metrics, TLS.

use crate::balancer::Person;
use crate::process::{ANALYST, ANOTHER, Around, Process};
use crate::sts::Answer;
use crate::tls::write_pair;
use std::time::Duration;
use vestibule::server::config;

const MINT: &str = r#"{"role":"analyst"}"#;

fn both() -> String {
    format!("{ANALYST}{ANOTHER}")
}

#[tokio::test]
async fn sighup_brings_a_new_role_whole_or_not_at_all() {
    let (around, ana) = (Around::new().await, Person::analyst());
    around.write(&around.text("", ANALYST));
    let mut process = around.start().await;
    assert_eq!(process.roles(&ana).await, ["analyst"]);

    // A request in flight ends by the configuration that it began with.
    let mut slow = Answer::credentials();
    slow.delay = Duration::from_secs(1);
    around.sts.says(slow);
    let in_flight = tokio::spawn(process.call("/api/credentials", &ana, MINT));
    while around.sts.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    around.write(&around.text("", ANOTHER));
    process.signal("HUP");
    process.until("the other role", async |process| process.roles(&Person::analyst()).await == ["another"]).await;
    assert!(!in_flight.is_finished(), "the mint is still in flight");
    let (status, minted) = in_flight.await.unwrap();
    assert_eq!(status, 200, "{minted:#}");
    around.sts.says(Answer::credentials());
    let (status, refused) = process.call("/api/credentials", &ana, MINT).await;
    assert_eq!((status, refused["code"].as_str()), (403, Some("not_entitled")));

    // Every problem is told, and nothing changes.
    around.write(&around.text("colour = \"red\"", &both().replace("\"analyst\"", "\"Analyst\"")));
    process.signal("HUP");
    process.until_said("the one before stays in force").await;
    for problem in ["web.colour: is not a known key", "roles[0].id: role id: expected"] {
        assert!(process.log().contains(problem), "{problem} not in {}", process.log());
    }
    assert_eq!(process.roles(&ana).await, ["another"]);

    around.write(&around.text("", &both()));
    process.signal("HUP");
    process.until("both roles", async |process| process.roles(&Person::analyst()).await == ["analyst", "another"]).await;
    assert_eq!(process.call("/api/sessions/mine", &ana, "{}").await.1["sessions"].as_array().unwrap().len(), 1, "the store was kept");
}

#[tokio::test]
async fn a_changed_file_is_noticed_without_a_signal() {
    let (around, ana) = (Around::new().await, Person::analyst());
    around.write(&around.text("", ANALYST));
    let mut process = around.start().await;
    assert_eq!(process.roles(&ana).await, ["analyst"]);
    around.write(&around.text("", &both()));
    process.until("both roles", async |process| process.roles(&Person::analyst()).await.len() == 2).await;
    assert!(process.log().contains("the file changed"), "{}", process.log());
}

#[tokio::test]
async fn what_cannot_change_is_kept_and_named() {
    let (around, other) = (Around::new().await, Around::new().await);
    around.write(&around.text("", ANALYST));
    let mut process = around.start().await;
    let text = around
        .text("tls = \"self-signed\"", &both())
        .replace(&format!("listen = \"{}\"", around.portal), &format!("listen = \"{}\"", other.portal))
        .replace("sessions.db", "others.db")
        .replace("\"json\"", "\"text\"");
    around.write(&text);
    process.signal("HUP");
    process.until("both roles", async |process| process.roles(&Person::analyst()).await.len() == 2).await;
    for key in ["web.listen", "web.tls", "sessions", "log"] {
        let line = process.log().lines().find(|line| line.contains(&format!("\"key\":\"{key}\""))).map(str::to_owned);
        assert!(line.is_some_and(|line| line.contains("WARN") && line.contains("at the next start")), "{key}: {}", process.log());
    }
    assert!(!around.folder.path().join("others.db").exists());
}

#[tokio::test]
async fn sigterm_lets_a_mint_finish_and_lets_nobody_in() {
    let around = Around::new().await;
    around.write(&around.text("", ANALYST));
    let process = around.start().await;
    let mut slow = Answer::credentials();
    slow.delay = Duration::from_secs(1);
    around.sts.says(slow);
    let in_flight = tokio::spawn(process.call("/api/credentials", &Person::analyst(), MINT));
    while around.sts.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    process.signal("TERM");
    while tokio::net::TcpStream::connect(around.portal).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!in_flight.is_finished(), "the mint is still in flight");
    let (status, minted) = in_flight.await.unwrap();
    assert_eq!(status, 200, "{minted:#}");
    assert_eq!(process.ended().await, Some(0));
}

#[tokio::test]
async fn metrics_stand_on_their_own_listener_and_name_nobody() {
    let (around, ana) = (Around::new().await, Person::new("measured-analyst", &["analysts"]));
    around.write(&around.text("", ANALYST));
    let process = around.start().await;
    assert_eq!(process.call("/api/credentials", &ana, MINT).await.0, 200);
    assert_eq!(process.call("/api/credentials", &Person::new("outsider", &[]), MINT).await.0, 403);
    assert_eq!(process.call("/api/credentials", &ana, r#"{"role":"made-up"}"#).await.0, 403);
    let fetch = async |path: &str| reqwest::get(format!("http://{}{path}", around.metrics)).await.unwrap();
    let answer = fetch("/metrics").await;
    assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text().await.unwrap();
    for series in [
        "vestibule_mints_total{role=\"analyst\",strategy=\"web-identity\",outcome=\"minted\"} 1",
        "vestibule_mints_total{role=\"analyst\",strategy=\"web-identity\",outcome=\"not_entitled\"} 1",
        "vestibule_mints_total{role=\"\",strategy=\"\",outcome=\"not_entitled\"} 1",
        "vestibule_mint_own_duration_seconds_count{strategy=\"web-identity\"} 1",
        "vestibule_mint_sts_duration_seconds_count{strategy=\"web-identity\"} 1",
        "vestibule_packed_policy_ratio_sum{role=\"analyst\"} 0.12",
        "vestibule_header_verifications_total{outcome=\"accepted\",rule=\"\"} 3",
        "vestibule_key_fetches_total{outcome=\"fetched\"} 2",
        "vestibule_store_write_duration_seconds_count{outcome=\"kept\"} 1",
        "vestibule_requests_in_flight 0",
    ] {
        assert!(text.lines().any(|line| line == series), "{series} not in\n{text}");
    }
    for word in ["measured-analyst", "outsider", "made-up", "ana@example.com"] {
        assert!(!text.contains(word), "{word}");
    }
    for path in ["/", "/healthz", "/api/whoami", "/metrics/x"] {
        assert_eq!(fetch(path).await.status(), 404, "{path}");
    }
    assert_eq!(process.page("/metrics", &ana).await, 404, "not where people are");
}

#[tokio::test]
async fn without_metrics_nothing_listens_for_them() {
    let around = Around::new().await;
    around.write(&around.text("", ANALYST).replace(&format!("[metrics]\nlisten = \"{}\"\n", around.metrics), ""));
    let _process = around.start().await;
    assert!(tokio::net::TcpStream::connect(around.metrics).await.is_err());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_served_is_a_problem_of_the_configuration() {
    let around = Around::new().await;
    let (config::Tls::Files { cert, key }, _) = write_pair(around.folder.path()) else { unreachable!() };
    let web = format!("tls = {{ cert = \"{}\", key = \"{}\" }}", cert.display(), key.display());
    around.write(&around.text(&web, ANALYST));
    let another = tempfile::tempdir().unwrap();
    write_pair(another.path());
    std::fs::copy(another.path().join("portal.key"), &key).unwrap();
    let (code, said) = around.run(around.command());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("portal.key: web.tls.key: is not the key of the certificate in web.tls.cert. Fix: "), "{said}");
    assert!(said.trim_end().ends_with("1 problem in the configuration."), "{said}");
    assert!(!said.contains("PRIVATE KEY"), "{said}");
}

#[tokio::test]
async fn a_renewed_certificate_is_served_and_a_broken_one_is_not() {
    let around = Around::new().await;
    let (config::Tls::Files { cert, key }, first) = write_pair(around.folder.path()) else { unreachable!() };
    let web = format!("tls = {{ cert = \"{}\", key = \"{}\" }}", cert.display(), key.display());
    around.write(&around.text(&web, ANALYST));
    let mut process = around.start_with_tls().await;
    let is_served = async |pem: &str| {
        let trusted = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([trusted]).no_proxy().build().unwrap();
        client.get(format!("https://localhost:{}/healthz", around.portal.port())).send().await.is_ok()
    };
    assert!(is_served(&first).await);
    std::fs::write(&cert, "nothing that anybody could serve").unwrap();
    process.signal("HUP");
    process.until_said("web.tls.cert: holds no certificate").await;
    assert!(is_served(&first).await, "the one before goes on");
    let (_, second) = write_pair(around.folder.path());
    process.signal("HUP");
    process.until("the second certificate", async |_| is_served(&second).await).await;
    assert!(!is_served(&first).await);
}

/// Counts are written every few seconds, and what is left of them when the process is asked to stop.
#[tokio::test]
async fn refusals_outlive_the_process() {
    let (around, ana) = (Around::new().await, Person::analyst());
    around.write(&around.text("", ANALYST));
    let mut process = around.start().await;
    let file = rusqlite::Connection::open(around.database()).unwrap();
    let written = || file.query_row("SELECT coalesce(sum(mints), 0) FROM refusals", [], |row| row.get::<_, i64>(0)).unwrap();
    let refused = async |process: &Process| process.call("/api/credentials", &ana, r#"{"role":"nothing"}"#).await.0;
    assert_eq!(refused(&process).await, 403);
    process.until("the count is written", async |_| written() == 1).await;
    for _ in 0..3 {
        assert_eq!(refused(&process).await, 403);
    }
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(0));
    assert_eq!(written(), 4);
}
