//! TLS by rustls.

use std::sync::Arc;

use pingora::listeners::tls::Acceptor as EngineAcceptor;
use pingora::protocols::Stream;
use pingora::protocols::l4::stream::Stream as Socket;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{CertificateError, Names, Pair};

/// Takes handshakes with a set of certificates.
pub struct Acceptor(EngineAcceptor);

#[derive(Debug)]
struct Chosen {
    names: Names,
    keys: Vec<Arc<CertifiedKey>>,
}

impl Acceptor {
    /// Puts the pairs under their names; the first is for every other name.
    ///
    /// # Errors
    /// A key that does not belong to its certificate, or is of no use here.
    pub fn new(pairs: &[Pair], names: Names, http2: bool) -> Result<Self, CertificateError> {
        let provider = default_provider();
        let mut keys = Vec::new();
        for pair in pairs {
            let key = CertifiedKey::from_der(pair.chain.clone(), pair.key.clone_key(), &provider);
            keys.push(Arc::new(key.map_err(|error| pair.mismatch(&error))?));
        }
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| CertificateError::Library(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Chosen { names, keys }));
        if http2 {
            config.alpn_protocols.push(b"h2".to_vec());
        }
        config.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(Self(EngineAcceptor::from_server_config(Arc::new(config))))
    }

    /// Takes a handshake.
    ///
    /// # Errors
    /// The client speaks no TLS, or none that is spoken here.
    pub async fn accept(&self, socket: Socket) -> pingora::Result<Stream> {
        Ok(Box::new(self.0.tls_handshake(socket).await?))
    }
}

impl ResolvesServerCert for Chosen {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let wanted = hello.server_name().and_then(|name| self.names.find(name));
        self.keys.get(wanted.unwrap_or(0)).cloned()
    }
}
