//! Points in time as the query API writes and reads them.

use std::fmt;
use std::str::FromStr;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const ZONED: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory][offset_minute]"
);
const LOCAL: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// `changeTimeMilliseconds`: milliseconds since 1970 and a suffix of two digits, which keeps
/// versions of one object apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Stamp {
    pub(super) millis: i64,
    pub(super) suffix: u8,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.millis, self.suffix)
    }
}

/// The text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoTime;

impl FromStr for Stamp {
    type Err = NoTime;

    /// The suffix may be missing; one digit of it counts for tens, as in a decimal number.
    fn from_str(text: &str) -> Result<Self, NoTime> {
        let (millis, suffix) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(millis.trim_start_matches('-')) || !digits(suffix) || suffix.len() > 2 {
            return Err(NoTime);
        }
        Ok(Self {
            millis: millis.parse().map_err(|_| NoTime)?,
            suffix: format!("{suffix:0<2}").parse().map_err(|_| NoTime)?,
        })
    }
}

pub(super) fn millis(time: OffsetDateTime) -> i64 {
    let millis = time.unix_timestamp_nanos() / 1_000_000;
    millis.try_into().unwrap_or(i64::MAX)
}

/// `2012-03-10T14:55:33+0000`: the simulator's own zone is UTC.
pub(super) fn written(time: OffsetDateTime) -> String {
    time.format(ZONED).unwrap_or_default()
}

/// A time with its zone, `±hhmm` or `Z`, or without for the zone of the system.
pub(super) fn read(text: &str) -> Result<OffsetDateTime, NoTime> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    OffsetDateTime::parse(text, ZONED)
        .or_else(|_| PrimitiveDateTime::parse(text, LOCAL).map(PrimitiveDateTime::assume_utc))
        .map_err(|_| NoTime)
}

/// Milliseconds since 1970, or a time with its zone.
pub(super) fn read_millis(text: &str) -> Result<i64, NoTime> {
    let text = text.trim();
    text.parse().or_else(|_| read(text).map(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_in_the_order_of_their_numbers() {
        let stamp = |text: &str| text.parse::<Stamp>();
        assert_eq!(
            stamp("1331409333948.00").map(|s| s.to_string()),
            Ok("1331409333948.00".to_owned())
        );
        let sorted = ["99.99", "100", "100.01", "100.1"].map(|text| stamp(text).ok());
        assert!(sorted.is_sorted_by(|a, b| a < b), "{sorted:?}");
        for bad in ["", ".", "1.", ".5", "1.000", "1e5", "1.-1", "x"] {
            assert_eq!(stamp(bad), Err(NoTime), "{bad}");
        }
    }

    #[test]
    fn times_have_an_offset_or_none() {
        let millis = |text| read_millis(text);
        assert_eq!(millis("2011-11-16T14:27:20-0500"), Ok(1_321_471_640_000));
        assert_eq!(millis("2011-11-16T19:27:20"), Ok(1_321_471_640_000));
        assert_eq!(millis("2011-11-16T19:27:20Z"), Ok(1_321_471_640_000));
        assert_eq!(millis(" 1321471640000\n"), Ok(1_321_471_640_000));
        assert_eq!(millis("2011-11-16"), Err(NoTime));
        let time = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(written(time), "1970-01-01T00:00:00+0000");
        assert_eq!(read(&written(time)), Ok(time));
    }
}
