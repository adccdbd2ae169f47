//! Connections: HTTP/1.1, in clear or inside TLS, bounded in number, in the size of a head and in the
//! time that a handshake and a head may take.

use super::answering::Answering;
use super::silence::Closer;
use crate::server::identity::DATA_HEADER;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Pause after the system had no connection to give, for want of file descriptors for example.
const BREATHER: Duration = Duration::from_millis(100);

/// What a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; further ones wait in the system's queue.
    pub connections: usize,
    /// Longest wait for a TLS handshake: until it is done nobody has said anything.
    pub handshake: Duration,
    /// Longest wait for a request's head, the pause between requests of one connection included.
    /// Longer than the balancer's idle time-out of 60 seconds: whoever closes first must be the
    /// balancer, or its next request meets a closed connection and becomes a 502.
    pub head: Duration,
    /// Longest head. The balancer's three headers alone may have 64 KB.
    pub head_size: usize,
    /// How long requests in flight may take to finish once the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(75),
            head_size: 128 * 1_024,
            drain: Duration::from_secs(20),
        }
    }
}

/// What one listener's connections have in common.
#[derive(Clone)]
struct Listening {
    answering: Answering,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    stopping: watch::Receiver<bool>,
}

/// Answers requests until `shutdown` completes, then lets those in flight finish, and cuts off what
/// takes longer than that may.
///
/// # Errors
/// When the listener's address cannot be told, that is when it is no listener.
pub async fn serve(
    listener: TcpListener,
    answering: Answering,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    tracing::info!(address = %listener.local_addr()?, tls = tls.is_some(), "listening");
    let places = Arc::new(Semaphore::new(limits.connections));
    let (stop, stopping) = watch::channel(false);
    let listening = Listening { answering, tls, limits, stopping };
    let mut conversations = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            (place, accepted) = accept(&listener, &places) => match accepted {
                Ok(stream) => {
                    let listening = listening.clone();
                    conversations.spawn(async move {
                        let _place = place;
                        converse(stream, listening).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATHER).await;
                }
            },
            Some(_) = conversations.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    drop(listener);
    stop.send_replace(true);
    let finished = async { while conversations.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, finished).await.is_err() {
        tracing::warn!(connections = conversations.len(), "requests were cut off: they took longer than the time to stop");
        conversations.shutdown().await;
    }
    Ok(())
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (Option<OwnedSemaphorePermit>, io::Result<TcpStream>) {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    (place, listener.accept().await.map(|(stream, _)| stream))
}

async fn converse(stream: TcpStream, mut listening: Listening) {
    // Answers are small and written whole: waiting for more to send only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection is gone");
        return;
    }
    let Some(tls) = listening.tls.clone() else { return speak(stream, listening).await };
    let handshake = tokio::time::timeout(listening.limits.handshake, tls.accept(stream));
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        () = stopped(&mut listening.stopping) => return,
    };
    match shaken {
        Ok(Ok(stream)) => speak(stream, listening).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake was given up: it took too long"),
    }
}

/// Speaks HTTP until either side has enough.
async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin, listening: Listening) {
    let Listening { answering, limits, mut stopping, .. } = listening;
    let silences = answering.silences().clone();
    let is_balancers = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let is_balancers = Arc::clone(&is_balancers);
        move |request: Request<Incoming>| {
            is_balancers.fetch_or(request.headers().contains_key(DATA_HEADER), Ordering::Relaxed);
            answering.router().oneshot(request.map(Body::new))
        }
    });
    let mut settings = http1::Builder::new();
    settings.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(limits.head_size);
    let mut connection = pin!(settings.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        ended = &mut connection => {
            if let Some(closer) = Closer::of(&ended).filter(|_| is_balancers.load(Ordering::Relaxed)) {
                silences.ended_by(closer);
            }
            return report(ended);
        }
        () = stopped(&mut stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    report(connection.await);
}

/// Completes when the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        // The server has gone without saying so, and takes its connections with it.
        std::future::pending::<()>().await;
    }
}

/// How a connection ended is the other side's business.
fn report(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
