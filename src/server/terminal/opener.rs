//! Opening the browser.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long a program that opens browsers is given to say that it cannot. One that is a browser itself stays.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the command looks at of the environment.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    browser: Option<String>,
    display: bool,
    runtime_folder: Option<PathBuf>,
    temporary_folder: Option<PathBuf>,
}

impl Variables {
    /// Among these.
    pub(super) fn of(variables: impl Iterator<Item = (String, String)>) -> Self {
        let mut found = Self::default();
        for (name, value) in variables.filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                "BROWSER" => found.browser = Some(value),
                "DISPLAY" | "WAYLAND_DISPLAY" => found.display = true,
                "XDG_RUNTIME_DIR" => found.runtime_folder = Some(value.into()),
                "TMPDIR" => found.temporary_folder = Some(value.into()),
                _ => {}
            }
        }
        found
    }

    /// The folder for what a login leaves behind: of this user alone, and gone with the last session. macOS has no other but
    /// the user's own temporary folder.
    pub(super) fn runtime_folder(&self) -> Option<PathBuf> {
        let own = if cfg!(target_os = "macos") { self.temporary_folder.clone() } else { None };
        self.runtime_folder.clone().or(own)
    }
}

/// A program that opens addresses, with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opener(Vec<Vec<String>>);

impl Opener {
    /// `$BROWSER`, as other programs read it (names with arguments, `:` between two of them, the address in place of `%s` or
    /// behind), else what the desktop has. None where there is no desktop: programs that look for a browser in a terminal
    /// would take this one's.
    pub(super) fn find(variables: &Variables) -> Option<Self> {
        let words = |program: &str| program.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match &variables.browser {
            Some(browser) => {
                let programs: Vec<_> = browser.split(':').map(words).filter(|words| !words.is_empty()).collect();
                (!programs.is_empty()).then_some(Self(programs))
            }
            None if cfg!(target_os = "macos") => Some(Self(vec![words("open")])),
            None => variables.display.then(|| Self(vec![words("xdg-open")])),
        }
    }

    /// Opens `address` with the first that can. Whether one could.
    pub(super) async fn open(&self, address: &str) -> bool {
        for words in &self.0 {
            if start(words, address).await {
                return true;
            }
        }
        false
    }
}

async fn start(words: &[String], address: &str) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let mut command = Command::new(program);
    let mut placed = false;
    for argument in arguments {
        placed |= argument.contains("%s");
        command.arg(argument.replace("%s", address));
    }
    if !placed {
        command.arg(address);
    }
    // Standard output is the credentials', and a browser talks.
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = started else { return false };
    match tokio::time::timeout(PATIENCE, child.wait()).await {
        Ok(ended) => ended.is_ok_and(|status| status.success()),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        Variables::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_persons_choice_comes_first() {
        let found = |pairs: &[(&str, &str)]| Opener::find(&variables(pairs)).map(|opener| opener.0);
        let chosen = found(&[("BROWSER", "firefox --private %s:w3m"), ("DISPLAY", ":0")]).unwrap();
        assert_eq!(chosen, [vec!["firefox", "--private", "%s"], vec!["w3m"]]);
        assert_eq!(found(&[("BROWSER", " : ")]), None);
        if cfg!(target_os = "linux") {
            assert_eq!(found(&[("WAYLAND_DISPLAY", "wayland-0")]).unwrap(), [["xdg-open"]]);
            assert_eq!(found(&[("BROWSER", ""), ("DISPLAY", "")]), None, "no desktop");
        }
    }

    #[tokio::test]
    async fn the_address_goes_to_the_first_that_works() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("opened");
        let shell = |script: &str| vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
        let place = format!("printf %s_ > '{}'", file.display()).replace("%s_", "\"%s\"");
        let opener = Opener(vec![vec!["/no/such/browser".to_owned()], shell("exit 3"), shell(&place), shell("exit 4")]);
        assert!(opener.open("https://portal.example.com/cli?role=a").await);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "https://portal.example.com/cli?role=a");
        assert!(!Opener(vec![shell("exit 3")]).open("https://portal.example.com").await);
    }
}
