//! A client that writes `aws-chunked` bodies, independent of the code under test.

use bytes::Bytes;
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderValue};
use portico_sdk::Error;
use portico_sigv4::{ChunkVerifier, PayloadMode, Scope, Signature, SigningKey, Timestamp};
use sha2::{Digest, Sha256};

use crate::body::checksum::Algorithm;
use crate::body::{Plan, Sent};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const DATE: &str = "20130524T000000Z";
const SCOPE: &str = "20130524/us-east-1/s3/aws4_request";
/// The seed signatures of the two examples in the S3 API Reference.
pub(crate) const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
pub(crate) const TRAILER_SEED: &str =
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Signed,
    SignedTrailer(Algorithm),
    UnsignedTrailer(Algorithm),
}

impl Kind {
    pub(crate) const ALL: [Self; 11] = [
        Self::Signed,
        Self::SignedTrailer(Algorithm::Crc32),
        Self::SignedTrailer(Algorithm::Crc32c),
        Self::SignedTrailer(Algorithm::Crc64Nvme),
        Self::SignedTrailer(Algorithm::Sha1),
        Self::SignedTrailer(Algorithm::Sha256),
        Self::UnsignedTrailer(Algorithm::Crc32),
        Self::UnsignedTrailer(Algorithm::Crc32c),
        Self::UnsignedTrailer(Algorithm::Crc64Nvme),
        Self::UnsignedTrailer(Algorithm::Sha1),
        Self::UnsignedTrailer(Algorithm::Sha256),
    ];

    pub(crate) fn mode(self) -> PayloadMode {
        match self {
            Self::Signed => PayloadMode::StreamingSigned,
            Self::SignedTrailer(_) => PayloadMode::StreamingSignedTrailer,
            Self::UnsignedTrailer(_) => PayloadMode::StreamingUnsignedTrailer,
        }
    }

    fn seed(self) -> &'static str {
        if self == Self::Signed {
            SEED
        } else {
            TRAILER_SEED
        }
    }

    fn trailer(self) -> Option<Algorithm> {
        match self {
            Self::Signed => None,
            Self::SignedTrailer(algorithm) | Self::UnsignedTrailer(algorithm) => Some(algorithm),
        }
    }

    /// The plan for a body of so many bytes.
    pub(crate) fn plan(self, length: usize) -> Plan {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-decoded-content-length", HeaderValue::from(length));
        if let Some(algorithm) = self.trailer() {
            headers.insert(
                "x-amz-trailer",
                HeaderValue::from_static(algorithm.header()),
            );
        }
        Plan::new(Sent {
            headers: &headers,
            empty: false,
            mode: self.mode(),
            chunks: Some(verifier(self.seed())),
            checksums_cover_body: true,
            check_payload_hash: false,
        })
        .unwrap()
    }

    /// The body on the wire, in chunks of `size` bytes.
    pub(crate) fn encode(self, data: &[u8], size: usize) -> Vec<u8> {
        let mut chain = Chain::new(self.seed());
        let signed = !matches!(self, Self::UnsignedTrailer(_));
        let mut out = Vec::new();
        for chunk in data.chunks(size).chain([&[][..]]) {
            out.extend(format!("{:x}", chunk.len()).bytes());
            if signed {
                out.extend(format!(";chunk-signature={}", chain.chunk(chunk)).bytes());
            }
            out.extend(b"\r\n");
            out.extend(chunk);
            if !chunk.is_empty() {
                out.extend(b"\r\n");
            }
        }
        if let Some(algorithm) = self.trailer() {
            let line = format!("{}:{}", algorithm.header(), sum(algorithm, data));
            out.extend(format!("{line}\r\n").bytes());
            if signed {
                let signature = chain.trailer(&line);
                out.extend(format!("x-amz-trailer-signature:{signature}\r\n").bytes());
            }
        }
        out.extend(b"\r\n");
        out
    }
}

pub(crate) fn verifier(seed: &str) -> ChunkVerifier {
    let at = Timestamp::parse(DATE.as_bytes()).unwrap();
    let scope = Scope::new(&at, "us-east-1", "s3").unwrap();
    let key = SigningKey::derive(&SECRET.into(), &scope);
    ChunkVerifier::new(key, at, Signature::parse(seed.as_bytes()).unwrap())
}

/// The signatures of a body, each over the one before it.
pub(crate) struct Chain {
    key: Vec<u8>,
    previous: String,
}

impl Chain {
    pub(crate) fn new(seed: &str) -> Self {
        let secret = format!("AWS4{SECRET}").into_bytes();
        let parts = ["20130524", "us-east-1", "s3", "aws4_request"];
        Self {
            key: parts.iter().fold(secret, |key, part| mac(&key, part)),
            previous: seed.to_owned(),
        }
    }

    pub(crate) fn chunk(&mut self, data: &[u8]) -> String {
        let hashes = format!("{}\n{}", sha256(b""), sha256(data));
        self.sign("AWS4-HMAC-SHA256-PAYLOAD", &hashes)
    }

    pub(crate) fn trailer(&mut self, line: &str) -> String {
        self.sign(
            "AWS4-HMAC-SHA256-TRAILER",
            &sha256(format!("{line}\n").as_bytes()),
        )
    }

    fn sign(&mut self, algorithm: &str, hashes: &str) -> String {
        let text = format!("{algorithm}\n{DATE}\n{SCOPE}\n{}\n{hashes}", self.previous);
        self.previous = const_hex::encode(mac(&self.key, &text));
        self.previous.clone()
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sha256(data: &[u8]) -> String {
    const_hex::encode(Sha256::digest(data))
}

/// The value of a checksum as clients send it, computed bit by bit.
pub(crate) fn sum(algorithm: Algorithm, data: &[u8]) -> String {
    use base64::Engine as _;
    let value = match algorithm {
        Algorithm::Crc32 => crc(data, 0xEDB8_8320, 32),
        Algorithm::Crc32c => crc(data, 0x82F6_3B78, 32),
        Algorithm::Crc64Nvme => crc(data, 0x9A6C_9329_AC4B_C9B5, 64),
        Algorithm::Sha1 => sha1::Sha1::digest(data).to_vec(),
        Algorithm::Sha256 => Sha256::digest(data).to_vec(),
    };
    base64::engine::general_purpose::STANDARD.encode(value)
}

/// A reflected CRC with all bits set before and inverted after.
fn crc(data: &[u8], polynomial: u64, width: usize) -> Vec<u8> {
    let ones = u64::MAX >> (64 - width);
    let mut state = ones;
    for byte in data {
        state ^= u64::from(*byte);
        for _ in 0..8 {
            state = (state >> 1) ^ (polynomial & (state & 1).wrapping_neg());
        }
    }
    (state ^ ones).to_be_bytes()[8 - width / 8..].to_vec()
}

/// What came out of a transform before it ended, and how it ended.
pub(crate) struct Run {
    pub(crate) sent: Vec<u8>,
    pub(crate) end: Result<(), Error>,
}

/// Sends a body through a fresh transform in pieces that end at `cuts`.
pub(crate) fn run(plan: &Plan, body: &[u8], cuts: &[usize], end_alone: bool) -> Run {
    let mut transform = plan.transform().unwrap()();
    let mut pieces: Vec<&[u8]> = Vec::new();
    let mut at = 0;
    for cut in cuts.iter().copied().chain([body.len()]) {
        pieces.push(&body[at..cut]);
        at = cut;
    }
    if end_alone {
        pieces.push(b"");
    }
    let mut sent = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len();
        match transform.transform(Bytes::copy_from_slice(piece), last) {
            Ok(data) => sent.extend_from_slice(&data),
            Err(error) => {
                return Run {
                    sent,
                    end: Err(error),
                };
            }
        }
    }
    Run { sent, end: Ok(()) }
}

/// Cuts after every `size` bytes.
pub(crate) fn every(size: usize, length: usize) -> Vec<usize> {
    (1..length.div_ceil(size))
        .map(|index| index * size)
        .collect()
}
