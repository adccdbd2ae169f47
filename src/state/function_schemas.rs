//! The schemas of the functions that a role opens, asked for when the page that needs them is open.

use crate::api;
use crate::browser::{portal, task};
use crate::model::names::RoleId;
use crate::model::schema::Schema;
use crate::reactive::{RwSignal, Signal, effect};
use std::sync::Arc;

/// What is known of them.
#[derive(Clone)]
enum Found {
    Asking,
    There(Vec<(String, Arc<Schema>)>),
    /// What the portal said, or why there was no answer.
    Failed(String),
}

/// The schemas of one role's functions at a time.
#[derive(Clone, Copy, Debug)]
pub struct FunctionSchemas {
    role: Signal<Option<RoleId>>,
    found: RwSignal<Found>,
}

impl FunctionSchemas {
    /// Follows a role, until the surrounding component ends.
    #[must_use]
    pub fn follow(role: Signal<Option<RoleId>>) -> Self {
        let schemas = Self { role, found: RwSignal::new(Found::Asking) };
        effect(move || {
            role.track();
            schemas.ask();
        });
        schemas
    }

    /// Asks the portal again.
    pub fn ask(&self) {
        let schemas = *self;
        let Some(role) = schemas.role.get_untracked() else { return };
        schemas.found.set(Found::Asking);
        task::spawn(async move {
            let answer = portal::call(api::FunctionSchemas { role: role.clone() }).await;
            // The page may have been left by now, or show another role.
            if schemas.role.try_get_untracked().flatten() != Some(role) {
                return;
            }
            let found = match answer {
                // A portal that is newer than this page may know more of schemas: the editor is there all the same.
                Ok(answer) => Found::There(
                    answer
                        .functions
                        .into_iter()
                        .filter_map(|function| Some((function.name, Arc::new(Schema::parse(&function.schema).ok()?))))
                        .collect(),
                ),
                Err(error) => Found::Failed(error.message),
            };
            let _ = schemas.found.try_set(found);
        });
    }

    /// The schema of the function called `name`. Tracked.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Arc<Schema>> {
        self.found.with(|found| match found {
            Found::There(schemas) => schemas.iter().find(|(function, _)| function == name).map(|(_, schema)| Arc::clone(schema)),
            _ => None,
        })
    }

    /// Why they are not known. Tracked.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.found.with(|found| match found {
            Found::Failed(why) => Some(why.clone()),
            _ => None,
        })
    }
}
