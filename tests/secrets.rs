//! Nothing that opens a door is written down: not in the log at its most talkative, not in the
//! metrics, not in an error.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, Chunked, House, Keys, Plan, RESEARCH_PASSWORD, Request, Upstream};

/// What was sent or handed out and must not be found again.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn keep(&mut self, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 8, "too short to be looked for");
        self.0.push(secret);
    }

    /// Everything in a request that proves something.
    fn keep_of(&mut self, request: &Request) {
        let parameters = request.target.split(['?', '&']);
        let named = |(name, value): (&str, &str)| {
            let name = name.to_ascii_lowercase();
            let secret = name.contains("signature") && !name.contains("signed");
            (secret || name.contains("token")).then(|| value.to_owned())
        };
        let found = parameters.filter_map(|pair| named(pair.split_once('=')?));
        self.0.extend(found);
        if let Some(authorization) = request.get("authorization") {
            let signature = authorization.split("Signature=").nth(1);
            self.0.extend(signature.map(str::to_owned));
        }
    }

    #[track_caller]
    fn are_not_in(&self, place: &str, text: &str) {
        for secret in &self.0 {
            if let Some(at) = text.find(secret.as_str()) {
                let from = at.saturating_sub(200);
                let around = text.get(from..at).unwrap_or_default();
                panic!("{place} holds a secret, behind {around:?}");
            }
        }
    }
}

/// Uses a house in every way, well and badly.
fn live(house: &House, keys: &Keys, secrets: &mut Secrets) {
    let target = format!("/{BUCKET}/k");
    let mut wrong = keys.clone();
    wrong.secret_key.push('x');
    let foreign = Keys {
        token: Some("not.a-token-at-all.really".to_owned()),
        ..keys.clone()
    };
    for keys in [keys, &wrong, &foreign] {
        let requests = [
            house.put(keys, &target, "data"),
            house.get(keys, &target),
            keys.presign(house.request("GET", &target)),
            keys.presign(house.request("GET", "/no-such-bucket/k")),
            Chunked::signed(b"data").put(keys, house.request("PUT", &target)),
            keys.sign(house.request("DELETE", &target)),
        ];
        for request in requests {
            secrets.keep_of(&request);
            let answer = house.ask(&request);
            secrets.are_not_in("an answer", &answer.text());
        }
    }
}

#[test]
fn of_a_house_before_hcp() {
    let house = Plan::hcp().with("telemetry.log_level", "trace").open();
    let mut secrets = Secrets::default();
    let login = house.login("research");
    let keys = house.keys("research");
    live(&house, &keys, &mut secrets);
    secrets.keep(RESEARCH_PASSWORD);
    secrets.keep(&login);
    secrets.keep(&keys.secret_key);
    secrets.keep(keys.token.as_deref().expect("a token"));
    secrets.keep("a secret of the stories");

    // Secrets where they do not belong.
    let stray = format!("/api/v1/credentials?token={login}&password={RESEARCH_PASSWORD}");
    house.rest(Request::new("GET", &stray));
    for bearer in [login.as_str(), "not.a-login-token.really"] {
        let request = house.request("GET", &format!("/{BUCKET}/k"));
        let request = request.header("authorization", format!("Bearer {bearer}"));
        house.ask(&request);
    }
    let form = format!("username=ada&password={RESEARCH_PASSWORD}&grant_type=other");
    let refused = Request::new("POST", "/api/v1/auth/token")
        .header("content-type", "application/x-www-form-urlencoded");
    let refused = house.rest(refused.body(form));
    assert_eq!(refused.status, 422);
    secrets.are_not_in("an answer", &refused.text());

    // What Portico signed with towards the store.
    for request in house.store().arrived() {
        let authorization = request.header("authorization").unwrap_or_default();
        let signature = authorization.split("Signature=").nth(1);
        secrets.keep(signature.expect("a signature"));
    }
    look(&house, &secrets);
}

#[test]
fn of_a_house_before_a_generic_store() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("telemetry.log_level", "trace")
        .open();
    let mut secrets = Secrets::default();
    secrets.keep(Keys::configured().secret_key);
    let link = Keys::configured().presign(house.request("GET", "/data/k"));
    secrets.keep_of(&link);
    // The store fails: the engine has much to say about that.
    let mut client = house.connect();
    client.send(link.bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send("nonsense\r\n\r\n");
    assert_eq!(client.answer().status, 502);
    // It is counted before it is written down, and neither before its answer.
    house.portico.lines_with(1, |line| line["status"] == 502);
    // And so has it when a request cannot be read.
    let mut client = house.connect();
    client.send(format!("GET {} HTTP/1.1\r\nx y: z\r\n\r\n", link.target));
    client.until_gone();
    look(&house, &secrets);
}

#[track_caller]
fn look(house: &House, secrets: &Secrets) {
    let metrics = house.admin(Request::new("GET", "/metrics"));
    assert!(
        metrics.text().contains("portico_requests_total"),
        "{metrics:?}"
    );
    secrets.are_not_in("/metrics", &metrics.text());
    // The last exchange is in the log: so is all before it.
    house
        .portico
        .lines_with(1, |line| line["path"] == "/metrics");
    let log = house.portico.lines().join("\n");
    assert!(
        log.contains("\"logger\":\"access\"") && log.contains("REDACTED"),
        "{log}"
    );
    secrets.are_not_in("the log", &log);
}
