//! A house with the plugin alone in it, and tokens made by hand.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every story uses a part of this, from a crate of its own"
)]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey};
use portico_auth::{Auth, Settings, UserSettings};
use portico_sdk::body::{self, read_whole};
use portico_sdk::credential::AccessKeys;
use portico_sdk::pipeline::{Pipeline, Verdict};
use portico_sdk::rest::PublicRoutes;
use portico_sdk::rights::Rule;
use portico_sdk::settings::{Fault, Secret};
use portico_sdk::testkit::{self, ManualClock};
use portico_sdk::tokens::Tokens;
use portico_sdk::upstream::{Backend, Upstreams};
use portico_sdk::users::Users;
use portico_sdk::{Door, Error, Exchange, Plugin, Registry, Services, dialect};
use serde_json::{Value, json};

pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const OTHER_SECRET: &str = "fedcba9876543210fedcba9876543210";
pub const NOW: u64 = 1_800_000_000;

/// The hash of "hush", cheap because tests log in often.
pub const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdCBvZiBzdG9yaWVzIQ$XIQ+v5sdH52Ii9Khqy6HC+9tdtp96zev3nVp6jD8cfo";
/// Another hash of "hush".
pub const OTHER_HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$YW5vdGhlciBzYWx0IHllcw$3NeKEQYsKxbVG2XlrmCoojVt9zholMSsv5R8maooQhI";

pub struct House {
    pub tokens: Arc<dyn Tokens>,
    pub users: Option<Arc<dyn Users>>,
    pub clock: Arc<ManualClock>,
    pipeline: Pipeline,
    public: PublicRoutes,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

pub fn settings() -> Settings {
    Settings {
        secrets: vec![Secret::from(SECRET)],
        ..Settings::default()
    }
}

pub fn house() -> House {
    build(settings(), testkit::upstreams()).unwrap()
}

pub fn house_of(secrets: &[&str]) -> House {
    let secrets = secrets.iter().map(|&secret| Secret::from(secret)).collect();
    let settings = Settings {
        secrets,
        ..settings()
    };
    build(settings, testkit::upstreams()).unwrap()
}

pub fn user(name: &str, hash: &str, rules: Vec<Rule>) -> UserSettings {
    UserSettings {
        name: name.to_owned(),
        password_hash: Secret::from(hash),
        rules,
    }
}

pub fn rule(buckets: &[&str], prefixes: &[&str], read_only: bool) -> Rule {
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    Rule {
        buckets: owned(buckets),
        prefixes: owned(prefixes),
        read_only,
    }
}

/// A house in front of a generic store, with these users.
pub fn generic(users: Vec<UserSettings>) -> House {
    generic_of(&[SECRET], users)
}

pub fn generic_of(secrets: &[&str], users: Vec<UserSettings>) -> House {
    let secrets = secrets.iter().map(|&secret| Secret::from(secret)).collect();
    let settings = Settings {
        secrets,
        users,
        ..settings()
    };
    let mut upstreams = testkit::upstreams();
    upstreams.backend = Backend::Generic;
    build(settings, upstreams).unwrap()
}

pub fn build(settings: Settings, upstreams: Upstreams) -> Result<House, Fault> {
    let clock = Arc::new(ManualClock::at(NOW));
    let mut registry = Registry::new(Services::new(Arc::clone(&clock) as _, upstreams));
    let house = AccessKeys {
        access_key: "house".to_owned(),
        secret_key: "the secret of the house".into(),
    };
    registry.services.house.tell(house.into());
    Auth::install(settings, &mut registry)?;
    let users = registry.services.borrow::<dyn Users>();
    let tokens = registry.services.borrow::<dyn Tokens>().unwrap();
    let built = registry.build().unwrap();
    Ok(House {
        tokens,
        users,
        clock,
        pipeline: built.pipeline,
        public: built.public,
    })
}

impl House {
    pub async fn ask(&self, request: Request<String>) -> Answer {
        let public = self.public.contains(request.uri().path());
        let (parts, text) = request.into_parts();
        let request = Request::from_parts(parts, ());
        let mut exchange = testkit::exchange(request, Door::Rest { public });
        let reply = match self.pipeline.run(&mut exchange, body::full(text)).await {
            Ok(Verdict::Reply(reply)) => reply,
            Ok(Verdict::Forward(_)) => panic!("nothing here forwards"),
            Err(error) => dialect::reply(&error, &exchange),
        };
        let text = read_whole(reply.body, 1 << 20).await.unwrap();
        Answer {
            status: reply.status,
            headers: reply.headers,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }

    /// Runs a request without a body through any door, for a look at the exchange afterwards.
    pub async fn knock(&self, request: Request<()>, door: Door) -> (Exchange, Option<Error>) {
        let mut exchange = testkit::exchange(request, door);
        let result = self.pipeline.run(&mut exchange, body::empty()).await;
        (exchange, result.err())
    }

    pub async fn get(&self, path: &str, authorization: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        self.ask(request.body(String::new()).unwrap()).await
    }

    pub async fn log_in(&self, form: &str) -> Answer {
        self.post("application/x-www-form-urlencoded", form).await
    }

    pub async fn post(&self, kind: &str, text: &str) -> Answer {
        let request = Request::post("/api/v1/auth/token")
            .header("content-type", kind)
            .body(text.to_owned());
        self.ask(request.unwrap()).await
    }

    pub async fn token(&self, form: &str) -> String {
        let answer = self.log_in(form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}

/// A token of any header and claims, with a good HS256 signature whatever the header says.
pub fn signed(secret: &str, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let key = EncodingKey::from_secret(secret.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
    format!("{message}.{}", signature.unwrap())
}

/// A token as the Python backend writes it.
pub fn python(claims: &Value) -> String {
    signed(SECRET, &json!({"alg": "HS256", "typ": "JWT"}), claims)
}

/// The claims of a token, unverified, as front ends read them.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
