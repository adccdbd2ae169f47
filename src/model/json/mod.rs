//! JSON, read and written with little code, for the program in the person's browser.
//!
//! The server writes and reads its JSON with serde, which generates a reader for each type: 59 kB of
//! machine code for the few types that the browser receives, 18 kB when compressed. Here one reader
//! makes a tree, and a few lines beside each type take the type out of it ([`FromJson`]). Tests hold
//! both to the same form.
//!
//! Any text may turn out to be a key: its memory is overwritten when the tree is dropped.

pub mod layout;
mod read;
pub mod tokens;

pub(in crate::model) use read::words;
pub use read::{FromJson, Members, ReadError, Words, read};

use crate::words::mark;
use tokens::{Container, Malformed, Token, Tokens};
use zeroize::Zeroizing;

/// A JSON value. No `Debug`: it may hold keys.
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written: how exact it has to be, only its reader knows.
    Number(Box<str>),
    /// A text without quotes and escapes.
    Text(Zeroizing<String>),
    /// `[…]`
    List(Vec<Self>),
    /// `{…}` in the order in which it is written; a name may stand twice.
    Object(Vec<(String, Self)>),
}

/// What can be written as JSON.
pub trait ToJson {
    /// The value as JSON.
    fn to_json(&self) -> Json;
}

impl ToJson for str {
    fn to_json(&self) -> Json {
        Json::Text(Zeroizing::new(self.to_owned()))
    }
}

impl ToJson for u32 {
    fn to_json(&self) -> Json {
        Json::Number(self.to_string().into())
    }
}

/// `None` is `null`.
impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self) -> Json {
        self.as_ref().map_or(Json::Null, ToJson::to_json)
    }
}

impl ToJson for String {
    fn to_json(&self) -> Json {
        self.as_str().to_json()
    }
}

impl Json {
    /// Reads a text that is one value.
    ///
    /// # Errors
    /// [`Malformed`] when it is not, or when an escape stands for half a character.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut tokens = Tokens::of(text);
        let mut whole = Self::Null;
        let mut open = Vec::new();
        // Names whose values are not whole yet. One stands here for each object that is open behind it.
        let mut names = Vec::new();
        while let Some(token) = tokens.token()? {
            let value = match token {
                Token::Open(Container::List) => {
                    open.push(Self::List(Vec::new()));
                    continue;
                }
                Token::Open(Container::Object) => {
                    open.push(Self::Object(Vec::new()));
                    continue;
                }
                Token::Name(written) => {
                    names.push(std::mem::take(&mut *tokens.unescape(written)?));
                    continue;
                }
                Token::Close(_) => open.pop().unwrap_or(Self::Null),
                Token::Text(written) => Self::Text(tokens.unescape(written)?),
                Token::Number(written) => Self::Number(written.into()),
                Token::Word("null") => Self::Null,
                Token::Word(word) => Self::Bool(word == "true"),
            };
            match open.last_mut() {
                Some(Self::Object(members)) => members.push((names.pop().unwrap_or_default(), value)),
                Some(Self::List(items)) => items.push(value),
                _ => whole = value,
            }
        }
        Ok(whole)
    }

    /// An object of these members.
    #[must_use]
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The member of this name, of several the last; `None` when there is none or this is no object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(member, _)| member == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, when it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number as it is written, when it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The value as text, without blanks.
    #[must_use]
    pub fn written(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                let mut before = '[';
                for item in items {
                    out.push(before);
                    item.write(out);
                    before = ',';
                }
                out.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Self::Object(members) => {
                let mut before = '{';
                for (name, value) in members {
                    out.push(before);
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                    before = ',';
                }
                out.push_str(if members.is_empty() { "{}" } else { "}" });
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\0'..' ' => {
                out.push_str("\\u00");
                out.extend([u32::from(char) / 16, u32::from(char) % 16].iter().filter_map(|digit| char::from_digit(*digit, 16)));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

impl Tokens<'_> {
    /// The text that a [`Token::Text`] or [`Token::Name`] writes. Its memory is taken once and does
    /// not move, so that no copy stays behind.
    fn unescape(&self, written: &str) -> Result<Zeroizing<String>, Malformed> {
        let mut text = Zeroizing::new(String::with_capacity(written.len()));
        match unescape_into(&mut text, &written[1..written.len() - 1]) {
            Some(()) => Ok(text),
            None => self.refuse(mark!("an escape before this stands for half a character.")),
        }
    }
}

/// `None` for half of a surrogate pair. Everything else about escapes has been checked.
fn unescape_into(text: &mut String, mut written: &str) -> Option<()> {
    while let Some((plain, escape)) = written.split_once('\\') {
        text.push_str(plain);
        let (kind, mut rest) = escape.split_at_checked(1)?;
        text.push(match kind {
            "b" => '\u{8}',
            "f" => '\u{c}',
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "u" => {
                let mut code = code_unit(&mut rest)?;
                if (0xD800..0xDC00).contains(&code) {
                    rest = rest.strip_prefix("\\u")?;
                    let low = code_unit(&mut rest)?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                    code = 0x1_0000 + ((code - 0xD800) << 10) + low;
                }
                char::from_u32(code)?
            }
            itself => itself.chars().next()?,
        });
        written = rest;
    }
    text.push_str(written);
    Some(())
}

/// Takes four hexadecimal digits off `rest`.
fn code_unit(rest: &mut &str) -> Option<u32> {
    let (digits, behind) = rest.split_at_checked(4)?;
    *rest = behind;
    digits.chars().try_fold(0, |code, digit| Some(code * 16 + digit.to_digit(16)?))
}

#[cfg(test)]
mod tests;
