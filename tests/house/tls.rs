//! A bare server that speaks TLS, with a certificate of the story's making.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::wire::Connection;

/// The name that houses know a [`Secured`] server by.
pub const SECURED: &str = "store.test";

/// A server that answers whoever believes its certificate.
pub struct Secured {
    pub address: SocketAddr,
    /// The authority that has issued its certificate.
    pub authority: PathBuf,
    heard: Receiver<Heard>,
}

/// What came of a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The other side did not go on after it had seen the certificate.
    Nothing,
    /// The first line of a request.
    Request(String),
}

impl Secured {
    /// Starts it, with a certificate for a name that is good but for the changes.
    pub fn start(folder: &Path, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (config, authority) = config(name, change);
        let file = folder.join("authority.pem");
        std::fs::write(&file, authority).expect("a file");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (config, sender) = (Arc::clone(&config), sender.clone());
                std::thread::spawn(move || {
                    serve(stream, config, |heard| sender.send(heard).is_ok());
                });
            }
        });
        Self {
            address,
            authority: file,
            heard,
        }
    }

    /// The next thing that was heard.
    #[track_caller]
    pub fn heard(&self) -> Heard {
        let heard = self.heard.recv_timeout(super::PATIENCE);
        heard.expect("a connection")
    }

    /// All that was heard so far.
    pub fn heard_so_far(&self) -> Vec<Heard> {
        self.heard.try_iter().collect()
    }
}

pub(super) fn config(
    name: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> (Arc<ServerConfig>, String) {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    let title = |params: &mut CertificateParams, title: &str| {
        params.distinguished_name.push(DnType::CommonName, title);
    };
    // Else both have the same, and the certificate looks as if it had issued itself.
    title(&mut authority, "an authority of the stories");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    title(&mut params, name);
    change(&mut params);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    (
        Arc::new(config.expect("a certificate with its key")),
        authority.pem(),
    )
}

/// Answers every request with nothing, and tells what it heard.
fn serve(stream: TcpStream, config: Arc<ServerConfig>, tell: impl Fn(Heard) -> bool) {
    let session = ServerConnection::new(config).expect("a session");
    let mut connection = Connection::new(StreamOwned::new(session, stream));
    let mut requests = 0;
    while let Ok(head) = connection.head() {
        requests += 1;
        let whole = connection.body_of(&head).is_ok();
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        if !tell(Heard::Request(head.line)) || !whole || connection.try_send(answer).is_err() {
            return;
        }
    }
    if requests == 0 {
        tell(Heard::Nothing);
    }
}
