//! Checks a body against the digests that its headers and trailers promise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use md5::{Digest as _, Md5};
use s3s::S3Error;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1};
use sha2::Sha256;

use crate::s3::errors;

const CONTENT_SHA256: &str = "x-amz-content-sha256";
const CHECKSUMS: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

/// Which promise a body broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    Sha256,
    #[error("The Content-MD5 you specified did not match what we received.")]
    Md5,
    #[error("The checksum you specified did not match what we received.")]
    Checksum,
}

impl From<Flaw> for S3Error {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Sha256 => errors::bad_request("XAmzContentSHA256Mismatch", flaw.to_string()),
            Flaw::Md5 | Flaw::Checksum => errors::bad_request("BadDigest", flaw.to_string()),
        }
    }
}

/// Digests of a body that is passing by, and what they should be.
#[derive(Default)]
pub(crate) struct Digests {
    sha256: Option<(Sha256, Vec<u8>)>,
    md5: Option<(Md5, Vec<u8>)>,
    checksums: ChecksumHasher,
    promised: Vec<(&'static str, String)>,
}

impl Digests {
    /// What the headers promise about the bytes on the wire. `Content-MD5` and checksums of an
    /// aws-chunked body are about its decoded form: see [`Digests::decoded`].
    pub(crate) fn on_the_wire(headers: &HeaderMap) -> Result<Self, S3Error> {
        if is_aws_chunked(headers) {
            return Ok(Self::default());
        }
        Ok(Self {
            sha256: literal_sha256(headers),
            ..Self::about_content(headers)?
        })
    }

    /// Only `x-amz-content-sha256`, for a body that its checksum headers do not describe.
    pub(crate) fn literal(headers: &HeaderMap) -> Self {
        Self {
            sha256: literal_sha256(headers),
            ..Self::default()
        }
    }

    /// What headers and trailers promise about the content of an aws-chunked body.
    pub(crate) fn decoded(headers: &HeaderMap) -> Result<Self, S3Error> {
        if !is_aws_chunked(headers) {
            return Ok(Self::default());
        }
        let mut digests = Self::about_content(headers)?;
        let trailer = text(headers, "x-amz-trailer").unwrap_or_default();
        for name in trailer.split(',') {
            digests.compute(name.trim());
        }
        Ok(digests)
    }

    fn about_content(headers: &HeaderMap) -> Result<Self, S3Error> {
        let md5 = text(headers, "content-md5").map(parse_md5).transpose()?;
        let mut digests = Self {
            md5: md5.map(|expected| (Md5::new(), expected)),
            ..Self::default()
        };
        for name in CHECKSUMS {
            if let Some(value) = text(headers, name) {
                digests.compute(name);
                digests.promised.push((name, value.to_owned()));
            }
        }
        Ok(digests)
    }

    fn compute(&mut self, name: &str) {
        let to = &mut self.checksums;
        match name {
            "x-amz-checksum-crc32" => to.crc32 = Some(Crc32::new()),
            "x-amz-checksum-crc32c" => to.crc32c = Some(Crc32c::new()),
            "x-amz-checksum-crc64nvme" => to.crc64nvme = Some(Crc64Nvme::new()),
            "x-amz-checksum-sha1" => to.sha1 = Some(Sha1::new()),
            "x-amz-checksum-sha256" => to.sha256 = Some(s3s::crypto::Sha256::new()),
            _ => {}
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        if let Some((hasher, _)) = &mut self.sha256 {
            hasher.update(data);
        }
        if let Some((hasher, _)) = &mut self.md5 {
            hasher.update(data);
        }
        self.checksums.update(data);
    }

    /// Compares everything that was promised; trailers come after the body.
    pub(crate) fn check(mut self, trailers: Option<&HeaderMap>) -> Result<(), Flaw> {
        let promised = std::mem::take(&mut self.promised);
        if let Some((hasher, expected)) = self.sha256
            && hasher.finalize().as_slice() != expected
        {
            return Err(Flaw::Sha256);
        }
        if let Some((hasher, expected)) = self.md5
            && hasher.finalize().as_slice() != expected
        {
            return Err(Flaw::Md5);
        }
        let computed = self.checksums.finalize();
        let value = |name: &str| match name {
            "x-amz-checksum-crc32" => computed.checksum_crc32.as_deref(),
            "x-amz-checksum-crc32c" => computed.checksum_crc32c.as_deref(),
            "x-amz-checksum-crc64nvme" => computed.checksum_crc64nvme.as_deref(),
            "x-amz-checksum-sha1" => computed.checksum_sha1.as_deref(),
            _ => computed.checksum_sha256.as_deref(),
        };
        let trailing = CHECKSUMS.into_iter().filter_map(|name| {
            let promise = trailers.and_then(|trailers| text(trailers, name))?;
            Some((name, promise.to_owned()))
        });
        let mut all = promised.into_iter().chain(trailing);
        if all.all(|(name, promise)| value(name) == Some(promise.as_str())) {
            Ok(())
        } else {
            Err(Flaw::Checksum)
        }
    }
}

fn literal_sha256(headers: &HeaderMap) -> Option<(Sha256, Vec<u8>)> {
    let literal = text(headers, CONTENT_SHA256).and_then(|value| hex::decode(value).ok());
    literal.map(|expected| (Sha256::new(), expected))
}

fn parse_md5(value: &str) -> Result<Vec<u8>, S3Error> {
    let bytes = STANDARD.decode(value).ok();
    bytes.filter(|bytes| bytes.len() == 16).ok_or_else(|| {
        errors::bad_request(
            "InvalidDigest",
            "The Content-MD5 you specified is not valid.",
        )
    })
}

pub(crate) fn is_aws_chunked(headers: &HeaderMap) -> bool {
    text(headers, CONTENT_SHA256).is_some_and(|value| value.starts_with("STREAMING-"))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn verdict(
        pairs: &[(&'static str, &str)],
        trailers: &[(&'static str, &str)],
    ) -> Result<(), Flaw> {
        let headers = headers(pairs);
        let mut digests = if is_aws_chunked(&headers) {
            Digests::decoded(&headers).unwrap()
        } else {
            Digests::on_the_wire(&headers).unwrap()
        };
        digests.update(b"hel");
        digests.update(b"lo");
        digests.check(Some(&self::headers(trailers)))
    }

    #[test]
    fn digests_of_hello() {
        for (name, good) in [
            ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
            ("x-amz-checksum-crc32", "NhCmhg=="),
            ("x-amz-checksum-crc32c", "mnG7TA=="),
            ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
            (
                "x-amz-checksum-sha256",
                "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            ),
        ] {
            assert_eq!(verdict(&[(name, good)], &[]), Ok(()), "{name}");
        }
        let bad = verdict(&[("x-amz-checksum-crc32", "NhCmhA==")], &[]);
        assert_eq!(bad, Err(Flaw::Checksum));
        let bad = verdict(&[("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")], &[]);
        assert_eq!(bad, Err(Flaw::Md5));
        let zeros = "0".repeat(64);
        let bad = verdict(&[("x-amz-content-sha256", &zeros)], &[]);
        assert_eq!(bad, Err(Flaw::Sha256));
    }

    #[test]
    fn a_trailer_is_checked_too() {
        let head = [
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
        ];
        let name = "x-amz-checksum-crc32";
        assert_eq!(verdict(&head, &[(name, "NhCmhg==")]), Ok(()));
        assert_eq!(verdict(&head, &[(name, "AAAAAA==")]), Err(Flaw::Checksum));
    }
}
