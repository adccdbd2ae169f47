use super::file::get;
use super::timer::{Timer, sleep};
use super::{page, window};
use crate::aws::request::Answer;
use crate::browser::fetch::{BEGUN, BODY, Body, Destination, Outgoing, TransportError};
use futures::future::{Either, select};
use js_sys::{Array, Promise, Reflect, Uint8Array};
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit, RequestMode, RequestRedirect, Response,
    ResponseType,
};

/// Aborts the request when the future that waits for it is dropped. After the answer it does nothing.
pub(super) struct AbortOnDrop(pub(super) AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(in crate::browser) async fn fetch(outgoing: Outgoing<'_>) -> Result<Answer, TransportError> {
    let (controller, begun) = match begun(&outgoing) {
        Some((controller, answer)) => (controller, Some(answer)),
        None => (AbortController::new().map_err(|_| TransportError::Refused)?, None),
    };
    let answer = match begun {
        Some(answer) => answer,
        None => window().fetch_with_str_and_init(outgoing.url, &init(&outgoing, &controller)?),
    };
    let overdue = Rc::new(Cell::new(None));
    let deadline = |milliseconds| {
        let (overdue, controller) = (Rc::clone(&overdue), controller.clone());
        Timer::after(
            milliseconds,
            Box::new(move || {
                overdue.set(Some(milliseconds));
                controller.abort();
            }),
        )
    };
    let _abort = AbortOnDrop(controller.clone());
    let why = |broken| match overdue.get() {
        Some(milliseconds) => TransportError::TimedOut { milliseconds },
        None if page::is_online() => broken,
        None => TransportError::Offline,
    };
    let until_begun = deadline(outgoing.time_limit);
    let response = JsFuture::from(answer).await.map_err(|_| why(TransportError::Network))?;
    drop(until_begun);
    let response: Response = response.dyn_into().map_err(|_| TransportError::Unreadable)?;
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(TransportError::Redirected);
    }
    let _until_whole = deadline(BODY.max(outgoing.time_limit));
    let buffer = response.array_buffer().map_err(|_| TransportError::Unreadable)?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| why(TransportError::Unreadable))?;
    let bytes = Uint8Array::new(&buffer);
    let body = bytes.to_vec();
    // The answer may be credentials: the copy that the garbage collector owns need not outlive this.
    bytes.fill(0, 0, bytes.length());
    Ok(Answer { status: response.status(), headers: headers(&response), body })
}

/// The same request where the document has sent it already. It is there once: whoever asks again asks anew.
fn begun(outgoing: &Outgoing<'_>) -> Option<(AbortController, Promise)> {
    let (Destination::Portal, Some(Body::Bytes(body))) = (outgoing.destination, outgoing.body) else { return None };
    let window = window();
    let begun = get(&window, BEGUN);
    if get(&begun, "path").as_string()? != outgoing.url {
        return None;
    }
    let _ = Reflect::delete_property(&window, &BEGUN.into());
    let stop: AbortController = get(&begun, "stop").unchecked_into();
    if get(&begun, "body").as_string()?.as_bytes() != body {
        stop.abort();
        return None;
    }
    Some((stop, get(&begun, "answer").unchecked_into()))
}

/// As [`fetch`], for large answers: they come by way of the browser's own memory. Of what a page gets at once, hundreds of
/// megabytes gather until the garbage collector comes. Apart from the other, so that it is loaded with what needs it.
pub(in crate::browser) async fn receive(outgoing: Outgoing<'_>) -> Result<Answer, TransportError> {
    let controller = AbortController::new().map_err(|_| TransportError::Refused)?;
    let init = init(&outgoing, &controller)?;
    let _abort = AbortOnDrop(controller);
    let work = async {
        let response = JsFuture::from(window().fetch_with_str_and_init(outgoing.url, &init)).await.map_err(|_| TransportError::Network)?;
        let response: Response = response.dyn_into().map_err(|_| TransportError::Unreadable)?;
        if response.type_() == ResponseType::Opaqueredirect {
            return Err(TransportError::Redirected);
        }
        let body = super::file::read_blob(&response).await.ok_or(TransportError::Unreadable)?;
        Ok(Answer { status: response.status(), headers: headers(&response), body })
    };
    let milliseconds = BODY.max(outgoing.time_limit);
    match select(pin!(work), pin!(sleep(milliseconds))).await {
        Either::Left((Err(_), _)) if !page::is_online() => Err(TransportError::Offline),
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(TransportError::TimedOut { milliseconds }),
    }
}

pub(super) fn init(outgoing: &Outgoing<'_>, controller: &AbortController) -> Result<RequestInit, TransportError> {
    let init = RequestInit::new();
    init.set_method(outgoing.method);
    init.set_signal(Some(&controller.signal()));
    init.set_cache(RequestCache::NoStore);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    let carries_headers = outgoing.headers.iter().any(|(name, _)| *name != "range");
    let (mode, credentials, redirect) = match outgoing.destination {
        Destination::Portal => (RequestMode::SameOrigin, RequestCredentials::SameOrigin, RequestRedirect::Manual),
        Destination::Service if carries_headers => (RequestMode::Cors, RequestCredentials::Omit, RequestRedirect::Manual),
        Destination::Service => (RequestMode::Cors, RequestCredentials::Omit, RequestRedirect::Follow),
    };
    init.set_mode(mode);
    init.set_credentials(credentials);
    init.set_redirect(redirect);
    if !outgoing.headers.is_empty() {
        let headers = Headers::new().map_err(|_| TransportError::Refused)?;
        for (name, value) in outgoing.headers {
            headers.append(name, value).map_err(|_| TransportError::Refused)?;
        }
        init.set_headers(&headers);
    }
    match outgoing.body {
        None => {}
        Some(Body::Bytes(bytes)) => init.set_body(&Uint8Array::from(bytes)),
        Some(Body::Piece(piece)) => init.set_body(&piece.0),
    }
    Ok(init)
}

/// The headers that CORS lets the page see.
pub(super) fn headers(response: &Response) -> Vec<(String, String)> {
    let Ok(Some(entries)) = js_sys::try_iter(&response.headers()) else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let pair: Array = entry.ok()?.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        })
        .collect()
}
