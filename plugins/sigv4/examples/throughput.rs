//! How long signing and verifying take, beside AWS's own signer:
//! `cargo run --release -p portico-sigv4 --example throughput`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, not a server"
)]

use std::hint::black_box;
use std::time::{Duration, Instant, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as aws_sign,
};
use aws_sigv4::sign::v4;
use http::HeaderMap;
use portico_sigv4::{
    KeyRack, Outgoing, PayloadMode, Proof, RequestView, Scope, SigningKey, Timestamp, presign, sign,
};
use secrecy::SecretString;

/// 24 May 2013, 00:00 UTC.
const SIGNED_AT: Duration = Duration::from_hours(380_376);
const PATH: &str = "/bucket/some/folder/object-0001.parquet";
const QUERY: &str = "partNumber=2&uploadId=abcdef0123456789&x-id=UploadPart";
const SECRET: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

/// The best of many short rounds, because a busy machine only ever makes it slower.
fn time_per_call(name: &str, mut call: impl FnMut()) {
    const CALLS: u32 = 2_000;
    let mut round = || {
        let start = Instant::now();
        (0..CALLS).for_each(|_| call());
        start.elapsed() / CALLS
    };
    let best = (0..100).map(|_| round()).min().unwrap();
    println!("{name:<24} {best:>10.2?}");
}

fn with_aws() {
    let identity = Credentials::new("YWRtaW4=", SECRET, None, None, "bench").into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(UNIX_EPOCH + SIGNED_AT)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let uri = format!("https://tenant.hcp.example.com{PATH}?{QUERY}");
    time_per_call("aws-sigv4: sign", || {
        let headers = [("x-amz-meta-a", "b")].into_iter();
        let body = SignableBody::UnsignedPayload;
        let request = SignableRequest::new("PUT", uri.as_str(), headers, body).unwrap();
        black_box(aws_sign(request, &params).unwrap());
    });
}

fn main() {
    let at = Timestamp::from_system(UNIX_EPOCH + SIGNED_AT).unwrap();
    let now = UNIX_EPOCH + SIGNED_AT;
    let secret = SecretString::from(SECRET);
    let scope = Scope::new(&at, "us-east-1", "s3").unwrap();
    let key = SigningKey::derive(&secret, &scope);
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-meta-a", http::HeaderValue::from_static("b"));
    let outgoing = Outgoing {
        method: "PUT",
        path: PATH,
        query: Some(QUERY),
        headers: &headers,
        host: "tenant.hcp.example.com",
        sign_also: &[],
    };
    let sign_once = || sign(&outgoing, PayloadMode::Unsigned, "YWRtaW4=", &key, at).unwrap();
    let mut received = headers.clone();
    sign_once().apply(&mut received);
    let view = RequestView {
        method: "PUT",
        raw_path: PATH.as_bytes(),
        raw_query: Some(QUERY.as_bytes()),
        headers: &received,
        host: b"tenant.hcp.example.com",
    };
    let proof = Proof::from_request(&view).unwrap().unwrap();

    time_per_call("derive a signing key", || {
        black_box(SigningKey::derive(&secret, &scope));
    });
    let rack = KeyRack::new();
    time_per_call("find a kept key", || {
        rack.with(&secret, &scope, |key| black_box(key.scope().date().len()));
    });
    time_per_call("sign, key kept", || {
        black_box(sign_once());
    });
    time_per_call("presign, key kept", || {
        black_box(presign(&outgoing, "YWRtaW4=", &key, at, 60, &[]).unwrap());
    });
    time_per_call("read a proof", || {
        black_box(Proof::from_request(&view).unwrap());
    });
    time_per_call("verify", || {
        black_box(proof.verify(&secret, &view, now).unwrap());
    });
    time_per_call("verify, key kept", || {
        black_box(proof.verify_with_key(&key, &view, now).unwrap());
    });
    with_aws();
}
