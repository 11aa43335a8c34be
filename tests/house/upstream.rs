//! A bare server: it takes connections and leaves every byte of the answer to the story.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::sync::mpsc::{self, Receiver};

use socket2::{Domain, Socket, Type};

use super::{Connection, Head, PATIENCE};

/// A listening socket whose connections wait here to be taken.
pub struct Upstream {
    pub address: SocketAddr,
    arrivals: Receiver<Connection>,
}

/// A request as it arrived, whole.
#[derive(Debug)]
pub struct Received {
    pub head: Head,
    /// The body, chunks undone; `None` where the head announced none.
    pub body: Option<Vec<u8>>,
}

/// A connection that came in.
pub struct Peer(Connection);

impl Upstream {
    pub fn start() -> Self {
        Self::over(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    pub fn over(listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("an address");
        let (sender, arrivals) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if sender.send(Connection::over(stream)).is_err() {
                    return;
                }
            }
        });
        Self { address, arrivals }
    }

    /// The next connection.
    #[track_caller]
    pub fn accept(&self) -> Peer {
        let arrival = self.arrivals.recv_timeout(PATIENCE);
        Peer(arrival.expect("a connection"))
    }

    /// Whether nobody has connected since the last [`Upstream::accept`].
    ///
    /// To be asked when Portico has answered: by then it has made every connection it will make.
    #[track_caller]
    pub fn is_left_alone(&self) -> bool {
        // Connections are taken in their order: if the next one is our own, there was no other.
        let own = TcpStream::connect(self.address).expect("a connection");
        let next = self.accept().writer();
        next.peer_addr().ok() == own.local_addr().ok()
    }

    /// Answers the question whether the store is there, which is the first to come.
    #[track_caller]
    pub fn answer_probe(&self) {
        let mut peer = self.accept();
        let probe = peer.request().expect("a probe");
        assert_eq!(probe.head.line, "GET / HTTP/1.1");
        peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
}

/// An address that refuses connections, for as long as the socket is kept and does not listen.
#[track_caller]
pub fn refusing() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a free port");
    let address = socket.local_addr().expect("an address");
    (socket, address.as_socket().expect("an address of IP"))
}

/// Answers every request with these words, for ever.
pub fn serve(listener: TcpListener, words: &'static str) {
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut peer = Peer(Connection::over(stream));
                while peer.request().is_ok() {
                    peer.answer_with(words);
                }
            });
        }
    });
}

impl Peer {
    /// Reads a whole request, or says how it was cut.
    pub fn request(&mut self) -> io::Result<Received> {
        let head = self.head()?;
        let body = self.body_of(&head)?;
        Ok(Received { head, body })
    }

    /// Answers 200 with a body, and keeps the connection.
    #[track_caller]
    pub fn answer_with(&mut self, body: &str) {
        let length = body.len();
        self.send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
    }
}

impl Received {
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }
}

impl Deref for Peer {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Peer {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}
