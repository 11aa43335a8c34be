//! The worked examples of the Amazon S3 API Reference, *Authenticating Requests (AWS
//! Signature Version 4)*, with the signatures printed there.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, EMPTY_SHA256, Request, example_time, key};
use http::HeaderName;
use portico_sigv4::{
    ChunkError, ChunkVerifier, Outgoing, PayloadMode, canonical_trailer, presign, sign,
};

const BUCKET_HOST: &str = "examplebucket.s3.amazonaws.com";

fn authorized(request: Request, signed_headers: &str, signature: &str) -> Request {
    request.with("x-amz-date", "20130524T000000Z").with(
        "authorization",
        &format!(
            "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders={signed_headers},Signature={signature}"
        ),
    )
}

#[test]
fn get_object() {
    let request = Request::new("GET", BUCKET_HOST, "/test.txt", None)
        .with("range", "bytes=0-9")
        .with("x-amz-content-sha256", EMPTY_SHA256);
    let request = authorized(
        request,
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
    let verified = request.verify().unwrap();
    assert_eq!(verified.payload(), PayloadMode::of(b""));
    assert_eq!(request.proof().unwrap().access_key(), ACCESS_KEY);
}

#[test]
fn put_object() {
    let body = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    assert_eq!(PayloadMode::of(b"Welcome to Amazon S3.").to_string(), body);
    let request = Request::new("PUT", BUCKET_HOST, "/test$file.text", None)
        .with("date", "Fri, 24 May 2013 00:00:00 GMT")
        .with("x-amz-storage-class", "REDUCED_REDUNDANCY")
        .with("x-amz-content-sha256", body);
    authorized(
        request,
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    )
    .verify()
    .unwrap();
}

#[test]
fn get_bucket_lifecycle_and_list_objects() {
    for (query, signature) in [
        (
            "lifecycle",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "max-keys=2&prefix=J",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let request = Request::new("GET", BUCKET_HOST, "/", Some(query))
            .with("x-amz-content-sha256", EMPTY_SHA256);
        authorized(request, "host;x-amz-content-sha256;x-amz-date", signature)
            .verify()
            .unwrap();
    }
}

#[test]
fn signing_makes_the_documented_header() {
    let request = Request::new("GET", BUCKET_HOST, "/test.txt", None).with("range", "bytes=0-9");
    let sign_also = [
        HeaderName::from_static("range"),
        HeaderName::from_static("if-match"),
    ];
    let outgoing = Outgoing {
        sign_also: &sign_also,
        ..request.outgoing()
    };
    let at = example_time();
    let signed = sign(&outgoing, PayloadMode::of(b""), ACCESS_KEY, &key(at), at).unwrap();
    assert_eq!(
        signed.authorization,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
         Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    assert_eq!(signed.date, "20130524T000000Z");
    assert_eq!(signed.content_sha256, EMPTY_SHA256);
    assert!(signed.authorization.is_sensitive());
}

#[test]
fn presigned_url() {
    let mut request = Request::new("GET", BUCKET_HOST, "/test.txt", None);
    let at = example_time();
    let query = presign(&request.outgoing(), ACCESS_KEY, &key(at), at, 86400, &[]).unwrap();
    assert_eq!(
        query,
        "X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
    request.query = Some(query.into_bytes());
    assert_eq!(request.verify().unwrap().payload(), PayloadMode::Unsigned);
}

fn chunked(mode: &str) -> Request {
    Request::new(
        "PUT",
        "s3.amazonaws.com",
        "/examplebucket/chunkObject.txt",
        None,
    )
    .with("x-amz-storage-class", "REDUCED_REDUNDANCY")
    .with("x-amz-content-sha256", mode)
    .with("content-encoding", "aws-chunked")
    .with("x-amz-decoded-content-length", "66560")
}

fn feed(verifier: &mut ChunkVerifier, chunks: [(usize, &str); 3]) -> Result<(), ChunkError> {
    for (size, signature) in chunks {
        for piece in vec![b'a'; size].chunks(10_000) {
            verifier.update(piece);
        }
        verifier.finish_chunk(signature.as_bytes())?;
    }
    Ok(())
}

#[test]
fn chunked_upload() {
    let request = authorized(
        chunked("STREAMING-AWS4-HMAC-SHA256-PAYLOAD").with("content-length", "66824"),
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;\
         x-amz-decoded-content-length;x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
    let verified = request.verify().unwrap();
    assert_eq!(verified.payload(), PayloadMode::StreamingSigned);
    let chunks = [
        (
            65536,
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        ),
        (
            1024,
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        ),
        (
            0,
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ),
    ];
    feed(&mut verified.chunks(), chunks).unwrap();
    let mut longer = chunks;
    longer[1].0 += 1;
    assert_eq!(
        feed(&mut verified.chunks(), longer),
        Err(ChunkError::Mismatch)
    );
}

#[test]
fn chunked_upload_with_trailer() {
    let request = authorized(
        chunked("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
            .with("x-amz-trailer", "x-amz-checksum-crc32c"),
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;\
         x-amz-storage-class;x-amz-trailer",
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    );
    let verified = request.verify().unwrap();
    assert_eq!(verified.payload(), PayloadMode::StreamingSignedTrailer);
    let mut stream = verified.chunks();
    let chunks = [
        (
            65536,
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        ),
        (
            1024,
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        ),
        (
            0,
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ),
    ];
    feed(&mut stream, chunks).unwrap();
    let trailer = canonical_trailer([(&b"x-amz-checksum-crc32c"[..], &b"sOO8/Q=="[..])]);
    let signature = b"d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
    let mut other = stream.clone();
    let changed = canonical_trailer([(&b"x-amz-checksum-crc32c"[..], &b"sOO8/R=="[..])]);
    assert_eq!(
        other.verify_trailer(&changed, signature),
        Err(ChunkError::Mismatch)
    );
    stream.verify_trailer(&trailer, signature).unwrap();
}
