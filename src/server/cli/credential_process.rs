//! `vestibule credential-process`: one JSON document on standard output, and everything for people elsewhere.

use crate::model::json::ToJson;
use crate::model::names::RoleId;
use crate::server::clock::SystemClock;
use crate::server::config;
use crate::server::terminal::{self, PortalUrl, Voice, Wanted};
use clap::Args;
use std::io::Write;
use std::process::ExitCode;
use zeroize::Zeroizing;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The portal's address: https, or http on this machine.
    #[arg(long, value_name = "URL")]
    portal: PortalUrl,
    /// The role's id, as the portal's configuration names it.
    #[arg(long, value_name = "ID", value_parser = role)]
    role: RoleId,
    /// Opens no browser but prints the address, for one on any device, and takes the answer by paste too.
    #[arg(long)]
    no_browser: bool,
    /// Keeps the credentials until five minutes before they expire, in a file that only you can read, below the folder
    /// that your system empties when you log out (`XDG_RUNTIME_DIR`).
    #[arg(long)]
    cache: bool,
}

fn role(text: &str) -> Result<RoleId, String> {
    RoleId::parse(text).map_err(|error| error.to_string())
}

/// Prints credentials, or says why there are none.
pub(super) async fn print(Options { portal, role, no_browser, cache }: Options) -> ExitCode {
    let wanted = Wanted { portal, role, browser: !no_browser, cache };
    let voice = Voice::of_process();
    match terminal::credentials(&wanted, config::environment(), &SystemClock, &voice).await {
        Ok(credentials) => {
            let mut text = Zeroizing::new(credentials.to_json().written());
            text.push('\n');
            std::io::stdout().write_all(text.as_bytes()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
        }
        Err(error) => {
            voice.say(&format!("{error}."));
            ExitCode::FAILURE
        }
    }
}
