//! The claim in the query of a presigned URL.

use std::borrow::Cow;
use std::str;

use secrecy::SecretString;

use crate::ALGORITHM;
use crate::date::Timestamp;
use crate::error::{Fault, Form, ProofError};
use crate::key::Signature;
use crate::payload::PayloadMode;
use crate::query::{decoded, parameters};
use crate::scope::Credential;
use crate::signed_headers::SignedHeaders;

/// The longest life of a presigned URL: seven days, in seconds.
pub const MAX_EXPIRES: u32 = 604_800;

const ALGORITHM_PARAM: usize = 0;
const CREDENTIAL: usize = 1;
const SIGNATURE: usize = 2;
const SIGNED_HEADERS: usize = 3;
const DATE: usize = 4;
const EXPIRES: usize = 5;
const TOKEN: usize = 6;
const CONTENT_SHA256: usize = 7;

/// The parameters with a meaning of their own; each may stand in the query once.
pub(crate) const PARAMETERS: [&str; 8] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
];

/// What the `X-Amz-*` parameters of a presigned URL say.
#[derive(Clone, Debug)]
pub struct Presigned {
    /// Who claims to have signed.
    pub credential: Credential,
    /// What is signed, besides method, path and query.
    pub signed_headers: SignedHeaders,
    /// The claim to check.
    pub signature: Signature,
    /// From when the URL is good.
    pub timestamp: Timestamp,
    /// For how many seconds after `timestamp` the URL is good: 1 to 604800.
    pub expires: u32,
    /// `X-Amz-Security-Token`, decoded.
    pub security_token: Option<SecretString>,
    /// `X-Amz-Content-Sha256`, which the JavaScript SDK puts into the URL.
    pub payload: Option<PayloadMode>,
}

impl Presigned {
    /// `None` if the query claims nothing: it has neither `X-Amz-Algorithm` nor
    /// `X-Amz-Credential` nor `X-Amz-Signature`.
    pub fn from_query(raw: &[u8]) -> Result<Option<Self>, ProofError> {
        let slots = Slots::collect(raw);
        if !slots.claims() {
            return Ok(None);
        }
        if let Some(name) = slots.repeated {
            return Err(Fault::Repeated(name).of(Form::Query));
        }
        slots.read().map(Some)
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
            let Some(index) = PARAMETERS
                .iter()
                .position(|known| known.as_bytes() == &*name)
            else {
                continue;
            };
            if slots.values[index].replace(decoded(value)).is_some() {
                slots.repeated = Some(PARAMETERS[index]);
            }
        }
        slots
    }

    fn claims(&self) -> bool {
        [ALGORITHM_PARAM, CREDENTIAL, SIGNATURE]
            .iter()
            .any(|index| self.values[*index].is_some())
    }

    fn read(&self) -> Result<Presigned, ProofError> {
        let fault = |fault: Fault| fault.of(Form::Query);
        if self.text(ALGORITHM_PARAM).map_err(fault)? != ALGORITHM {
            return Err(ProofError::UnsupportedAlgorithm(Form::Query));
        }
        let payload = self.values[CONTENT_SHA256]
            .as_deref()
            .map(PayloadMode::parse)
            .transpose()?;
        self.read_parts(payload).map_err(fault)
    }

    fn read_parts(&self, payload: Option<PayloadMode>) -> Result<Presigned, Fault> {
        let security_token = match &self.values[TOKEN] {
            Some(_) => Some(SecretString::from(self.text(TOKEN)?)),
            None => None,
        };
        Ok(Presigned {
            credential: Credential::parse(self.text(CREDENTIAL)?)?,
            signed_headers: SignedHeaders::parse(self.text(SIGNED_HEADERS)?)?,
            signature: Signature::parse(self.text(SIGNATURE)?.as_bytes())?,
            timestamp: Timestamp::parse(self.text(DATE)?.as_bytes()).ok_or(Fault::Date)?,
            expires: parse_expires(self.text(EXPIRES)?)?,
            security_token,
            payload,
        })
    }

    fn text(&self, index: usize) -> Result<&str, Fault> {
        let missing = Fault::Missing(PARAMETERS[index]);
        let value = self.values[index].as_deref().ok_or(missing)?;
        let text = str::from_utf8(value).map_err(|_| Fault::Characters)?;
        if text.is_empty() {
            Err(missing)
        } else {
            Ok(text)
        }
    }
}

fn parse_expires(text: &str) -> Result<u32, Fault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: u32 = text.parse().ok().filter(|_| digits).ok_or(Fault::Expires)?;
    if (1..=MAX_EXPIRES).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Fault::Expires)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const WHOLE: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=a%2Fb%3D%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host%3Brange\
        &X-Amz-Security-Token=t%2Bk\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    fn error(query: &str) -> ProofError {
        Presigned::from_query(query.as_bytes()).unwrap_err()
    }

    #[test]
    fn reads_every_parameter() {
        let read = Presigned::from_query(WHOLE.as_bytes()).unwrap().unwrap();
        assert_eq!(read.credential.access_key, "a/b=");
        assert_eq!(read.signed_headers.as_str(), "host;range");
        assert_eq!(read.timestamp.as_str(), "20130524T000000Z");
        assert_eq!(read.expires, 86400);
        assert_eq!(read.security_token.as_ref().unwrap().expose_secret(), "t+k");
        assert!(!format!("{read:?}").contains("t+k"));
        assert_eq!(read.payload, None);
    }

    #[test]
    fn a_query_without_claim_is_none() {
        for query in [
            "",
            "a=b&&c",
            "X-Amz-Date=x&X-Amz-Date=y",
            "x-amz-signature=1",
            "%",
        ] {
            assert!(
                Presigned::from_query(query.as_bytes()).unwrap().is_none(),
                "{query}"
            );
        }
    }

    #[test]
    fn every_parameter_may_stand_there_once() {
        for name in PARAMETERS {
            let twice = format!("{WHOLE}&{name}=1&X%2D{}=1", &name[2..]);
            assert_eq!(error(&twice), Fault::Repeated(name).of(Form::Query));
        }
    }

    #[test]
    fn every_parameter_but_two_must_be_there() {
        for name in &PARAMETERS[..6] {
            let without = WHOLE.replace(name, "other");
            assert_eq!(error(&without), Fault::Missing(name).of(Form::Query));
            let empty = format!("{without}&{name}=");
            assert_eq!(error(&empty), Fault::Missing(name).of(Form::Query));
        }
    }

    #[test]
    fn expiry_is_a_number_up_to_a_week() {
        for expires in ["0", "604801", "-1", "+5", "1.5", "99999999999", "%20"] {
            let query = WHOLE.replace("=86400", &format!("={expires}"));
            assert_eq!(error(&query), Fault::Expires.of(Form::Query), "{expires}");
        }
        for expires in ["1", "604800"] {
            let query = WHOLE.replace("=86400", &format!("={expires}"));
            assert!(Presigned::from_query(query.as_bytes()).unwrap().is_some());
        }
    }

    #[test]
    fn broken_values_are_told_apart() {
        let of = |from: &str, to: &str| error(&WHOLE.replace(from, to));
        assert_eq!(
            of("HMAC", "ECDSA"),
            ProofError::UnsupportedAlgorithm(Form::Query)
        );
        assert_eq!(of("T000000Z", "T0000Z"), Fault::Date.of(Form::Query));
        assert_eq!(of("aeeed9", "AEEED9"), Fault::Signature.of(Form::Query));
        assert_eq!(
            of("aws4_request", "aws4"),
            Fault::Credential.of(Form::Query)
        );
        assert_eq!(
            of("host%3Brange", "host%3B%3B"),
            Fault::SignedHeaders.of(Form::Query)
        );
        assert_eq!(of("t%2Bk", "%FF"), Fault::Characters.of(Form::Query));
        let hash = format!("{WHOLE}&X-Amz-Content-Sha256=nonsense");
        assert_eq!(error(&hash), ProofError::InvalidContentSha256);
    }
}
