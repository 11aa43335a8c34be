//! Links that Portico gives: each is good for one request, and what leaks with it is no account.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::time::SystemTime;

use house::{Answer, BUCKET, HASH, House, Keys, OTHER_HASH, Plan, Request, hours, rule, user};
use serde_json::{Value, json};

const DATA: &[u8] = b"some bytes that are worth keeping";
const HOST: &str = "research.portico.test";

/// A house with a name of its own, and one object.
fn furnished() -> House {
    let house = Plan::hcp()
        .with("route.domains", vec!["portico.test"])
        .with("auth.public_s3_url", "http://{tenant}.portico.test")
        .open();
    house.store().put("k", DATA);
    house
}

fn wish(house: &House, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", house.login("research"));
    let request = Request::new("POST", "/api/v1/presign")
        .header("authorization", bearer)
        .header("content-type", "application/json");
    house.rest(request.body(body.to_string()))
}

/// The address of a link.
#[track_caller]
fn url(house: &House, method: &str, key: &str) -> String {
    let answer = wish(
        house,
        &json!({"bucket": BUCKET, "key": key, "method": method}),
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["url"].as_str().expect("a URL").to_owned()
}

/// The request that a link is for.
#[track_caller]
fn link(house: &House, method: &str, key: &str) -> Request {
    let url = url(house, method, key);
    let target = url
        .strip_prefix("http://research.portico.test")
        .expect("our address");
    let method = if method == "get_object" { "GET" } else { "PUT" };
    Request::new(method, target).header("host", HOST)
}

/// The token in a link, and the keys of its giver, who may sign whatever he likes.
fn armed(house: &House, method: &str, key: &str) -> Keys {
    let link = link(house, method, key);
    let (_, rest) = link
        .target
        .split_once("X-Amz-Security-Token=")
        .expect("a token");
    Keys {
        token: rest.split('&').next().map(str::to_owned),
        ..house.keys("research")
    }
}

#[track_caller]
fn refused(house: &House, request: &Request) -> Answer {
    let answer = house.ask(request);
    let arrived = house.store().arrived();
    assert!(
        arrived.is_empty(),
        "{request:?}: {answer:?} but {arrived:?}"
    );
    assert!(
        (400..600).contains(&answer.status),
        "{request:?}: {answer:?}"
    );
    answer
}

fn denied() -> (u16, String) {
    (403, "AccessDenied".to_owned())
}

#[test]
fn a_link_to_read_and_a_link_to_write() {
    let house = furnished();
    assert_eq!(house.ask(&link(&house, "get_object", "k")).body, DATA);
    let arrived = house.store().only_request();
    assert_eq!(arrived.path, format!("/{BUCKET}/k"), "no proof travels on");
    assert_eq!(arrived.header("x-amz-security-token"), None);
    let odd = "a b/ö+%2F?&=#";
    let put = link(&house, "put_object", odd).body("by link");
    assert_eq!(house.ask(&put).status, 200);
    assert_eq!(house.store().object(odd).as_deref(), Some(&b"by link"[..]));
    let get = link(&house, "get_object", odd).header("range", "bytes=3-");
    assert_eq!(house.ask(&get).text(), "link");
    let line = house.portico.lines_with(3, |line| line["way"] == "grant");
    assert_eq!(
        (&line[0]["user"], &line[0]["tenant"]),
        (&"ada".into(), &"research".into())
    );
}

#[test]
fn the_answer_is_the_contracts() {
    let house = furnished();
    let answer = wish(
        &house,
        &json!({"bucket": BUCKET, "key": "k", "expires_in": 60}),
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = answer.json();
    assert_eq!(answer["bucket"], BUCKET);
    assert_eq!(answer["key"], "k");
    assert_eq!(answer["expires_in"], 60);
    assert_eq!(answer["method"], "get_object");
    let url = answer["url"].as_str().expect("a URL");
    assert!(
        url.starts_with("http://research.portico.test/data/k?"),
        "{url}"
    );
    for part in [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Credential=YWRh%2F",
        "%2Fus-east-1%2Fs3%2Faws4_request",
        "X-Amz-Expires=60",
        "X-Amz-SignedHeaders=host",
    ] {
        assert!(url.contains(part), "{part} in {url}");
    }
    let wrong = wish(
        &house,
        &json!({"bucket": BUCKET, "key": "k", "method": "delete_object"}),
    );
    let detail = "method must be one of: get_object, put_object";
    assert_eq!(
        (wrong.status, wrong.json()),
        (422, json!({"detail": detail}))
    );
    let wrong = wish(&house, &json!({"bucket": BUCKET, "expires_in": 604_801}));
    assert_eq!(wrong.status, 422);
    let issues = &wrong.json()["detail"];
    assert_eq!(issues[0]["loc"], json!(["body", "key"]));
    assert_eq!(issues[1]["type"], "less_than_equal");
    let nobody = Request::new("POST", "/api/v1/presign").header("content-type", "application/json");
    let nobody = house.rest(nobody.body(json!({"bucket": BUCKET, "key": "k"}).to_string()));
    assert_eq!(nobody.status, 401);
    assert!(house.store().arrived().is_empty(), "nobody had to be asked");
}

/// Where Portico stands under HCP's own names, links lead there.
#[test]
fn hcps_own_names_are_the_default() {
    let house = House::hcp();
    house.store().put("k", DATA);
    let url = url(&house, "get_object", "k");
    let target = url
        .strip_prefix("https://research.hcp.test")
        .expect("HCP's own address");
    let get = Request::new("GET", target).header("host", "research.hcp.test");
    assert_eq!(house.ask(&get).body, DATA);
    let mut other = get.clone();
    other.target = other.target.replacen("/k?", "/other?", 1);
    house.store().only_request();
    let answer = refused(&house, &other);
    assert_eq!(answer.error(), (403, "SignatureDoesNotMatch".to_owned()));
}

#[test]
fn no_change_of_a_link_is_accepted() {
    let house = furnished();
    let link = link(&house, "get_object", "k");
    let mut client = house.connect();
    for (index, byte) in link.target.bytes().enumerate().skip(1) {
        let mut other = link.clone();
        let replacement = if byte == b'a' { "b" } else { "a" };
        other.target.replace_range(index..=index, replacement);
        let answer = client.ask(&other);
        assert!((400..500).contains(&answer.status), "{other:?}: {answer:?}");
    }
    for method in ["HEAD", "PUT", "DELETE", "POST"] {
        let mut other = link.clone();
        other.method = method.to_owned();
        let answer = house.ask(&other.instead("content-length", 0));
        assert!((400..500).contains(&answer.status), "{method}: {answer:?}");
    }
    for added in [
        "&acl",
        "&versionId=1",
        "&uploads",
        "&x=1",
        "&response-expires=x",
    ] {
        let mut other = link.clone();
        other.target.push_str(added);
        assert_eq!(refused(&house, &other).status, 403, "{added}");
    }
    for (name, value) in [
        ("x-amz-copy-source", "/data/other"),
        ("x-amz-acl", "public-read"),
        ("x-hcp-retention", "0"),
    ] {
        assert_eq!(
            refused(&house, &link.clone().header(name, value)).status,
            403,
            "{name}"
        );
    }
    let other = link.instead("host", "archive.portico.test");
    assert_eq!(refused(&house, &other).status, 403);
}

/// Even whoever has the secret too can do no more with the token of a link: it is another's work
/// that a link may be used for.
#[test]
fn a_grant_is_for_one_request_whoever_signs() {
    let house = furnished();
    let read = armed(&house, "get_object", "k");
    let write = armed(&house, "put_object", "k");
    let at =
        |host: &str, method: &str, target: &str| Request::new(method, target).header("host", host);
    let ours = |method: &str, target: &str| at(HOST, method, target);
    let k = format!("/{BUCKET}/k");
    let typed = format!("{k}?response-content-type=text%2Fplain");
    for request in [
        ours("GET", &k),
        at("data.research.portico.test", "GET", "/k"),
        ours("GET", &typed),
    ] {
        assert_eq!(house.ask(&read.presign(request)).body, DATA);
    }
    assert_eq!(house.store().arrived().len(), 3);
    house.store().clear_requests();

    let query = |name: &str| format!("{k}?{name}");
    let mut others = vec![
        ("HEAD", k.clone()),
        ("DELETE", k.clone()),
        ("GET", format!("/{BUCKET}/other")),
        ("GET", format!("/{BUCKET}/k/")),
        ("GET", "/other/k".to_owned()),
        ("GET", format!("/{BUCKET}")),
        ("GET", format!("/{BUCKET}/")),
        ("GET", "/".to_owned()),
        ("PUT", k.clone()),
    ];
    let names = "acl tagging uploads uploadId=1 attributes unknown=1 prefix=a";
    others.extend(names.split(' ').map(|name| ("GET", query(name))));
    for (method, target) in others {
        let answer = refused(&house, &read.presign(ours(method, &target)));
        assert_eq!(answer.status, 403, "{method} {target}");
    }
    for name in [
        "acl",
        "tagging",
        "retention",
        "uploadId=1&partNumber=1",
        "x-amz-acl=private",
    ] {
        let put = write.presign(ours("PUT", &query(name)));
        assert_eq!(refused(&house, &put.body("x")).error(), denied(), "{name}");
    }
    let copy = ours("PUT", &k).header("x-amz-copy-source", "/data/other");
    assert_eq!(refused(&house, &write.presign(copy)).error(), denied());
    for host in ["archive.portico.test", "archive.hcp.test"] {
        let other = read.presign(at(host, "GET", &k));
        assert_eq!(refused(&house, &other).error(), denied(), "{host}");
    }
}

#[test]
fn a_grant_is_good_in_a_newer_link_alone() {
    let house = furnished();
    let keys = armed(&house, "get_object", "k");
    let token = keys.token.clone().expect("a token");
    let k = format!("/{BUCKET}/k");
    let get = |target: &str| Request::new("GET", target).header("host", HOST);
    for request in [
        keys.sign(get(&k)),
        keys.sign_v2(get(&k), None),
        keys.presign_v2(get(&k), 60, None),
    ] {
        assert_eq!(refused(&house, &request).error(), denied());
    }
    let bearer = format!("Bearer {token}");
    let request = get(&k).header("authorization", &bearer);
    assert_eq!(
        refused(&house, &request).error(),
        (400, "InvalidToken".to_owned())
    );
    let bare = get(&format!("{k}?X-Amz-Security-Token={token}"));
    assert_eq!(refused(&house, &bare).status, 403);
    for path in ["/api/v1/credentials", "/api/v1/presign", "/mapi/tenants"] {
        let answer = house.rest(Request::new("GET", path).header("authorization", &bearer));
        assert_eq!(answer.status, 401, "{path}");
        let query = format!("{path}?X-Amz-Security-Token={token}");
        assert_eq!(
            house.rest(Request::new("GET", &query)).status,
            401,
            "{path}"
        );
    }
    for path in ["/mapi/tenants", "/rest/k", "/hs3/data/k"] {
        let own = Request::new("GET", path).header("host", "research.hcp.test");
        refused(&house, &keys.presign(own.clone()));
        refused(&house, &own.header("x-amz-security-token", &token));
    }
}

#[test]
fn a_link_ends() {
    let house = furnished();
    let keys = armed(&house, "get_object", "k");
    let now = SystemTime::now();
    let get = || Request::new("GET", &format!("/{BUCKET}/k")).header("host", HOST);
    let old = keys.presign_at(get(), 60, now - hours(1));
    assert_eq!(refused(&house, &old).error(), denied());
    let early = keys.presign_at(get(), 60, now + hours(1));
    assert_eq!(refused(&house, &early).error(), denied());
}

/// A preflight for a link goes to the tenant that the grant names.
#[test]
fn a_page_may_ask_about_a_link() {
    let house = furnished();
    let link = link(&house, "put_object", "k");
    let ask = Request::new("OPTIONS", &link.target)
        .header("host", house.s3)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "PUT");
    assert_eq!(house.ask(&ask).status, 403, "the bucket lets no page in");
    let arrived = house.store().only_request();
    assert_eq!(
        (arrived.host.as_str(), arrived.path.as_str()),
        ("research.hcp.test", "/data/k")
    );
}

/// On a generic store the giver's rules count when the link is used, and a new password ends it.
#[test]
fn links_of_a_generic_store() {
    let plan = |hash: &str| {
        let rules = vec![rule(&[BUCKET], &["mine/"], false)];
        Plan::shared()
            .with("auth.public_s3_url", "http://portico.test")
            .users(vec![user("ada", hash, rules)])
    };
    let house = plan(HASH).open();
    let bearer = format!("Bearer {}", house.token("username=ada&password=hush"));
    let give = |key: &str, method: &str| {
        let request = Request::new("POST", "/api/v1/presign")
            .header("authorization", &bearer)
            .header("content-type", "application/json");
        let wish = json!({"bucket": BUCKET, "key": key, "method": method});
        let answer = house.rest(request.body(wish.to_string()));
        assert_eq!(answer.status, 200, "{answer:?}");
        let url = answer.json()["url"].as_str().expect("a URL").to_owned();
        let target = url
            .strip_prefix("http://portico.test")
            .expect("our address");
        let method = if method == "get_object" { "GET" } else { "PUT" };
        Request::new(method, target).header("host", "portico.test")
    };
    let put = give("mine/a", "put_object");
    assert_eq!(house.ask(&put.body("by link")).status, 200);
    let get = give("mine/a", "get_object");
    assert_eq!(house.ask(&get).text(), "by link");
    assert_eq!(house.ask(&give("theirs/a", "get_object")).error(), denied());

    let later = plan(OTHER_HASH).open();
    let answer = later.ask(&get);
    assert_eq!(answer.error(), (400, "InvalidToken".to_owned()));
}
