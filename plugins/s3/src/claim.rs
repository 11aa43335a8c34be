//! A request's claim of who signed it, in either version of AWS's signatures.

use std::time::SystemTime;

use portico_sdk::exchange::Head;
use portico_sdk::{Error, Reason};
use portico_sigv4::{Form, KeyRack, RequestView, Verified};
use secrecy::SecretString;

use crate::coverage;
use crate::error::{refused, refused_v2};

/// A claim that is well formed and not yet checked.
pub(crate) enum Claim {
    V4(Box<portico_sigv4::Proof>),
    V2(Box<portico_sigv2::Proof>),
}

/// The request as its signer saw it, and the time.
pub(crate) struct Seen<'a> {
    pub(crate) view: RequestView<'a>,
    /// The bucket, if the host names it.
    pub(crate) host_bucket: Option<&'a str>,
    pub(crate) now: SystemTime,
    /// Keys that were derived before.
    pub(crate) rack: &'a KeyRack,
}

/// What a claim that held says of the body: Version 2 says nothing.
pub(crate) type Evidence = Option<Verified>;

impl Claim {
    /// Reads the claim; `None` if there is none, in either version.
    pub(crate) fn read(view: &RequestView<'_>) -> Result<Option<Self>, Error> {
        let newer = portico_sigv4::Proof::from_request(view);
        let older = portico_sigv2::Proof::from_request(view);
        match (newer, older) {
            (newer, Ok(None)) => {
                let proof = newer.map_err(|error| refused(&error))?;
                Ok(proof.map(|proof| Self::V4(Box::new(proof))))
            }
            (Ok(None), older) => {
                let proof = older.map_err(|error| refused_v2(&error))?;
                Ok(proof.map(|proof| Self::V2(Box::new(proof))))
            }
            _ => Err(Error::with_message(
                Reason::InvalidArgument,
                "Only one auth mechanism allowed; there are signatures of two versions.",
            )),
        }
    }

    /// Whether there are claims of both versions, good or bad. Two readers could then take the
    /// request for two people's, so it goes nowhere.
    pub(crate) fn is_twofold(view: &RequestView<'_>) -> bool {
        let newer = portico_sigv4::Proof::from_request(view);
        let older = portico_sigv2::Proof::from_request(view);
        !matches!(newer, Ok(None)) && !matches!(older, Ok(None))
    }

    pub(crate) fn access_key(&self) -> &str {
        match self {
            Self::V4(proof) => proof.access_key(),
            Self::V2(proof) => proof.access_key(),
        }
    }

    pub(crate) fn security_token(&self) -> Option<&SecretString> {
        match self {
            Self::V4(proof) => proof.security_token(),
            Self::V2(proof) => proof.security_token(),
        }
    }

    /// Whether this is a presigned URL of Version 4, the form of the links that Portico gives.
    pub(crate) fn is_newer_link(&self) -> bool {
        matches!(self, Self::V4(proof) if proof.form() == Form::Query)
    }

    /// Checks time and signature, and that what is not signed changes nothing.
    pub(crate) fn verify(&self, secret: &SecretString, seen: &Seen<'_>) -> Result<Evidence, Error> {
        let Seen {
            view,
            host_bucket,
            now,
            rack,
        } = seen;
        match self {
            Self::V4(proof) => {
                let verified = proof.verify_with_rack(rack, secret, view, *now);
                verified.map(Some).map_err(|error| refused(&error))
            }
            Self::V2(proof) => {
                let verified = proof.verify(secret, view, *host_bucket, *now);
                let verified = verified.map_err(|error| refused_v2(&error))?;
                coverage::check(verified, view)?;
                Ok(None)
            }
        }
    }
}

/// The request as its signer saw it.
pub(crate) fn view(head: &Head) -> RequestView<'_> {
    RequestView {
        method: head.method().as_str(),
        raw_path: head.raw_path(),
        raw_query: head.raw_query(),
        headers: head.headers(),
        host: head.authority.as_bytes(),
    }
}
