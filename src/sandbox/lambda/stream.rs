//! Answers in an event stream: each piece when the function has made it, and the end of the log behind them.

use super::functions::{Made, Outcome};
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use futures::stream::{self, StreamExt as _};
use http::header;
use serde_json::{Map, Value};
use std::convert::Infallible;
use std::future::Future;
use tokio::sync::mpsc;

/// Starts `run`, which goes on when nobody waits for it any more, as in Lambda.
pub(super) fn answer<F>(version: &'static str, run: impl FnOnce(Made) -> F) -> Response
where
    F: Future<Output = (Outcome, Option<String>)> + Send + 'static,
{
    let (made, pieces) = mpsc::unbounded_channel();
    let run = tokio::spawn(run(made));
    let chunks = stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((event("PayloadChunk", "application/octet-stream", piece), pieces))
    });
    let completion = async move {
        let ended = run.await.map(|(outcome, log)| completion(outcome, log)).unwrap_or_default();
        event("InvokeComplete", "application/json", Value::Object(ended).to_string().into_bytes())
    };
    let events = chunks.chain(stream::once(completion)).map(Ok::<_, Infallible>);
    let headers = [(header::CONTENT_TYPE.as_str(), "application/vnd.amazon.eventstream"), ("x-amz-executed-version", version)];
    (headers, Body::from_stream(events)).into_response()
}

fn completion(outcome: Outcome, log: Option<String>) -> Map<String, Value> {
    let mut ended = Map::new();
    if let Some(error) = outcome.error {
        ended.insert("ErrorCode".to_owned(), "Unhandled".into());
        ended.insert("ErrorDetails".to_owned(), error.to_string().into());
    }
    ended.extend(log.map(|log| ("LogResult".to_owned(), log.into())));
    ended
}

/// In AWS's own writer.
fn event(kind: &'static str, content: &'static str, payload: Vec<u8>) -> Vec<u8> {
    let header = |name: &'static str, value: &'static str| Header::new(name, HeaderValue::String(value.into()));
    let message = Message::new(payload)
        .add_header(header(":message-type", "event"))
        .add_header(header(":event-type", kind))
        .add_header(header(":content-type", content));
    let mut frame = Vec::new();
    // Its headers are short: there is nothing to refuse.
    let _ = write_message_to(&message, &mut frame);
    frame
}
