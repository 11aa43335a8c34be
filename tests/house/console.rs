//! HCP's management as a bare server: TLS under every name of the domain, and each byte of the
//! answer is left to the story.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use rustls::{ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::tls::config;
use super::{Connection, DOMAIN, House, PATIENCE, Plan, Received};

/// A connection that came in, its handshake not yet made.
pub type Sealed = Connection<StreamOwned<ServerConnection, TcpStream>>;

/// The server. Its connections wait here to be taken.
pub struct Console {
    pub address: SocketAddr,
    arrivals: Receiver<Sealed>,
    folder: TempDir,
}

impl Console {
    pub fn start() -> Self {
        let (config, authority) = config(&format!("*.{DOMAIN}"), |_| {});
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), authority).expect("a file");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, arrivals) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                stream.set_nodelay(true).expect("a socket");
                stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
                stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
                let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
                let sealed = Connection::new(StreamOwned::new(session, stream));
                if sender.send(sealed).is_err() {
                    return;
                }
            }
        });
        Self {
            address,
            arrivals,
            folder,
        }
    }

    /// What a house before it is to be; data, management and query are all here.
    pub fn plan(&self) -> Plan<'static> {
        let ca = self.folder.path().join("ca.pem");
        Plan::bare_hcp_at(self.address)
            .with("upstream.ca_file", ca.to_str().expect("a path of text"))
            .with("upstream.s3_tls", true)
            .with("upstream.s3_port", 443)
    }

    /// Opens a house before it, and answers the question whether it is there.
    #[track_caller]
    pub fn open(&self, plan: Plan) -> House {
        let house = plan.open();
        let (mut peer, probe) = self.request();
        assert_eq!(probe.head.line, "HEAD /mapi/tenants HTTP/1.1");
        peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        house
    }

    /// The next connection.
    #[track_caller]
    pub fn accept(&self) -> Sealed {
        let arrival = self.arrivals.recv_timeout(PATIENCE);
        arrival.expect("a connection")
    }

    /// The next connection, and the request that it brings.
    #[track_caller]
    pub fn request(&self) -> (Sealed, Received) {
        let mut peer = self.accept();
        let received = received(&mut peer).expect("a request");
        (peer, received)
    }

    /// Whether nobody has connected since the last [`Console::accept`]; to be asked when Portico
    /// has answered.
    #[track_caller]
    pub fn is_left_alone(&self) -> bool {
        let own = TcpStream::connect(self.address).expect("a connection");
        let next = self.accept();
        next.stream().sock.peer_addr().ok() == own.local_addr().ok()
    }
}

/// Reads a whole request.
pub fn received(peer: &mut Sealed) -> io::Result<Received> {
    let head = peer.head()?;
    let body = peer.body_of(&head)?;
    Ok(Received { head, body })
}
