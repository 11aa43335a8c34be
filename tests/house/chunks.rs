//! Bodies in `aws-chunked` framing, good and bad, as SDKs write them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use portico_sigv4::{ChunkSigner, PayloadMode, canonical_trailer};

use super::{Keys, Request};

/// The CRC32 of some data, in the form of `x-amz-checksum-crc32`.
pub fn crc32(data: &[u8]) -> String {
    let sum = crc_fast::checksum(CrcAlgorithm::Crc32IsoHdlc, data);
    let sum = u32::try_from(sum).expect("32 bits");
    STANDARD.encode(sum.to_be_bytes())
}

/// Puts bytes into chunks of HTTP's own, each of so many bytes.
pub fn http_chunks(data: &[u8], size: usize) -> Vec<u8> {
    let mut framed = Vec::new();
    for chunk in data.chunks(size) {
        framed.extend(format!("{:x}\r\n", chunk.len()).bytes());
        framed.extend([chunk, b"\r\n"].concat());
    }
    framed.extend(b"0\r\n\r\n");
    framed
}

/// How a body is to be framed, and what is wrong with it.
pub struct Chunked<'a> {
    pub data: &'a [u8],
    /// Bytes of data in each chunk.
    pub size: usize,
    pub mode: PayloadMode,
    /// What `x-amz-decoded-content-length` says.
    pub length: usize,
    /// What the trailer says, where there is one.
    pub checksum: String,
    /// The chunk whose signature is not its own.
    pub forged: Option<usize>,
}

impl<'a> Chunked<'a> {
    /// Unsigned chunks of 64 KiB with a CRC32 in the trailer: what SDKs do by default.
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            size: 64 * 1024,
            mode: PayloadMode::StreamingUnsignedTrailer,
            length: data.len(),
            checksum: crc32(data),
            forged: None,
        }
    }

    /// Signed chunks without a trailer.
    pub fn signed(data: &'a [u8]) -> Self {
        Self {
            mode: PayloadMode::StreamingSigned,
            ..Self::new(data)
        }
    }

    /// The request with its headers, signature and framed body; the caller may cut or stretch it.
    pub fn put(&self, keys: &Keys, request: Request) -> Request {
        let mut request = request
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", self.length);
        if self.mode.has_trailer() {
            request = request
                .header("x-amz-sdk-checksum-algorithm", "CRC32")
                .header("x-amz-trailer", "x-amz-checksum-crc32");
        }
        let (request, signer) = keys.sign_chunked(request, self.mode);
        request.body(self.frame(signer))
    }

    fn frame(&self, mut signer: ChunkSigner) -> Vec<u8> {
        let mut framed = Vec::new();
        let chunks = self.data.chunks(self.size).chain([&[][..]]);
        for (index, chunk) in chunks.enumerate() {
            let mut signature = signer.sign_chunk(chunk).to_hex();
            if self.forged == Some(index) {
                signature = "0".repeat(64);
            }
            framed.extend(format!("{:x}", chunk.len()).bytes());
            if self.mode.has_signed_chunks() {
                framed.extend(format!(";chunk-signature={signature}").bytes());
            }
            framed.extend(b"\r\n");
            framed.extend(chunk);
            if !chunk.is_empty() {
                framed.extend(b"\r\n");
            }
        }
        if self.mode.has_trailer() {
            framed.extend(self.trailer(&mut signer));
        }
        framed.extend(b"\r\n");
        framed
    }

    fn trailer(&self, signer: &mut ChunkSigner) -> Vec<u8> {
        let (name, value) = ("x-amz-checksum-crc32", self.checksum.as_bytes());
        let mut trailer = format!("{name}:{}\r\n", self.checksum);
        if self.mode.has_signed_chunks() {
            let canonical = canonical_trailer([(name.as_bytes(), value)]);
            let signature = signer.sign_trailer(&canonical).to_hex();
            trailer += "x-amz-trailer-signature:";
            trailer += &signature;
            trailer += "\r\n";
        }
        trailer.into_bytes()
    }
}
