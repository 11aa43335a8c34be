//! What a request's headers promise about the checksum of its body.

use http::{HeaderMap, HeaderName, HeaderValue};
use portico_sdk::{Error, Reason};

use super::checksum::Algorithm;

/// Announces which trailer will follow the body.
pub const TRAILER: &str = "x-amz-trailer";
/// Names the algorithm an SDK has used.
pub const SDK_ALGORITHM: &str = "x-amz-sdk-checksum-algorithm";

const PREFIX: &str = "x-amz-checksum-";
/// Headers under the prefix that carry no value: they say how an object is to be summed, or
/// ask for its sum.
const NO_VALUES: [&str; 3] = ["algorithm", "type", "mode"];

/// A checksum that the body must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Of which kind.
    pub algorithm: Algorithm,
    /// The value, decoded.
    pub value: Vec<u8>,
}

/// Where the checksum of a body comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// Nobody promised one.
    None,
    /// A header holds it.
    Header(Expected),
    /// It follows the body.
    Trailer(Algorithm),
}

impl Promise {
    /// Reads all headers about the checksum of a body and holds them against each other.
    ///
    /// Not for `CompleteMultipartUpload`, whose `x-amz-checksum-*` speak of the whole object.
    ///
    /// # Errors
    /// [`Reason::InvalidRequest`] with the words of AWS.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Error> {
        let speaks = |name: &HeaderName| {
            let name = name.as_str();
            name.starts_with(PREFIX) || name == TRAILER || name == SDK_ALGORITHM
        };
        // As most requests do, whose headers need no more than one look then.
        if !headers.keys().any(speaks) {
            return Ok(Self::None);
        }
        let promise = match (expected_from_headers(headers)?, announced(headers)?) {
            (None, None) => Self::None,
            (Some(expected), None) => Self::Header(expected),
            (None, Some(algorithm)) => Self::Trailer(algorithm),
            (Some(_), Some(_)) => return Err(more_than_one()),
        };
        promise.agrees_with_sdk(headers)?;
        Ok(promise)
    }

    fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::None => None,
            Self::Header(expected) => Some(expected.algorithm),
            Self::Trailer(algorithm) => Some(*algorithm),
        }
    }

    fn agrees_with_sdk(&self, headers: &HeaderMap) -> Result<(), Error> {
        let Some(named) = headers.get(SDK_ALGORITHM) else {
            return Ok(());
        };
        match self.algorithm() {
            None => Err(invalid(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* \
                 or x-amz-trailer headers were found.",
            )),
            used if used == named.to_str().ok().and_then(Algorithm::of_name) => Ok(()),
            Some(_) => Err(invalid(
                "Value for x-amz-sdk-checksum-algorithm header is invalid.",
            )),
        }
    }
}

/// The one checksum that a header gives.
///
/// # Errors
/// [`Reason::InvalidRequest`] for a second one, an unknown algorithm or a value that is not
/// base64 of the algorithm's length.
pub fn expected_from_headers(headers: &HeaderMap) -> Result<Option<Expected>, Error> {
    let mut found = None;
    for (name, value) in headers {
        let Some(kind) = name.as_str().strip_prefix(PREFIX) else {
            continue;
        };
        if NO_VALUES.contains(&kind) {
            continue;
        }
        if found.is_some() {
            return Err(more_than_one());
        }
        found = Some((name, value));
    }
    found
        .map(|(name, value)| expected(name.as_str(), value))
        .transpose()
}

fn expected(name: &str, value: &HeaderValue) -> Result<Expected, Error> {
    let algorithm = Algorithm::of_header(name.as_bytes()).ok_or_else(unsupported)?;
    let value = algorithm
        .parse(value.as_bytes())
        .ok_or_else(|| invalid(format!("Value for {name} header is invalid.")))?;
    Ok(Expected { algorithm, value })
}

/// The one checksum that `x-amz-trailer` announces.
fn announced(headers: &HeaderMap) -> Result<Option<Algorithm>, Error> {
    let mut names = headers
        .get_all(TRAILER)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty());
    let Some(name) = names.next() else {
        return Ok(None);
    };
    if names.next().is_some() {
        return Err(more_than_one());
    }
    let algorithm = Algorithm::of_header(name).ok_or_else(|| {
        invalid("The value specified in the x-amz-trailer header is not supported")
    })?;
    Ok(Some(algorithm))
}

fn more_than_one() -> Error {
    invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
}

fn unsupported() -> Error {
    let names = Algorithm::ALL.map(Algorithm::name).join(", ");
    invalid(format!(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid \
         types: [{names}]"
    ))
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::with_message(Reason::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(headers: &[(&'static str, &'static str)]) -> Result<Promise, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        Promise::from_headers(&map).map_err(|error| {
            assert_eq!(error.reason(), Reason::InvalidRequest);
            error.to_string()
        })
    }

    const CRC32: (&str, &str) = ("x-amz-checksum-crc32", "AAAAAA==");

    #[test]
    fn one_header_or_one_trailer_is_found() {
        assert_eq!(promise(&[("x-amz-meta-a", "b")]), Ok(Promise::None));
        let expected = Expected {
            algorithm: Algorithm::Crc32,
            value: vec![0; 4],
        };
        let sdk = (SDK_ALGORITHM, "crc32");
        assert_eq!(promise(&[CRC32, sdk]), Ok(Promise::Header(expected)));
        assert_eq!(
            promise(&[(TRAILER, " X-Amz-Checksum-Sha1 ,")]),
            Ok(Promise::Trailer(Algorithm::Sha1))
        );
    }

    #[test]
    fn headers_about_objects_are_no_checksums() {
        let about = [
            ("x-amz-checksum-algorithm", "CRC32"),
            ("x-amz-checksum-type", "COMPOSITE"),
            ("x-amz-checksum-mode", "ENABLED"),
        ];
        assert_eq!(promise(&about), Ok(Promise::None));
    }

    #[test]
    fn contradictions_are_refused_in_the_words_of_aws() {
        for (headers, words) in [
            (
                vec![CRC32, ("x-amz-checksum-sha1", "")],
                "Expecting a single",
            ),
            (vec![CRC32, CRC32], "Expecting a single"),
            (vec![CRC32, (TRAILER, CRC32.0)], "Expecting a single"),
            (
                vec![(TRAILER, "x-amz-checksum-crc32,x-amz-checksum-sha1")],
                "Expecting a single",
            ),
            (
                vec![(TRAILER, "x-amz-meta-a")],
                "The value specified in the x-amz-trailer",
            ),
            (
                vec![("x-amz-checksum-crc32", "AAAA")],
                "Value for x-amz-checksum-crc32 header",
            ),
            (
                vec![("x-amz-checksum-sha512", "AAAA")],
                "Checksum algorithm provided",
            ),
            (
                vec![(SDK_ALGORITHM, "CRC32")],
                "x-amz-sdk-checksum-algorithm specified",
            ),
            (
                vec![CRC32, (SDK_ALGORITHM, "SHA1")],
                "Value for x-amz-sdk-checksum",
            ),
            (
                vec![CRC32, (SDK_ALGORITHM, "MD5")],
                "Value for x-amz-sdk-checksum",
            ),
        ] {
            let refused = promise(&headers).unwrap_err();
            assert!(refused.starts_with(words), "{headers:?}: {refused}");
        }
    }
}
