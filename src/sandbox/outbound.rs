//! Small requests from one stand-in to another, as the real ones make them over the network.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;
use thiserror::Error;

/// Time for a whole answer: ALB and STS both give an identity provider five seconds.
const TIME: Duration = Duration::from_secs(5);
/// Largest body that is read.
const LIMIT: usize = 64 * 1024;

/// Makes requests. Redirects are not followed.
#[derive(Clone)]
pub(super) struct Outbound {
    client: Client<HttpConnector, Body>,
}

/// What came back, whatever its status.
pub(super) struct Answer {
    /// Status.
    pub(super) status: StatusCode,
    /// Headers.
    pub(super) headers: HeaderMap,
    /// Body.
    pub(super) body: Bytes,
}

/// Why nothing usable came back.
#[derive(Debug, Error)]
pub(super) enum OutboundError {
    /// The request could not be written down.
    #[error("the request is not one that HTTP can carry")]
    Request,
    /// No whole answer in time.
    #[error("no answer within five seconds")]
    TimedOut,
    /// No connection, or it broke, or the body was too long.
    #[error("no whole answer")]
    Broken,
}

impl Outbound {
    /// A client with its own connections.
    pub(super) fn new() -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// GETs `url`, with an `Authorization` header where there is one to send.
    pub(super) async fn get(&self, url: &str, authorization: Option<&str>) -> Result<Answer, OutboundError> {
        let mut request = Request::get(url);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(request.body(Body::empty())).await
    }

    /// POSTs a form.
    pub(super) async fn post_form(&self, url: &str, authorization: &str, form: String) -> Result<Answer, OutboundError> {
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, authorization)
            .body(Body::from(form));
        self.send(request).await
    }

    async fn send(&self, request: Result<Request<Body>, axum::http::Error>) -> Result<Answer, OutboundError> {
        let request = request.map_err(|_| OutboundError::Request)?;
        let exchange = async {
            let (head, body) = self.client.request(request).await.map_err(|_| OutboundError::Broken)?.into_parts();
            let body = Limited::new(body, LIMIT).collect().await.map_err(|_| OutboundError::Broken)?.to_bytes();
            Ok(Answer { status: head.status, headers: head.headers, body })
        };
        tokio::time::timeout(TIME, exchange).await.map_err(|_| OutboundError::TimedOut)?
    }
}
