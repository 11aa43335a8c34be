//! The dates that clients of this version write, in every form a server has to read.

use std::str;
use std::time::UNIX_EPOCH;

use portico_sigv4::Timestamp;

/// Reads `Date` or `x-amz-date`: the three forms of RFC 9110 §5.6.7 (RFC 850 and asctime
/// among them), RFC 5322 with a numeric zone, as s3cmd writes it, `UTC` for `GMT`, as Go
/// writes it, and ISO 8601 basic (`20130524T000000Z`).
#[must_use]
pub fn parse(text: &[u8]) -> Option<Timestamp> {
    let text = text.trim_ascii();
    Timestamp::parse_date_header(text).or_else(|| {
        let text = str::from_utf8(text).ok()?;
        let in_gmt = text.strip_suffix(" UTC").map(|rest| format!("{rest} GMT"));
        let at = httpdate::parse_http_date(in_gmt.as_deref().unwrap_or(text)).ok()?;
        let seconds = at.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Timestamp::from_unix(i64::try_from(seconds).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_names_the_same_moment() {
        for text in [
            "Tue, 27 Mar 2007 19:36:42 GMT",
            "Tue, 27 Mar 2007 19:36:42 +0000",
            "Tue, 27 Mar 2007 21:36:42 +0200",
            "Tue, 27 Mar 2007 19:36:42 UTC",
            "Tuesday, 27-Mar-07 19:36:42 GMT",
            "Tue Mar 27 19:36:42 2007",
            "20070327T193642Z",
            " 20070327T193642Z ",
        ] {
            let at = parse(text.as_bytes()).map(|at| at.unix());
            assert_eq!(at, Some(1_175_024_202), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "UTC",
            " UTC",
            "1175024202",
            "yesterday",
            "Tue, 27 Mar 2007",
            "Tue, 32 Mar 2007 19:36:42 GMT",
            "2007-03-27",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse(b"\xff\xfe"), None);
    }
}
