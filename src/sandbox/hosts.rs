//! Which names a service answers to.
//!
//! A page on the internet can point a name of its own at 127.0.0.1 and so read a local service as
//! its own origin (DNS rebinding). Such a request carries that name as its Host.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;

/// The Host values of one service: its address, and `localhost` with its port.
#[derive(Clone, Debug)]
pub(super) struct Hosts(Arc<[String]>);

impl Hosts {
    /// Those of the service that listens at `address`.
    pub(super) fn of(address: SocketAddr) -> Self {
        Self(Arc::new([address.to_string(), format!("localhost:{}", address.port())]))
    }

    /// The values, for services that check them in their own way.
    pub(super) fn to_vec(&self) -> Vec<String> {
        self.0.to_vec()
    }

    /// The Host of a request when there is exactly one and it is listed. An absolute request
    /// target has to name the same.
    pub(super) fn of_request(&self, uri: &Uri, headers: &HeaderMap) -> Option<&str> {
        let mut lines = headers.get_all(header::HOST).iter();
        let (line, None) = (lines.next()?, lines.next()) else { return None };
        let host = self.0.iter().find(|host| host.as_bytes().eq_ignore_ascii_case(line.as_bytes()))?;
        let agrees = uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
        agrees.then_some(host.as_str())
    }
}

/// Refuses requests that name another host. A layer for a whole service.
pub(super) async fn require_listed(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if hosts.of_request(request.uri(), request.headers()).is_none() { refusal() } else { next.run(request).await }
}

/// The answer to a request for another host.
pub(super) fn refusal() -> Response {
    (StatusCode::MISDIRECTED_REQUEST, "The sandbox answers only to the addresses at /sandbox/endpoints.\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_names() {
        let hosts = Hosts::of(SocketAddr::from(([127, 0, 0, 1], 3000)));
        let of = |uri: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::HOST, line.parse().unwrap());
            }
            hosts.of_request(&uri.parse().unwrap(), &headers).map(str::to_owned)
        };
        assert_eq!(of("/", &["127.0.0.1:3000"]).as_deref(), Some("127.0.0.1:3000"));
        assert_eq!(of("/", &["LocalHost:3000"]).as_deref(), Some("localhost:3000"));
        assert_eq!(of("http://localhost:3000/", &["localhost:3000"]).as_deref(), Some("localhost:3000"));
        for (uri, lines) in [
            ("/", &[][..]),
            ("/", &["127.0.0.1"]),
            ("/", &["127.0.0.1:3001"]),
            ("/", &["evil.example:3000"]),
            ("/", &["127.0.0.1:3000.evil.example"]),
            ("/", &["127.0.0.1:3000", "127.0.0.1:3000"]),
            ("http://evil.example/", &["127.0.0.1:3000"]),
        ] {
            assert_eq!(of(uri, lines), None, "{uri} {lines:?}");
        }
    }
}
