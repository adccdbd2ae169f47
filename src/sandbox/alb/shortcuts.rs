//! `/sandbox/…`: what a real balancer does not have. Signing in by a link, for scripts and for
//! people; the addresses of everything; the keys of the data header.

use super::own_answers::Failure;
use super::sign_in::found;
use super::{Balancer, cookies};
use crate::sandbox::form::{self, Form};
use crate::sandbox::page;
use crate::sandbox::personas::{PERSONAS, Persona};
use crate::sandbox::random;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

const STYLE: &str = "/sandbox/sandbox.css";

impl Balancer {
    /// Answers a request below `/sandbox/`.
    pub(super) async fn shortcut(&self, head: &Parts, host: &str) -> Response {
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return problem(StatusCode::METHOD_NOT_ALLOWED, "The sandbox's own addresses are there to be read.");
        }
        match head.uri.path() {
            "/sandbox/endpoints" => json(self.settings.endpoints.clone()),
            "/sandbox/sign-in" => self.sign_in(head, host).await,
            "/sandbox/sign-out" => self.sign_out(host),
            STYLE => page::style(),
            path => match self.signer.published_at(path) {
                Some(pem) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], pem.to_owned()).into_response(),
                None => problem(StatusCode::NOT_FOUND, "There is nothing at this address of the sandbox."),
            },
        }
    }

    async fn sign_in(&self, head: &Parts, host: &str) -> Response {
        let Some(form) = Form::parse(head.uri.query().unwrap_or_default().as_bytes()) else {
            return problem(StatusCode::BAD_REQUEST, "A field of the address stands twice.");
        };
        let Some(to) = place_on(host, form.get("to").unwrap_or("/")) else {
            return problem(StatusCode::BAD_REQUEST, "The field to takes a path of the portal, such as /browse.");
        };
        let Some(id) = form.get("as") else {
            let to = form.get("to").map(|to| ("to", to));
            return page::personas(STYLE, |persona| {
                let fields: Vec<_> = [("as", persona.id)].into_iter().chain(to).collect();
                format!("/sandbox/sign-in?{}", form::encode(&fields))
            });
        };
        let Some(persona) = Persona::find(id) else {
            let known = PERSONAS.iter().map(|persona| persona.id).collect::<Vec<_>>().join(", ");
            return problem(StatusCode::BAD_REQUEST, &format!("There is no such persona. The sandbox has {known}."));
        };
        match self.sign_in_as(persona, &to, head, host).await {
            Ok(response) => response,
            Err(failure) => failure.answer(),
        }
    }

    /// The whole sign-in, through the provider, within this one request.
    async fn sign_in_as(&self, persona: &Persona, to: &str, head: &Parts, host: &str) -> Result<Response, Failure> {
        let code = self.provider.code_for(persona, host, &random::token()).await?;
        let session = self.provider.redeem(&code, host, self.clock.now()).await?;
        let mut response = found(to);
        cookies::add(&mut response, self.session_cookies(&session, &head.headers));
        Ok(response)
    }

    fn sign_out(&self, host: &str) -> Response {
        let mut response = found(&format!("http://{host}/signed-out"));
        cookies::add(&mut response, cookies::expire_all(&self.settings.cookie_name));
        response
    }
}

/// `to` as an absolute address on `host`; `None` when it could lead anywhere else. Browsers drop
/// tabs and line ends from addresses and take `\` for `/`, so none of these is let in.
fn place_on(host: &str, to: &str) -> Option<String> {
    let harmless = |byte: u8| byte > b' ' && byte != 0x7f && byte != b'\\';
    if !to.starts_with('/') || to.starts_with("//") || !to.bytes().all(harmless) {
        return None;
    }
    let here = Url::parse(&format!("http://{host}")).ok()?;
    let there = here.join(to).ok()?;
    (there.origin() == here.origin()).then(|| there.into())
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

fn problem(status: StatusCode, sentence: &str) -> Response {
    page::problem(STYLE, status, "This does not work", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_places_of_the_portal() {
        let place = |to| place_on("127.0.0.1:3000", to);
        assert_eq!(place("/").as_deref(), Some("http://127.0.0.1:3000/"));
        assert_eq!(place("/browse?prefix=a%2Fb#x").as_deref(), Some("http://127.0.0.1:3000/browse?prefix=a%2Fb#x"));
        for outside in [
            "",
            "browse",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "http://evil.example/",
            "http://127.0.0.1:3000@evil.example/",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
        ] {
            assert_eq!(place(outside), None, "{outside:?}");
        }
    }

    proptest! {
        #[test]
        fn never_another_origin(to in "[/\\\\@:.a-z\\t ?#%0-9]{0,24}") {
            if let Some(place) = place_on("127.0.0.1:3000", &to) {
                let there = Url::parse(&place).unwrap();
                prop_assert_eq!((there.host_str(), there.port(), there.scheme()), (Some("127.0.0.1"), Some(3000), "http"));
                prop_assert!(there.username().is_empty());
            }
        }
    }
}
