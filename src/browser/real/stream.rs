//! Answers that are read as they come. By name, and apart from the others: it is loaded with what needs it.

use super::fetch::{AbortOnDrop, headers, init};
use super::file::{get, method};
use super::timer::Timer;
use super::{page, window};
use crate::browser::fetch::{Opened, Outgoing, TransportError};
use futures::StreamExt;
use futures::stream::unfold;
use js_sys::{Promise, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Response, ResponseType};

/// An answer under way, from the request to the last byte. Dropped, it is not waited for any more.
struct Exchange {
    _abort: AbortOnDrop,
    /// Ends it when it has taken too long.
    _deadline: Timer,
    overdue: Rc<Cell<bool>>,
    milliseconds: u32,
    reader: JsValue,
}

impl Exchange {
    /// What `promise` gives; where it is refused the error is `broken`, unless there is a better reason.
    async fn wait(&self, promise: Promise, broken: TransportError) -> Result<JsValue, TransportError> {
        JsFuture::from(promise).await.map_err(|_| match self.overdue.get() {
            true => TransportError::TimedOut { milliseconds: self.milliseconds },
            false if page::is_online() => broken,
            false => TransportError::Offline,
        })
    }

    /// The next bytes; `None` at the end.
    async fn read(&self) -> Result<Option<Vec<u8>>, TransportError> {
        let Some(read) = method(&self.reader, "read") else { return Ok(None) };
        let promise = read.call0(&self.reader).ok().and_then(|promise| promise.dyn_into().ok());
        let piece = self.wait(promise.ok_or(TransportError::Unreadable)?, TransportError::Unreadable).await?;
        if get(&piece, "done").is_truthy() {
            return Ok(None);
        }
        get(&piece, "value").dyn_into::<Uint8Array>().map(|bytes| Some(bytes.to_vec())).map_err(|_| TransportError::Unreadable)
    }
}

pub(in crate::browser) async fn open(outgoing: Outgoing<'_>) -> Result<Opened, TransportError> {
    let controller = AbortController::new().map_err(|_| TransportError::Refused)?;
    let init = init(&outgoing, &controller)?;
    let overdue = Rc::new(Cell::new(false));
    let deadline = {
        let (overdue, controller) = (Rc::clone(&overdue), controller.clone());
        Timer::after(
            outgoing.time_limit,
            Box::new(move || {
                overdue.set(true);
                controller.abort();
            }),
        )
    };
    let milliseconds = outgoing.time_limit;
    let mut exchange = Exchange { _abort: AbortOnDrop(controller), _deadline: deadline, overdue, milliseconds, reader: JsValue::UNDEFINED };
    let response = exchange.wait(window().fetch_with_str_and_init(outgoing.url, &init), TransportError::Network).await?;
    let response: Response = response.dyn_into().map_err(|_| TransportError::Unreadable)?;
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(TransportError::Redirected);
    }
    // An answer that can have no body has no reader of one.
    let body = get(&response, "body");
    if let Some(reader) = method(&body, "getReader").and_then(|read| read.call0(&body).ok()) {
        exchange.reader = reader;
    }
    let body = unfold(Some(exchange), |exchange| async move {
        let exchange = exchange?;
        match exchange.read().await {
            Ok(bytes) => bytes.map(|bytes| (Ok(bytes), Some(exchange))),
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(Opened { status: response.status(), headers: headers(&response), body: body.boxed_local() })
}
