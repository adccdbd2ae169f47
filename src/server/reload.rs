//! Reading the configuration anew while the portal runs: on SIGHUP, or when a file has changed.
//!
//! Whole or not at all: everything is read, checked and built before anything is put into place, and
//! a configuration with a problem changes nothing. Requests in flight end by the configuration they
//! began with. What cannot change at run time stays as it is, and a warning names it.

mod files;

use super::config::problem::Problem;
use super::config::{self, loader};
use super::http::answering::Answering;
use super::http::router;
use super::http::site::Site;
use super::http::tls::Tls;
use super::portal::Portal;
use super::portal::renewal::keep_fixed;
use super::upkeep;
use crate::model::clock::Clock;
use files::{Look, Looked};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;

/// Pause between two looks at the files. A changed file is read once it was the same at two looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a reload reads, and what it puts the result into.
pub struct Reload {
    file: PathBuf,
    clock: Arc<dyn Clock>,
    site: Arc<Site>,
    tls: Option<Tls>,
    portal: Arc<Portal>,
    answering: Answering,
}

impl Reload {
    /// Of the portal that `file` configured. It answers by that until there is another.
    #[must_use]
    pub fn new(file: PathBuf, clock: Arc<dyn Clock>, portal: Arc<Portal>, site: Site, tls: Option<Tls>) -> Self {
        let site = Arc::new(site);
        let answering = Answering::new(router::with_site(&portal, Arc::clone(&site))).counted(portal.metrics().silences());
        Self { file, clock, site, tls, portal, answering }
    }

    /// What answers requests, now and after each reload.
    #[must_use]
    pub fn answering(&self) -> Answering {
        self.answering.clone()
    }

    /// Reads the configuration anew and puts it into force.
    ///
    /// # Errors
    /// All problems; what was in force stays in force.
    pub fn reload(&mut self) -> Result<(), Vec<Problem>> {
        let mut loaded = loader::load(&self.file, config::environment())?;
        let kept = keep_fixed(&mut loaded.config, self.portal.config());
        let renewed = match &self.tls {
            Some(tls) => tls.read_anew(&loaded.config.web.tls, self.clock.now()).map_err(|problem| vec![problem])?,
            None => None,
        };
        let portal = self.portal.renewed(loaded.clone()).map_err(|error| {
            let fix = "correct it; what was in force stays in force".to_owned();
            vec![Problem { place: self.file.display().to_string(), key: String::new(), message: error.to_string(), fix }]
        })?;
        let router = router::with_site(&portal, Arc::clone(&self.site));

        self.portal = portal;
        self.answering.replace(router);
        if let Some(renewed) = renewed {
            renewed.put();
        }
        for warning in &loaded.warnings {
            tracing::warn!(event = "reload", "{warning}");
        }
        for key in kept {
            tracing::warn!(event = "reload", key, "cannot change while the portal runs: it takes effect at the next start");
        }
        Ok(())
    }

    /// Reloads whenever SIGHUP comes or a file has changed, for ever.
    ///
    /// What the portal does without being asked is done by the configuration in force.
    pub async fn watch(mut self, mut hangup: Signal) {
        let mut upkeep = tokio::spawn(upkeep::run(Arc::clone(&self.portal)));
        let mut look = Look::at(self.files());
        loop {
            let cause = tokio::select! {
                Some(()) = hangup.recv() => "SIGHUP",
                () = tokio::time::sleep(LOOK_EVERY) => match look.again() {
                    Looked::Settled => "the file changed",
                    Looked::Same | Looked::Changing => continue,
                },
            };
            if self.tell(cause) {
                upkeep.abort();
                upkeep = tokio::spawn(upkeep::run(Arc::clone(&self.portal)));
            }
            // The configuration may name other files now.
            look = Look::at(self.files());
        }
    }

    /// Reloads, says in the log what came of it, and whether there is another portal now.
    fn tell(&mut self, cause: &'static str) -> bool {
        let outcome = self.reload();
        let is_new = outcome.is_ok();
        self.portal.metrics().reload(is_new);
        match outcome {
            Ok(()) => tracing::info!(event = "reload", cause, "the configuration was read anew and is in force"),
            Err(problems) => {
                for problem in &problems {
                    tracing::error!(event = "reload", cause, "{problem}");
                }
                tracing::error!(
                    event = "reload",
                    cause,
                    problems = problems.len(),
                    "the configuration has problems: the one before stays in force"
                );
            }
        }
        is_new
    }

    /// The files whose change matters.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = vec![self.file.clone()];
        if let config::Tls::Files { cert, key } = &self.portal.config().web.tls {
            files.extend([cert.clone(), key.clone()]);
        }
        let functions = self.portal.config().roles.iter().flat_map(|role| &role.functions);
        files.extend(functions.filter_map(|function| function.schema.as_ref()?.file.clone()));
        files
    }
}
