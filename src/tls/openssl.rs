//! TLS by the system's OpenSSL.

use pingora::protocols::Stream;
use pingora::protocols::l4::stream::Stream as Socket;
use pingora::protocols::tls::server::handshake;
use pingora::tls::error::ErrorStack;
use pingora::tls::pkey::PKey;
use pingora::tls::ssl::{
    AlpnError, NameType, SniError, SslAcceptor, SslAcceptorBuilder, SslMethod, SslOptions,
    select_next_proto,
};
use pingora::tls::x509::X509;

use super::{CertificateError, Names, Pair};

/// In the form of the wire (RFC 7301 section 3.1).
const HTTP2_FIRST: &[u8] = b"\x02h2\x08http/1.1";
const HTTP1: &[u8] = b"\x08http/1.1";

/// Takes handshakes with a set of certificates.
pub struct Acceptor(SslAcceptor);

impl Acceptor {
    /// Puts the pairs under their names; the first is for every other name.
    ///
    /// # Errors
    /// A key that does not belong to its certificate, or is of no use here.
    pub fn new(pairs: &[Pair], names: Names, http2: bool) -> Result<Self, CertificateError> {
        let library = |error: ErrorStack| CertificateError::Library(error.to_string());
        let Some(default) = pairs.first() else {
            return Err(CertificateError::Library(
                "there is no certificate".to_owned(),
            ));
        };
        let mut contexts = Vec::new();
        for pair in pairs {
            contexts.push(builder(pair, http2)?.build().into_context());
        }
        let mut acceptor = builder(default, http2)?;
        acceptor.set_servername_callback(move |ssl, _| {
            let name = ssl.servername(NameType::HOST_NAME);
            let wanted = name.and_then(|name| contexts.get(names.find(name)?));
            match wanted.map(|context| ssl.set_ssl_context(context)) {
                Some(Err(_)) => Err(SniError::ALERT_FATAL),
                Some(Ok(())) | None => Ok(()),
            }
        });
        acceptor.check_private_key().map_err(library)?;
        Ok(Self(acceptor.build()))
    }

    /// Takes a handshake.
    ///
    /// # Errors
    /// The client speaks no TLS, or none that is spoken here.
    pub async fn accept(&self, socket: Socket) -> pingora::Result<Stream> {
        Ok(Box::new(handshake(&self.0, socket).await?))
    }
}

/// Mozilla's intermediate profile: TLS 1.2 and 1.3.
fn builder(pair: &Pair, http2: bool) -> Result<SslAcceptorBuilder, CertificateError> {
    let library = |error: ErrorStack| CertificateError::Library(error.to_string());
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).map_err(library)?;
    load(&mut builder, pair).map_err(|error| pair.mismatch(&error))?;
    // Who ends the socket's side and not TLS's may still wait for an answer. Nobody can cut a
    // request with it: its framing says where it ends.
    builder.set_options(SslOptions::IGNORE_UNEXPECTED_EOF);
    let protocols = if http2 { HTTP2_FIRST } else { HTTP1 };
    builder.set_alpn_select_callback(move |_, offered| {
        select_next_proto(protocols, offered).ok_or(AlpnError::NOACK)
    });
    Ok(builder)
}

fn load(builder: &mut SslAcceptorBuilder, pair: &Pair) -> Result<(), ErrorStack> {
    for (depth, certificate) in pair.chain.iter().enumerate() {
        let certificate = X509::from_der(certificate)?;
        if depth == 0 {
            builder.set_certificate(&certificate)?;
        } else {
            builder.add_extra_chain_cert(certificate)?;
        }
    }
    let key = PKey::private_key_from_der(pair.key.secret_der())?;
    builder.set_private_key(&key)?;
    builder.check_private_key()
}
