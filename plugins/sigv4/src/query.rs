//! The query string: its parameters as sent, and in the order and form that is signed.

use std::borrow::Cow;

use crate::encode::{Part, decode, into_ascii, recode_into};

/// Name and value of every parameter, still escaped; a parameter without `=` has an empty
/// value. Empty pieces (`a&&b`) carry nothing and are left out.
pub fn parameters(raw: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    raw.split(|byte| *byte == b'&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| match piece.iter().position(|byte| *byte == b'=') {
            Some(at) => (&piece[..at], &piece[at + 1..]),
            None => (piece, &piece[piece.len()..]),
        })
}

/// Undoes percent-encoding once, reading `+` as a space: the meaning of a name or a value.
#[must_use]
pub fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    decode(raw, Part::Query)
}

/// The query S3 signs: every name and value decoded once and encoded once, `name=` for a
/// parameter without value, sorted by encoded name and then value, duplicates kept.
///
/// `+` reads as a space and comes out as `%20`: so do S3, MinIO, Ceph and AWS's own SDKs.
/// Reading it as `%2B` too would let the holder of a presigned URL turn a signed plus into
/// a space, as the store sees it.
#[must_use]
pub fn canonical_query(raw: &[u8]) -> String {
    let mut out = Vec::with_capacity(raw.len());
    write_sorted(&mut out, parameters(raw), true);
    into_ascii(out)
}

/// Where one `name=value` lies in the scratch buffer.
struct Place {
    start: usize,
    equals: usize,
    end: usize,
}

impl Place {
    fn key<'a>(&self, scratch: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        (
            &scratch[self.start..self.equals],
            &scratch[self.equals..self.end],
        )
    }
}

pub(crate) fn write_sorted<'a>(
    out: &mut Vec<u8>,
    parameters: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    recode: bool,
) {
    let write = |scratch: &mut Vec<u8>, raw: &[u8]| {
        if recode {
            recode_into(scratch, raw, Part::Query);
        } else {
            scratch.extend_from_slice(raw);
        }
    };
    let mut scratch = Vec::with_capacity(512);
    let mut places = Vec::with_capacity(16);
    for (name, value) in parameters {
        let start = scratch.len();
        write(&mut scratch, name);
        let equals = scratch.len();
        scratch.push(b'=');
        write(&mut scratch, value);
        let end = scratch.len();
        places.push(Place { start, equals, end });
    }
    places.sort_unstable_by(|a, b| a.key(&scratch).cmp(&b.key(&scratch)));
    for (index, place) in places.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(&scratch[place.start..place.end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_encoded_name_then_value() {
        assert_eq!(canonical_query(b"b=2&a=2&a=1&a=1"), "a=1&a=1&a=2&b=2");
        // `-` sorts before `=`, so a plain sort of whole pieces would put `a-b` first.
        assert_eq!(canonical_query(b"a-b=1&a=2"), "a=2&a-b=1");
        assert_eq!(canonical_query("é=1&z=2".as_bytes()), "%C3%A9=1&z=2");
    }

    #[test]
    fn a_parameter_without_value_gets_an_equals_sign() {
        assert_eq!(canonical_query(b"uploads"), "uploads=");
        assert_eq!(canonical_query(b"&&acl&=x&"), "=x&acl=");
        assert_eq!(canonical_query(b""), "");
    }

    #[test]
    fn a_second_equals_sign_belongs_to_the_value() {
        assert_eq!(canonical_query(b"a=b=c/d"), "a=b%3Dc%2Fd");
    }

    #[test]
    fn a_plus_is_a_space() {
        assert_eq!(canonical_query(b"p=a+b%2Bc%20d"), "p=a%20b%2Bc%20d");
    }
}
