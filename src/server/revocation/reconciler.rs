//! Work in the background that makes IAM hold what the session store says.
//!
//! Every pass asks the store what must be denied, writes each role's policy anew where it differs,
//! and tells the store what IAM has taken. A pass comes with every end, block and lift of this
//! process, and every half minute for those of others and for what has expired. It is never in the
//! way of a request.

use super::policy::{Denies, Document};
use super::reach;
use super::role_policies::{RolePolicies, RolePolicyError};
use crate::model::clock::Timestamp;
use crate::model::names::{RoleArn, Subject};
use crate::server::credentials::deny::Reach;
use crate::server::portal::Portal;
use crate::server::sessions::{Denial, DenyWritten, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Between passes that have nothing to do.
const INTERVAL: Duration = Duration::from_secs(30);
/// After a pass that failed; twice as long after each further one, up to [`INTERVAL`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// After this many seconds IAM is asked again what it holds: somebody may have changed it.
const BELIEVED_SECONDS: i64 = 600;

/// The worker.
pub struct Reconciler {
    portal: Arc<Portal>,
    policies: Arc<dyn RolePolicies>,
    known: HashMap<RoleArn, Known>,
    told: Option<DenyWritten>,
}

/// What a role's policy was brought to.
struct Known {
    document: Option<Document>,
    at: Timestamp,
}

impl Reconciler {
    /// A worker that knows nothing of what IAM holds.
    #[must_use]
    pub fn new(portal: Arc<Portal>, policies: Arc<dyn RolePolicies>) -> Self {
        Self { portal, policies, known: HashMap::new(), told: None }
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let mut retry = FIRST_RETRY;
        loop {
            let pause = match self.pass().await {
                Ok(true) => {
                    retry = FIRST_RETRY;
                    INTERVAL
                }
                outcome => {
                    if let Err(error) = outcome {
                        tracing::error!(%error, "what must be denied could not be read or marked");
                    }
                    let pause = retry;
                    retry = (retry * 2).min(INTERVAL);
                    pause
                }
            };
            tokio::select! {
                () = self.portal.denies_due() => {}
                () = sleep(pause) => {}
            }
        }
    }

    /// Brings every role's policy to what the store says now. `false` when some could not be.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn pass(&mut self) -> Result<bool, StoreError> {
        let now = self.portal.now();
        let denials = self.portal.store().to_deny(now).await?;
        let marked = self.portal.store().denied_roles().await?;
        // Roles that have left the configuration too, while they hold a policy of ours.
        let configured = self.portal.config().roles.iter().map(|role| &role.arn);
        let mut roles: BTreeMap<RoleArn, Denies> = configured.chain(&marked).map(|role| (role.clone(), Denies::default())).collect();
        let mut ends = Ends::default();
        for denial in &denials {
            match reach(&self.portal, denial) {
                Some(reach) => ends.add(denial, &reach, roles.entry(reach.role_arn.clone()).or_default()),
                None => ends.cannot(denial),
            }
        }
        let (mut failed, mut unmarked) = (BTreeSet::new(), None);
        for (role, denies) in &roles {
            let (is_marked, is_needed) = (marked.contains(role), denies.document().is_some());
            // Another portal has written there since, or taken the policy away.
            if is_marked != self.known.get(role).is_some_and(|known| known.document.is_some()) {
                self.known.remove(role);
            }
            // Before IAM has it, so that no policy is forgotten by whoever comes next. Where the store
            // does not take that, the deny is more urgent.
            if is_needed && !is_marked {
                unmarked = self.portal.store().mark_role(role, true).await.err().or(unmarked);
            }
            if !self.bring(role, denies, now).await {
                failed.insert(role.clone());
            } else if is_marked && !is_needed {
                unmarked = self.portal.store().mark_role(role, false).await.err().or(unmarked);
            }
        }
        if let Some(error) = unmarked {
            return Err(error);
        }
        let written = ends.taken(&failed, now);
        let is_new = self.told.as_ref().is_none_or(|told| (&told.sessions, &told.people) != (&written.sessions, &written.people));
        if is_new && !(written.sessions.is_empty() && written.people.is_empty()) {
            self.portal.store().denied(written.clone()).await?;
        }
        self.told = Some(written);
        Ok(failed.is_empty())
    }

    /// Brings one role's policy to this. `false` when IAM did not take it.
    async fn bring(&mut self, role: &RoleArn, denies: &Denies, now: Timestamp) -> bool {
        let wanted = denies.document();
        let is_known = self
            .known
            .get(role)
            .is_some_and(|known| known.document == wanted && (0..BELIEVED_SECONDS * 1_000).contains(&now.millis_since(known.at)));
        if is_known {
            return true;
        }
        match self.write(role, denies, wanted.as_ref()).await {
            Ok(()) => {
                self.known.insert(role.clone(), Known { document: wanted, at: now });
                true
            }
            Err(error) => {
                self.known.remove(role);
                tracing::warn!(event = "deny_failed", role_arn = %role, %error, "a role's policy could not be brought to what was ended");
                false
            }
        }
    }

    async fn write(&self, role: &RoleArn, denies: &Denies, wanted: Option<&Document>) -> Result<(), RolePolicyError> {
        let held = self.policies.get(role).await?;
        let Some(wanted) = wanted else {
            if held.is_some() {
                self.policies.delete(role).await?;
                tracing::info!(event = "deny_removed", role_arn = %role, "a role's policy denies nothing any more and was taken away");
            }
            return Ok(());
        };
        let role_wide = denies.role_wide();
        let fitting = [Some(wanted), role_wide.as_ref()].into_iter().flatten();
        if held.as_deref().is_some_and(|held| held == wanted.text()) {
            return Ok(());
        }
        let mut outcome = Err(RolePolicyError::TooLong);
        for document in fitting {
            outcome = self.policies.put(role, document.text()).await;
            if outcome.is_ok() {
                let (sessions, people) = denies.counts();
                let (kind, characters) = (document.kind(), document.text().len());
                tracing::info!(event = "deny", role_arn = %role, kind, characters, sessions, people, "IAM took a role's policy");
            }
            // Other inline policies of the role may leave less room than ours wants.
            if outcome != Err(RolePolicyError::TooLong) {
                break;
            }
        }
        outcome
    }
}

/// Who is ended by which roles' policies.
#[derive(Default)]
struct Ends {
    sessions: Vec<(RoleArn, Denial)>,
    people: BTreeMap<Subject, (Timestamp, BTreeSet<RoleArn>)>,
    /// People of whom some credentials cannot be named.
    out_of_reach: BTreeSet<Subject>,
}

impl Ends {
    fn add(&mut self, denial: &Denial, reach: &Reach, denies: &mut Denies) {
        let role = &reach.role_arn;
        if denial.ended
            && let Some(condition) = &reach.session
        {
            denies.session(condition.clone(), denial.issued_at);
            self.sessions.push((role.clone(), denial.clone()));
        }
        if let Some(since) = denial.blocked_since {
            match &reach.person {
                Some(condition) => {
                    denies.person(condition.clone(), since, denial.issued_at);
                    self.people.entry(denial.subject.clone()).or_insert((since, BTreeSet::new())).1.insert(role.clone());
                }
                None => self.cannot(denial),
            }
        }
    }

    fn cannot(&mut self, denial: &Denial) {
        if denial.blocked_since.is_some() {
            self.out_of_reach.insert(denial.subject.clone());
        }
    }

    /// What IAM has taken, when it has taken the policies of all roles but these.
    fn taken(self, failed: &BTreeSet<RoleArn>, at: Timestamp) -> DenyWritten {
        let sessions = self.sessions.into_iter().filter(|(role, _)| !failed.contains(role)).map(|(_, denial)| denial.id).collect();
        let whole = |(subject, (_, roles)): &(Subject, (Timestamp, BTreeSet<RoleArn>))| {
            !self.out_of_reach.contains(subject) && roles.is_disjoint(failed)
        };
        let people = self.people.into_iter().filter(whole).map(|(subject, (since, _))| (subject, since)).collect();
        DenyWritten { sessions, people, at }
    }
}
