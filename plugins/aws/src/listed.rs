//! Keys in listings, which are asked for in an encoding that XML can hold; and keys in headers.

use aws_sdk_s3::types::EncodingType;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What AWS's clients leave as it is in a key.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Reads the names in one listing.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    encoded: bool,
}

impl Listed {
    /// By what the listing says of itself: a store that does not know encodings answers plainly.
    #[must_use]
    pub fn by(encoding: Option<&EncodingType>) -> Self {
        Self {
            encoded: encoding == Some(&EncodingType::Url),
        }
    }

    /// The name as it is. A plus sign is a space, as in AWS's own answers.
    #[must_use]
    pub fn name(self, text: &str) -> String {
        if !self.encoded {
            return text.to_owned();
        }
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    }
}

/// The value of `x-amz-copy-source`; HCP wants the slash at its beginning.
#[must_use]
pub fn copy_source(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{}", utf8_percent_encode(key, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_listing_says() {
        let url = Listed::by(Some(&EncodingType::Url));
        assert_eq!(url.name("a+b%2Bc%20d/%C3%A5%0A"), "a b+c d/å\n");
        assert_eq!(Listed::by(None).name("a+b%20"), "a+b%20");
    }

    #[test]
    fn sources_are_encoded_once() {
        assert_eq!(
            copy_source("b", "a b?#%2F/å//+"),
            "/b/a%20b%3F%23%252F/%C3%A5//%2B"
        );
    }
}
