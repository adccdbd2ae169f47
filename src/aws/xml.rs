//! Walks through XML that nobody vouches for: elements, their text, nothing else.
//!
//! No document type, so no entities but XML's own five; no recursion; every way ends at the end of
//! the text.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Where the text stops being well-formed XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct XmlError {
    /// Byte of the text.
    pub(super) at: u64,
}

/// A cursor in a document.
pub(super) struct Walker<'a> {
    reader: Reader<&'a [u8]>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        reader.config_mut().expand_empty_elements = true;
        Self { reader }
    }

    /// Goes into the root element.
    pub(super) fn root(&mut self) -> Result<BytesStart<'a>, XmlError> {
        loop {
            match self.next()? {
                Event::Start(start) => return Ok(start),
                Event::Text(text) if text.trim().is_empty() => {}
                _ => return Err(self.error()),
            }
        }
    }

    /// Goes into the next child of the element the cursor is in, or out of it when there is none.
    /// Passes over text.
    pub(super) fn child(&mut self) -> Result<Option<BytesStart<'a>>, XmlError> {
        loop {
            match self.next()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err(self.error()),
                _ => {}
            }
        }
    }

    /// Goes out of the element the cursor is in, with its text. Blanks count: keys begin and end
    /// with them. Children are passed over.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, XmlError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Event::Text(part) => append(&mut text, part.into_inner()),
                Event::CData(part) => append(&mut text, part.into_inner()),
                Event::GeneralRef(reference) => {
                    let char = match reference.as_ref() {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "apos" => '\'',
                        "quot" => '"',
                        _ => reference.resolve_char_ref().ok().flatten().ok_or_else(|| self.error())?,
                    };
                    text.to_mut().push(char);
                }
                Event::Start(_) => self.skip()?,
                Event::End(_) => return Ok(text),
                Event::Eof => return Err(self.error()),
                _ => {}
            }
        }
    }

    /// Goes out of the element the cursor is in.
    pub(super) fn skip(&mut self) -> Result<(), XmlError> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.error()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes sure that nothing follows the root element.
    pub(super) fn finish(mut self) -> Result<(), XmlError> {
        loop {
            match self.next()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.trim().is_empty() => {}
                _ => return Err(self.error()),
            }
        }
    }

    /// The next event but declarations, comments and processing instructions.
    fn next(&mut self) -> Result<Event<'a>, XmlError> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::DocType(_)) => return Err(self.error()),
                Ok(event) => return Ok(event),
                Err(_) => return Err(XmlError { at: self.reader.error_position() }),
            }
        }
    }

    fn error(&self) -> XmlError {
        XmlError { at: self.reader.buffer_position() }
    }
}

fn append<'a>(text: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}
