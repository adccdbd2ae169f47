//! Payloads that a person keeps for a function: on this device, under names, and never with a secret in them.

mod secrets;

use super::failure::Failure;
use crate::browser::storage;
use crate::model::json::{FromJson, Json, Members, ReadError, ToJson, layout};
use crate::words::t;
pub use secrets::Suspicion;

/// Most events of a function.
const MOST_EVENTS: usize = 100;

/// Longest name, in characters.
const LONGEST_NAME: usize = 80;

/// Most bytes of a function's events together: browsers keep about five megabytes of a whole site.
const MOST_BYTES: usize = 512 * 1024;

/// An event with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedEvent {
    /// What it is found by.
    pub name: String,
    /// The payload, as it was written.
    pub payload: String,
}

impl SavedEvent {
    fn to_json(&self) -> Json {
        Json::object([("name", self.name.to_json()), ("payload", self.payload.to_json())])
    }
}

impl FromJson for SavedEvent {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { name: members.take("name")?, payload: members.take("payload")? })
    }
}

/// The events of one function, of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedEvents(Vec<SavedEvent>);

impl SavedEvents {
    /// Those that are kept on this device.
    #[must_use]
    pub fn kept(subject: &str, arn: &str) -> Self {
        storage::read(&place(subject, arn)).map(|text| Self::read(&text)).unwrap_or_default()
    }

    /// Keeps them, and gives what is kept then: a browser may keep less, or nothing.
    #[must_use]
    pub fn keep(&self, subject: &str, arn: &str) -> Self {
        let text = Json::List(self.0.iter().map(SavedEvent::to_json).collect()).written();
        storage::write(&place(subject, arn), (!self.0.is_empty()).then_some(text.as_str()));
        Self::kept(subject, arn)
    }

    /// What cannot be read, because another version of the portal wrote it, is left out.
    fn read(text: &str) -> Self {
        match Json::parse(text) {
            Ok(Json::List(events)) => Self(events.into_iter().filter_map(|event| SavedEvent::from_json(event).ok()).collect()),
            _ => Self::default(),
        }
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &SavedEvent> {
        self.0.iter()
    }

    /// The event of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SavedEvent> {
        self.0.iter().find(|event| event.name == name)
    }

    /// With `payload` under `name`, in place of what was there.
    ///
    /// # Errors
    /// Why that is not kept.
    pub fn with(&self, name: &str, payload: &str) -> Result<Self, Failure> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Failure::new(t!("An event is kept under a name of 1 to 80 characters."), t!("Write such a name.")));
        }
        if let Some(suspicion) = secrets::find(payload).or_else(|| secrets::find(name)) {
            return Err(Failure::new(
                t!("The payload is not kept, because it looks as if it held a secret: {what}.", what = suspicion.words()),
                t!("Whoever uses this browser can read what it keeps. Take the secret out, then save it."),
            ));
        }
        let mut events = self.without(name).0;
        events.push(SavedEvent { name: name.to_owned(), payload: payload.to_owned() });
        events.sort_by(|one, other| one.name.cmp(&other.name));
        let bytes: usize = events.iter().map(|event| event.name.len() + event.payload.len()).sum();
        if events.len() > MOST_EVENTS || bytes > MOST_BYTES {
            return Err(Failure::new(
                t!("At most 100 events of a function are kept, and 512 kB of them."),
                t!("Delete some that are not needed."),
            ));
        }
        Ok(Self(events))
    }

    /// Without the event of this name.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|event| event.name != name).cloned().collect())
    }

    /// A file with all of them: an object with a member for each, which a person can write too. A payload that is JSON
    /// stands in it as it is.
    #[must_use]
    pub fn exported(&self) -> String {
        let member = |event: &SavedEvent| (event.name.clone(), Json::parse(&event.payload).unwrap_or_else(|_| event.payload.to_json()));
        let text = Json::Object(self.0.iter().map(member).collect()).written();
        layout::format(&text).unwrap_or(text)
    }

    /// With the events of a file. Nothing is replaced: what has a name that is taken by another payload gets a number behind
    /// it. Gives how many came.
    ///
    /// # Errors
    /// Why nothing of it is kept.
    pub fn imported(&self, file: &str) -> Result<(Self, usize), Failure> {
        let Ok(Json::Object(members)) = Json::parse(file) else {
            return Err(Failure::new(
                t!("This file holds no events."),
                t!("Choose a file as Export writes it: an object with a member for each event."),
            ));
        };
        let (mut events, mut came) = (self.clone(), 0);
        for (name, value) in members {
            let payload = layout::format(&value.written()).unwrap_or_default();
            let is_same = |there: &SavedEvent| layout::format(&there.payload).as_ref() == Ok(&payload);
            if events.get(&name).is_some_and(is_same) {
                continue;
            }
            let free = |name: &String| events.get(name).is_none();
            let numbered = (2..).map(|number| format!("{name} ({number})"));
            let name = std::iter::once(name.clone()).chain(numbered).find(free).unwrap_or_default();
            events = events.with(&name, &payload)?;
            came += 1;
        }
        Ok((events, came))
    }
}

/// Where they are kept: a device may have several people.
fn place(subject: &str, arn: &str) -> String {
    ["vestibule-events", subject, arn].join(" ")
}

#[cfg(test)]
mod tests;
