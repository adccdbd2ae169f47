//! From a tree to the domain's types.

use super::Json;
use super::tokens::Malformed;
use crate::model::secret::Secret;
use std::mem;
use thiserror::Error;

/// Why a text is not the value that was expected. It repeats nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It is not JSON.
    #[error("this is not JSON: {what}", what = .0.what)]
    Malformed(Malformed),
    /// It is a value of another type, or beyond what the type can hold.
    #[error("this is not the value that is expected")]
    Unsuitable,
    /// A member is there twice: which one counts, readers do not agree on.
    #[error("the member {0} stands twice")]
    Repeated(&'static str),
    /// A member is [`ReadError::Unsuitable`], or not there.
    #[error("the member {0} is missing or does not have the value that is expected")]
    Member(&'static str),
}

/// What can be read from JSON: the same texts as with the type's `Deserialize`, of which serde
/// writes only some.
pub trait FromJson: Sized {
    /// Takes the value out of the tree. Texts are moved, not copied.
    ///
    /// # Errors
    /// [`ReadError`] names the innermost member that does not fit.
    fn from_json(json: Json) -> Result<Self, ReadError>;
}

/// Reads a text that is one `T`.
///
/// # Errors
/// [`ReadError`] when it is not.
pub fn read<T: FromJson>(text: &str) -> Result<T, ReadError> {
    T::from_json(Json::parse(text).map_err(ReadError::Malformed)?)
}

/// The members of an object, to be taken out. Those that nobody takes do not matter.
pub struct Members(Vec<(String, Json)>);

impl Members {
    /// The members of `json`.
    ///
    /// # Errors
    /// [`ReadError::Unsuitable`] when it is no object.
    pub fn of(json: Json) -> Result<Self, ReadError> {
        match json {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(ReadError::Unsuitable),
        }
    }

    /// Takes the member of this name. One that is missing is read as `null`.
    ///
    /// # Errors
    /// When it does not fit or stands twice.
    pub fn take<T: FromJson>(&mut self, name: &'static str) -> Result<T, ReadError> {
        let found = self.find(name)?.unwrap_or(Json::Null);
        let mut taken = T::from_json(found);
        // In place: moving every type in and out of a closure is a third more code.
        if let Err(error) = &mut taken {
            error.name(name);
        }
        taken
    }

    /// Takes the member of this name; the default when it is missing.
    ///
    /// # Errors
    /// When it does not fit or stands twice.
    pub fn take_or_default<T: FromJson + Default>(&mut self, name: &'static str) -> Result<T, ReadError> {
        if self.0.iter().any(|(member, _)| member == name) { self.take(name) } else { Ok(T::default()) }
    }

    fn find(&mut self, name: &'static str) -> Result<Option<Json>, ReadError> {
        let mut found = None;
        for (member, value) in &mut self.0 {
            if member == name {
                if found.is_some() {
                    return Err(ReadError::Repeated(name));
                }
                found = Some(mem::replace(value, Json::Null));
            }
        }
        Ok(found)
    }
}

impl ReadError {
    /// Names the member, unless one further in is named already.
    fn name(&mut self, name: &'static str) {
        if *self == Self::Unsuitable {
            *self = Self::Member(name);
        }
    }
}

impl FromJson for bool {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        match json {
            Json::Bool(value) => Ok(value),
            _ => Err(ReadError::Unsuitable),
        }
    }
}

impl FromJson for u32 {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        json.as_number().and_then(|number| number.parse().ok()).ok_or(ReadError::Unsuitable)
    }
}

impl FromJson for u64 {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        json.as_number().and_then(|number| number.parse().ok()).ok_or(ReadError::Unsuitable)
    }
}

impl FromJson for u8 {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        u32::from_json(json)?.try_into().map_err(|_| ReadError::Unsuitable)
    }
}

impl FromJson for String {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        match json {
            Json::Text(mut text) => Ok(mem::take(&mut *text)),
            _ => Err(ReadError::Unsuitable),
        }
    }
}

impl FromJson for Secret {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        String::from_json(json).map(Self::new)
    }
}

/// `null` is `None`.
impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        match json {
            Json::Null => Ok(None),
            json => T::from_json(json).map(Some),
        }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        match json {
            Json::List(items) => items.into_iter().map(T::from_json).collect(),
            _ => Err(ReadError::Unsuitable),
        }
    }
}

/// As serde writes it: an object whose one member is `Ok` or `Err`.
impl<T: FromJson, E: FromJson> FromJson for Result<T, E> {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let Json::Object(members) = json else { return Err(ReadError::Unsuitable) };
        let mut members = members.into_iter();
        match (members.next(), members.next()) {
            (Some((name, value)), None) if name == "Ok" => T::from_json(value).map(Ok),
            (Some((name, value)), None) if name == "Err" => E::from_json(value).map(Err),
            _ => Err(ReadError::Unsuitable),
        }
    }
}

/// A type each of whose values is a word, in JSON as elsewhere. `words!` implements it.
pub trait Words: Copy + 'static {
    /// Every value once.
    const ALL: &'static [Self];

    /// The value's word.
    fn word(self) -> &'static str;
}

/// Implements [`Words`] by the type's `as_str`: `words!(Strategy: WebIdentity)`. A variant that is
/// not named does not compile, so that the browser knows every word that the server writes.
macro_rules! words {
    ($name:ident: $($variant:ident)|+) => {
        impl $crate::model::json::Words for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant)|+ => self.as_str(),
                }
            }
        }
    };
}
pub(in crate::model) use words;

impl<T: Words> FromJson for T {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let word = json.as_text().ok_or(ReadError::Unsuitable)?;
        T::ALL.iter().copied().find(|value| value.word() == word).ok_or(ReadError::Unsuitable)
    }
}
