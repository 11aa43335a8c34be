//! Rows as a file of Parquet, read by a process of its own.
//!
//! A reader of Parquet takes as much memory, and as much of its stack, as a file tells it to, and without it
//! ends its process. So it has one that may end.

mod reader;

use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus, Stdio};

use arrow::buffer::Buffer;
use arrow::ipc::reader::StreamDecoder;
use bytes::Bytes;
use futures_util::future::join3;
use portico_sdk::{Error, Reason};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe::{Receiver, Sender};

pub(crate) use reader::READER;

use super::taken::{Taken, too_large};
use super::{broken, unusable};
use crate::gather::Rows;

/// What is read of the rows at a time.
const PIECE: usize = 1 << 20;
/// Bytes of what a reader says that are passed on.
const LONGEST: u64 = 300;

pub(super) async fn rows(bytes: Bytes, most: u64) -> Result<Rows, Error> {
    let mut running = Running::begin(most)?;
    let (file, told, words) = running.pipes()?;
    // A reader that has heard enough closes its pipe.
    let fed = async move { feed(file, bytes).await };
    let ((), rows, words) = join3(fed, take_in(told, most), hear(words)).await;
    let status = running.end()?;
    match rows {
        Err(error) if error.reason() == Reason::EntityTooLarge => Err(error),
        rows if status.success() => rows,
        _ => Err(verdict(status, &words)),
    }
}

/// A reader that does not outlive whoever waits for it.
struct Running(Child);

impl Running {
    fn begin(most: u64) -> Result<Self, Error> {
        let mut command = READER.command();
        command.arg(most.to_string());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let begun = command.stderr(Stdio::piped()).spawn();
        begun.map(Self).map_err(failed)
    }

    /// Into it, out of it, and what it says.
    fn pipes(&mut self) -> Result<(Sender, Receiver, Receiver), Error> {
        let child = &mut self.0;
        let (Some(file), Some(rows), Some(words)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Error::new(Reason::InternalError));
        };
        let file = Sender::from_owned_fd(OwnedFd::from(file)).map_err(failed)?;
        let rows = Receiver::from_owned_fd(OwnedFd::from(rows)).map_err(failed)?;
        let words = Receiver::from_owned_fd(OwnedFd::from(words)).map_err(failed)?;
        Ok((file, rows, words))
    }

    /// Waits for its end, which has come where its pipes are closed.
    fn end(&mut self) -> Result<ExitStatus, Error> {
        self.0.wait().map_err(failed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended; whoever is killed is waited for no longer than the system takes.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn feed(mut file: Sender, bytes: Bytes) {
    if let Err(error) = file.write_all(&bytes).await {
        tracing::debug!(%error, "a file of Parquet was not read to its end");
    }
}

/// Rows as they come, of which none are held twice.
async fn take_in(mut rows: Receiver, most: u64) -> Result<Rows, Error> {
    let (mut taken, mut decoder) = (Taken::new(most), StreamDecoder::new());
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        if rows.read_buf(&mut piece).await.map_err(failed)? == 0 {
            break;
        }
        let mut piece = Buffer::from_vec(piece);
        while !piece.is_empty() {
            if let Some(batch) = decoder.decode(&mut piece).map_err(unusable)? {
                taken.push(batch).await?;
            }
        }
    }
    decoder.finish().map_err(unusable)?;
    let schema = decoder.schema().ok_or_else(broken)?;
    Ok(taken.rows(schema))
}

async fn hear(words: Receiver) -> String {
    let (mut words, mut told) = (words.take(LONGEST), Vec::new());
    if let Err(error) = words.read_to_end(&mut told).await {
        tracing::debug!(%error, "what a reader of Parquet says was not heard");
    }
    String::from_utf8_lossy(&told).into_owned()
}

/// Why there are no rows.
fn verdict(status: ExitStatus, words: &str) -> Error {
    match status.code() {
        Some(code) if code == i32::from(reader::TOO_LARGE) => too_large(),
        Some(code) if code == i32::from(reader::UNUSABLE) => {
            let words = format!("The rows cannot be read: {words}");
            Error::with_message(Reason::InvalidArgument, words)
        }
        _ => {
            tracing::info!(%status, "a file of Parquet was the end of its reader");
            broken()
        }
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(Reason::InternalError).because(error)
}
