//! `web.tls` over real sockets: what connects, and what a client that does not speak holds.

use crate::balancer::Person;
use crate::connection::QUICK;
use crate::world::World;
use rcgen::{CertificateParams, KeyPair};
use reqwest::Certificate;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use vestibule::model::clock::Clock;
use vestibule::server::clock::SystemClock;
use vestibule::server::config;
use vestibule::server::http::answering::Answering;
use vestibule::server::http::connection::{Limits, serve};
use vestibule::server::http::tls::Tls;

/// Writes a pair of files and gives the certificate.
pub(crate) fn write_pair(folder: &Path) -> (config::Tls, String) {
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    let (cert_file, key_file) = (folder.join("portal.pem"), folder.join("portal.key"));
    std::fs::write(&cert_file, &cert).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    (config::Tls::Files { cert: cert_file, key: key_file }, cert)
}

/// A portal behind TLS.
async fn start(world: &World, setting: &config::Tls, limits: Limits) -> (SocketAddr, Tls) {
    let tls = Tls::new(setting, SystemClock.now()).unwrap().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, Answering::new(world.router.clone()), Some(tls.acceptor()), limits, std::future::pending()));
    (address, tls)
}

fn client(trusted: &str) -> reqwest::Client {
    let trusted = Certificate::from_pem(trusted.as_bytes()).unwrap();
    reqwest::Client::builder().tls_certs_only([trusted]).no_proxy().build().unwrap()
}

#[tokio::test]
async fn a_call_through_tls_is_the_same_call() {
    let world = World::new().await;
    let (setting, cert) = write_pair(world.folder.path());
    let (address, _) = start(&world, &setting, QUICK).await;
    let url = format!("https://localhost:{}/api/whoami", address.port());
    let request = client(&cert).post(url).header("content-type", "application/json").header("sec-fetch-site", "same-origin");
    let answer = request.headers(Person::analyst().headers(world.clock.now())).body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("ana@example.com"));
}

#[tokio::test]
async fn self_signed_needs_a_client_that_does_not_verify() {
    let world = World::new().await;
    let (address, _) = start(&world, &config::Tls::SelfSigned, QUICK).await;
    let url = format!("https://127.0.0.1:{}/healthz", address.port());
    let client = |careless: bool| reqwest::Client::builder().tls_danger_accept_invalid_certs(careless).no_proxy().build().unwrap();
    let answer = client(true).get(&url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "ok\n"));
    assert!(client(false).get(&url).send().await.is_err());
}

#[tokio::test]
async fn both_versions_speak_http_1_and_nothing_older_or_newer() {
    let world = World::new().await;
    let (setting, cert) = write_pair(world.folder.path());
    let (address, _) = start(&world, &setting, QUICK).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()).unwrap();
    let connect = async |version: &'static SupportedProtocolVersion, protocols: &[&str]| {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut settings = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        settings.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(address).await.unwrap();
        TlsConnector::from(Arc::new(settings)).connect(ServerName::try_from("localhost").unwrap(), stream).await
    };
    for (version, expected) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let mut stream = connect(version, &["h2", "http/1.1"]).await.unwrap();
        let (_, spoken) = stream.get_ref();
        assert_eq!((spoken.protocol_version(), spoken.alpn_protocol()), (Some(expected), Some(&b"http/1.1"[..])));
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    }
    assert!(connect(&TLS13, &["h2"]).await.is_err(), "HTTP/2 is not offered");
}

#[tokio::test]
async fn a_client_that_does_not_shake_hands_gives_its_place_up() {
    let world = World::new().await;
    let (setting, cert) = write_pair(world.folder.path());
    let (address, _) = start(&world, &setting, Limits { connections: 1, head: Duration::from_secs(30), ..QUICK }).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut bytes = [0; 16];
    let closed = timeout(Duration::from_secs(5), silent.read(&mut bytes)).await.expect("closed before the head's time is over");
    assert_eq!(closed.unwrap_or(0), 0);
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(5), plain.read_to_end(&mut answer)).await.expect("closed");
    assert!(!answer.starts_with(b"HTTP/"), "nothing is answered in clear");
    let url = format!("https://localhost:{}/healthz", address.port());
    assert_eq!(client(&cert).get(url).send().await.unwrap().status(), 200, "the only place is free again");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_the_next_handshake() {
    let world = World::new().await;
    let (setting, first) = write_pair(world.folder.path());
    let (address, tls) = start(&world, &setting, QUICK).await;
    let url = format!("https://localhost:{}/healthz", address.port());
    let (before, get) =
        (client(&first), async |client: &reqwest::Client| client.get(&url).send().await.map(|answer| answer.status().as_u16()));
    assert_eq!(get(&before).await.unwrap(), 200);
    let (setting, second) = write_pair(world.folder.path());
    tls.read_anew(&setting, SystemClock.now()).unwrap().unwrap().put();
    assert_eq!(get(&client(&second)).await.unwrap(), 200);
    assert!(get(&client(&first)).await.is_err());
}
