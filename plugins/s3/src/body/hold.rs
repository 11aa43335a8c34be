//! Holding back the last piece of a body until the whole is known to be good.

use bytes::{Bytes, BytesMut};
use portico_sdk::forward::BodyTransform;
use portico_sdk::{Error, Reason};

/// Something that data passes through and that says at the end whether it was good.
pub trait Stage: Send + Sync {
    /// Takes a piece as received, gives the data in it, maybe none.
    fn push(&mut self, piece: Bytes) -> Result<Bytes, Error>;

    /// Says whether the body is whole and good. Called once, after the last piece.
    fn finish(&mut self) -> Result<(), Error>;
}

/// Runs a [`Stage`] one piece late, so that a body that turns out bad has never been sent on
/// whole: the upstream sees a request cut short of its `Content-Length` and keeps no object.
///
/// A body without data has no last byte to hold back; see [`Plan::is_empty`](super::Plan).
#[derive(Debug)]
pub struct Hold<S> {
    stage: S,
    held: Bytes,
    over: bool,
}

impl<S: Stage> Hold<S> {
    /// Starts with nothing held.
    #[must_use]
    pub fn new(stage: S) -> Self {
        Self {
            stage,
            held: Bytes::new(),
            over: false,
        }
    }

    fn advance(&mut self, piece: Bytes, end: bool) -> Result<Bytes, Error> {
        let fresh = self.stage.push(piece)?;
        if end {
            self.stage.finish()?;
            return Ok(join(std::mem::take(&mut self.held), fresh));
        }
        if fresh.is_empty() {
            return Ok(fresh);
        }
        Ok(std::mem::replace(&mut self.held, fresh))
    }
}

impl<S: Stage> BodyTransform for Hold<S> {
    fn transform(&mut self, piece: Bytes, end: bool) -> Result<Bytes, Error> {
        if std::mem::replace(&mut self.over, true) {
            return Err(Error::new(Reason::InternalError).because("a body went on after its end"));
        }
        let sent = self.advance(piece, end)?;
        self.over = end;
        Ok(sent)
    }
}

/// The only copy of data on the way: once per body, when its end comes together with data
/// while earlier data is still held.
fn join(first: Bytes, second: Bytes) -> Bytes {
    if first.is_empty() {
        return second;
    }
    if second.is_empty() {
        return first;
    }
    let mut both = BytesMut::with_capacity(first.len() + second.len());
    both.extend_from_slice(&first);
    both.extend_from_slice(&second);
    both.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes everything and ends as told.
    struct Passing(bool);

    impl Stage for Passing {
        fn push(&mut self, piece: Bytes) -> Result<Bytes, Error> {
            Ok(piece)
        }

        fn finish(&mut self) -> Result<(), Error> {
            if self.0 {
                Ok(())
            } else {
                Err(Error::new(Reason::BadDigest))
            }
        }
    }

    fn sent(good: bool, pieces: &[(&'static str, bool)]) -> Vec<Result<Bytes, Reason>> {
        let mut hold = Hold::new(Passing(good));
        let mut step = |piece: &'static str, end| hold.transform(Bytes::from(piece), end);
        pieces
            .iter()
            .map(|(piece, end)| step(piece, *end).map_err(|error| error.reason()))
            .collect()
    }

    #[test]
    fn data_comes_one_piece_late_and_whole_at_the_end() {
        let pieces = [("ab", false), ("", false), ("cd", false), ("ef", true)];
        let out: Vec<_> = sent(true, &pieces)
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(out, ["", "", "ab", "cdef"]);
        assert_eq!(
            sent(true, &[("ab", false), ("", true)])[1].as_deref(),
            Ok(&b"ab"[..])
        );
        assert_eq!(sent(true, &[("ab", true)])[0].as_deref(), Ok(&b"ab"[..]));
        assert_eq!(sent(true, &[("", true)])[0].as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn a_held_piece_is_passed_on_without_a_copy() {
        let piece = Bytes::from(vec![1; 64]);
        let mut hold = Hold::new(Passing(true));
        hold.transform(piece.clone(), false).unwrap();
        let out = hold.transform(Bytes::new(), true).unwrap();
        assert_eq!(out.as_ptr(), piece.as_ptr());
    }

    #[test]
    fn a_bad_body_never_sends_its_last_piece() {
        let pieces = [("ab", false), ("cd", false), ("ef", true)];
        let out = sent(false, &pieces);
        assert_eq!(out[1].as_deref(), Ok(&b"ab"[..]));
        assert_eq!(out[2], Err(Reason::BadDigest));
        let out = sent(false, &[("ab", false), ("cd", true), ("", true)]);
        assert_eq!(
            out[1..],
            [Err(Reason::BadDigest), Err(Reason::InternalError)]
        );
    }

    #[test]
    fn nothing_is_taken_after_the_end() {
        let out = sent(true, &[("ab", true), ("cd", false)]);
        assert_eq!(out[1], Err(Reason::InternalError));
    }
}
