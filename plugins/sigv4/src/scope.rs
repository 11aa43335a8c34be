//! The credential: an access key, and the day, region and service a signing key is good for.

use crate::date::Timestamp;
use crate::error::Fault;

const TERMINATOR: &str = "aws4_request";
const DATE_LEN: usize = "YYYYMMDD".len();

/// `20130524/us-east-1/s3/aws4_request`: what a [`SigningKey`](crate::SigningKey) is good for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    text: String,
    region_end: usize,
}

impl Scope {
    /// The scope of the day of `at`. Region and service must be visible ASCII without `/`.
    pub fn new(at: &Timestamp, region: &str, service: &str) -> Result<Self, Fault> {
        Self::from_parts(at.date(), region, service)
    }

    fn from_parts(date: &str, region: &str, service: &str) -> Result<Self, Fault> {
        if date.len() != DATE_LEN || !date.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Fault::Credential);
        }
        for part in [region, service] {
            if part.is_empty() || !is_visible(part) || part.contains('/') {
                return Err(Fault::Credential);
            }
        }
        Ok(Self {
            text: [date, region, service, TERMINATOR].join("/"),
            region_end: DATE_LEN + 1 + region.len(),
        })
    }

    /// The whole scope, as it is signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `YYYYMMDD`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.text[..DATE_LEN]
    }

    /// As the client chose it; S3 stores that know no regions accept any.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.text[DATE_LEN + 1..self.region_end]
    }

    /// `s3` wherever a [`Proof`](crate::Proof) was accepted.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.text[self.region_end + 1..self.text.len() - TERMINATOR.len() - 1]
    }
}

/// Who signed, and in which scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Names the secret; it may hold `/` and `=` (HCP's are base64 of the user's name).
    pub access_key: String,
    /// What the signature is bound to.
    pub scope: Scope,
}

impl Credential {
    /// Reads `<access key>/<date>/<region>/<service>/aws4_request`, from the right, because
    /// only the access key may hold slashes.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bytes = text.bytes().enumerate().rev();
        let mut slashes = bytes.filter_map(|(at, byte)| (byte == b'/').then_some(at));
        let mut slash = || slashes.next().ok_or(Fault::Credential);
        let (end, service, region, date) = (slash()?, slash()?, slash()?, slash()?);
        let access_key = &text[..date];
        if &text[end + 1..] != TERMINATOR || access_key.is_empty() || !is_visible(access_key) {
            return Err(Fault::Credential);
        }
        let between = |one: usize, other| &text[one + 1..other];
        Ok(Self {
            access_key: access_key.to_owned(),
            scope: Scope::from_parts(
                between(date, region),
                between(region, service),
                between(service, end),
            )?,
        })
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_may_hold_slashes_and_equals_signs() {
        let credential = Credential::parse("a/b+c==/20130524/us-east-1/s3/aws4_request").unwrap();
        assert_eq!(credential.access_key, "a/b+c==");
        assert_eq!(credential.scope.date(), "20130524");
        assert_eq!(credential.scope.region(), "us-east-1");
        assert_eq!(credential.scope.service(), "s3");
        assert_eq!(
            credential.scope.as_str(),
            "20130524/us-east-1/s3/aws4_request"
        );
    }

    #[test]
    fn what_is_no_credential_is_refused() {
        for text in [
            "",
            "/",
            "////",
            "key",
            "20130524/us-east-1/s3/aws4_request",
            "/20130524/us-east-1/s3/aws4_request",
            "k/2013052/us-east-1/s3/aws4_request",
            "k/2013052a/us-east-1/s3/aws4_request",
            "k/20130524//s3/aws4_request",
            "k/20130524/us-east-1//aws4_request",
            "k/20130524/us-east-1/s3/AWS4_REQUEST",
            "k/20130524/us-east-1/s3/aws4_request/",
            "k/20130524/us east/s3/aws4_request",
            "k/20130524/us\neast/s3/aws4_request",
            "k y/20130524/us-east-1/s3/aws4_request",
            "ké/20130524/us-east-1/s3/aws4_request",
            "k/é0130524/us-east-1/s3/aws4_request",
        ] {
            assert_eq!(Credential::parse(text), Err(Fault::Credential), "{text}");
        }
    }
}
