//! The claim in an `Authorization` header.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::ALGORITHM;
use crate::encode::{split, split_once};
use crate::error::{Fault, Form, ProofError};
use crate::key::Signature;
use crate::scope::Credential;
use crate::signed_headers::SignedHeaders;

/// What `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` says.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Who claims to have signed.
    pub credential: Credential,
    /// What is signed.
    pub signed_headers: SignedHeaders,
    /// The claim to check.
    pub signature: Signature,
}

impl Authorization {
    /// `None` if the request has no such header, or one of another scheme.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, ProofError> {
        let values = headers.get_all(AUTHORIZATION);
        let is_ours = |value: &HeaderValue| value.as_bytes().starts_with(b"AWS4-");
        if !values.iter().any(is_ours) {
            return Ok(None);
        }
        let mut values = values.iter();
        match (values.next(), values.next()) {
            (Some(only), None) => Self::parse(only.as_bytes()).map(Some),
            _ => Err(ProofError::RepeatedHeader("authorization")),
        }
    }

    /// Reads a header's value. Spaces around the parts and their order are free; each part
    /// must be there once, and no other.
    pub fn parse(value: &[u8]) -> Result<Self, ProofError> {
        let fault = |fault: Fault| fault.of(Form::Header);
        let value = std::str::from_utf8(value).map_err(|_| fault(Fault::Characters))?;
        let (algorithm, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        if algorithm != ALGORITHM {
            return Err(ProofError::UnsupportedAlgorithm(Form::Header));
        }
        let parts = Parts::collect(rest).map_err(fault)?;
        parts.read().map_err(fault)
    }
}

#[derive(Default)]
struct Parts<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn collect(text: &'a str) -> Result<Self, Fault> {
        let mut parts = Self::default();
        for part in split(text, b',') {
            let part = part.trim_matches([' ', '\t']);
            let (name, value) = split_once(part, b'=');
            let value = value.unwrap_or_default();
            let (name, slot) = match name {
                "Credential" => ("Credential", &mut parts.credential),
                "SignedHeaders" => ("SignedHeaders", &mut parts.signed_headers),
                "Signature" => ("Signature", &mut parts.signature),
                "" if text.trim_matches([' ', '\t']).is_empty() => continue,
                _ => return Err(Fault::Unknown),
            };
            if slot.replace(value).is_some() {
                return Err(Fault::Repeated(name));
            }
        }
        Ok(parts)
    }

    fn read(&self) -> Result<Authorization, Fault> {
        let present = |name, part: Option<&'a str>| {
            part.filter(|text| !text.is_empty())
                .ok_or(Fault::Missing(name))
        };
        let credential = present("Credential", self.credential)?;
        let signed_headers = present("SignedHeaders", self.signed_headers)?;
        let signature = present("Signature", self.signature)?;
        Ok(Authorization {
            credential: Credential::parse(credential)?,
            signed_headers: SignedHeaders::parse(signed_headers)?,
            signature: Signature::parse(signature.as_bytes())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIAL: &str = "Credential=YWRtaW4=/20130524/us-east-1/s3/aws4_request";
    const HEADERS: &str = "SignedHeaders=host;x-amz-date";
    const SIGNATURE: &str =
        "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024";

    fn fault(value: &str) -> Fault {
        match Authorization::parse(value.as_bytes()) {
            Err(ProofError::Malformed {
                form: Form::Header,
                fault,
            }) => fault,
            other => panic!("{value}: {other:?}"),
        }
    }

    #[test]
    fn spacing_and_order_are_free() {
        for value in [
            format!("{ALGORITHM} {CREDENTIAL}, {HEADERS}, {SIGNATURE}"),
            format!("{ALGORITHM} {CREDENTIAL},{HEADERS},{SIGNATURE}"),
            format!("{ALGORITHM}\t  {SIGNATURE} ,\t{CREDENTIAL}  ,   {HEADERS} "),
        ] {
            let read = Authorization::parse(value.as_bytes()).unwrap();
            assert_eq!(read.credential.access_key, "YWRtaW4=");
            assert_eq!(read.signed_headers.as_str(), "host;x-amz-date");
            assert_eq!(read.signature.to_hex(), &SIGNATURE[10..]);
        }
    }

    #[test]
    fn every_part_must_be_there_once() {
        let all = [CREDENTIAL, HEADERS, SIGNATURE];
        for (index, name) in ["Credential", "SignedHeaders", "Signature"]
            .iter()
            .enumerate()
        {
            let mut parts = all.to_vec();
            parts.remove(index);
            assert_eq!(
                fault(&format!("{ALGORITHM} {}", parts.join(","))),
                Fault::Missing(name)
            );
            parts.push(name);
            assert_eq!(
                fault(&format!("{ALGORITHM} {}", parts.join(","))),
                Fault::Missing(name)
            );
            let twice = format!("{ALGORITHM} {},{}", all.join(","), all[index]);
            assert_eq!(fault(&twice), Fault::Repeated(name));
        }
        assert_eq!(fault(ALGORITHM), Fault::Missing("Credential"));
        assert_eq!(
            fault(&format!("{ALGORITHM}   ")),
            Fault::Missing("Credential")
        );
    }

    #[test]
    fn other_parts_are_refused() {
        let whole = format!("{ALGORITHM} {CREDENTIAL},{HEADERS},{SIGNATURE}");
        for end in [",", ",Region=x", ",signature=00", ", x"] {
            assert_eq!(fault(&format!("{whole}{end}")), Fault::Unknown, "{end}");
        }
        assert_eq!(fault(&format!("{whole}0")), Fault::Signature);
        assert_eq!(fault(&whole.replace("fe5f", "FE5F")), Fault::Signature);
        assert_eq!(fault(&whole.replace("fe5f", "ge5f")), Fault::Signature);
        assert_eq!(
            fault(&whole.replace("aws4_request", "aws5_request")),
            Fault::Credential
        );
        assert_eq!(fault(&whole.replace("host", "Host")), Fault::SignedHeaders);
    }

    #[test]
    fn only_its_own_scheme_is_read() {
        let mut headers = HeaderMap::new();
        assert!(Authorization::from_headers(&headers).unwrap().is_none());
        for other in [
            "Bearer x",
            "AWS key:sig",
            "HCP a:b",
            "aws4-hmac-sha256 x",
            "",
        ] {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(other));
            assert!(
                Authorization::from_headers(&headers).unwrap().is_none(),
                "{other}"
            );
        }
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_static("AWS4-ECDSA-P256-SHA256 x"),
        );
        let unsupported = Authorization::from_headers(&headers).unwrap_err();
        assert_eq!(unsupported, ProofError::UnsupportedAlgorithm(Form::Header));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        let repeated = Authorization::from_headers(&headers).unwrap_err();
        assert_eq!(repeated, ProofError::RepeatedHeader("authorization"));
    }
}
