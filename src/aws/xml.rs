//! Walks through XML that nobody vouches for: elements, their text, nothing else.
//!
//! The part of XML 1.0 that services write: no document type, so no entities but XML's own five;
//! attributes are passed over. No recursion, no memory but the names of the open elements, and every
//! way ends at the end of the text. Own code because a listing in the browser is mostly this: a page
//! of 1,000 keys takes two thirds of the time that it takes on quick-xml, against which this is
//! tested.

use memchr::memchr;
use std::borrow::Cow;

/// Text as XML has it. What XML 1.0 has no way to hold at all stays as it is.
pub(super) fn escape(text: &str, into: &mut String) {
    for char in text.chars() {
        match char {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            // A reader makes a line feed of it.
            '\r' => into.push_str("&#13;"),
            _ => into.push(char),
        }
    }
}

/// As [`escape`].
#[cfg(test)]
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    escaped
}

/// Where the text stops being well-formed XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct XmlError {
    /// Byte of the text.
    pub(super) at: u64,
}

/// A cursor in a document.
pub(super) struct Walker<'a> {
    text: &'a str,
    at: usize,
    /// Names of the elements around the cursor, with their prefixes.
    open: Vec<&'a str>,
    /// The start tag just passed was that of an empty element.
    closes: bool,
}

enum Token<'a> {
    Start(&'a str),
    End,
    /// Text in which references stand for themselves.
    Escaped(&'a str),
    /// Text as it is.
    Literal(&'a str),
    Eof,
}

impl<'a> Walker<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.strip_prefix('\u{feff}').unwrap_or(text), at: 0, open: Vec::with_capacity(8), closes: false }
    }

    /// Goes into the root element. Gives its name without the prefix.
    pub(super) fn root(&mut self) -> Result<&'a str, XmlError> {
        loop {
            match self.token()? {
                Token::Start(name) => return Ok(name),
                Token::Escaped(text) if is_blank(text) => {}
                _ => return Err(self.error()),
            }
        }
    }

    /// Goes into the next child of the element the cursor is in, or out of it when there is none.
    /// Gives the child's name without the prefix. Passes over text.
    pub(super) fn child(&mut self) -> Result<Option<&'a str>, XmlError> {
        loop {
            match self.token()? {
                Token::Start(name) => return Ok(Some(name)),
                Token::End => return Ok(None),
                Token::Eof => return Err(self.error()),
                Token::Escaped(_) | Token::Literal(_) => {}
            }
        }
    }

    /// Goes out of the element the cursor is in, with its text. Blanks count: keys begin and end
    /// with them. Children are passed over.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, XmlError> {
        if let Some(text) = self.leaf() {
            return resolve(text).ok_or_else(|| self.error());
        }
        let mut text = Cow::Borrowed("");
        loop {
            let part = match self.token()? {
                Token::Escaped(part) => resolve(part).ok_or_else(|| self.error())?,
                Token::Literal(part) => Cow::Borrowed(part),
                Token::Start(_) => {
                    self.skip()?;
                    continue;
                }
                Token::End => return Ok(text),
                Token::Eof => return Err(self.error()),
            };
            if text.is_empty() {
                text = part;
            } else {
                text.to_mut().push_str(&part);
            }
        }
    }

    /// Goes out of the element the cursor is in.
    pub(super) fn skip(&mut self) -> Result<(), XmlError> {
        if self.leaf().is_some() {
            return Ok(());
        }
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            if let Token::Eof = self.token()? {
                return Err(self.error());
            }
        }
        Ok(())
    }

    /// Makes sure that nothing follows the root element.
    pub(super) fn finish(mut self) -> Result<(), XmlError> {
        loop {
            match self.token()? {
                Token::Eof => return Ok(()),
                Token::Escaped(text) if is_blank(text) => {}
                _ => return Err(self.error()),
            }
        }
    }

    /// The next token; comments and processing instructions are passed over.
    fn token(&mut self) -> Result<Token<'a>, XmlError> {
        if self.closes {
            self.closes = false;
            self.open.pop();
            return Ok(Token::End);
        }
        loop {
            let rest = &self.text[self.at..];
            match rest.as_bytes() {
                [] => return Ok(Token::Eof),
                [b'<', b'/', ..] => return self.end_tag(rest),
                [b'<', b'?', first, ..] if begins_name(*first) => self.at = self.after(rest, 2, "?>")?,
                [b'<', b'?', ..] => return Err(self.error()),
                [b'<', b'!', b'-', b'-', ..] => self.at = self.after(rest, 4, "-->")?,
                [b'<', b'!', ..] => {
                    const OPEN: &str = "<![CDATA[";
                    if !rest.starts_with(OPEN) {
                        return Err(self.error());
                    }
                    let end = self.after(rest, OPEN.len(), "]]>")?;
                    let literal = &self.text[self.at + OPEN.len()..end - "]]>".len()];
                    self.at = end;
                    return Ok(Token::Literal(literal));
                }
                [b'<', ..] => return self.start_tag(rest),
                _ => {
                    let length = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
                    self.at += length;
                    return Ok(Token::Escaped(&rest[..length]));
                }
            }
        }
    }

    /// Goes out of the element the cursor is in, when nothing but text and its end tag follow: the
    /// common case, in one step.
    fn leaf(&mut self) -> Option<&'a str> {
        if self.closes {
            return None;
        }
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = memchr(b'<', rest)?;
        let name = self.open.last()?;
        let after = rest[length..].strip_prefix(b"</")?.strip_prefix(name.as_bytes())?;
        if after.first() != Some(&b'>') {
            return None;
        }
        let text = &self.text[self.at..self.at + length];
        self.at += length + name.len() + "</>".len();
        self.open.pop();
        Some(text)
    }

    fn end_tag(&mut self, rest: &'a str) -> Result<Token<'a>, XmlError> {
        let end = memchr(b'>', rest.as_bytes()).ok_or_else(|| self.error())?;
        let name = rest[2..end].trim_end_matches(is_space);
        match self.open.pop() {
            Some(open) if open == name => {}
            _ => return Err(self.error()),
        }
        self.at += end + 1;
        Ok(Token::End)
    }

    fn start_tag(&mut self, rest: &'a str) -> Result<Token<'a>, XmlError> {
        // Letters and nothing else: the common case, in one step.
        let letters = rest.as_bytes()[1..].iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or_default();
        if letters > 0 && rest.as_bytes()[letters + 1] == b'>' {
            let name = &rest[1..=letters];
            self.at += letters + 2;
            self.open.push(name);
            return Ok(Token::Start(name));
        }
        let end = tag_end(rest.as_bytes()).ok_or_else(|| self.error())?;
        let inner = &rest[1..end];
        self.closes = inner.ends_with('/');
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let name = inner.split(is_space).next().unwrap_or_default();
        let starts_well = name.bytes().next().is_some_and(begins_name);
        if !starts_well || name.contains(['"', '\'', '=', '/', '&']) {
            return Err(self.error());
        }
        self.at += end + 1;
        self.open.push(name);
        Ok(Token::Start(name.rsplit(':').next().unwrap_or(name)))
    }

    /// The byte after `mark`, which must stand at least `from` bytes behind the cursor.
    fn after(&self, rest: &str, from: usize, mark: &str) -> Result<usize, XmlError> {
        let found = rest.get(from..).and_then(|rest| rest.find(mark)).ok_or_else(|| self.error())?;
        Ok(self.at + from + found + mark.len())
    }

    fn error(&self) -> XmlError {
        XmlError { at: self.at as u64 }
    }
}

/// Where the `>` of a start tag stands: the first outside of quotes.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, &byte) in tag.iter().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (_, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// `text` with its references resolved; `None` when one is not XML's own or names no character.
fn resolve(text: &str) -> Option<Cow<'_, str>> {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return Some(Cow::Borrowed(text)) };
    let mut resolved = String::with_capacity(text.len());
    resolved.push_str(&text[..first]);
    for part in text[first + 1..].split('&') {
        let (reference, rest) = part.split_once(';')?;
        resolved.push(match reference {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "apos" => '\'',
            "quot" => '"',
            _ => character(reference.strip_prefix('#')?)?,
        });
        resolved.push_str(rest);
    }
    Some(Cow::Owned(resolved))
}

/// The character of `65` or `x41`. All but U+0000 are taken: S3 writes keys with controls so, though
/// XML 1.0 has no way to hold them.
fn character(number: &str) -> Option<char> {
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    if digits.starts_with('+') {
        return None;
    }
    u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|char| *char != '\0')
}

fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

/// Whether a name may begin with this byte; beyond ASCII nothing is told apart.
fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

/// XML's white space.
const fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests;
