//! Our signatures are those of AWS's own Rust signer, for any request, in both forms.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign as aws_sign,
};
use aws_sigv4::sign::v4;
use common::{Request, system_time};
use portico_sigv4::{PayloadMode, Scope, SigningKey, Timestamp, presign, sign, uri_encode};
use proptest::collection::vec;
use proptest::prelude::*;
use secrecy::SecretString;

const HOST: &str = "bucket.s3.example.com:9000";
const EXPIRES: u32 = 3600;

#[derive(Clone, Debug)]
struct Case {
    method: &'static str,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    access_key: String,
    secret: String,
    token: Option<String>,
    region: String,
    at: Timestamp,
    body: Option<Vec<u8>>,
}

impl Case {
    fn request(&self) -> Request {
        let mut request = Request::new(self.method, HOST, &self.path, self.query.as_deref());
        for (name, value) in &self.headers {
            request.append(name, value.as_bytes());
        }
        request
    }

    fn key(&self) -> SigningKey {
        let scope = Scope::new(&self.at, &self.region, "s3").unwrap();
        SigningKey::derive(&self.secret(), &scope)
    }

    fn secret(&self) -> SecretString {
        self.secret.as_str().into()
    }

    fn payload(&self) -> PayloadMode {
        self.body
            .as_deref()
            .map_or(PayloadMode::Unsigned, PayloadMode::of)
    }

    /// What AWS's signer adds to the request, and its signature.
    fn sign_with_aws(&self, location: SignatureLocation) -> (SigningInstructions, String) {
        let token = self.token.clone();
        let credentials = Credentials::new(&self.access_key, &self.secret, token, None, "test");
        let identity = credentials.into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.signature_location = location;
        settings.expires_in = Some(Duration::from_secs(EXPIRES.into()));
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(system_time(self.at))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let query = self
            .query
            .as_ref()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let uri = format!("https://{HOST}{}{query}", self.path);
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let body = match (&self.body, location) {
            (Some(body), SignatureLocation::Headers) => SignableBody::Bytes(body),
            _ => SignableBody::UnsignedPayload,
        };
        let request = SignableRequest::new(self.method, uri, headers, body).unwrap();
        aws_sign(request, &params).unwrap().into_parts()
    }
}

/// Any bytes as a key, in the one spelling of S3.
fn canonical_path() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![Just(b'/'), Just(b'%'), Just(b'+'), any::<u8>()],
        0..30,
    )
    .prop_map(|key| format!("/{}", uri_encode(&key, true)))
}

/// Paths as sloppy clients send them, escaped too little, too much or in lower case.
fn sloppy_path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "Z", "9", "-", ".", "_", "~", "!", "$", "&", "'", "(", ")", "*", "+", ",", ";", "=",
        ":", "@", "/", "//", "..", "%41", "%2f", "%2F", "%c3%a9", "%C3%A9", "%20", "%25", "%ff",
    ]);
    vec(piece, 0..20).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn parameter() -> impl Strategy<Value = String> {
    let text = || prop_oneof!["[a-z]{0,3}", "[ -~]{0,8}", "\\PC{0,5}"];
    (text(), text(), 0..3).prop_map(|(name, value, spelling)| {
        let name = uri_encode(name.as_bytes(), false);
        match spelling {
            0 => name,
            1 => format!("{name}={}", uri_encode(value.as_bytes(), true)),
            _ => format!(
                "{name}={}",
                uri_encode(value.as_bytes(), false).replace("%20", "+")
            ),
        }
    })
}

fn query() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(vec(parameter(), 0..6).prop_map(|parameters| parameters.join("&")))
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    vec(
        ("x-amz-(acl|meta-[a-c]{1,2})", "[ -~]{0,12}|  a   b  "),
        0..5,
    )
}

fn case(path: impl Strategy<Value = String>) -> impl Strategy<Value = Case> {
    let method = prop::sample::select(vec!["GET", "HEAD", "PUT", "POST", "DELETE"]);
    let request = (
        method,
        path,
        query(),
        headers(),
        proptest::option::of(vec(any::<u8>(), 0..20)),
    );
    let token = proptest::option::of("[A-Za-z0-9+/=]{1,20}");
    let who = (
        "[A-Za-z0-9+/]{1,12}={0,2}",
        "[!-~]{0,80}",
        token,
        "[a-z0-9-]{1,12}",
    );
    (request, who, 0_i64..4_102_444_800).prop_map(|(request, who, at)| {
        let (method, path, query, headers, body) = request;
        let (access_key, secret, token, region) = who;
        let at = Timestamp::from_unix(at).unwrap();
        Case {
            method,
            path,
            query,
            headers,
            access_key,
            secret,
            token,
            region,
            at,
            body,
        }
    })
}

/// Adds what AWS's signer gave us, as its users do.
fn apply(request: &mut Request, instructions: &SigningInstructions) {
    for (name, value) in instructions.headers() {
        request.set(name, value.as_bytes());
    }
    let mut query = request.query.take().unwrap_or_default();
    for (name, value) in instructions.params() {
        let separator = if query.is_empty() { "" } else { "&" };
        let value = uri_encode(value.as_bytes(), false);
        query.extend_from_slice(format!("{separator}{name}={value}").as_bytes());
    }
    request.query = Some(query).filter(|query| !query.is_empty());
}

fn accept(case: &Case, request: &Request) -> Result<(), TestCaseError> {
    let proof = request
        .proof()
        .map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(proof.access_key(), &case.access_key);
    let verified = proof.verify(&case.secret(), &request.view(), system_time(case.at));
    let verified = verified.map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(proof.security_token().is_some(), case.token.is_some());
    prop_assert_eq!(verified.payload(), proof.payload());
    let other = proof.verify(&"other".into(), &request.view(), system_time(case.at));
    prop_assert!(other.is_err());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_aws_signs_we_accept(case in case(prop_oneof![canonical_path(), sloppy_path()])) {
        for location in [SignatureLocation::Headers, SignatureLocation::QueryParams] {
            let mut request = case.request();
            apply(&mut request, &case.sign_with_aws(location).0);
            accept(&case, &request)?;
        }
    }

    #[test]
    fn what_we_sign_aws_signs_alike(case in case(canonical_path())) {
        let mut request = case.request();
        if let Some(token) = &case.token {
            request.set("x-amz-security-token", token.as_bytes());
        }
        let signed = sign(&request.outgoing(), case.payload(), &case.access_key, &case.key(), case.at);
        let signed = signed.unwrap();
        let (instructions, _) = case.sign_with_aws(SignatureLocation::Headers);
        let theirs = |name| instructions.headers().find(|header| header.0 == name).unwrap().1;
        prop_assert_eq!(signed.authorization.to_str().unwrap(), theirs("authorization"));
        prop_assert_eq!(signed.date.to_str().unwrap(), theirs("x-amz-date"));
        prop_assert_eq!(signed.content_sha256.to_str().unwrap(), theirs("x-amz-content-sha256"));
        signed.apply(&mut request.headers);
        accept(&case, &request)?;
    }

    #[test]
    fn what_we_presign_aws_presigns_alike(case in case(canonical_path())) {
        let mut request = case.request();
        let token: Vec<_> =
            case.token.iter().map(|token| ("X-Amz-Security-Token", token.as_str())).collect();
        let outgoing = request.outgoing();
        let query = presign(&outgoing, &case.access_key, &case.key(), case.at, EXPIRES, &token);
        let query = query.unwrap();
        let (_, signature) = case.sign_with_aws(SignatureLocation::QueryParams);
        prop_assert!(query.ends_with(&format!("&X-Amz-Signature={signature}")), "{}", query);
        request.query = Some(query.into_bytes());
        accept(&case, &request)?;
    }
}
