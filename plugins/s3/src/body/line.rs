//! Lines that may arrive in any number of pieces, and the line that heads a chunk.

use portico_sdk::{Error, Reason};

const SIGNATURE: &[u8] = b"chunk-signature=";

/// Collects lines up to a limit. Only framing goes through here, never data.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The line so far; a whole one until the next call.
    line: Vec<u8>,
    whole: bool,
    limit: usize,
}

impl Lines {
    /// A line, its end included, may have `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            line: Vec::new(),
            whole: false,
            limit,
        }
    }

    /// Takes bytes up to the end of the line: how many, and the line without its end once
    /// that has come. Lines end with CRLF; a line feed alone is a part of the line.
    ///
    /// # Errors
    /// [`Reason::InvalidRequest`] when the line is over the limit.
    pub fn take(&mut self, rest: &[u8]) -> Result<(usize, Option<&[u8]>), Error> {
        if std::mem::take(&mut self.whole) {
            self.line.clear();
        }
        let window = &rest[..rest.len().min(self.limit.saturating_sub(self.line.len()))];
        let feed = window.iter().position(|byte| *byte == b'\n');
        let taken = feed.map_or(window.len(), |feed| feed + 1);
        self.line.extend_from_slice(&window[..taken]);
        if let Some(line) = self.line.strip_suffix(b"\r\n") {
            self.whole = true;
            return Ok((taken, Some(line)));
        }
        if self.line.len() >= self.limit {
            return Err(Error::with_message(
                Reason::InvalidRequest,
                "A line in the framing of the request body is too long.",
            ));
        }
        Ok((taken, None))
    }

    /// Like [`take`](Self::take), for lines that have the limit in common.
    pub fn take_sharing_limit(&mut self, rest: &[u8]) -> Result<(usize, Option<&[u8]>), Error> {
        if self.whole {
            self.limit = self.limit.saturating_sub(self.line.len());
        }
        self.take(rest)
    }
}

/// Reads `hex-size[;chunk-signature=…]`: the size in bytes and the signature as sent. Other
/// extensions mean nothing and are ignored, as RFC 9112 section 7.1.1 has it.
#[must_use]
pub fn chunk_head(line: &[u8]) -> Option<(u64, Option<&[u8]>)> {
    let mut parts = line.splitn(2, |byte| *byte == b';');
    let size = hex_size(parts.next()?)?;
    let signature = parts.next().and_then(|rest| rest.strip_prefix(SIGNATURE));
    Some((size, signature))
}

fn hex_size(digits: &[u8]) -> Option<u64> {
    // More than sixteen digits would be zeros or an overflow; a sign is no digit.
    if !(1..=16).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_chunks_as_clients_write_them() {
        assert_eq!(chunk_head(b"10000"), Some((65_536, None)));
        assert_eq!(chunk_head(b"0"), Some((0, None)));
        assert_eq!(chunk_head(b"aB;"), Some((171, None)));
        assert_eq!(chunk_head(b"000a;name=value"), Some((10, None)));
        assert_eq!(
            chunk_head(b"5;chunk-signature=ad80"),
            Some((5, Some(&b"ad80"[..])))
        );
        assert_eq!(chunk_head(b"ffffffffffffffff"), Some((u64::MAX, None)));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for line in [
            "",
            ";",
            "g",
            "-1",
            "+1",
            "0x10",
            " 5",
            "5 ",
            "5\n",
            "10000000000000000",
            "٣",
        ] {
            assert_eq!(chunk_head(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn a_line_is_found_in_every_split() {
        let text = b"one\ntwo\r\nthree\r\n";
        for cut in 0..text.len() {
            let mut lines = Lines::new(16);
            let mut found = Vec::new();
            for mut rest in [&text[..cut], &text[cut..]] {
                while !rest.is_empty() {
                    let (taken, line) = lines.take(rest).unwrap();
                    found.extend(line.map(<[u8]>::to_vec));
                    rest = &rest[taken..];
                }
            }
            assert_eq!(found, [&b"one\ntwo"[..], b"three"], "cut at {cut}");
        }
    }

    #[test]
    fn limits_hold_for_one_line_or_for_all() {
        assert!(Lines::new(4).take(b"ab\r\n").is_ok());
        let error = Lines::new(4).take(b"abc\r\n").unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidRequest);
        let mut lines = Lines::new(6);
        for _ in 0..3 {
            assert_eq!(lines.take(b"ab\r\n").unwrap().0, 4);
        }
        let mut lines = Lines::new(6);
        assert_eq!(lines.take_sharing_limit(b"ab\r\n").unwrap().0, 4);
        assert!(lines.take_sharing_limit(b"ab\r\n").is_err());
    }
}
