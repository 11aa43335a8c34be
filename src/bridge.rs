//! Feeds a request's body to whoever answers it, while they work: the one bridge between the
//! engine's session and a streamed [`portico_sdk::Body`].

use std::future::Future;
use std::pin::pin;

use http::header::EXPECT;
use pingora::protocols::http::ServerSession;
use portico_sdk::body::BodyWriter;
use portico_sdk::{Body, Error, Reason, body};

use crate::proxy::ClientLimits;
use crate::server;

/// Moves the request's body from the session to its reader.
pub struct Pump {
    writer: Option<BodyWriter>,
    expects_continue: bool,
    wanted: bool,
    limits: ClientLimits,
}

/// The request could not be read to its end: the client left, was silent too long, or broke the
/// framing of its body.
#[derive(Debug, thiserror::Error)]
#[error("the request could not be read to its end")]
pub struct ClientGone(#[source] Box<pingora::Error>);

impl ClientGone {
    /// The engine's fault, laid at the client's door.
    #[must_use]
    pub fn into_fault(self) -> Box<pingora::Error> {
        self.0.into_down()
    }
}

impl Pump {
    /// A pump for the session's request, and the body that it fills.
    pub fn new(session: &mut ServerSession, limits: ClientLimits) -> (Self, Body) {
        let expects_continue = session.get_header(EXPECT).is_some();
        if session.is_body_done() {
            let idle = Self {
                writer: None,
                expects_continue,
                wanted: false,
                limits,
            };
            return (idle, body::empty());
        }
        let (writer, body) = body::channel();
        (
            Self {
                writer: Some(writer),
                expects_continue,
                wanted: false,
                limits,
            },
            body,
        )
    }

    /// Does some work, and meanwhile moves what the client sends.
    ///
    /// # Errors
    /// The client left; the work is dropped.
    pub async fn drive<T>(
        &mut self,
        session: &mut ServerSession,
        work: impl Future<Output = T>,
    ) -> Result<T, ClientGone> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                moved = self.step(session) => moved.map_err(ClientGone)?,
            }
        }
    }

    /// Moves one piece, or waits for the client to leave.
    ///
    /// Safe to drop at any await: between reading a piece and handing it over there is none.
    async fn step(&mut self, session: &mut ServerSession) -> pingora::Result<()> {
        let Some(writer) = &self.writer else {
            return watch(session).await;
        };
        if !self.wanted {
            writer.wanted().await;
            self.wanted = true;
            if self.expects_continue {
                session.write_continue_response().await?;
            }
        }
        if !writer.ready().await {
            self.writer = None;
            return Ok(());
        }
        match session.read_request_body().await {
            Ok(Some(piece)) => {
                if let Err(error) = self.limits.check(session.body_bytes_read()) {
                    self.end_in(error).await;
                } else if !writer.push(piece) || session.is_body_done() {
                    self.writer = None;
                }
                Ok(())
            }
            Ok(None) => {
                self.writer = None;
                Ok(())
            }
            Err(error) => self.fail(error).await,
        }
    }

    async fn fail(&mut self, error: Box<pingora::Error>) -> pingora::Result<()> {
        self.end_in(Error::new(Reason::IncompleteBody)).await;
        Err(error)
    }

    async fn end_in(&mut self, error: Error) {
        if let Some(writer) = self.writer.take() {
            writer.fail(error).await;
        }
    }
}

/// Waits for the client to leave; forever, when it still has body to send that nobody wants.
async fn watch(session: &mut ServerSession) -> pingora::Result<()> {
    if !session.is_body_done() {
        return std::future::pending().await;
    }
    server::request_ends();
    session.read_body_or_idle(true).await.map(drop)
}
