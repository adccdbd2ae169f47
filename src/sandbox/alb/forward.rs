//! The way to the portal: bodies are streamed, hop-by-hop headers stay behind.

use super::own_answers;
use crate::model::clock::Timestamp;
use crate::sandbox::random;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, Version, header};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;
use std::time::Duration;

/// ALB's idle time-out, until the head of the answer.
const IDLE: Duration = Duration::from_secs(60);
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
/// Headers between two neighbours (RFC 9110, 7.6.1), and `Expect`, which our own server has answered.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
];

/// Forwards.
pub(super) struct Forwarder {
    client: Client<HttpConnector, Body>,
    portal: SocketAddr,
    port: u16,
}

impl Forwarder {
    /// To `portal`, for a balancer that listens on `port`.
    pub(super) fn new(portal: SocketAddr, port: u16) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), portal, port }
    }

    /// The portal's answer, or the page of a balancer that got none.
    pub(super) async fn forward(&self, head: Parts, body: Body, peer: SocketAddr, now: Timestamp) -> Response {
        let Some(request) = self.rewrite(head, body, peer, now) else { return own_answers::bad_gateway() };
        match tokio::time::timeout(IDLE, self.client.request(request)).await {
            Ok(Ok(response)) => {
                let (mut head, body) = response.into_parts();
                strip_hop_by_hop(&mut head.headers);
                Response::from_parts(head, Body::new(body))
            }
            Ok(Err(error)) => {
                tracing::info!(%error, "sandbox balancer cannot reach the portal");
                own_answers::bad_gateway()
            }
            Err(_) => own_answers::gateway_timeout(),
        }
    }

    fn rewrite(&self, mut head: Parts, body: Body, peer: SocketAddr, now: Timestamp) -> Option<Request<Body>> {
        let place = head.uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let authority: Authority = self.portal.to_string().parse().ok()?;
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(place).build().ok()?;
        strip_hop_by_hop(&mut head.headers);
        self.add_forwarded(&mut head.headers, peer, now)?;
        head.uri = uri;
        head.version = Version::HTTP_11;
        head.extensions.clear();
        Some(Request::from_parts(head, body))
    }

    fn add_forwarded(&self, headers: &mut HeaderMap, peer: SocketAddr, now: Timestamp) -> Option<()> {
        let mut hops: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
        let peer = peer.ip().to_string();
        hops.push(peer.as_bytes());
        let hops = HeaderValue::from_bytes(&hops.join(&b", "[..])).ok()?;
        headers.insert(FORWARDED_FOR, hops);
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
        headers.insert(FORWARDED_PORT, self.port.into());
        let own = format!("1-{:08x}-{}", now.seconds(), hex::encode(random::bytes::<12>()));
        let trace = match headers.get(TRACE_ID).and_then(|trace| trace.to_str().ok()).filter(|trace| trace.contains("Root=")) {
            Some(trace) => format!("Self={own};{trace}"),
            None => format!("Root={own}"),
        };
        headers.insert(TRACE_ID, HeaderValue::from_str(&trace).ok()?);
        Some(())
    }
}

/// Removes hop-by-hop headers, those that `Connection` names among them; but the Host, which is
/// not for one hop whatever a client says. It has to happen before anything of ours is added, so
/// that a client cannot name our headers away.
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let lines = headers.get_all(header::CONNECTION).iter().filter_map(|line| line.to_str().ok());
    let named: Vec<HeaderName> = lines.flat_map(|line| line.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    for name in named.iter().chain(&HOP_BY_HOP).filter(|&name| name != header::HOST) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_portal_gets() {
        let forwarder = Forwarder::new(SocketAddr::from(([127, 0, 0, 1], 3001)), 3000);
        let request = Request::get("http://127.0.0.1:3000//a/../b?c=%2F")
            .header("host", "127.0.0.1:3000")
            .header("connection", "close, X-Private, host, x-forwarded-for")
            .header("x-private", "1")
            .header("upgrade", "websocket")
            .header("transfer-encoding", "chunked")
            .header("x-forwarded-for", "192.0.2.1")
            .header("x-forwarded-proto", "https")
            .header("x-amzn-trace-id", "Root=1-5;Evil=2")
            .body(())
            .unwrap();
        let (head, ()) = request.into_parts();
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        let request = forwarder.rewrite(head, Body::empty(), peer, Timestamp::from_seconds(0x1234_5678)).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:3001//a/../b?c=%2F");
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("host").as_deref(), Some("127.0.0.1:3000"));
        assert_eq!(header("x-forwarded-for").as_deref(), Some("127.0.0.1"), "the client named its own header away");
        assert_eq!(header("x-forwarded-proto").as_deref(), Some("http"));
        assert_eq!(header("x-forwarded-port").as_deref(), Some("3000"));
        let trace = header("x-amzn-trace-id").unwrap();
        assert!(trace.starts_with("Self=1-12345678-") && trace.ends_with(";Root=1-5;Evil=2"), "{trace}");
        for gone in ["connection", "x-private", "upgrade", "transfer-encoding"] {
            assert_eq!(header(gone), None, "{gone}");
        }
    }

    #[test]
    fn hops_are_appended() {
        let forwarder = Forwarder::new(SocketAddr::from(([127, 0, 0, 1], 3001)), 3000);
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
        headers.append("x-forwarded-for", HeaderValue::from_static("192.0.2.2"));
        forwarder.add_forwarded(&mut headers, SocketAddr::from(([127, 0, 0, 1], 1)), Timestamp::from_seconds(0)).unwrap();
        assert_eq!(headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>(), ["192.0.2.1, 192.0.2.2, 127.0.0.1"]);
        assert!(headers["x-amzn-trace-id"].to_str().unwrap().starts_with("Root=1-00000000-"));
    }
}
