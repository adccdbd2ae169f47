//! The command line. Exit codes: 0 fine, 1 a check failed or a server stopped on an error, 2 usage
//! or configuration error.

mod credential_process;
mod doctor;
mod health;
mod serve;

use super::config::problem::Problem;
use super::config::{self, loader, print};
use super::telemetry;
use super::template::{self, Template};
use crate::sandbox::{self, Options};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: u8 = 2;

#[derive(Debug, Parser)]
#[command(name = "vestibule", version, about, disable_help_subcommand = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the portal.
    Serve(ConfigFile),
    /// Runs the portal with stand-ins for balancer, identity provider, STS, S3 and Lambda.
    Sandbox(Sandbox),
    /// Checks everything between the balancer and S3, and tells how to mend it.
    Doctor(Doctor),
    /// Prints the effective configuration.
    Config(ConfigFile),
    /// Asks the portal that runs here with this configuration for /healthz: for containers, whose image holds no other
    /// program that could.
    Health(ConfigFile),
    /// Prints temporary credentials of a role, by way of the browser: for `credential_process` in ~/.aws/config.
    CredentialProcess(credential_process::Options),
    /// Prints text for others, made from the configuration.
    Template {
        /// Which.
        #[arg(value_name = "NAME")]
        name: Template,
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// Configuration file [default: `vestibule.toml`, or what `VESTIBULE_CONFIG` names].
    #[arg(long = "config", value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Doctor {
    #[command(flatten)]
    file: ConfigFile,
    /// File with the three headers of a request behind the balancer, one `name: value` a line. It must be
    /// yours alone (mode 0600), and is never repeated.
    #[arg(long, value_name = "FILE")]
    headers: Option<PathBuf>,
    /// Tries to mint each role with the headers, which must still be good: credentials of 900 seconds, and
    /// of the role's own length, that may do nothing and are dropped.
    #[arg(long, requires = "headers")]
    mint: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Sandbox {
    /// Address of the balancer stand-in; loopback only. The portal, S3, Lambda, STS and the identity
    /// provider take the next five ports.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: std::net::SocketAddr,
    /// Ports of portal, S3, Lambda, STS and identity provider.
    #[arg(long, value_name = "A,B,C,D,E", value_parser = ports)]
    ports: Option<[u16; 5]>,
    /// Synthetic objects under `big/` in the bucket `synthetic`.
    #[arg(long, value_name = "N", default_value_t = 0)]
    objects: u64,
    /// Delay of every S3 answer, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
}

/// Runs `vestibule` with these arguments, program name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() < 2 && config::started_by_cargo_leptos() {
        arguments.push("sandbox".into());
    }
    match Line::try_parse_from(arguments) {
        Ok(line) => run(line.command),
        Err(usage) => {
            // clap writes help to standard output and errors to standard error, and knows the code.
            let code = u8::try_from(usage.exit_code()).unwrap_or(USAGE);
            if usage.print().is_err() {
                return ExitCode::from(USAGE);
            }
            ExitCode::from(code)
        }
    }
}

fn run(command: Command) -> ExitCode {
    match command {
        Command::Serve(file) => serve(file),
        Command::Sandbox(options) => sandbox(options),
        Command::Doctor(options) => doctor(options),
        Command::Health(file) => match load(&file.path()) {
            Ok(loaded) => in_runtime(health::ask(loaded.config)),
            Err(code) => code,
        },
        Command::CredentialProcess(options) => in_runtime(credential_process::print(options)),
        Command::Config(file) => match load(&file.path()) {
            Ok(loaded) => match std::io::stdout().write_all(print::to_toml(&loaded.config).as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            },
            Err(code) => code,
        },
        Command::Template { name, file } => match load(&file.path()) {
            Ok(loaded) => template(name, loaded.config),
            Err(code) => code,
        },
    }
}

fn template(name: Template, config: config::Config) -> ExitCode {
    telemetry::start(config.log);
    in_runtime(async move {
        match template::text(name, &config).await {
            Ok(text) => std::io::stdout().write_all(text.as_bytes()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
            Err(error) => {
                say(&format!("The template cannot be printed: {error}."));
                ExitCode::from(USAGE)
            }
        }
    })
}

impl ConfigFile {
    fn path(self) -> PathBuf {
        self.file.or_else(config::file_from_environment).unwrap_or_else(|| PathBuf::from("vestibule.toml"))
    }
}

fn load(file: &Path) -> Result<loader::Loaded, ExitCode> {
    loader::load(file, config::environment()).map_err(|problems| say_problems(&problems))
}

/// Tells all problems of a configuration and gives the exit code for them.
fn say_problems(problems: &[Problem]) -> ExitCode {
    for problem in problems {
        say(&problem.to_string());
    }
    say(&match problems.len() {
        1 => "1 problem in the configuration.".to_owned(),
        count => format!("{count} problems in the configuration."),
    });
    ExitCode::from(USAGE)
}

fn serve(file: ConfigFile) -> ExitCode {
    let file = file.path();
    match load(&file) {
        Ok(loaded) => in_runtime(serve::serve(file, loaded)),
        Err(code) => code,
    }
}

fn doctor(options: Doctor) -> ExitCode {
    match load(&options.file.path()) {
        Ok(loaded) => in_runtime(doctor::examine(loaded, options.headers, options.mint, options.json)),
        Err(code) => code,
    }
}

/// `a,b,c,d,e`.
fn ports(text: &str) -> Result<[u16; 5], String> {
    let ports = text.split(',').map(|port| port.trim().parse().map_err(|_| format!("{port:?} is not a port")));
    let ports: Vec<u16> = ports.collect::<Result<_, _>>()?;
    ports.try_into().map_err(|ports: Vec<u16>| format!("there are {}, and it takes five", ports.len()))
}

fn sandbox(options: Sandbox) -> ExitCode {
    let options = Options {
        listen: options.listen,
        ports: options.ports,
        objects: options.objects,
        latency: std::time::Duration::from_millis(options.latency),
    };
    telemetry::start(config::Log { level: config::LogLevel::Info, format: config::LogFormat::Text });
    in_runtime(async move {
        match sandbox::run(options).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                say(&format!("The sandbox cannot run: {error}"));
                ExitCode::from(USAGE)
            }
        }
    })
}

fn in_runtime(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            say(&format!("No threads to run on: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Resolves when the process is asked to stop (SIGTERM or Ctrl-C).
pub async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        interrupted = tokio::signal::ctrl_c() => if interrupted.is_err() { std::future::pending().await },
    }
}

/// Writes a line for the person at the terminal. There is nobody to tell when even that fails.
fn say(line: &str) {
    let _unheard = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_known_by_name() {
        let template = |name: &str| Line::try_parse_from(["vestibule", "template", name]).map(|line| line.command);
        assert!(matches!(template("oidc-documents"), Ok(Command::Template { name: Template::OidcDocuments, .. })));
        let unknown = template("cake").unwrap_err();
        assert!(unknown.exit_code() == 2 && unknown.to_string().contains("oidc-documents"), "{unknown}");
    }

    #[test]
    fn five_ports_between_commas() {
        let ports = |text: &str| match Line::try_parse_from(["vestibule", "sandbox", "--ports", text]).map(|line| line.command) {
            Ok(Command::Sandbox(options)) => options.ports,
            _ => None,
        };
        assert_eq!(ports("3101,3102,0,3104,65535"), Some([3101, 3102, 0, 3104, 65_535]));
        for refused in ["", "1", "1,2,3,4", "1,2,3,4,5,6", "1,2,3,4,65536", "1 2 3 4 5", "a,b,c,d,e"] {
            assert_eq!(ports(refused), None, "{refused}");
        }
    }
}
