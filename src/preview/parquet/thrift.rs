//! Thrift's compact protocol, as far as Parquet needs it
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>).
//!
//! It copies nothing, and every step of it takes at least a byte, so no text makes it work longer than it is long.

/// Deepest nesting that is read. Parquet's own has seven levels.
const DEEPEST: u32 = 24;

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It ends too soon: perhaps there is more of it.
    End,
    /// It is not what it should be.
    Malformed,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    True,
    False,
    Byte,
    Integer,
    Double,
    Binary,
    List,
    Map,
    Struct,
    Uuid,
}

impl Kind {
    const fn of(code: u8) -> Result<Self, Fault> {
        Ok(match code {
            1 => Self::True,
            2 => Self::False,
            3 => Self::Byte,
            4..=6 => Self::Integer,
            7 => Self::Double,
            8 => Self::Binary,
            // A set is written as a list is.
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Uuid,
            _ => return Err(Fault::Malformed),
        })
    }
}

/// What takes a field: `false` leaves it to be skipped, without having read any of it.
pub(super) type Take<'a, 'b> = &'a mut dyn FnMut(&mut Reader<'b>, i16, Kind) -> Result<bool, Fault>;

/// Reads a text from its beginning.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    depth: u32,
}

impl<'b> Reader<'b> {
    pub(super) const fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0, depth: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// Reads a struct field by field.
    pub(super) fn fields(&mut self, take: Take<'_, 'b>) -> Result<(), Fault> {
        if self.depth == DEEPEST {
            return Err(Fault::Malformed);
        }
        self.depth += 1;
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                break;
            }
            id = match i16::from(head >> 4) {
                0 => i16::try_from(unzigzag(self.varint()?)).map_err(|_| Fault::Malformed)?,
                step => id.checked_add(step).ok_or(Fault::Malformed)?,
            };
            let kind = Kind::of(head & 15)?;
            if !take(self, id, kind)? {
                self.skip(kind)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a struct that stands as the value of a field, or in a list.
    pub(super) fn structure(&mut self, kind: Kind, take: Take<'_, 'b>) -> Result<bool, Fault> {
        if kind != Kind::Struct {
            return Err(Fault::Malformed);
        }
        self.fields(take)?;
        Ok(true)
    }

    /// Reads a whole number.
    pub(super) fn integer(&mut self, kind: Kind) -> Result<i64, Fault> {
        match kind {
            Kind::Byte => self.byte().map(|byte| i64::from(byte.cast_signed())),
            Kind::Integer => self.varint().map(unzigzag),
            _ => Err(Fault::Malformed),
        }
    }

    /// Reads a whole number that is none below zero.
    pub(super) fn natural(&mut self, kind: Kind) -> Result<u64, Fault> {
        u64::try_from(self.integer(kind)?).map_err(|_| Fault::Malformed)
    }

    /// Reads bytes.
    pub(super) fn binary(&mut self, kind: Kind) -> Result<&'b [u8], Fault> {
        if kind != Kind::Binary {
            return Err(Fault::Malformed);
        }
        let length = usize::try_from(self.varint()?).map_err(|_| Fault::Malformed)?;
        self.take(length)
    }

    /// Reads the head of a list: how many there are, and what each is.
    pub(super) fn list(&mut self, kind: Kind) -> Result<(u64, Kind), Fault> {
        if kind != Kind::List {
            return Err(Fault::Malformed);
        }
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => self.varint()?,
            length => u64::from(length),
        };
        Ok((length, Kind::of(head & 15)?))
    }

    /// Skips a value.
    pub(super) fn skip(&mut self, kind: Kind) -> Result<(), Fault> {
        match kind {
            Kind::True | Kind::False => {}
            Kind::Byte => drop(self.byte()?),
            Kind::Integer => drop(self.varint()?),
            Kind::Double => drop(self.take(8)?),
            Kind::Uuid => drop(self.take(16)?),
            Kind::Binary => drop(self.binary(kind)?),
            Kind::Struct => self.fields(&mut |_, _, _| Ok(false))?,
            Kind::List => {
                let (length, each) = self.list(kind)?;
                self.skip_each(length, &[each])?;
            }
            Kind::Map => {
                let length = self.varint()?;
                if length > 0 {
                    let kinds = self.byte()?;
                    self.skip_each(length, &[Kind::of(kinds >> 4)?, Kind::of(kinds & 15)?])?;
                }
            }
        }
        Ok(())
    }

    fn skip_each(&mut self, length: u64, kinds: &[Kind]) -> Result<(), Fault> {
        if self.depth == DEEPEST {
            return Err(Fault::Malformed);
        }
        self.depth += 1;
        for _ in 0..length {
            for kind in kinds {
                match kind {
                    // Elsewhere the kind is the value; in a list it takes a byte.
                    Kind::True | Kind::False => drop(self.byte()?),
                    kind => self.skip(*kind)?,
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Fault::Malformed)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or(Fault::End)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Fault> {
        let end = self.at.checked_add(length).ok_or(Fault::Malformed)?;
        let taken = self.bytes.get(self.at..end).ok_or(Fault::End)?;
        self.at = end;
        Ok(taken)
    }
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
