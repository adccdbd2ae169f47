//! Amazon's event streams: messages with headers, each under two CRC-32
//! (<https://smithy.io/2.0/aws/amazon-eventstream.html>).
//!
//! Our own reader, held to `aws-smithy-eventstream` by the tests: that crate comes with
//! `aws-smithy-types`, of which a browser would load dates, documents and configuration bags for four
//! numbers and a list of headers.

use super::crc32::Crc32;
use thiserror::Error;

/// Total length, length of the headers, and the checksum of both.
const PRELUDE: usize = 12;
/// The checksum at the end.
const TRAILER: usize = 4;
/// The longest message: 24 MiB of payload and 128 KiB of headers, as the specification has it.
const LONGEST: usize = PRELUDE + 128 * 1024 + 24 * 1024 * 1024 + TRAILER;

/// Why bytes are no event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Lengths that contradict each other, or are beyond the specification's.
    #[error("a message has lengths that cannot be")]
    Length,
    /// The lengths were damaged on their way.
    #[error("the checksum of a message's lengths does not fit")]
    Prelude,
    /// The message was damaged on its way.
    #[error("the checksum of a message does not fit")]
    Checksum,
    /// A header that is none.
    #[error("a message has a header that cannot be read")]
    Header,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The headers whose values are texts, in their order.
    pub headers: Vec<(String, String)>,
    /// What it brings.
    pub payload: Vec<u8>,
}

impl Message {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Takes bytes as they come and gives messages.
#[derive(Debug, Default)]
pub struct Decoder {
    waiting: Vec<u8>,
    /// As much of it is behind us.
    taken: usize,
}

impl Decoder {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.waiting.drain(..self.taken);
        self.taken = 0;
        self.waiting.extend_from_slice(bytes);
    }

    /// The next message; `None` until more bytes have come.
    ///
    /// # Errors
    /// [`Malformed`], now and for good: where the next message begins cannot be told.
    pub fn message(&mut self) -> Result<Option<Message>, Malformed> {
        let rest = &self.waiting[self.taken..];
        let Some((prelude, _)) = rest.split_first_chunk::<PRELUDE>() else { return Ok(None) };
        // Before anything is believed of the lengths.
        if number(&prelude[8..]) != checksum(&prelude[..8]) {
            return Err(Malformed::Prelude);
        }
        let (total, headers) = (length(&prelude[..4]), length(&prelude[4..8]));
        let room = total.checked_sub(PRELUDE + TRAILER).filter(|_| total <= LONGEST).ok_or(Malformed::Length)?;
        if headers > room {
            return Err(Malformed::Length);
        }
        let Some(message) = rest.get(..total) else { return Ok(None) };
        let (covered, trailer) = message.split_at(total - TRAILER);
        if number(trailer) != checksum(covered) {
            return Err(Malformed::Checksum);
        }
        let (headers, payload) = covered[PRELUDE..].split_at(headers);
        let message = Message { headers: read_headers(headers).ok_or(Malformed::Header)?, payload: payload.to_vec() };
        self.taken += total;
        Ok(Some(message))
    }

    /// Whether a message has begun and is not whole.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.taken < self.waiting.len()
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut checksum = Crc32::default();
    checksum.update(bytes);
    checksum.value()
}

/// Big-endian, of at most four bytes.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn length(bytes: &[u8]) -> usize {
    usize::try_from(number(bytes)).unwrap_or(usize::MAX)
}

/// `None` where they do not fill their place exactly.
fn read_headers(mut rest: &[u8]) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    while !rest.is_empty() {
        let name = take(&mut rest, 1).map(length).and_then(|length| take(&mut rest, length)).and_then(text)?;
        match number(take(&mut rest, 1)?) {
            // True, false.
            0 | 1 => {}
            // Whole numbers of one to eight bytes, a time, a UUID.
            2 => drop(take(&mut rest, 1)?),
            3 => drop(take(&mut rest, 2)?),
            4 => drop(take(&mut rest, 4)?),
            5 | 8 => drop(take(&mut rest, 8)?),
            9 => drop(take(&mut rest, 16)?),
            kind @ (6 | 7) => {
                let length = length(take(&mut rest, 2)?);
                let value = take(&mut rest, length)?;
                if kind == 7 {
                    headers.push((name, text(value)?));
                }
            }
            _ => return None,
        }
    }
    Some(headers)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests;
