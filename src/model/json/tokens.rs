//! Takes JSON text apart into tokens and checks its grammar, RFC 8259's, on the way.
//!
//! The tokens are slices of the text as it stands: nothing is copied, unescaped or rounded. The
//! scanner keeps its own stack, so that a text of nothing but brackets cannot exhaust the program's.

use crate::words::mark;

/// Deepest nesting that is read. Indentation makes a formatted text grow with the square of it, and
/// a tree is dropped by recursion.
pub const DEEPEST: usize = 500;

/// A part of a JSON text. The texts in it are as they are written, quotes and escapes included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'t> {
    /// A container begins.
    Open(Container),
    /// The innermost container ends.
    Close(Container),
    /// Name of a member, whose value comes next.
    Name(&'t str),
    /// A text.
    Text(&'t str),
    /// A number.
    Number(&'t str),
    /// `true`, `false` or `null`.
    Word(&'t str),
}

/// What has values in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// `[…]`
    List,
    /// `{…}`
    Object,
}

impl Container {
    /// The bracket at its beginning.
    #[must_use]
    pub const fn opening(self) -> char {
        match self {
            Self::List => '[',
            Self::Object => '{',
        }
    }

    /// The bracket at its end.
    #[must_use]
    pub const fn closing(self) -> char {
        match self {
            Self::List => ']',
            Self::Object => '}',
        }
    }
}

/// Where a text stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Byte of the text; always between two characters.
    pub at: usize,
    /// What is wrong there: a sentence without its capital letter.
    pub what: &'static str,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// The tokens of a text, one after the other.
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    expect: Expect,
    /// Containers that are still to be closed.
    open: Vec<Container>,
}

impl<'t> Tokens<'t> {
    /// Begins to read.
    #[must_use]
    pub const fn of(text: &'t str) -> Self {
        Self { text, at: 0, expect: Expect::Value, open: Vec::new() }
    }

    /// The next one; `None` behind the last of a whole value.
    ///
    /// # Errors
    /// [`Malformed`] where the text stops being JSON. What comes after that is not to be relied on.
    pub fn token(&mut self) -> Result<Option<Token<'t>>, Malformed> {
        loop {
            self.skip_blanks();
            let Some(next) = self.peek() else {
                return if self.expect == Expect::Nothing { Ok(None) } else { self.refuse(self.unfinished()) };
            };
            match (self.expect, next) {
                (Expect::Nothing, _) => return self.refuse(mark!("nothing may follow the value.")),
                (Expect::ValueOrEnd | Expect::NameOrEnd | Expect::CommaOrEnd, b']' | b'}')
                    if self.open.last().is_some_and(|open| open.closing() == char::from(next)) =>
                {
                    self.at += 1;
                    let closed = self.open.pop();
                    self.expect = self.after_value();
                    return Ok(closed.map(Token::Close));
                }
                (Expect::CommaOrEnd, b',') => {
                    self.at += 1;
                    self.expect = if self.in_object() { Expect::Name } else { Expect::Value };
                }
                (Expect::CommaOrEnd, _) if self.in_object() => {
                    return self.refuse(mark!("a comma or the closing brace should stand here."));
                }
                (Expect::CommaOrEnd, _) => return self.refuse(mark!("a comma or the closing bracket should stand here.")),
                (Expect::Colon, b':') => {
                    self.at += 1;
                    self.expect = Expect::Value;
                }
                (Expect::Colon, _) => return self.refuse(mark!("a colon should stand between name and value.")),
                (Expect::Name | Expect::NameOrEnd, b'"') => {
                    self.expect = Expect::Colon;
                    return self.text().map(|name| Some(Token::Name(name)));
                }
                (Expect::Name, b'}') => return self.refuse(mark!("a comma may not stand before the closing brace.")),
                (Expect::Name | Expect::NameOrEnd, _) => return self.refuse(mark!("a name in double quotes should stand here.")),
                (Expect::Value, b']') if self.open.last() == Some(&Container::List) => {
                    return self.refuse(mark!("a comma may not stand before the closing bracket."));
                }
                (Expect::Value | Expect::ValueOrEnd, _) => return self.value(next).map(Some),
            }
        }
    }

    fn value(&mut self, next: u8) -> Result<Token<'t>, Malformed> {
        let token = match next {
            b'{' => return self.open(Container::Object, Expect::NameOrEnd),
            b'[' => return self.open(Container::List, Expect::ValueOrEnd),
            b'"' => Token::Text(self.text()?),
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            b'a'..=b'z' | b'A'..=b'Z' => Token::Word(self.word()?),
            b'\'' => return self.refuse(mark!("text stands in double quotes, not in single ones.")),
            _ => return self.refuse(mark!("a value should stand here.")),
        };
        self.expect = self.after_value();
        Ok(token)
    }

    fn open(&mut self, container: Container, expect: Expect) -> Result<Token<'t>, Malformed> {
        if self.open.len() == DEEPEST {
            return self.refuse(mark!("this is nested deeper than 500 levels."));
        }
        self.at += 1;
        self.open.push(container);
        self.expect = expect;
        Ok(Token::Open(container))
    }

    fn text(&mut self) -> Result<&'t str, Malformed> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return refuse_at(start, mark!("this text has no closing quote.")),
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(b'\n' | b'\r') => {
                    return refuse_at(start, mark!("this text has no closing quote on its line; a line break is written \\n."));
                }
                Some(0..0x20) => return self.refuse(mark!("a control character in a text is written as an escape, such as \\t.")),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(&self.text[start..self.at])
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') if rest.len() >= 5 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => self.at += 6,
            Some(b'u') => return self.refuse(mark!("\\u takes four hexadecimal digits.")),
            _ => return self.refuse(mark!("a backslash may stand only before one of \" \\ / b f n r t u.")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'t str, Malformed> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek();
        match self.digits() {
            0 => return refuse_at(start, mark!("a minus must have a number behind it.")),
            2.. if first == Some(b'0') => return refuse_at(start, mark!("a number may not begin with 0.")),
            _ => {}
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return refuse_at(start, mark!("a decimal point must have digits behind it."));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return refuse_at(start, mark!("an exponent must have digits."));
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self) -> Result<&'t str, Malformed> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            word @ ("true" | "false" | "null") => Ok(word),
            _ => refuse_at(start, mark!("text stands in double quotes; only true, false and null stand bare.")),
        }
    }

    fn after_value(&self) -> Expect {
        if self.open.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd }
    }

    fn unfinished(&self) -> &'static str {
        match self.open.last() {
            None => mark!("a value should stand here."),
            Some(Container::Object) => mark!("the text ends before the closing brace."),
            Some(Container::List) => mark!("the text ends before the closing bracket."),
        }
    }

    fn in_object(&self) -> bool {
        self.open.last() == Some(&Container::Object)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) const fn refuse<T>(&self, what: &'static str) -> Result<T, Malformed> {
        refuse_at(self.at, what)
    }
}

const fn refuse_at<T>(at: usize, what: &'static str) -> Result<T, Malformed> {
    Err(Malformed { at, what })
}
