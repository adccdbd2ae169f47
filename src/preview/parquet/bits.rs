//! Numbers packed into bits: the two ways in which Parquet writes levels, indexes and differences.

use super::Fault;

/// Up to 64 bits from bit `at` on, the lowest first.
fn bits(bytes: &[u8], at: usize, width: u32) -> Result<u64, Fault> {
    let mut value = 0_u64;
    let (mut got, mut at) = (0, at);
    while got < width {
        let byte = *bytes.get(at / 8).ok_or(Fault::Short)?;
        let skip = (at % 8) as u32;
        let taken = (8 - skip).min(width - got);
        let part = (u64::from(byte) >> skip) & ((1 << taken) - 1);
        value |= part << got;
        got += taken;
        at += taken as usize;
    }
    Ok(value)
}

/// A number of seven bits a byte, the lowest first.
pub(super) fn varint(bytes: &[u8], at: &mut usize) -> Result<u64, Fault> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at).ok_or(Fault::Short)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Fault::Malformed)
}

/// Runs of one value and groups of packed ones, in turn (encoding `RLE`).
pub(super) struct Hybrid<'b> {
    bytes: &'b [u8],
    at: usize,
    width: u32,
    run: Run,
}

enum Run {
    Repeated { value: u64, left: u64 },
    Packed { bit: usize, left: u64 },
}

impl<'b> Hybrid<'b> {
    /// Values of `width` bits.
    pub(super) const fn of(bytes: &'b [u8], width: u32) -> Result<Self, Fault> {
        if width > 32 {
            return Err(Fault::Malformed);
        }
        Ok(Self { bytes, at: 0, width, run: Run::Repeated { value: 0, left: 0 } })
    }

    /// Behind four bytes that say how long it is; gives what comes behind it too.
    pub(super) fn with_length(bytes: &'b [u8], width: u32) -> Result<(Self, &'b [u8]), Fault> {
        let (length, rest) = bytes.split_first_chunk().ok_or(Fault::Short)?;
        let (levels, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(Fault::Short)?;
        Ok((Self::of(levels, width)?, rest))
    }

    pub(super) fn next(&mut self) -> Result<u64, Fault> {
        loop {
            match &mut self.run {
                Run::Repeated { value, left: left @ 1.. } => {
                    *left -= 1;
                    return Ok(*value);
                }
                Run::Packed { bit, left: left @ 1.. } => {
                    let value = bits(self.bytes, *bit, self.width)?;
                    *bit += self.width as usize;
                    *left -= 1;
                    return Ok(value);
                }
                _ => self.begin()?,
            }
        }
    }

    fn begin(&mut self) -> Result<(), Fault> {
        let head = varint(self.bytes, &mut self.at)?;
        let left = head >> 1;
        if head & 1 == 0 {
            let length = self.width.div_ceil(8) as usize;
            let value = bits(self.bytes, self.at * 8, self.width)?;
            self.at += length;
            self.run = Run::Repeated { value, left };
        } else {
            let left = left.checked_mul(8).ok_or(Fault::Malformed)?;
            let length = usize::try_from(left / 8 * u64::from(self.width)).map_err(|_| Fault::Malformed)?;
            self.run = Run::Packed { bit: self.at * 8, left };
            // Of the last group, a writer may leave out what nobody needs.
            self.at = self.at.saturating_add(length).min(self.bytes.len());
        }
        Ok(())
    }
}

/// Differences between whole numbers (encoding `DELTA_BINARY_PACKED`).
pub(super) struct Delta<'b> {
    bytes: &'b [u8],
    at: usize,
    /// Values of a block's parts, and how many parts it has.
    each: u64,
    parts: usize,
    /// Values that are still to come.
    left: u64,
    value: i64,
    begun: bool,
    least: i64,
    /// Where the widths of the parts stand that are still to come, and how many.
    widths: usize,
    parts_left: usize,
    width: u32,
    bit: usize,
    part_left: u64,
}

impl<'b> Delta<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Result<Self, Fault> {
        let mut at = 0;
        let block = varint(bytes, &mut at)?;
        let parts = varint(bytes, &mut at)?;
        let left = varint(bytes, &mut at)?;
        let first = unzigzag(varint(bytes, &mut at)?);
        // What a writer may choose: blocks of 128 values and more, parts of 32 and more.
        if parts == 0 || parts > 1_024 || block == 0 || block > 1 << 20 || block % parts != 0 || (block / parts) % 32 != 0 {
            return Err(Fault::Malformed);
        }
        Ok(Self {
            bytes,
            at,
            each: block / parts,
            parts: parts as usize,
            left,
            value: first,
            begun: false,
            least: 0,
            widths: 0,
            parts_left: 0,
            width: 0,
            bit: 0,
            part_left: 0,
        })
    }

    pub(super) fn next(&mut self) -> Result<i64, Fault> {
        self.left = self.left.checked_sub(1).ok_or(Fault::Short)?;
        if !self.begun {
            self.begun = true;
            return Ok(self.value);
        }
        if self.part_left == 0 {
            self.next_part()?;
        }
        let difference = bits(self.bytes, self.bit, self.width)?;
        self.bit += self.width as usize;
        self.part_left -= 1;
        self.value = self.value.wrapping_add(self.least).wrapping_add(difference.cast_signed());
        Ok(self.value)
    }

    fn next_part(&mut self) -> Result<(), Fault> {
        if self.parts_left == 0 {
            self.least = unzigzag(varint(self.bytes, &mut self.at)?);
            self.widths = self.at;
            self.at = self.at.checked_add(self.parts).filter(|end| *end <= self.bytes.len()).ok_or(Fault::Short)?;
            self.parts_left = self.parts;
        }
        self.width = u32::from(self.bytes[self.widths]);
        if self.width > 64 {
            return Err(Fault::Malformed);
        }
        self.widths += 1;
        self.parts_left -= 1;
        self.bit = self.at * 8;
        self.part_left = self.each;
        let length = usize::try_from(self.each / 8 * u64::from(self.width)).map_err(|_| Fault::Malformed)?;
        self.at = self.at.saturating_add(length);
        Ok(())
    }

    /// What comes behind all values. No number is read on the way there.
    pub(super) fn rest(mut self) -> Result<&'b [u8], Fault> {
        if !self.begun {
            self.left = self.left.saturating_sub(1);
        }
        self.left = self.left.saturating_sub(self.part_left);
        while self.left > 0 {
            self.next_part()?;
            self.left = self.left.saturating_sub(self.each);
        }
        // The parts of the last block that hold nothing have no bytes.
        self.bytes.get(self.at.min(self.bytes.len())..).ok_or(Fault::Short)
    }
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
