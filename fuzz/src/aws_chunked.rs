//! `aws-chunked` bodies: pieces do not matter, and nothing bad is ever sent on whole.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use portico_s3::body::checksum::{Algorithm, Hasher};
use portico_s3::body::promise::Promise;
use portico_s3::body::{DECODED_LENGTH, Plan, Sent};
use portico_sdk::{Error, Reason};
use portico_sigv4::{
    ChunkSigner, ChunkVerifier, PayloadMode, Scope, Signature, SigningKey, Timestamp,
    canonical_trailer,
};

use crate::dice::Dice;
use crate::request::{cut, headers};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The only data that was ever signed here; `seeds/` holds bodies with it.
const GENUINE: [&[u8]; 2] = [b"", b"Welcome to Amazon S3."];
/// The longest body that is written and read back.
const LONGEST: usize = 1024;

/// What the head's signature was, and the key that made it.
static HEAD: LazyLock<(SigningKey, Timestamp, Signature)> = LazyLock::new(|| {
    let at = Timestamp::parse(b"20130524T000000Z").unwrap();
    let key = SigningKey::derive(&SECRET.into(), &Scope::new(&at, "us-east-1", "s3").unwrap());
    let seed = key.sign_canonical(&at, b"head");
    (key, at, seed)
});

/// Takes header lines, an empty line, and the body as it would come.
pub fn run(input: &[u8]) {
    let Some((head, body)) = cut(input, b"\r\n\r\n") else {
        return;
    };
    let mut dice = Dice::of(input);
    if let Some(headers) = headers(head) {
        any_body(&headers, body, &mut dice);
    }
    let mode = Mode::ALL[dice.below(Mode::ALL.len())];
    written_and_read(mode, &body[..body.len().min(LONGEST)], &mut dice);
}

fn any_body(headers: &HeaderMap, body: &[u8], dice: &mut Dice) {
    let mode = headers.get("x-amz-content-sha256");
    let mode = mode.map_or(Ok(PayloadMode::Unsigned), |mode| {
        PayloadMode::parse(mode.as_bytes())
    });
    let Some((mode, plan)) = mode
        .ok()
        .and_then(|mode| Some((mode, plan(headers, mode)?)))
    else {
        return;
    };
    if plan.transform().is_none() {
        // Nothing to check; the engine alone holds the body to its length.
        return;
    }
    let Ok(data) = in_any_pieces(&plan, body, dice) else {
        return;
    };
    assert!(
        plan.length()
            .is_none_or(|length| u64::try_from(data.len()) == Ok(length))
    );
    if mode.has_signed_chunks() {
        assert!(
            GENUINE.contains(&data.as_slice()),
            "accepted, although nobody signed it"
        );
    }
    if mode.is_streaming() {
        assert_eq!(plain_reading(body).as_deref(), Some(data.as_slice()));
    } else {
        assert_eq!(data, body);
    }
    checksum_is_in(headers, body, &data);
}

fn plan(headers: &HeaderMap, mode: PayloadMode) -> Option<Plan> {
    let (key, at, seed) = HEAD.clone();
    let sent = Sent {
        headers,
        mode,
        empty: false,
        chunks: Some(ChunkVerifier::new(key, at, seed)),
        checksums_cover_body: true,
        check_payload_hash: true,
    };
    Plan::new(sent).ok()
}

/// The result of a body, which must not depend on where it was cut.
fn in_any_pieces(plan: &Plan, body: &[u8], dice: &mut Dice) -> Result<Vec<u8>, Reason> {
    let shared = Bytes::copy_from_slice(body);
    let whole = feed(plan, vec![shared.clone()]);
    let bytes = (0..body.len()).map(|at| shared.slice(at..=at));
    assert_eq!(feed(plan, bytes.chain([Bytes::new()]).collect()), whole);
    for _ in 0..2 {
        // Pieces that nobody else holds are changed in place.
        let pieces = dice.cut(body).into_iter().map(Bytes::copy_from_slice);
        assert_eq!(feed(plan, pieces.collect()), whole);
    }
    whole
}

/// Runs the transform. A body that fails must not have been sent on whole before.
fn feed(plan: &Plan, mut pieces: Vec<Bytes>) -> Result<Vec<u8>, Reason> {
    let mut transform = plan.transform().expect("there is something to check")();
    let mut out = Vec::new();
    let last = pieces.pop().unwrap_or_default();
    let pieces = pieces.into_iter().map(|piece| (piece, false));
    for (piece, end) in pieces.chain([(last, true)]) {
        match transform.transform(piece, end) {
            Ok(data) => out.extend_from_slice(&data),
            Err(error) => return Err(refused(plan, &out, &error)),
        }
    }
    Ok(out)
}

fn refused(plan: &Plan, sent: &[u8], error: &Error) -> Reason {
    assert_ne!(error.reason(), Reason::InternalError);
    if let Some(length @ 1..) = plan.length() {
        let sent = u64::try_from(sent.len()).unwrap();
        assert!(
            sent < length,
            "{sent} bytes of a bad body of {length} were sent on"
        );
    }
    error.reason()
}

/// The data of a well-formed body, read by the shortest means.
fn plain_reading(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    loop {
        let (head, rest) = cut(body, b"\r\n")?;
        let size = head.split(|byte| *byte == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            return Some(data);
        }
        let (chunk, rest) = rest.split_at_checked(size)?;
        data.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n")?;
    }
}

/// The checksum that was promised stands where it was promised.
fn checksum_is_in(headers: &HeaderMap, body: &[u8], data: &[u8]) {
    let value = |algorithm| {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.value()
    };
    match Promise::from_headers(headers).expect("it was read before") {
        Promise::None => {}
        Promise::Header(expected) => assert_eq!(expected.value, value(expected.algorithm)),
        Promise::Trailer(algorithm) => {
            let text = STANDARD.encode(value(algorithm));
            assert!(cut(body, text.as_bytes()).is_some());
        }
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug)]
struct Mode {
    payload: PayloadMode,
    trailer: Option<Algorithm>,
}

impl Mode {
    const ALL: [Self; 4] = [
        Self::new(PayloadMode::StreamingSigned, None),
        Self::new(
            PayloadMode::StreamingSignedTrailer,
            Some(Algorithm::Crc64Nvme),
        ),
        Self::new(
            PayloadMode::StreamingUnsignedTrailer,
            Some(Algorithm::Crc32),
        ),
        Self::new(
            PayloadMode::StreamingUnsignedTrailer,
            Some(Algorithm::Sha256),
        ),
    ];

    const fn new(payload: PayloadMode, trailer: Option<Algorithm>) -> Self {
        Self { payload, trailer }
    }

    fn headers(self, length: usize) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(DECODED_LENGTH, HeaderValue::from(length));
        if let Some(algorithm) = self.trailer {
            headers.insert(
                "x-amz-trailer",
                HeaderValue::from_static(algorithm.header()),
            );
        }
        headers
    }

    fn write(self, chunks: &[&[u8]]) -> Vec<u8> {
        let (key, at, seed) = HEAD.clone();
        let mut signer = ChunkSigner::new(key, at, seed);
        let mut out = Vec::new();
        for chunk in chunks
            .iter()
            .filter(|chunk| !chunk.is_empty())
            .chain([&&b""[..]])
        {
            out.extend(format!("{:x}", chunk.len()).bytes());
            if self.payload.has_signed_chunks() {
                out.extend(
                    format!(";chunk-signature={}", signer.sign_chunk(chunk).to_hex()).bytes(),
                );
            }
            out.extend([b"\r\n", *chunk].concat());
            out.extend(if chunk.is_empty() { &b""[..] } else { b"\r\n" });
        }
        if let Some(algorithm) = self.trailer {
            self.write_trailer(algorithm, &chunks.concat(), signer, &mut out);
        }
        out.extend(b"\r\n");
        out
    }

    fn write_trailer(
        self,
        algorithm: Algorithm,
        data: &[u8],
        mut signer: ChunkSigner,
        out: &mut Vec<u8>,
    ) {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        let (name, value) = (algorithm.header(), STANDARD.encode(hasher.value()));
        out.extend(format!("{name}:{value}\r\n").bytes());
        if self.payload.has_signed_chunks() {
            let line = canonical_trailer([(name.as_bytes(), value.as_bytes())]);
            let signature = signer.sign_trailer(&line).to_hex();
            out.extend(format!("x-amz-trailer-signature:{signature}\r\n").bytes());
        }
    }
}

/// What a client writes is read; what is cut short is not, nor what was changed and is signed.
fn written_and_read(mode: Mode, data: &[u8], dice: &mut Dice) {
    let plan = plan(&mode.headers(data.len()), mode.payload).unwrap();
    let body = mode.write(&dice.cut(data));
    assert_eq!(
        in_any_pieces(&plan, &body, dice).as_deref(),
        Ok(data),
        "{mode:?}"
    );
    let short = &body[..dice.below(body.len())];
    assert!(
        feed(&plan, vec![Bytes::copy_from_slice(short)]).is_err(),
        "{mode:?}"
    );
    let mut changed = body;
    let place = dice.below(changed.len());
    changed[place] ^= 1 << dice.below(8);
    let read = feed(
        &plan,
        dice.cut(&changed)
            .into_iter()
            .map(Bytes::copy_from_slice)
            .collect(),
    );
    if mode.payload.has_signed_chunks() {
        assert!(
            read.is_err() || read.as_deref() == Ok(data),
            "{mode:?} at {place}"
        );
    }
}
