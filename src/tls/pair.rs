//! A certificate chain and its key: PEM files, and what the certificate says of itself.

use std::{fs, io};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// Where a chain and its key lie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The certificate chain (PEM), the server's own certificate first.
    pub certificate: String,
    /// Its private key (PEM, not encrypted).
    pub key: String,
}

/// A chain with its key, as read.
pub struct Pair {
    /// Where it lies.
    pub files: Files,
    /// DER, the server's own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key.
    pub key: PrivateKeyDer<'static>,
    /// The names in the certificate: alternative names, or else the common name.
    pub names: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
}

/// The key is not shown.
impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair")
            .field("names", &self.names)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{file} cannot be read: {source}")]
    Unread {
        /// Its path.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// There is no certificate in the file.
    #[error("{0} holds no certificate in PEM")]
    NoCertificate(String),
    /// There is no key in the file.
    #[error("{0} holds no private key in PEM; an encrypted one cannot be used")]
    NoKey(String),
    /// The certificate is malformed.
    #[error("the certificate in {file} cannot be understood: {reason}")]
    Malformed {
        /// Its path.
        file: String,
        /// Why.
        reason: String,
    },
    /// The two do not go together, or are of a kind that cannot be used here.
    #[error("{key} cannot be used with the certificate in {certificate}: {reason}")]
    Mismatch {
        /// The chain's path.
        certificate: String,
        /// The key's path.
        key: String,
        /// The TLS library's words.
        reason: String,
    },
    /// The TLS library does not work at all.
    #[error("TLS cannot be set up: {0}")]
    Library(String),
}

impl CertificateError {
    /// The setting that names the file at fault.
    #[must_use]
    pub fn setting(&self, files: &Files) -> &'static str {
        match self {
            Self::Unread { file, .. } if *file == files.key => "key",
            Self::NoKey(_) | Self::Mismatch { .. } => "key",
            _ => "certificate",
        }
    }
}

impl Pair {
    /// Reads a pair.
    ///
    /// # Errors
    /// A file that is missing or does not hold what it should.
    pub fn read(files: &Files) -> Result<Self, CertificateError> {
        let chain = CertificateDer::pem_slice_iter(&read(&files.certificate)?)
            .collect::<Result<Vec<_>, _>>()
            .unwrap_or_default();
        let first = chain.first();
        let first =
            first.ok_or_else(|| CertificateError::NoCertificate(files.certificate.clone()))?;
        let (names, expires) = describe(first).map_err(|reason| CertificateError::Malformed {
            file: files.certificate.clone(),
            reason,
        })?;
        // The reader's own words could repeat a line of the key.
        let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?)
            .map_err(|_| CertificateError::NoKey(files.key.clone()))?;
        Ok(Self {
            files: files.clone(),
            chain,
            key,
            names,
            expires,
        })
    }

    /// The two cannot be used, in the TLS library's words.
    pub(super) fn mismatch(&self, reason: &impl ToString) -> CertificateError {
        CertificateError::Mismatch {
            certificate: self.files.certificate.clone(),
            key: self.files.key.clone(),
            reason: reason.to_string(),
        }
    }
}

fn read(file: &str) -> Result<Vec<u8>, CertificateError> {
    fs::read(file).map_err(|source| CertificateError::Unread {
        file: file.to_owned(),
        source,
    })
}

/// The names of a certificate and the time of its end.
fn describe(der: &[u8]) -> Result<(Vec<String>, i64), String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    let expires = certificate.validity().not_after.timestamp();
    let alternatives = certificate
        .subject_alternative_name()
        .map_err(|error| error.to_string())?;
    let mut names: Vec<String> = alternatives
        .iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect();
    if alternatives.is_none() {
        let common = certificate.subject().iter_common_name();
        names.extend(common.filter_map(|name| Some(name.as_str().ok()?.to_owned())));
    }
    Ok((names, expires))
}

/// What some files held at one moment; unreadable ones count by their error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint(Vec<Result<[u8; 32], io::ErrorKind>>);

impl Fingerprint {
    pub(super) fn of(files: &[Files]) -> Self {
        let of = |file: &String| {
            let bytes = fs::read(file).map_err(|error| error.kind())?;
            Ok(Sha256::digest(bytes).into())
        };
        let all = files
            .iter()
            .flat_map(|files| [&files.certificate, &files.key]);
        Self(all.map(of).collect())
    }
}
