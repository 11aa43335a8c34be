//! Moments in the two forms a signed request may carry them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc2822;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// A whole second in UTC together with its ISO 8601 basic form, `20130524T000000Z`, which
/// goes into everything that is signed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix: i64,
    text: [u8; 16],
}

impl Timestamp {
    /// From seconds since 1970; `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        let year = u32::try_from(at.year()).ok()?;
        let mut text = *b"00000000T000000Z";
        write_digits(&mut text[..4], year);
        write_digits(&mut text[4..6], u32::from(u8::from(at.month())));
        write_digits(&mut text[6..8], u32::from(at.day()));
        write_digits(&mut text[9..11], u32::from(at.hour()));
        write_digits(&mut text[11..13], u32::from(at.minute()));
        write_digits(&mut text[13..15], u32::from(at.second()));
        Some(Self {
            unix: seconds,
            text,
        })
    }

    /// The whole second in which `now` lies; `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_system(now: SystemTime) -> Option<Self> {
        Self::from_unix(unix_seconds(now))
    }

    /// Reads `YYYYMMDD'T'HHMMSS'Z'`, the form of `x-amz-date`.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: [u8; 16] = text.try_into().ok()?;
        if (text[8], text[15]) != (b'T', b'Z') {
            return None;
        }
        let month = Month::try_from(number::<u8>(&text[4..6])?).ok()?;
        let date = Date::from_calendar_date(number(&text[..4])?, month, number(&text[6..8])?);
        let time = Time::from_hms(
            number(&text[9..11])?,
            number(&text[11..13])?,
            number(&text[13..15])?,
        );
        let at = PrimitiveDateTime::new(date.ok()?, time.ok()?).assume_utc();
        Some(Self {
            unix: at.unix_timestamp(),
            text,
        })
    }

    /// Reads a `Date` header: `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110 §5.6.7), or the
    /// basic form, which S3 allows there as well.
    #[must_use]
    pub fn parse_date_header(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii();
        Self::parse(text).or_else(|| {
            let text = std::str::from_utf8(text).ok()?;
            let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
            Self::from_unix(at.unix_timestamp())
        })
    }

    /// Seconds since 1970, negative before.
    #[must_use]
    pub fn unix(&self) -> i64 {
        self.unix
    }

    /// `20130524T000000Z`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// `20130524`, the date of a credential scope.
    #[must_use]
    pub fn date(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Seconds since 1970, rounded towards the past, saturating at the ends of `i64`.
pub(crate) fn unix_seconds(now: SystemTime) -> i64 {
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            let until = before.duration();
            let seconds = until.as_secs() + u64::from(until.subsec_nanos() > 0);
            i64::try_from(seconds).map_or(i64::MIN, |seconds| -seconds)
        }
    }
}

fn write_digits(out: &mut [u8], mut value: u32) {
    for slot in out.iter_mut().rev() {
        *slot = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

/// Digits only: `FromStr` would let a sign through.
fn number<T: TryFrom<i32>>(digits: &[u8]) -> Option<T> {
    let number = digits.iter().try_fold(0, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| i32::from(digit - b'0'))?;
        Some(number * 10 + digit)
    });
    T::try_from(number?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn both_forms_name_the_same_moment() {
        let at = Timestamp::parse(b"20130524T000000Z").unwrap();
        assert_eq!(at.unix(), 1_369_353_600);
        assert_eq!(at.date(), "20130524");
        assert_eq!(Timestamp::from_unix(1_369_353_600), Some(at));
        for header in [
            "Fri, 24 May 2013 00:00:00 GMT",
            "Fri, 24 May 2013 00:00:00 +0000",
            "Fri, 24 May 2013 02:00:00 +0200",
            "20130524T000000Z",
        ] {
            assert_eq!(
                Timestamp::parse_date_header(header.as_bytes()),
                Some(at),
                "{header}"
            );
        }
    }

    #[test]
    fn leap_days_and_ends_of_years() {
        for text in [
            "20240229T235959Z",
            "20001231T000000Z",
            "19700101T000000Z",
            "99991231T235959Z",
        ] {
            let at = Timestamp::parse(text.as_bytes()).unwrap();
            assert_eq!(Timestamp::from_unix(at.unix()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "20130524",
            "20130524T000000",
            "20130524t000000Z",
            "20130524T000000z",
            "20131324T000000Z",
            "20130230T000000Z",
            "20130524T240000Z",
            "20130524T000060Z",
            "+0130524T000000Z",
            "2013 524T000000Z",
            "20130524T000000ZZ",
            "\u{661}0130524T00000Z",
        ] {
            assert_eq!(Timestamp::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Timestamp::parse_date_header(b"yesterday"), None);
        assert_eq!(Timestamp::parse_date_header(b"\xff\xfe"), None);
        assert_eq!(Timestamp::from_unix(i64::MAX), None);
        assert_eq!(Timestamp::from_unix(i64::MIN), None);
    }

    #[test]
    fn times_before_1970_round_down() {
        let before = UNIX_EPOCH - Duration::from_millis(1500);
        assert_eq!(unix_seconds(before), -2);
        assert_eq!(unix_seconds(UNIX_EPOCH + Duration::from_millis(1500)), 1);
    }
}
