//! The claim in the query of a presigned URL.

use std::borrow::Cow;
use std::str;

use portico_sigv4::percent_decode;
use portico_sigv4::query::{decoded, parameters};

use crate::authorization::access_key_of;
use crate::error::{Fault, Form, ProofError};
use crate::signature::Signature;

const ACCESS_KEY: usize = 0;
const EXPIRES: usize = 1;
const SIGNATURE: usize = 2;

/// The parameters of a presigned URL, which do not reach the store. Names are case-sensitive.
pub const PARAMETERS: [&str; 3] = ["AWSAccessKeyId", "Expires", "Signature"];

/// What the parameters of a presigned URL say.
#[derive(Clone, Debug)]
pub struct Presigned {
    /// Who claims to have signed.
    pub access_key: String,
    /// The claim to check.
    pub signature: Signature,
    /// Until when the URL is good, in seconds since 1970.
    ///
    /// This version has no bound: a link may be good for years. Whoever wants one has to
    /// compare with the clock; when the link was made is not known.
    pub expires: i64,
    /// `Expires` as it was written, which is how it was signed.
    pub(crate) expires_text: String,
}

impl Presigned {
    /// `None` if the query claims nothing: it has neither `AWSAccessKeyId` nor `Signature`.
    ///
    /// In these two a `+` is a plus, although a space everywhere else in a query: Base64 has
    /// plus signs and no spaces, and clients forget to escape them.
    pub fn from_query(raw: &[u8]) -> Result<Option<Self>, ProofError> {
        let slots = Slots::collect(raw);
        if slots.values[ACCESS_KEY].is_none() && slots.values[SIGNATURE].is_none() {
            return Ok(None);
        }
        match slots.repeated {
            Some(name) => Err(Fault::Repeated(name.to_owned()).of(Form::Query)),
            None => slots.read().map(Some),
        }
    }
}

#[derive(Default)]
struct Slots<'a> {
    values: [Option<Cow<'a, [u8]>>; PARAMETERS.len()],
    repeated: Option<&'static str>,
}

impl<'a> Slots<'a> {
    fn collect(raw: &'a [u8]) -> Self {
        let mut slots = Self::default();
        for (name, value) in parameters(raw) {
            let name = decoded(name);
            let known = PARAMETERS.map(str::as_bytes);
            let Some(index) = known.iter().position(|known| **known == *name) else {
                continue;
            };
            if slots.values[index].replace(percent_decode(value)).is_some() {
                slots.repeated = Some(PARAMETERS[index]);
            }
        }
        slots
    }

    fn read(&self) -> Result<Presigned, ProofError> {
        let fault = |fault: Fault| fault.of(Form::Query);
        let access_key = access_key_of(self.value(ACCESS_KEY)?).map_err(fault)?;
        let signature = Signature::parse(self.value(SIGNATURE)?).map_err(fault)?;
        let (expires, text) = seconds(self.value(EXPIRES)?).ok_or(ProofError::InvalidExpires)?;
        Ok(Presigned {
            access_key,
            signature,
            expires,
            expires_text: text.to_owned(),
        })
    }

    fn value(&self, index: usize) -> Result<&[u8], ProofError> {
        let value = self.values[index].as_deref();
        value
            .filter(|value| !value.is_empty())
            .ok_or(ProofError::IncompleteQuery)
    }
}

/// Digits only: `FromStr` alone would let a sign through.
fn seconds(text: &[u8]) -> Option<(i64, &str)> {
    let text = str::from_utf8(text).ok()?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits)?;
    Some((seconds, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str =
        "AWSAccessKeyId=a%2Fb%3D&Expires=1175139620&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D";

    fn error(query: &str) -> ProofError {
        Presigned::from_query(query.as_bytes()).unwrap_err()
    }

    #[test]
    fn reads_every_parameter() {
        for query in [
            WHOLE.to_owned(),
            percent_decode(WHOLE.as_bytes()).escape_ascii().to_string(),
            format!("acl&{}", WHOLE.replace("Signature", "%53ignature")),
        ] {
            let read = Presigned::from_query(query.as_bytes()).unwrap().unwrap();
            assert_eq!(read.access_key, "a/b=", "{query}");
            assert_eq!(read.expires, 1_175_139_620);
            assert_eq!(read.signature.to_base64(), "NpgCjnDzrM+WFzoENXmpNDUsSn8=");
        }
    }

    #[test]
    fn a_query_without_claim_is_none() {
        for query in [
            "",
            "Expires=x&Expires=y",
            "signature=1",
            "awsaccesskeyid=",
            "%",
        ] {
            let read = Presigned::from_query(query.as_bytes());
            assert!(read.unwrap().is_none(), "{query}");
        }
    }

    #[test]
    fn every_parameter_must_be_there_once() {
        for name in PARAMETERS {
            let twice = format!("{WHOLE}&%{:X}{}=1", name.as_bytes()[0], &name[1..]);
            assert_eq!(
                error(&twice),
                Fault::Repeated(name.to_owned()).of(Form::Query)
            );
            let without = WHOLE.replace(name, "other");
            assert_eq!(error(&without), ProofError::IncompleteQuery, "{name}");
            let empty = format!("{without}&{name}=");
            assert_eq!(error(&empty), ProofError::IncompleteQuery, "{name}");
        }
    }

    #[test]
    fn broken_values_are_told_apart() {
        for expires in [
            "-1",
            "+5",
            "1.5",
            "99999999999999999999",
            "%20",
            "1e9",
            "%D9%A1",
        ] {
            let query = WHOLE.replace("1175139620", expires);
            assert_eq!(error(&query), ProofError::InvalidExpires, "{expires}");
        }
        let of = |from: &str, to: &str| error(&WHOLE.replace(from, to));
        assert_eq!(of("%3D&", "%0A&"), Fault::Characters.of(Form::Query));
        assert_eq!(of("Sn8%3D", "Sn8"), Fault::Signature.of(Form::Query));
    }
}
