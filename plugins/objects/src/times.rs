//! Moments as the contract writes them.

use std::time::SystemTime;

use aws_sdk_s3::primitives::DateTime;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const WHOLE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const EXACT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// RFC 3339 in UTC; a fraction, in microseconds, only where there is one.
pub(crate) fn rfc3339(moment: &DateTime) -> Option<String> {
    let whole = OffsetDateTime::from_unix_timestamp(moment.secs()).ok()?;
    let exact = whole.replace_nanosecond(moment.subsec_nanos()).ok()?;
    let format = if exact.microsecond() == 0 {
        WHOLE
    } else {
        EXACT
    };
    exact.format(format).ok()
}

/// A date of HTTP (RFC 9110 section 5.6.7).
pub(crate) fn http_date(moment: &DateTime) -> Option<String> {
    let seconds = u64::try_from(moment.secs()).ok()?;
    let time = SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds))?;
    Some(httpdate::fmt_http_date(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_written_where_there_are_any() {
        let told = |seconds, nanos| rfc3339(&DateTime::from_secs_and_nanos(seconds, nanos));
        assert_eq!(told(1_795_376_114, 0).unwrap(), "2026-11-22T19:35:14Z");
        assert_eq!(
            told(1_795_376_114, 123_000_000).unwrap(),
            "2026-11-22T19:35:14.123000Z"
        );
        let date = http_date(&DateTime::from_secs(1_795_376_114)).unwrap();
        assert_eq!(date, "Sun, 22 Nov 2026 19:35:14 GMT");
    }
}
