//! When an entry was last changed, as the two fields for it tell.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// 1980-01-01, 00:00:00: the first moment of MS-DOS.
const FIRST: (u16, u16) = (0, 0x0021);
/// 2107-12-31, 23:59:58: the last one.
const LAST: (u16, u16) = (0xbf7d, 0xff9f);

/// A moment in both forms: in MS-DOS's, which has no time zone and is UTC here, in steps of two
/// seconds; and in seconds since 1970, where 31 bits hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub(crate) time: u16,
    pub(crate) date: u16,
    /// For the extended timestamp (Info-ZIP, "extrafld.txt", 0x5455).
    pub(crate) unix: Option<i32>,
}

impl Stamp {
    /// The stamp of a moment; what nobody knows is the beginning of 1980.
    #[must_use]
    pub fn of(moment: Option<SystemTime>) -> Self {
        let since = moment.and_then(|moment| moment.duration_since(UNIX_EPOCH).ok());
        let seconds = since.and_then(|since| i64::try_from(since.as_secs()).ok());
        let (time, date) = seconds.map_or(FIRST, dos);
        let unix = seconds.and_then(|seconds| i32::try_from(seconds).ok());
        Self { time, date, unix }
    }
}

/// Time and date of MS-DOS (APPNOTE 4.4.6).
fn dos(since: i64) -> (u16, u16) {
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(since) else {
        return LAST;
    };
    let Ok(years) = u16::try_from(moment.year() - 1980) else {
        return FIRST;
    };
    if years > 127 {
        return LAST;
    }
    let [hours, minutes, pairs] =
        [moment.hour(), moment.minute(), moment.second() / 2].map(u16::from);
    let [month, day] = [u8::from(moment.month()), moment.day()].map(u16::from);
    (
        hours << 11 | minutes << 5 | pairs,
        years << 9 | month << 5 | day,
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Stamp {
        Stamp::of(Some(UNIX_EPOCH + Duration::from_secs(seconds)))
    }

    #[test]
    fn moments_have_both_forms() {
        // 2026-11-22 09:30:15 UTC.
        let stamp = at(1_795_339_815);
        assert_eq!(stamp.date, 0x5d76);
        assert_eq!(stamp.time, 0x4bc7);
        assert_eq!(stamp.unix, Some(1_795_339_815));
    }

    #[test]
    fn moments_beyond_are_the_nearest_there_is() {
        assert_eq!((at(0).time, at(0).date, at(0).unix), (0, 33, Some(0)));
        let late = at(5_000_000_000_000);
        assert_eq!((late.time, late.date), LAST);
        assert_eq!(late.unix, None);
        assert_eq!(at(1 << 31).unix, None);
        assert_eq!(Stamp::of(None).unix, None);
        assert_eq!((Stamp::of(None).time, Stamp::of(None).date), FIRST);
    }
}
