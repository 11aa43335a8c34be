//! Whoever changes a password by this door shuts the S3 door to the old one.

use serde_json::Value;

use crate::house::{Console, House, Keys, Request};
use crate::{PORTICO, ROOT, with_token};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn get(house: &House, keys: &Keys, tenant: &str) -> Request {
    let host = format!("{tenant}.hcp.test:{}", house.s3.port());
    keys.sign(Request::new("GET", "/data/k").header("host", host))
}

/// HCP accepts the keys of `ada`; from then on they need no token.
fn learn(console: &Console, house: &House, tenant: &str) -> Keys {
    let learnt = |line: &Value| line["way"] == "session_token" && line["tenant"] == tenant;
    let lines = house.portico.lines();
    let before = lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok());
    let before = before.filter(learnt).count();
    let mut keys = house.keys(tenant);
    assert_passes(console, house, &keys, tenant);
    house.portico.lines_with(before + 1, learnt);
    keys.token = None;
    keys
}

fn assert_passes(console: &Console, house: &House, keys: &Keys, tenant: &str) {
    let mut client = house.connect();
    client.send(get(house, keys, tenant).bytes());
    let (mut peer, _) = console.request();
    peer.send(OK);
    assert_eq!(client.answer().status, 200);
}

fn assert_forgotten(house: &House, keys: &Keys, tenant: &str) {
    let answer = house.ask(&get(house, keys, tenant));
    assert_eq!(answer.error(), (403, "InvalidAccessKeyId".to_owned()));
}

fn change(console: &Console, house: &House, method: &str, target: &str, answer: &str) {
    let mut client = house.begin_rest(PORTICO, with_token(&house.token(ROOT), method, target));
    let (mut peer, _) = console.request();
    peer.send(answer);
    client.answer();
}

#[test]
fn what_hcp_has_carried_out_is_forgotten_here() {
    let console = Console::start();
    let house = console.open(console.plan().with("route.passthrough", false));
    let of = "/mapi/tenants/research/userAccounts";
    for (method, target) in [
        ("POST", format!("{of}/ADA?password=n3w-secret")),
        ("POST", format!("{of}/ada/changePassword")),
        ("POST", format!("{of}?resetPasswords=n3w-secret")),
        ("DELETE", format!("{of}/ada")),
        ("DELETE", "/mapi/tenants/research".to_owned()),
        ("POST", "/mapi/userAccounts/ada/changePassword".to_owned()),
    ] {
        let keys = learn(&console, &house, "research");
        change(&console, &house, method, &target, REFUSED);
        assert_passes(&console, &house, &keys, "research");
        change(&console, &house, method, &target, OK);
        assert_forgotten(&house, &keys, "research");
    }
    let shown = house.portico.lines().concat();
    assert!(shown.contains("password=REDACTED") && !shown.contains("n3w-secret"));
}

/// A login proves nothing: whoever hangs up, or is cut off, must not shut others out. If HCP has done
/// it, it refuses the old key itself.
#[test]
fn an_answer_that_never_came_shuts_nobody_out() {
    let console = Console::start();
    let house = console.open(console.plan().with("route.passthrough", false));
    let keys = learn(&console, &house, "research");
    let others = learn(&console, &house, "archive");
    let target = "/mapi/tenants/research/userAccounts/ada?password=x";
    let mut client = house.begin_rest(PORTICO, with_token(&house.token(ROOT), "POST", target));
    drop(console.request());
    assert_eq!(client.answer().status, 502);
    house
        .portico
        .lines_with(1, |line| line["operation"] == "mapi");
    assert_passes(&console, &house, &keys, "research");
    assert_passes(&console, &house, &others, "archive");
}
