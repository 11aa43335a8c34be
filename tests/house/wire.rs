//! A client that sends the bytes it is told and reads answers strictly: an answer that is cut is
//! an error, and so is one byte too many.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::message::{Answer, Head, Request};

/// How fast somebody slow sends.
const PACE: Duration = Duration::from_millis(20);

/// A connection, read strictly and never for longer than the story's patience.
pub struct Connection<S = TcpStream> {
    stream: BufReader<S>,
}

impl Connection {
    #[track_caller]
    pub fn open(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&address, PATIENCE).expect("a connection"))
    }

    pub fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
        Self::new(stream)
    }

    /// The same connection again, for another thread to write to.
    pub fn writer(&self) -> TcpStream {
        self.stream.get_ref().try_clone().expect("a socket")
    }

    /// Sends a piece, waits a moment, sends the next, until the other side answers or is gone.
    /// What it answers is left to be read.
    #[track_caller]
    pub fn drip(&mut self, piece: impl AsRef<[u8]>) {
        let end = Instant::now() + PATIENCE;
        let pace = |stream: &TcpStream, limit| {
            stream.set_read_timeout(Some(limit)).expect("a socket");
        };
        pace(self.stream.get_ref(), PACE);
        while self.try_send(piece.as_ref()).is_ok() {
            match self.stream.fill_buf() {
                Err(error) if is_timeout(&error) => {}
                _ => break,
            }
            assert!(Instant::now() < end, "whoever drips is never given up");
        }
        pace(self.stream.get_ref(), PATIENCE);
    }

    /// Waits a moment for an answer to begin.
    pub fn has_answer(&mut self) -> bool {
        let pace = |stream: &TcpStream, limit| {
            stream.set_read_timeout(Some(limit)).expect("a socket");
        };
        pace(self.stream.get_ref(), Duration::from_millis(500));
        let begun = self.stream.fill_buf().is_ok_and(|bytes| !bytes.is_empty());
        pace(self.stream.get_ref(), PATIENCE);
        begun
    }

    /// Says that no more will be sent.
    pub fn shut(&self) {
        let shut = self.stream.get_ref().shutdown(std::net::Shutdown::Write);
        shut.expect("a connection that stands");
    }
}

impl<S: Read + Write> Connection<S> {
    pub fn new(stream: S) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// What the connection goes over.
    pub fn stream(&self) -> &S {
        self.stream.get_ref()
    }

    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = self.try_send(bytes);
        sent.expect("the other side takes what is sent");
    }

    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())?;
        self.stream.get_mut().flush()
    }

    /// Sends a request and reads its answer.
    #[track_caller]
    pub fn ask(&mut self, request: &Request) -> Answer {
        self.send(request.bytes());
        self.answer_to(&request.method)
    }

    /// What one read brings: at most eight kilobytes.
    #[track_caller]
    pub fn piece(&mut self) -> Vec<u8> {
        let piece = self.stream.fill_buf().expect("a piece").to_vec();
        self.stream.consume(piece.len());
        piece
    }

    /// Reads a whole answer to a request that was no `HEAD`.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        self.answer_to("")
    }

    /// Reads a whole answer to a request of this method.
    #[track_caller]
    pub fn answer_to(&mut self, method: &str) -> Answer {
        self.try_answer(method).expect("a whole answer")
    }

    /// Reads a whole answer, or says how it was cut.
    pub fn try_answer(&mut self, method: &str) -> io::Result<Answer> {
        let head = self.head()?;
        let mut words = head.line.split(' ');
        let (version, status) = (words.next(), words.next());
        let status = status.and_then(|status| status.parse().ok());
        let (Some("HTTP/1.1"), Some(status)) = (version, status) else {
            return Err(broken(&head.line));
        };
        let bodiless = method == "HEAD" || status < 200 || matches!(status, 204 | 304);
        let body = if bodiless {
            Vec::new()
        } else {
            self.body_of(&head)?.unwrap_or_default()
        };
        Ok(Answer { status, head, body })
    }

    /// Reads a head.
    pub fn head(&mut self) -> io::Result<Head> {
        let line = self.line()?;
        let mut headers = Vec::new();
        loop {
            let field = self.line()?;
            if field.is_empty() {
                return Ok(Head { line, headers });
            }
            let (name, value) = field.split_once(':').ok_or_else(|| broken(&field))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Reads the body that a head announces, chunks undone; without a length an answer's body
    /// ends with the connection, and a request has none.
    pub fn body_of(&mut self, head: &Head) -> io::Result<Option<Vec<u8>>> {
        match (
            head.header("transfer-encoding"),
            head.header("content-length"),
        ) {
            (Some("chunked"), None) => self.chunks().map(Some),
            (None, Some(length)) => {
                let length = length.parse().map_err(|_| broken(length))?;
                self.exactly(length).map(Some)
            }
            (None, None) if head.line.starts_with("HTTP/") => self.rest().map(Some),
            (None, None) => Ok(None),
            (_, _) => Err(broken("two framings")),
        }
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    /// Reads one chunk of HTTP's own; the last one is empty.
    pub fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let line = self.line()?;
        let size = usize::from_str_radix(&line, 16).map_err(|_| broken(&line))?;
        let chunk = self.exactly(size)?;
        match self.line()?.as_str() {
            "" => Ok(chunk),
            more => Err(broken(more)),
        }
    }

    /// Reads so many bytes.
    pub fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads until the other side closes.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest)?;
        Ok(rest)
    }

    /// Reads whatever comes until the connection is gone, well or badly.
    #[track_caller]
    pub fn until_gone(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Err(error) if is_timeout(&error) => panic!("the connection stays open"),
            _ => rest,
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the connection ended in {line:?}"),
            )),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
