//! A certificate authority made at start, and one certificate for every host of the system,
//! made anew when a tenant is added.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::SimulatorError;

/// What the listeners serve with, and what clients must trust.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca_pem: String,
    pub(crate) authority: Arc<Authority>,
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

/// Signs for every host of the system, and anew when a tenant is added.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    provider: Arc<CryptoProvider>,
    domain: String,
    tenants: Mutex<Vec<String>>,
    current: RwLock<Option<Arc<CertifiedKey>>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Authority {
    /// Connections from now on are served with a certificate that names this tenant's hosts too.
    pub(crate) fn cover(&self, tenant: &str) -> Result<(), SimulatorError> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let tenant = tenant.to_ascii_lowercase();
        if !tenants.contains(&tenant) {
            tenants.push(tenant);
        }
        let certificate = self.sign(&tenants)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Some(Arc::new(certificate));
        Ok(())
    }

    fn sign(&self, tenants: &[String]) -> Result<CertifiedKey, SimulatorError> {
        let key = KeyPair::generate()?;
        let mut leaf = CertificateParams::new(names(&self.domain, tenants))?;
        leaf.use_authority_key_identifier_extension = true;
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.distinguished_name
            .push(DnType::CommonName, self.domain.as_str());
        let certificate = leaf.signed_by(&key, &self.issuer)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = self.provider.key_provider.load_private_key(private)?;
        Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
    }
}

pub(crate) fn make(domain: &str, tenants: &[String]) -> Result<Identity, SimulatorError> {
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::new(Vec::<String>::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name
        .push(DnType::CommonName, "HCP simulator CA");
    let ca_pem = ca.self_signed(&ca_key)?.pem();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let authority = Arc::new(Authority {
        issuer: Issuer::new(ca, ca_key),
        provider: Arc::clone(&provider),
        domain: domain.to_owned(),
        tenants: Mutex::new(tenants.to_vec()),
        current: RwLock::default(),
    });
    let certificate = authority.sign(tenants)?;
    if let Ok(mut current) = authority.current.write() {
        *current = Some(Arc::new(certificate));
    }
    let resolver = Arc::clone(&authority);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Identity {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        ca_pem,
        authority,
    })
}
