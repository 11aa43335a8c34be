//! The claim in an `Authorization` header, and HCP's word for nobody.

use std::str;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::error::{Fault, Form, ProofError};
use crate::signature::Signature;

/// The user that stands for nobody in HCP.
const ALL_USERS: &[u8] = b"all_users:";

/// What `AWS <access key>:<signature>` says.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Who claims to have signed. May end in `=`: HCP's access keys are Base64.
    pub access_key: String,
    /// The claim to check.
    pub signature: Signature,
}

/// Whether the only `Authorization` header is `AWS all_users:`, with which a client of HCP
/// says that it wants to be nobody. Such a request claims nothing, so
/// [`Proof::from_request`](crate::Proof::from_request) finds no proof in it: treat it as
/// one without the header.
#[must_use]
pub fn is_anonymous(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(only), None) => claim(only).is_some_and(|claim| claim == ALL_USERS),
        _ => false,
    }
}

impl Authorization {
    /// `None` if the request has no such header, one of another scheme, or
    /// [nobody's](is_anonymous).
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, ProofError> {
        let values = headers.get_all(AUTHORIZATION);
        if !values.iter().any(|value| claim(value).is_some()) || is_anonymous(headers) {
            return Ok(None);
        }
        let mut values = values.iter();
        match (values.next().and_then(claim), values.next()) {
            (Some(only), None) => Self::parse(only).map(Some),
            _ => Err(ProofError::RepeatedHeader("authorization")),
        }
    }

    /// Reads what follows `AWS `. The last colon separates: Base64 has none.
    pub fn parse(claim: &[u8]) -> Result<Self, ProofError> {
        let fault = |fault: Fault| fault.of(Form::Header);
        let colon = claim.iter().rposition(|byte| *byte == b':');
        let colon = colon.ok_or_else(|| fault(Fault::Shape))?;
        let (access_key, signature) = (&claim[..colon], &claim[colon + 1..]);
        if access_key.is_empty() || signature.is_empty() {
            return Err(fault(Fault::Shape));
        }
        Ok(Self {
            access_key: access_key_of(access_key).map_err(fault)?,
            signature: Signature::parse(signature).map_err(fault)?,
        })
    }
}

/// Visible ASCII only, so that a key can go into logs and lookups as it is.
pub(crate) fn access_key_of(bytes: &[u8]) -> Result<String, Fault> {
    let text = str::from_utf8(bytes).map_err(|_| Fault::Characters)?;
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(Fault::Characters)
    }
}

/// What follows the scheme, if that is ours: `AWS4-…` is another one.
fn claim(value: &HeaderValue) -> Option<&[u8]> {
    match value.as_bytes().strip_prefix(b"AWS")? {
        rest @ ([] | [b' ' | b'\t', ..]) => Some(rest.trim_ascii()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=";

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn read(values: &[&str]) -> Result<Option<Authorization>, ProofError> {
        Authorization::from_headers(&headers(values))
    }

    #[test]
    fn access_keys_are_kept_whole() {
        for key in ["AKIAIOSFODNN7EXAMPLE", "YWRtaW4=", "bGw+/w==", "a:b", "x"] {
            let claim = read(&[&format!("AWS {key}:{SIGNATURE}")]).unwrap().unwrap();
            assert_eq!(claim.access_key, key);
            assert_eq!(claim.signature.to_base64(), SIGNATURE);
            assert!(!format!("{claim:?}").contains("qgk2"));
        }
        assert!(
            read(&[&format!("AWS \t k:{SIGNATURE} ")])
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn nobody_is_no_claim() {
        assert!(is_anonymous(&headers(&["AWS all_users:"])));
        assert!(read(&["AWS all_users:"]).unwrap().is_none());
        // With a signature it is a user like any other, whom nobody knows.
        let signed = format!("AWS all_users:{SIGNATURE}");
        assert!(!is_anonymous(&headers(&[&signed])));
        assert!(read(&[&signed]).unwrap().is_some());
        for other in ["AWS all_user:", "AWS all_users", "HCP all_users:", "AWS :"] {
            assert!(!is_anonymous(&headers(&[other])), "{other}");
        }
        let twice = read(&["AWS all_users:", "AWS all_users:"]).unwrap_err();
        assert_eq!(twice, ProofError::RepeatedHeader("authorization"));
    }

    #[test]
    fn broken_claims_are_told_apart() {
        for (value, fault) in [
            ("AWS", Fault::Shape),
            ("AWS ", Fault::Shape),
            ("AWS key", Fault::Shape),
            ("AWS :", Fault::Shape),
            ("AWS key:", Fault::Shape),
            (&*format!("AWS :{SIGNATURE}"), Fault::Shape),
            (&*format!("AWS k y:{SIGNATURE}"), Fault::Characters),
            (&*format!("AWS k:{SIGNATURE}="), Fault::Signature),
            ("AWS k:sig", Fault::Signature),
        ] {
            let error = read(&[value]).unwrap_err();
            assert_eq!(error, fault.of(Form::Header), "{value}");
        }
    }

    #[test]
    fn only_its_own_scheme_is_read() {
        for other in [
            "Bearer x",
            "AWS4-HMAC-SHA256 x",
            "aws k:s",
            "AWSx",
            "HCP a:b",
            "",
        ] {
            assert!(read(&[other]).unwrap().is_none(), "{other}");
        }
        assert!(read(&[]).unwrap().is_none());
        let ours = format!("AWS k:{SIGNATURE}");
        for pair in [[&*ours, "Bearer x"], ["Bearer x", &*ours], [&*ours, &*ours]] {
            let error = read(&pair).unwrap_err();
            assert_eq!(error, ProofError::RepeatedHeader("authorization"));
        }
    }
}
