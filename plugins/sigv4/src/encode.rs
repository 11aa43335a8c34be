//! Percent-encoding as Signature Version 4 defines it: only unreserved characters stay.

use std::borrow::Cow;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Where a text stands in the target, which decides over `/` and `+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `/` separates and stays, `+` is a plus.
    Path,
    /// `/` is escaped, `+` was a space (HTML form encoding).
    Query,
}

impl Part {
    const fn keeps(self, byte: u8) -> bool {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => true,
            b'/' => matches!(self, Self::Path),
            _ => false,
        }
    }
}

/// `UriEncode` of the specification: escapes everything but `A-Za-z0-9-._~`, and `/` unless
/// `keep_slash`. Input is raw bytes, not yet escaped: a `%` becomes `%25`.
#[must_use]
pub fn uri_encode(bytes: &[u8], keep_slash: bool) -> String {
    let part = if keep_slash { Part::Path } else { Part::Query };
    let mut out = Vec::with_capacity(bytes.len());
    encode_into(&mut out, bytes, part);
    into_ascii(out)
}

/// The path S3 signs: decoded once, encoded once, nothing else touched (`//` and dots are
/// parts of a key). An empty path is `/`.
///
/// A proxy does best to send this form on, because then every store computes the same
/// signature, whether it signs what it received or its own encoding of it.
#[must_use]
pub fn canonical_path(raw: &[u8]) -> String {
    if raw.is_empty() {
        return "/".to_owned();
    }
    let mut out = Vec::with_capacity(raw.len());
    recode_into(&mut out, raw, Part::Path);
    into_ascii(out)
}

/// Undoes percent-encoding once; a `%` without two hexadecimal digits stands for itself,
/// and so does `+`.
#[must_use]
pub fn percent_decode(raw: &[u8]) -> Cow<'_, [u8]> {
    decode(raw, Part::Path)
}

pub(crate) fn decode(raw: &[u8], part: Part) -> Cow<'_, [u8]> {
    let escaped = |byte: &u8| *byte == b'%' || (*byte == b'+' && part == Part::Query);
    if !raw.iter().any(escaped) {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((byte, tail)) = decode_first(rest, part) {
        out.push(byte);
        rest = tail;
    }
    Cow::Owned(out)
}

pub(crate) fn encode_into(out: &mut Vec<u8>, bytes: &[u8], part: Part) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let run = rest.iter().take_while(|byte| part.keeps(**byte)).count();
        let (kept, other) = rest.split_at(run);
        out.extend_from_slice(kept);
        let Some((byte, tail)) = other.split_first() else {
            return;
        };
        push_encoded(out, *byte, part);
        rest = tail;
    }
}

/// Decodes and encodes again without a copy between.
pub(crate) fn recode_into(out: &mut Vec<u8>, raw: &[u8], part: Part) {
    let mut rest = raw;
    while !rest.is_empty() {
        let run = rest.iter().take_while(|byte| part.keeps(**byte)).count();
        let (kept, other) = rest.split_at(run);
        out.extend_from_slice(kept);
        let Some((byte, tail)) = decode_first(other, part) else {
            return;
        };
        push_encoded(out, byte, part);
        rest = tail;
    }
}

/// As `str::split` at an ASCII character, which is slow with parts as short as those of a proof.
pub(crate) fn split(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (part, next) = split_once(rest?, at);
        rest = next;
        Some(part)
    })
}

/// What stands before the first of these ASCII characters, and after it if it is there.
pub(crate) fn split_once(text: &str, at: u8) -> (&str, Option<&str>) {
    let found = text.bytes().position(|byte| byte == at);
    let halves = found.and_then(|found| Some((text.get(..found)?, text.get(found + 1..)?)));
    halves.map_or((text, None), |(part, rest)| (part, Some(rest)))
}

/// 64 lower-case digits, without an allocation.
pub(crate) type Hex = const_hex::Buffer<32>;

/// 64 lower-case digits.
pub(crate) fn to_hex(bytes: &[u8; 32]) -> String {
    const_hex::encode(bytes)
}

/// 32 bytes from 64 digits. Upper case is refused: it would be a second spelling of a text
/// that is compared and signed as text everywhere else.
pub(crate) fn from_lower_hex(text: &[u8]) -> Option<[u8; 32]> {
    // It would take a `0x` in front.
    let digits: &[u8; 64] = text.try_into().ok()?;
    // All of them, because that is done many at once.
    let upper = |found, digit: &u8| found | digit.is_ascii_uppercase();
    if digits.iter().fold(false, upper) {
        return None;
    }
    const_hex::decode_to_array(digits).ok()
}

/// For buffers that hold only what this module wrote; anything else would come out empty.
pub(crate) fn into_ascii(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

fn push_encoded(out: &mut Vec<u8>, byte: u8, part: Part) {
    if part.keeps(byte) {
        out.push(byte);
    } else {
        let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
        out.extend_from_slice(&[b'%', HEX[high], HEX[low]]);
    }
}

fn decode_first(raw: &[u8], part: Part) -> Option<(u8, &[u8])> {
    match raw {
        [b'%', high, low, tail @ ..] => match (hex_value(*high), hex_value(*low)) {
            (Some(high), Some(low)) => Some((high << 4 | low, tail)),
            _ => Some((b'%', raw.get(1..)?)),
        },
        [b'+', tail @ ..] if part == Part::Query => Some((b' ', tail)),
        [byte, tail @ ..] => Some((*byte, tail)),
        [] => None,
    }
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_the_specification_says() {
        assert_eq!(
            uri_encode(b"a b/c+d%~\xc3\xa9", false),
            "a%20b%2Fc%2Bd%25~%C3%A9"
        );
        assert_eq!(uri_encode(b"a/b", true), "a/b");
    }

    #[test]
    fn a_path_is_decoded_once_and_encoded_once() {
        assert_eq!(canonical_path(b""), "/");
        assert_eq!(canonical_path(b"//a/../b%2fc/"), "//a/../b/c/");
        assert_eq!(canonical_path(b"/a+b%2bc%2525"), "/a%2Bb%2Bc%2525");
        assert_eq!(canonical_path(b"/%zz%4"), "/%25zz%254");
        assert_eq!(canonical_path(b"/\xff\x00%ff"), "/%FF%00%FF");
    }

    #[test]
    fn decoding_leaves_broken_escapes_alone() {
        assert_eq!(percent_decode(b"plain+").as_ref(), b"plain+");
        assert_eq!(percent_decode(b"%41%4").as_ref(), b"A%4");
        assert_eq!(decode(b"a+b%2B", Part::Query).as_ref(), b"a b+");
    }

    #[test]
    fn hex_is_lower_case_both_ways() {
        let bytes = std::array::from_fn(|index| 0xf0 ^ index.to_le_bytes()[0]);
        let text = to_hex(&bytes);
        assert!(text.starts_with("f0f1f2") && text.len() == 64);
        assert_eq!(from_lower_hex(text.as_bytes()), Some(bytes));
        for other in [
            &text.to_uppercase(),
            &text[1..],
            &text.replace('f', "g"),
            "",
        ] {
            assert_eq!(from_lower_hex(other.as_bytes()), None);
        }
    }
}
