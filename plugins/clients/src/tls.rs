//! The TLS rules of the settings as a rustls configuration.
//!
//! The system's authorities come through `rustls-native-certs`: it reads the same files as the
//! system's OpenSSL (`SSL_CERT_FILE` and `SSL_CERT_DIR` included), which Pingora uses, so that
//! both stacks trust the same. `rustls-platform-verifier` does no more than that on Linux.

use std::sync::Arc;

use portico_sdk::upstream::TlsRules;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{RootCertStore, crypto};

use crate::fault::ClientError;
use crate::trust::{Anybody, Authorities};

/// The configuration, with ring named explicitly: no process-wide provider is needed.
///
/// # Errors
/// Authorities that cannot be read, or none on the system.
pub fn trusting(rules: &TlsRules) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = verifier(rules, &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

/// A configuration that believes nobody, for a process that does not speak TLS there.
///
/// # Errors
/// None in practice: rustls refuses no defaults of its own.
pub fn trusting_nobody() -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Ok(config)
}

fn verifier(
    rules: &TlsRules,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ClientError> {
    if !rules.verify {
        return Ok(Arc::new(Anybody::new(provider)));
    }
    let (roots, own) = match &rules.ca_pem {
        Some(pem) => given(pem)?,
        None => (system()?, Vec::new()),
    };
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()?;
    Ok(Arc::new(Authorities::new(webpki, own)))
}

type Given = (RootCertStore, Vec<CertificateDer<'static>>);

fn given(pem: &[u8]) -> Result<Given, ClientError> {
    let list: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(ClientError::Pem)?;
    if list.is_empty() {
        return Err(ClientError::NoAuthority);
    }
    let mut roots = RootCertStore::empty();
    for certificate in &list {
        roots.add(certificate.clone())?;
    }
    Ok((roots, list))
}

fn system() -> Result<RootCertStore, ClientError> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the system's certificate authorities cannot be read");
    }
    let mut roots = RootCertStore::empty();
    // Old authorities that rustls cannot parse are left out, as every rustls client does.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(ClientError::NoSystemAuthority);
    }
    Ok(roots)
}
