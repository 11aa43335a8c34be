//! Parts of an answer (`Range`, RFC 9110 section 14): what is asked for, and what refuses it.

use std::ops::RangeInclusive;

use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_RANGE, HeaderValue, IF_RANGE, RANGE};
use http::{HeaderMap, StatusCode};

/// More parts than this are nobody's who means well; then it is the whole (RFC 9110 section 14.2).
const MOST: usize = 16;

/// What of an answer is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Parts {
    /// All of it.
    Whole,
    /// From the one byte to the other, both included.
    One(RangeInclusive<u64>),
    /// More than one such range, in the order asked for.
    Many(Vec<RangeInclusive<u64>>),
}

impl Parts {
    /// Reads what a request asks for of so many bytes; `None`: of nothing that is there.
    ///
    /// What cannot be understood is no range, and neither is one that is asked of another state than
    /// that of the `validators` (RFC 9110 section 13.1.5).
    #[must_use]
    pub fn asked(headers: &HeaderMap, length: u64, validators: &[&str]) -> Option<Self> {
        let is_ours = |value: &HeaderValue| validators.iter().any(|own| value == own);
        let other = headers.get(IF_RANGE).is_some_and(|value| !is_ours(value));
        let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
        let asked = asked.filter(|_| !other).and_then(ranges);
        let Some(asked) = asked.filter(|asked| asked.len() <= MOST) else {
            return Some(Self::Whole);
        };
        let there = asked.into_iter().filter_map(|range| range.within(length));
        let mut there: Vec<_> = there.collect();
        match there.len() {
            0 => None,
            1 => there.pop().map(Self::One),
            _ => Some(Self::Many(there)),
        }
    }
}

/// The answer to whoever asks for what is not there.
#[must_use]
pub fn beyond(length: u64) -> Response {
    let told = format!("bytes */{length}");
    (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, told)]).into_response()
}

/// A range as it is written.
#[derive(Debug, Clone, Copy)]
enum Range {
    From(u64),
    Between(u64, u64),
    Last(u64),
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let (from, to) = text.trim().split_once('-')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(from) || !digits(to) {
            return None;
        }
        match (from.parse().ok(), to.parse().ok()) {
            (Some(from), Some(to)) if from <= to => Some(Self::Between(from, to)),
            (Some(from), None) if to.is_empty() => Some(Self::From(from)),
            (None, Some(count)) if from.is_empty() => Some(Self::Last(count)),
            _ => None,
        }
    }

    fn within(self, length: u64) -> Option<RangeInclusive<u64>> {
        let last = length.checked_sub(1)?;
        match self {
            Self::From(from) => (from <= last).then_some(from..=last),
            Self::Between(from, to) => (from <= last).then(|| from..=to.min(last)),
            Self::Last(count) => (count > 0).then(|| length.saturating_sub(count)..=last),
        }
    }
}

fn ranges(text: &str) -> Option<Vec<Range>> {
    let (unit, list) = text.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let list = list.split(',').filter(|each| !each.trim().is_empty());
    let list: Option<Vec<_>> = list.map(Range::read).collect();
    list.filter(|list| !list.is_empty())
}

/// `Content-Range` of one part (RFC 9110 section 14.4).
#[must_use]
pub fn content_range(range: &RangeInclusive<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", range.start(), range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, if_range: Option<&'static str>) -> Option<Parts> {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_str(range).unwrap());
        if let Some(value) = if_range {
            headers.insert(IF_RANGE, HeaderValue::from_static(value));
        }
        Parts::asked(&headers, 10, &["\"tag\"", "a date"])
    }

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        for (range, parts) in [
            ("bytes=0-4", Some(Parts::One(0..=4))),
            ("Bytes=5-", Some(Parts::One(5..=9))),
            ("bytes=-3", Some(Parts::One(7..=9))),
            ("bytes=-30", Some(Parts::One(0..=9))),
            ("bytes=8-99", Some(Parts::One(8..=9))),
            ("bytes=0-0, -1", Some(Parts::Many(vec![0..=0, 9..=9]))),
            ("bytes=20-,1-2", Some(Parts::One(1..=2))),
            ("bytes=10-", None),
            ("bytes=-0", None),
            ("bytes=4-2", Some(Parts::Whole)),
            ("bytes=+1-2", Some(Parts::Whole)),
            ("bytes=", Some(Parts::Whole)),
            ("lines=1-2", Some(Parts::Whole)),
            ("bytes=1-99999999999999999999", Some(Parts::Whole)),
        ] {
            assert_eq!(asked(range, None), parts, "{range}");
        }
        let many = format!("bytes={}", "0-1,".repeat(17));
        assert_eq!(asked(&many, None), Some(Parts::Whole));
    }

    #[test]
    fn a_range_of_another_state_is_the_whole() {
        assert_eq!(asked("bytes=1-2", Some("\"tag\"")), Some(Parts::One(1..=2)));
        assert_eq!(asked("bytes=1-2", Some("a date")), Some(Parts::One(1..=2)));
        assert_eq!(asked("bytes=1-2", Some("\"other\"")), Some(Parts::Whole));
    }
}
