//! `vestibule health`: whether the portal beside it answers.

use super::say;
use crate::server::config::{Config, Tls};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

/// Longest wait: less than what a container's health check gives the whole command.
const DEADLINE: Duration = Duration::from_secs(3);

/// Asks once. The certificate of a portal on this machine proves nothing, and is not looked at.
pub(super) async fn ask(config: Config) -> ExitCode {
    let address = reached_at(config.web.listen);
    let scheme = if config.web.tls == Tls::Off { "http" } else { "https" };
    let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE).tls_danger_accept_invalid_certs(true);
    let answer = match client.redirect(reqwest::redirect::Policy::none()).build() {
        Ok(client) => client.get(format!("{scheme}://{address}/healthz")).send().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) if answer.status().is_success() => ExitCode::SUCCESS,
        Ok(answer) => {
            say(&format!("{address} answers {}", answer.status()));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("{address} does not answer: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Where who listens on this address is reached from the same machine.
fn reached_at(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stands_for_all_is_reached_on_loopback() {
        let reached = |listen: &str| reached_at(listen.parse().unwrap()).to_string();
        assert_eq!(reached("0.0.0.0:3000"), "127.0.0.1:3000");
        assert_eq!(reached("[::]:3000"), "[::1]:3000");
        assert_eq!(reached("10.0.0.7:80"), "10.0.0.7:80");
    }
}
