//! When an entry was last changed.

use crate::model::clock::Timestamp;

/// 1 January 1980: ZIP knows nothing before.
const EARLIEST: i64 = 315_532_800;

/// The second before 2108: its field for the year is full.
const LATEST: i64 = 4_354_819_199;

/// A time as ZIP has it twice: to two seconds by the clock on the wall, for programs that know nothing else, and to the
/// second in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Stamp {
    dos: u32,
    unix: u32,
}

impl Default for Stamp {
    fn default() -> Self {
        Self::of(Timestamp::from_seconds(EARLIEST), 0)
    }
}

impl Stamp {
    /// The time, in a zone that is so many minutes east of Greenwich then.
    pub(in super::super) fn of(time: Timestamp, minutes_east: i32) -> Self {
        let local = Timestamp::from_seconds((time.seconds() + i64::from(minutes_east) * 60).clamp(EARLIEST, LATEST)).civil();
        let field = |number: i64, place: u32| u32::try_from(number).unwrap_or_default() << place;
        let dos = field(local.year - 1_980, 25)
            | field(local.month, 21)
            | field(local.day, 16)
            | field(local.hour, 11)
            | field(local.minute, 5)
            | field(local.second / 2, 0);
        Self { dos, unix: u32::try_from(time.seconds().clamp(0, i64::from(i32::MAX))).unwrap_or_default() }
    }

    pub(super) const fn of_parts(dos: u32, unix: u32) -> Self {
        Self { dos, unix }
    }

    /// Time and date of MS-DOS (APPNOTE.TXT 4.4.6), the time in the lower half.
    pub(super) const fn dos(self) -> u32 {
        self.dos
    }

    pub(super) const fn unix(self) -> u32 {
        self.unix
    }

    /// Info-ZIP's field of the time of the last change (`extrafld.txt`, "extended timestamp"): seconds since 1970.
    pub(super) fn extra(self) -> [u8; 9] {
        let [a, b, c, d] = self.unix.to_le_bytes();
        [b'U', b'T', 5, 0, 1, a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_ms_dos() {
        let time = Timestamp::parse_rfc3339("2026-11-20T16:41:37Z").unwrap();
        let parts = |stamp: Stamp| {
            let (date, time) = (stamp.dos >> 16, stamp.dos & 0xffff);
            (1_980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
        };
        assert_eq!(parts(Stamp::of(time, 0)), (2_026, 11, 20, 16, 41, 36));
        assert_eq!(parts(Stamp::of(time, 9 * 60)), (2_026, 11, 21, 1, 41, 36));
        assert_eq!(i64::from(Stamp::of(time, 9 * 60).unix), time.seconds());
        assert_eq!(parts(Stamp::of(Timestamp::from_seconds(0), -60)), (1_980, 1, 1, 0, 0, 0));
        assert_eq!(parts(Stamp::of(Timestamp::from_seconds(1 << 40), 0)), (2_107, 12, 31, 23, 59, 58));
        assert_eq!(parts(Stamp::default()), (1_980, 1, 1, 0, 0, 0));
    }
}
