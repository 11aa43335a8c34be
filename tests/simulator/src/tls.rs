//! A certificate authority made at start, and one certificate for every host of the system.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::SimulatorError;

/// What the listeners serve with, and what clients must trust.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca_pem: String,
}

/// The wildcard of the domain does not cover `{bucket}.{tenant}.{domain}`: each tenant needs its own.
fn names(domain: &str, tenants: &[String]) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1"].map(str::to_owned).into();
    names.push(domain.to_owned());
    names.push(format!("*.{domain}"));
    names.push(format!("admin.{domain}"));
    for tenant in tenants {
        names.push(format!("{tenant}.{domain}"));
        names.push(format!("*.{tenant}.{domain}"));
    }
    names
}

pub(crate) fn make(domain: &str, tenants: &[String]) -> Result<Identity, SimulatorError> {
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::new(Vec::<String>::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name
        .push(DnType::CommonName, "HCP simulator CA");
    let ca_pem = ca.self_signed(&ca_key)?.pem();

    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(names(domain, tenants))?;
    leaf.use_authority_key_identifier_extension = true;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.distinguished_name.push(DnType::CommonName, domain);
    let certificate = leaf.signed_by(&key, &Issuer::new(ca, ca_key))?;

    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Identity {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        ca_pem,
    })
}
