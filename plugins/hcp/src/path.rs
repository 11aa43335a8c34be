//! A path of the management service: each segment is encoded by itself, so that a name never
//! becomes a part of the address.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is (RFC 3986 section 2.3, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path below `/mapi`, encoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(String);

/// The text cannot be one segment of a path, however it is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no name of a resource")]
pub struct BadSegment;

impl Path {
    /// A path, or more of it, as the program itself writes it: `/tenants`.
    #[must_use]
    pub fn fixed(mut self, text: &'static str) -> Self {
        self.0.push_str(text);
        self
    }

    /// Adds one segment that somebody named.
    ///
    /// # Errors
    /// An empty name, `.` and `..` (which servers resolve, encoded or not), and names with a slash
    /// or a NUL, which some servers decode before they split.
    pub fn segment(mut self, name: &str) -> Result<Self, BadSegment> {
        if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
            return Err(BadSegment);
        }
        self.0.push('/');
        self.0.extend(utf8_percent_encode(name, ENCODED));
        Ok(self)
    }

    /// The encoded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    fn path(name: &str) -> Result<String, BadSegment> {
        let path = Path::default().fixed("/tenants").segment(name)?;
        Ok(path.fixed("/cors").as_str().to_owned())
    }

    #[test]
    fn names_are_encoded_and_cannot_climb() {
        assert_eq!(
            path("a b@c?d#e%2Få").unwrap(),
            "/tenants/a%20b%40c%3Fd%23e%252F%C3%A5/cors"
        );
        for bad in ["", ".", "..", "a/b", "/", "a\0"] {
            assert_eq!(path(bad), Err(BadSegment), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_name_there_is_one_segment_and_it_is_the_name(name in any::<String>()) {
            let Ok(path) = path(&name) else { return Ok(()) };
            let uri: http::Uri = format!("https://h{path}").parse().unwrap();
            prop_assert_eq!(uri.host(), Some("h"));
            prop_assert_eq!(uri.query(), None);
            let segments: Vec<_> = uri.path().split('/').collect();
            prop_assert_eq!(segments.len(), 4);
            let decoded = percent_decode_str(segments[2]).decode_utf8().unwrap();
            prop_assert_eq!(decoded, name);
        }
    }
}
