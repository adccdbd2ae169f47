//! `/oauth2/idpresponse`: a person comes back from the identity provider.

use super::own_answers::Failure;
use super::sign_in::found;
use super::{Balancer, cookies};
use crate::sandbox::form::Form;
use axum::http::request::Parts;
use axum::response::Response;

impl Balancer {
    /// Turns the code into a session and sends the person to where they wanted to go.
    pub(super) async fn callback(&self, head: &Parts, host: &str) -> Response {
        match self.returned(head, host).await {
            Ok(response) => response,
            Err(failure) => failure.answer(),
        }
    }

    async fn returned(&self, head: &Parts, host: &str) -> Result<Response, Failure> {
        let form = Form::parse(head.uri.query().unwrap_or_default().as_bytes()).ok_or(Failure::InvalidState)?;
        let place = self.place_of(form.get("state").ok_or(Failure::MissingState)?, head, host)?;
        match form.get("error") {
            Some("access_denied") => return Err(Failure::Denied),
            Some(_) => return Err(Failure::ProviderError),
            None => {}
        }
        let code = form.get("code").ok_or(Failure::MissingCode)?;
        let session = self.provider.redeem(code, host, self.clock.now()).await?;
        // The place is absolute here, because one that begins with `//` would else lead to another host.
        let mut response = found(&format!("http://{host}{place}"));
        cookies::add(&mut response, self.session_cookies(&session, &head.headers));
        Ok(response)
    }
}
