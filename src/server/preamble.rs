//! The PROXY protocol, versions 1 and 2: who the client is, in the words of the proxy before us.

use std::io;
use std::net::SocketAddr;

use pingora::protocols::l4::stream::Stream as Socket;
use ppp::{v1, v2};
use tokio::io::AsyncReadExt as _;

/// Longest line of version 1, line end included.
const LONGEST_LINE: usize = 107;
/// Version 2 may carry what a proxy knows of the client's certificate.
const LONGEST: usize = 8 * 1024;
/// Of version 2, before the addresses.
const FIXED: usize = 16;

/// A trusted proxy does not begin as it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum PreambleError {
    #[error("the connection ended in its PROXY preamble")]
    Cut(#[source] io::Error),
    #[error("the PROXY preamble is missing or malformed")]
    Malformed,
}

/// Reads the preamble and nothing more. `None`: the proxy speaks for itself (a health check), or
/// for somebody without an address.
pub(super) async fn read(socket: &mut Socket) -> Result<Option<SocketAddr>, PreambleError> {
    let mut read = Vec::with_capacity(256);
    loop {
        if let Some(length) = length(&read)? {
            let client = client(&read[..length])?;
            socket.rewind(&read[length..]);
            return Ok(client);
        }
        match socket.read_buf(&mut read).await {
            Ok(0) => return Err(PreambleError::Cut(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => {}
            Err(error) => return Err(PreambleError::Cut(error)),
        }
    }
}

/// How long the preamble is that begins so; `None`: that much is not there yet.
fn length(read: &[u8]) -> Result<Option<usize>, PreambleError> {
    let begins = |with: &[u8]| {
        let common = read.len().min(with.len());
        read[..common] == with[..common]
    };
    if begins(v2::PROTOCOL_PREFIX) {
        let Some(fixed) = read.first_chunk::<FIXED>() else {
            return Ok(None);
        };
        let whole = FIXED + usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
        if whole > LONGEST {
            return Err(PreambleError::Malformed);
        }
        return Ok((read.len() >= whole).then_some(whole));
    }
    if !begins(v1::PROTOCOL_PREFIX.as_bytes()) {
        return Err(PreambleError::Malformed);
    }
    let line = &read[..read.len().min(LONGEST_LINE)];
    match line.windows(2).position(|end| end == b"\r\n") {
        Some(end) => Ok(Some(end + 2)),
        None if line.len() == LONGEST_LINE => Err(PreambleError::Malformed),
        None => Ok(None),
    }
}

/// The client in a whole preamble.
fn client(preamble: &[u8]) -> Result<Option<SocketAddr>, PreambleError> {
    if preamble.starts_with(v2::PROTOCOL_PREFIX) {
        let header = v2::Header::try_from(preamble).map_err(|_| PreambleError::Malformed)?;
        return Ok(match (header.command, header.addresses) {
            (v2::Command::Proxy, v2::Addresses::IPv4(ip)) => {
                Some((ip.source_address, ip.source_port).into())
            }
            (v2::Command::Proxy, v2::Addresses::IPv6(ip)) => {
                Some((ip.source_address, ip.source_port).into())
            }
            _ => None,
        });
    }
    let header = v1::Header::try_from(preamble).map_err(|_| PreambleError::Malformed)?;
    Ok(match header.addresses {
        v1::Addresses::Tcp4(ip) => Some((ip.source_address, ip.source_port).into()),
        v1::Addresses::Tcp6(ip) => Some((ip.source_address, ip.source_port).into()),
        v1::Addresses::Unknown => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
        [v2::PROTOCOL_PREFIX, &[command, family], &length, addresses].concat()
    }

    const FOUR: [u8; 12] = [203, 0, 113, 7, 10, 0, 0, 1, 0xc3, 0x50, 1, 0xbb];

    /// The client and the length of the preamble; `None`: it is not whole.
    type Parsed = Option<(Option<SocketAddr>, usize)>;

    fn parse(bytes: &[u8]) -> Result<Parsed, PreambleError> {
        let Some(length) = length(bytes)? else {
            return Ok(None);
        };
        Ok(Some((client(&bytes[..length])?, length)))
    }

    #[test]
    fn both_versions_name_the_client() {
        let mut six = [0; 36];
        six[..16].copy_from_slice(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
        six[33] = 9;
        for (preamble, client) in [
            (
                b"PROXY TCP4 203.0.113.7 10.0.0.1 50000 443\r\n".to_vec(),
                Some("203.0.113.7:50000"),
            ),
            (
                b"PROXY TCP6 2001:db8::7 ::1 9 443\r\n".to_vec(),
                Some("[2001:db8::7]:9"),
            ),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN what ever\r\n".to_vec(), None),
            (second(0x21, 0x11, &FOUR), Some("203.0.113.7:50000")),
            (second(0x21, 0x21, &six), Some("[2001:db8::7]:9")),
            (second(0x20, 0x00, &[]), None),
            (second(0x20, 0x11, &FOUR), None),
        ] {
            let client: Option<SocketAddr> = client.map(|client| client.parse().unwrap());
            // With the first bytes of TLS behind it, which are no text.
            let more = [&preamble[..], &[0x16, 3, 1, 0xff]].concat();
            assert_eq!(parse(&more).unwrap(), Some((client, preamble.len())));
            // However it is cut, it is waited for.
            for end in 0..preamble.len() {
                assert!(parse(&preamble[..end]).unwrap().is_none(), "{end}");
            }
        }
    }

    #[test]
    fn anything_else_is_malformed() {
        let long = format!("PROXY TCP4 {}", "1".repeat(200));
        for bad in [
            b"GET / HTTP/1.1\r\n".to_vec(),
            vec![0x16, 3, 1],
            b"PROXYTCP4 \r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7 10.0.0.1 50000\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.777 10.0.0.1 50000 443\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7 10.0.0.1 70000 443\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::7 ::1 9 443\r\n".to_vec(),
            long.into_bytes(),
            second(0x31, 0x11, &FOUR),
            second(0x25, 0x11, &FOUR),
            second(0x21, 0x11, &FOUR[..8]),
            second(0x21, 0x11, &[0; LONGEST]),
        ] {
            assert!(parse(&bad).is_err(), "{:?}", String::from_utf8_lossy(&bad));
        }
    }
}
