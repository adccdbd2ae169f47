//! A JSON schema (<https://json-schema.org/draft/2020-12>), as far as a form can be drawn from it.
//!
//! The configuration gives one for a function's events; the server checks it when it starts, and the browser draws a form
//! and checks what is filled in. What a form cannot draw is [`Kind::Anything`]: it is edited as text. A schema
//! that asks for more than is checked here says so in [`Schema::unchecked`], so that the page can say so too.

mod check;
mod edit;
mod format;
mod read;

pub use check::{Checks, Complaint, Matches, Picks};
pub use edit::{Step, append, at, clear, fresh, put, switched};
pub use format::Format;
pub use read::SchemaFault;

/// What a value should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// What people call it.
    pub title: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// The value to begin with, as JSON.
    pub default: Option<String>,
    /// Whether it may be `null` as well.
    pub nullable: bool,
    /// Keywords that say more than is checked here.
    pub unchecked: Vec<&'static str>,
    /// Its type.
    pub kind: Kind,
}

/// The types that a form knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Whatever: the form cannot draw it.
    #[default]
    Anything,
    /// `null` and nothing else.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number(NumberRules),
    /// Text.
    Text(TextRules),
    /// One of several values.
    Choice(Vec<Choice>),
    /// A list.
    List(Box<ListRules>),
    /// An object.
    Object(ObjectRules),
    /// What one of several schemas describes.
    OneOf(Vec<Schema>),
}

/// What a number must be. Bounds are as exact as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberRules {
    /// Whether it has no part behind the point.
    pub integer: bool,
    /// The least.
    pub least: Option<Bound>,
    /// The most.
    pub most: Option<Bound>,
    /// What it is a multiple of.
    pub multiple_of: Option<String>,
}

/// The end of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The number, as it is written.
    pub number: String,
    /// Whether the number itself is outside.
    pub exclusive: bool,
}

/// What text must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextRules {
    /// What it looks like.
    pub format: Option<Format>,
    /// Fewest characters.
    pub shortest: usize,
    /// Most characters.
    pub longest: Option<usize>,
    /// A regular expression of ECMA-262 that is found in it.
    pub pattern: Option<String>,
}

/// One value of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// For people.
    pub label: String,
    /// The value, as JSON.
    pub json: String,
}

/// What a list must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRules {
    /// What each item is.
    pub item: Schema,
    /// Fewest items.
    pub fewest: usize,
    /// Most items.
    pub most: Option<usize>,
    /// Whether no item may stand twice.
    pub unique: bool,
}

/// What an object must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectRules {
    /// The members that it names, in their order.
    pub members: Vec<Member>,
    /// Whether it may have no others.
    pub closed: bool,
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it is.
    pub schema: Schema,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// The first [`SchemaFault`].
    pub fn parse(text: &str) -> Result<Self, SchemaFault> {
        read::schema(text)
    }
}

#[cfg(test)]
mod tests;
