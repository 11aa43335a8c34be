//! Writing the gateway's own address into the `Location` element of an upload's answer.

use bytes::{Bytes, BytesMut};
use portico_sdk::Error;
use portico_sdk::forward::BodyTransform;

const OPEN: &[u8] = b"<Location>";
const CLOSE: &[u8] = b"</Location>";
/// Longest element that is waited for, in bytes: many times the longest key, escaped.
const LIMIT: usize = 16 * 1024;

/// Replaces scheme and authority in the first `<Location>` of a `CompleteMultipartUpload` or
/// `PostObject` answer, which names the upstream otherwise.
///
/// Everything up to the element passes at once, because stores send whitespace to keep the
/// connection alive while they put the parts together. An element that is not an absolute
/// HTTP URL, or never ends, passes unchanged.
#[derive(Debug, Clone)]
pub struct ReplaceLocation {
    base: String,
    /// The possible beginning of the element, or the element as far as it has come.
    kept: BytesMut,
    done: bool,
}

impl ReplaceLocation {
    /// `base` is `scheme://authority` as the client knows the gateway, without a slash.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self {
            // The authority is the client's word: it must not bring markup with it.
            base: quick_xml::escape::escape(base).into_owned(),
            kept: BytesMut::new(),
            done: false,
        }
    }

    /// Splits what is kept where the element begins, or might begin.
    fn release(&mut self) -> BytesMut {
        let start = find(&self.kept, OPEN).unwrap_or_else(|| self.kept.len() - overlap(&self.kept));
        let mut out = self.kept.split_to(start);
        if let Some(end) = find(&self.kept, CLOSE) {
            self.done = true;
            let element = self.kept.split_to(end);
            out.extend_from_slice(&self.replaced(&element));
        }
        if self.done || self.kept.len() > LIMIT {
            self.done = true;
            out.unsplit(self.kept.split());
        }
        out
    }

    /// The element's beginning with its address replaced.
    fn replaced(&self, element: &[u8]) -> Vec<u8> {
        let path = element.strip_prefix(OPEN).and_then(after_authority);
        path.map_or_else(
            || element.to_vec(),
            |path| [OPEN, self.base.as_bytes(), path].concat(),
        )
    }
}

impl BodyTransform for ReplaceLocation {
    fn transform(&mut self, piece: Bytes, end: bool) -> Result<Bytes, Error> {
        if self.done {
            return Ok(piece);
        }
        self.kept.extend_from_slice(&piece);
        let mut out = self.release();
        if end {
            out.unsplit(self.kept.split());
        }
        Ok(out.freeze())
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// How many bytes at the end of `text` might be the beginning of the element.
fn overlap(text: &[u8]) -> usize {
    (1..OPEN.len())
        .rev()
        .find(|length| text.ends_with(&OPEN[..*length]))
        .unwrap_or(0)
}

/// What follows the authority of an absolute HTTP URL.
fn after_authority(url: &[u8]) -> Option<&[u8]> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let (head, rest) = url.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme.as_bytes()).then_some(rest)
    })?;
    let end = rest.iter().position(|byte| b"/?#".contains(byte));
    Some(&rest[end.unwrap_or(rest.len())..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = "<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult>\
        <Location>http://10.0.0.1:9000/b/a%20%26b?x</Location><Key>Location</Key>\
        <ETag>&quot;e-2&quot;</ETag></CompleteMultipartUploadResult>";

    fn run(base: &str, pieces: &[&[u8]]) -> String {
        let mut transform = ReplaceLocation::new(base);
        let mut out = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let piece = Bytes::copy_from_slice(piece);
            let end = index + 1 == pieces.len();
            out.extend_from_slice(&transform.transform(piece, end).unwrap());
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_address_is_replaced_in_every_split() {
        let expected = ANSWER.replace("http://10.0.0.1:9000", "https://s3.example:8443");
        for cut in 0..=ANSWER.len() {
            let (left, right) = ANSWER.as_bytes().split_at(cut);
            assert_eq!(
                run("https://s3.example:8443", &[left, right, b""]),
                expected,
                "at {cut}"
            );
        }
        let bytes: Vec<_> = ANSWER.as_bytes().chunks(1).collect();
        assert_eq!(run("https://s3.example:8443", &bytes), expected);
    }

    #[test]
    fn whitespace_and_prolog_pass_at_once() {
        let mut transform = ReplaceLocation::new("https://s3.example");
        for piece in ["<?xml version=\"1.0\"?>", " ", "\n", "<CompleteMultipart"] {
            assert_eq!(
                transform.transform(Bytes::from(piece), false).unwrap(),
                piece
            );
        }
    }

    #[test]
    fn what_is_no_address_stays() {
        for answer in [
            "<Location>/b/k</Location>",
            "<Location></Location>",
            "<Location>https:/</Location>",
            "<LocationConstraint>http://a/b</LocationConstraint>",
            "<Location>http://a/b",
            "<Loc",
            "",
        ] {
            assert_eq!(run("https://s3.example", &[answer.as_bytes(), b""]), answer);
        }
    }

    #[test]
    fn an_address_without_a_path_is_replaced_too() {
        let out = run("http://s3", &[b"<Location>HTTPS://a</Location>"]);
        assert_eq!(out, "<Location>http://s3</Location>");
    }

    #[test]
    fn only_the_first_element_is_touched() {
        let twice = "<Location>http://a/1</Location><Location>http://a/2</Location>";
        let out = run("http://s3", &[twice.as_bytes()]);
        assert_eq!(
            out,
            "<Location>http://s3/1</Location><Location>http://a/2</Location>"
        );
    }

    #[test]
    fn the_clients_word_brings_no_markup() {
        let out = run("http://a<b&c", &[b"<Location>http://a/1</Location>"]);
        assert_eq!(out, "<Location>http://a&lt;b&amp;c/1</Location>");
    }

    #[test]
    fn an_element_without_end_is_given_up_at_the_limit() {
        let mut transform = ReplaceLocation::new("http://s3");
        let long = Bytes::from([OPEN, b"http://a/", &[b'k'; LIMIT]].concat());
        assert_eq!(transform.transform(long.clone(), false).unwrap(), long);
        let late = Bytes::from_static(b"</Location>");
        let out = transform.transform(late.clone(), false).unwrap();
        assert_eq!(out.as_ptr(), late.as_ptr());
    }

    proptest! {
        #[test]
        fn other_content_is_never_broken(
            pieces in prop::collection::vec("(<|/|>|Location|<Location>|x| ){0,8}", 0..6),
        ) {
            let pieces: Vec<_> = pieces.iter().map(String::as_bytes).collect();
            prop_assert_eq!(run("http://s3", &pieces).into_bytes(), pieces.concat());
        }
    }
}
