//! Tokens: only those that were written here are read, and they say what was written.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use portico_auth::{Auth, Settings};
use portico_sdk::settings::Secret;
use portico_sdk::testkit::{self, ManualClock};
use portico_sdk::tokens::{Companion, Grant, Login, Permit, Session, Tokens};
use portico_sdk::{Plugin as _, Registry, Services, Tenant};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::request::cut;

const SECRETS: [&str; 2] = [
    "0123456789abcdef0123456789abcdef",
    "fedcba9876543210fedcba9876543210",
];
const NOW: u64 = 1_800_000_000;
/// Beyond this the clocks of some systems end.
const FAR: u64 = 1 << 40;

/// The headers that writers of tokens use.
const HEADERS: [&[u8]; 3] = [
    br#"{"alg":"HS256"}"#,
    br#"{"alg":"HS256","typ":"JWT"}"#,
    br#"{"typ":"JWT","alg":"HS256"}"#,
];

/// All login tokens that were ever written: sealed, and in the form of the Python backend.
const LOGINS: [&str; 3] = [
    include_str!("../seeds/tokens/login-sealed"),
    include_str!("../seeds/tokens/login-sealed-second-secret"),
    include_str!("../seeds/tokens/login-plain"),
];
const SESSIONS: [&str; 1] = [include_str!("../seeds/tokens/session")];
const GRANTS: [&str; 2] = [
    include_str!("../seeds/tokens/grant"),
    include_str!("../seeds/tokens/grant-for-a-part"),
];

static TOKENS: LazyLock<Arc<dyn Tokens>> = LazyLock::new(|| {
    let tokens = reader();
    assert!(LOGINS.iter().all(|token| tokens.read_login(token).is_ok()));
    assert!(
        SESSIONS
            .iter()
            .all(|token| tokens.read_session(token).is_ok())
    );
    let is_grant = |token| matches!(tokens.read_companion(token), Ok(Companion::Grant(_)));
    assert!(GRANTS.into_iter().all(is_grant));
    tokens
});

/// Takes a token; or, with a line feed in it, the header and the claims of one, which is then
/// signed with the right secret.
pub fn run(input: &[u8]) {
    if let Some((header, claims)) = cut(input, b"\n") {
        for secret in SECRETS {
            signed(header, claims, &sign(header, claims, secret));
        }
    } else if let Ok(token) = std::str::from_utf8(input) {
        let known = |list: &[&str]| list.contains(&token);
        let (login, session) = (TOKENS.read_login(token), TOKENS.read_session(token));
        assert!(login.is_err() || known(&LOGINS), "{token}");
        assert!(session.is_err() || known(&SESSIONS), "{token}");
        let grant = companion_grant(token, session.as_ref().ok());
        assert!(grant.is_none() || known(&GRANTS), "{token}");
    }
}

fn reader() -> Arc<dyn Tokens> {
    let clock = Arc::new(ManualClock::at(NOW));
    let mut registry = Registry::new(Services::new(clock, testkit::upstreams()));
    let settings = Settings {
        secrets: SECRETS.map(Secret::from).into(),
        ..Settings::default()
    };
    Auth::install(settings, &mut registry).unwrap();
    registry.services.borrow::<dyn Tokens>().unwrap()
}

fn sign(header: &[u8], claims: &[u8], secret: &str) -> String {
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{text}.{signature}")
}

/// Whoever holds the secret is believed, but only within the rules for claims.
fn signed(header: &[u8], claims: &[u8], token: &str) {
    let (login, session) = (TOKENS.read_login(token), TOKENS.read_session(token));
    let grant = companion_grant(token, session.as_ref().ok());
    let kinds = [login.is_ok(), session.is_ok(), grant.is_some()];
    assert!(
        kinds.into_iter().filter(|kind| *kind).count() < 2,
        "two kinds at once"
    );
    let written = claims;
    // A number that no float holds is nothing to us, where the readers skip it unread.
    let Ok(claims) = serde_json::from_slice::<Value>(written) else {
        return;
    };
    if kinds.contains(&true) {
        let header: Value = serde_json::from_slice(header).expect("it was read before");
        assert_eq!(header["alg"], "HS256");
        assert_rules(&claims);
    } else if HEADERS.contains(&header) {
        // Every name once, or the text would be longer.
        let short = claims.to_string().len() == written.len();
        assert!(!short || !is_plain_login(&claims), "refused: {claims}");
    }
    if let Ok(login) = login {
        says(&claims, &Said::from(&login), "login", &LOGINS);
    }
    if let Ok(session) = session {
        assert_eq!(claims["kind"], "s3");
        says(&claims, &Said::from(&session), "s3", &SESSIONS);
    }
    if let Some(grant) = grant {
        assert_eq!(claims["kind"], "grant");
        let written = says(&claims, &Said::from(&grant), "grant", &GRANTS);
        assert_eq!(
            written.as_ref().map(permit_of),
            Some(permit_as_json(&grant.permit))
        );
    }
}

/// The grant that the token is, if it is one; a session must read as the same session.
fn companion_grant(token: &str, session: Option<&Session>) -> Option<Grant> {
    match TOKENS.read_companion(token) {
        Ok(Companion::Grant(grant)) => return Some(grant),
        Ok(Companion::Session(read)) => {
            let session = session.expect("a companion that is no session of its own");
            assert_eq!(Said::from(&read), Said::from(session));
        }
        Err(_) => assert!(session.is_none()),
    }
    None
}

/// What a grant was given for, as it stands in its claims.
fn permit_of(claims: &Value) -> [Value; 4] {
    let may = &claims["may"];
    ["m", "b", "k", "u"].map(|name| may[name].clone())
}

fn permit_as_json(permit: &Permit) -> [Value; 4] {
    let part = permit
        .part
        .as_ref()
        .map(|part| json!([part.upload_id, part.number]));
    let words = [permit.method.as_str(), &permit.bucket, &permit.key];
    let [method, bucket, key] = words.map(Value::from);
    [method, bucket, key, part.unwrap_or_default()]
}

/// RFC 7519 section 4.1, and the rules of this house, for a token that was accepted.
fn assert_rules(claims: &Value) {
    assert!(claims["exp"].as_u64().unwrap() > NOW);
    assert!(claims["aud"].is_null());
    assert!(claims["nbf"].is_null() || claims["nbf"].as_u64().unwrap() <= NOW);
    assert_ne!(claims["sub"].as_str().unwrap(), "");
}

/// Whether this is a token of the Python backend in every detail.
fn is_plain_login(claims: &Value) -> bool {
    let known = |key: &String| ["sub", "exp", "tenant", "pwd"].contains(&key.as_str());
    let Some(object) = claims.as_object() else {
        return false;
    };
    let tenant = match &claims["tenant"] {
        Value::Null => true,
        Value::String(name) => is_label(name),
        _ => false,
    };
    object.keys().all(known)
        && tenant
        && claims["exp"]
            .as_u64()
            .is_some_and(|end| end > NOW && end < FAR)
        && claims["sub"].as_str().is_some_and(|name| !name.is_empty())
        && claims["pwd"].is_string()
}

fn is_label(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..64).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// What the reader made of a token.
#[derive(Debug, PartialEq, Eq)]
struct Said<'a> {
    user: &'a str,
    tenant: Option<&'a str>,
    secret: &'a str,
    expires: u64,
}

impl<'a> From<&'a Login> for Said<'a> {
    fn from(login: &'a Login) -> Self {
        Self {
            user: &login.user,
            tenant: login.tenant.as_ref().map(Tenant::as_str),
            secret: login.password.expose_secret(),
            expires: seconds(login.expires),
        }
    }
}

impl<'a> From<&'a Session> for Said<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            user: &session.user,
            tenant: session.tenant.as_ref().map(Tenant::as_str),
            secret: session.keys.secret_key.expose_secret(),
            expires: seconds(session.expires),
        }
    }
}

impl<'a> From<&'a Grant> for Said<'a> {
    fn from(grant: &'a Grant) -> Self {
        Self {
            user: &grant.user,
            tenant: grant.tenant.as_ref().map(Tenant::as_str),
            secret: grant.keys.secret_key.expose_secret(),
            expires: seconds(grant.expires),
        }
    }
}

fn seconds(at: std::time::SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}

/// The reader took what stands in the claims; and a seal opens only among the claims that it was
/// written with, which are given back.
fn says(claims: &Value, said: &Said<'_>, kind: &str, written: &[&str]) -> Option<Value> {
    assert_eq!(claims["sub"], said.user);
    assert_eq!(claims["exp"], said.expires);
    let tenant = claims["tenant"].as_str().map(str::to_ascii_lowercase);
    assert_eq!(tenant.as_deref(), said.tenant);
    if claims["kind"].is_null() {
        assert_eq!(claims["pwd"], said.secret);
        return None;
    }
    assert_eq!(claims["kind"], kind);
    let same = |genuine: &Value| {
        let mut names = ["sub", "exp", "tenant", "pwd", "kind"].into_iter();
        names.all(|name| genuine[name] == claims[name])
    };
    let found = written.iter().map(|token| claims_of(token)).find(same);
    assert!(found.is_some(), "a seal opened elsewhere: {claims}");
    found
}

fn claims_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}
