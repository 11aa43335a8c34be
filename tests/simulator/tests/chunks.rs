//! aws-chunked bodies whose every chunk is signed (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`).

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use hcp_simulator::{Simulator, secret_key};
use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};
use support::{Call, put, start};

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

fn sha256(data: &str) -> String {
    hex::encode(Sha256::digest(data))
}

/// A PUT of these chunks, all signed as the specification says.
fn chunked(hcp: &Simulator, chunks: &[&str]) -> Call {
    let length: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    // Each chunk has a line of its size and its signature, 64 digits, around it.
    let framing = |chunk: &&str| format!("{:x}", chunk.len()).len() + 17 + 64 + 4 + chunk.len();
    let wire: usize = chunks.iter().chain([&""]).map(framing).sum();
    let mut call = put(hcp, "/maps/k", "")
        .header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        .header("x-amz-decoded-content-length", &length.to_string());
    call.headers.retain(|(name, _)| *name != "content-length");
    let mut call = call.header("content-length", &wire.to_string());
    let request = call.request();
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    let (date, authorization) = (header("x-amz-date"), header("authorization"));
    let day = &date[..8];
    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let mut key = format!("AWS4{}", secret_key("secret")).into_bytes();
    for step in scope.split('/') {
        key = hmac(&key, step);
    }
    let mut previous = authorization.rsplit('=').next().unwrap().to_owned();
    let mut body = String::new();
    for chunk in chunks.iter().chain([&""]) {
        let (nothing, content) = (sha256(""), sha256(chunk));
        let text =
            format!("AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{previous}\n{nothing}\n{content}");
        previous = hex::encode(hmac(&key, &text));
        let size = format!("{:x}", chunk.len());
        body.extend([&size, ";chunk-signature=", &previous, "\r\n", chunk, "\r\n"]);
    }
    assert_eq!(body.len(), wire);
    call.ready = Some(request.headers().clone());
    call.sent = Some(body.into());
    call
}

#[tokio::test]
async fn signed_chunks_arrive_and_a_changed_one_does_not() {
    let hcp = start().await;
    let long = "x".repeat(70_000);
    let stored = chunked(&hcp, &["hello, ", &long, "world"]).send().await;
    assert_eq!(stored.status, 200, "{}", stored.text());
    let bytes = hcp.object("europe", "maps", "k").await.unwrap().unwrap();
    assert_eq!(bytes, format!("hello, {long}world"));

    let mut bent = chunked(&hcp, &["one", "two"]);
    let text = String::from_utf8(bent.sent.unwrap().to_vec()).unwrap();
    bent.sent = Some(text.replace("two", "too").into());
    assert_eq!(bent.send().await.error(), (403, "SignatureDoesNotMatch"));
    let kept = hcp.object("europe", "maps", "k").await.unwrap().unwrap();
    assert_eq!(kept, bytes, "nothing of it was stored");
}
