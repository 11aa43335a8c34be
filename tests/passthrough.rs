//! Way 5: under HCP's own names, whatever Portico does not claim goes on as it came.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, Head, House, Keys, Plan, Request, Upstream};
use portico_sigv4::PayloadMode;

const TENANT: &str = "research.hcp.test";

fn at(host: &str, method: &str, target: &str) -> Request {
    Request::new(method, target).header("Host", host)
}

/// The fields of a head, without those that belong to one connection.
fn fields(head: &Head) -> Vec<(String, String)> {
    let own = |name: &str| matches!(name, "connection" | "keep-alive" | "date" | "server");
    let fields = head.headers.iter().filter(|(name, _)| !own(name));
    fields.cloned().collect()
}

#[test]
fn every_byte_of_the_head_and_the_body() {
    let (upstream, house) = House::before_bare_hcp();
    let target = "/data/a%2fb//%7Ec/../d%zz?x=%7e&acl&prefix=a+b&&X-Amz-Date=1";
    let request = at("Data.Research.HCP.test:8080", "PUT", target)
        .header("Authorization", "HCP YWRh:00")
        .header("Cookie", "hcp-ns-auth=YWRh:00; a=b")
        .header("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        .header("X-Amz-Checksum-Crc32", "nonsense")
        .header("Content-Encoding", "aws-chunked")
        .header("X-HTTP-Method-Override", "DELETE")
        .body("5;chunk-signature=0\r\nabcde\r\n0;chunk-signature=1\r\n\r\n");
    let mut client = house.connect();
    client.send(request.bytes());
    let mut peer = upstream.accept();
    let arrived = peer.request().expect("a request");
    assert_eq!(arrived.head.line, format!("PUT {target} HTTP/1.1"));
    let sent = request.headers.iter();
    let sent: Vec<_> = sent
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect();
    let mut fields = fields(&arrived.head);
    // The one thing that is added, behind all else: names of HCP may lead back here.
    let (last, mark) = fields.pop().expect("a mark");
    assert!(last == "cdn-loop" && mark.starts_with("portico-"), "{mark}");
    assert_eq!(fields, sent);
    assert_eq!(arrived.body.as_deref(), Some(request.body.as_slice()));

    let answer = "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://research.hcp.test/other\r\n\
                  Set-Cookie: hcp-ns-auth=YWRh:00\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\n\r\nwords";
    peer.send(answer);
    let answer = client.answer();
    assert_eq!((answer.status, answer.text().as_str()), (307, "words"));
    assert_eq!(
        answer.header("location"),
        Some("https://research.hcp.test/other")
    );
    let cookies = answer
        .head
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    assert_eq!(cookies.count(), 2);
}

/// A chunked body stays chunked, and one without a length is none.
#[test]
fn framing_stays() {
    let (upstream, house) = House::before_bare_hcp();
    let mut client = house.connect();
    let head = at(TENANT, "PUT", "/rest/k").header("Transfer-Encoding", "chunked");
    client.send([head.head(), b"3\r\nabc\r\n0\r\n\r\n".to_vec()].concat());
    let mut peer = upstream.accept();
    let arrived = peer.request().expect("a request");
    assert_eq!(arrived.header("transfer-encoding"), Some("chunked"));
    assert_eq!(arrived.body.as_deref(), Some(&b"abc"[..]));
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);

    client.send(at(TENANT, "PUT", "/data/k").head());
    let arrived = peer.request().expect("a request on the same connection");
    assert_eq!(
        (arrived.header("content-length"), arrived.body.is_none()),
        (None, true)
    );
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
}

/// Requests that nobody here can claim, with the label that they are counted under.
fn strangers() -> Vec<(&'static str, Request)> {
    let with = |target: &str, proof: &str| at(TENANT, "GET", target).header("authorization", proof);
    let unknown = Keys {
        access_key: "bm9ib2R5".to_owned(),
        secret_key: "of nobody".to_owned(),
        token: None,
    };
    let get = || at(TENANT, "GET", "/data/k").instead("host", TENANT);
    let get = || Request {
        headers: vec![("host".to_owned(), TENANT.to_owned())],
        ..get()
    };
    let form = "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--x--\r\n";
    let form = at(TENANT, "POST", "/data")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(form);
    vec![
        ("anonymous", at(TENANT, "GET", "/data/k")),
        ("anonymous", with("/data/k", "AWS all_users:")),
        ("anonymous", at("data.research.hcp.test", "GET", "/rest/k")),
        (
            "anonymous",
            at("default.default.hcp.test", "GET", "/fcfs_data/k"),
        ),
        ("anonymous", at("a+b.research.hcp.test", "GET", "/k")),
        ("anonymous", form),
        ("anonymous", at(TENANT, "OPTIONS", "/data/k")),
        ("anonymous", at(TENANT, "PROPFIND", "/webdav/data")),
        ("aws4", unknown.sign(get())),
        ("aws4", unknown.presign(get())),
        ("aws4", with("/data/k", "AWS4-HMAC-SHA256 nonsense")),
        ("aws2", with("/data/k", "AWS YWRh:bm9uc2Vuc2U=")),
        (
            "aws2",
            at(
                TENANT,
                "GET",
                "/data/k?AWSAccessKeyId=YWRh&Expires=9&Signature=x",
            ),
        ),
        ("hcp", with("/hs3/data/k", "HCP YWRh:00")),
        (
            "hcp",
            at("admin.hcp.test", "POST", "/query").header("authorization", "HCP YWRh:00"),
        ),
        ("ad", with("/data/k", "AD ada@x:secret")),
        (
            "cookie",
            at(TENANT, "GET", "/data/k").header("cookie", "HCAP-Login=x"),
        ),
        ("other", with("/data/k", "Digest x")),
    ]
}

#[test]
fn whoever_nobody_knows_is_left_to_hcp() {
    let (upstream, house) = House::before_bare_hcp();
    for (kind, request) in strangers() {
        let mut client = house.connect();
        client.send(request.bytes());
        let mut peer = upstream.accept();
        let arrived = peer.request().expect("a request");
        let line = format!("{} {} HTTP/1.1", request.method, request.target);
        assert_eq!(arrived.head.line, line, "{kind}");
        for (name, value) in &request.headers {
            let name = name.to_lowercase();
            assert_eq!(arrived.header(&name), Some(value.as_str()), "{line}");
        }
        peer.send("HTTP/1.1 418 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(client.answer().status, 418, "{line}");
    }
    let figures = house.admin(Request::new("GET", "/metrics")).text();
    for kind in ["anonymous", "aws4", "aws2", "hcp", "ad", "cookie", "other"] {
        let all = strangers();
        let count = all.iter().filter(|(counted, _)| *counted == kind).count();
        let line = format!("portico_passthrough_requests_total{{proof=\"{kind}\"}} {count}");
        assert!(figures.contains(&line), "{line}");
    }
    let passed = |line: &serde_json::Value| line["way"] == "passthrough";
    let lines = house.portico.lines_with(strangers().len(), passed);
    assert!(lines.iter().all(|line| line["user"].is_null()), "{lines:?}");
}

#[test]
fn tokens_of_ours_never_go_on() {
    let (upstream, house) = House::before_bare_hcp();
    let keys = house.keys("research");
    let session = keys.token.clone().expect("a session token");
    let login = house.login("research");
    let get = |target: &str| Request::new("GET", target).header("host", TENANT);
    let mut wrong = keys.clone();
    wrong.secret_key.push('x');
    let mut requests = Vec::new();
    for target in ["/data/k", "/rest/k", "/hs3/data/k"] {
        for bearer in [login.as_str(), session.as_str(), "nonsense", ""] {
            let bearer = format!("Bearer {bearer}");
            // A good one on the S3 door is way 1.
            if (target, bearer.as_str()) != ("/data/k", format!("Bearer {login}").as_str()) {
                requests.push(get(target).header("authorization", &bearer));
            }
            let mut options = get(target).header("authorization", &bearer);
            options.method = "OPTIONS".to_owned();
            requests.push(options);
        }
        for token in [session.as_str(), login.as_str(), "nonsense", ""] {
            let token = token.to_owned();
            requests.push(get(target).header("x-amz-security-token", &token));
            requests.push(get(&format!("{target}?X-Amz-Security-Token={token}")));
            requests.push(get(&format!("{target}?x-amz-security%2Dtoken={token}")));
            let hcp = get(target).header("authorization", "HCP YWRh:00");
            requests.push(hcp.header("x-amz-security-token", token));
        }
        requests.push(wrong.sign(get(target)));
        requests.push(wrong.presign(get(target)));
        let mut broken = keys.sign(get(target));
        broken = broken.instead("authorization", "AWS4-HMAC-SHA256 nonsense");
        requests.push(broken);
    }
    for request in requests {
        let answer = house.ask(&request);
        assert!(
            (400..600).contains(&answer.status),
            "{request:?}: {answer:?}"
        );
    }
    assert!(upstream.is_left_alone());
}

/// Whoever has proven who they are gets told why that does not help.
#[test]
fn other_protocols_want_hcps_own_credentials() {
    let (upstream, house) = House::before_bare_hcp();
    let keys = house.keys("research");
    let bearer = format!("Bearer {}", house.login("research"));
    for (host, target) in [
        (TENANT, "/rest/k"),
        (TENANT, "/hs3/data/k"),
        ("admin.hcp.test", "/x"),
    ] {
        let get = || Request::new("GET", target).header("host", host);
        for request in [keys.sign(get()), get().header("authorization", &bearer)] {
            let answer = house.ask(&request);
            assert_eq!(
                answer.error(),
                (501, "NotImplemented".to_owned()),
                "{target}"
            );
            assert!(answer.element("Message").contains("own credentials"));
        }
    }
    assert!(upstream.is_left_alone());
}

#[test]
fn other_names_let_nobody_through() {
    let upstream = Upstream::start();
    let house = Plan::bare_hcp(&upstream)
        .with("route.domains", vec!["s3.hcp.test", "portico.test"])
        .with("route.default_tenant", "research")
        .open();
    drop(upstream.accept());
    for host in [
        "s3.hcp.test",
        "research.s3.hcp.test",
        "research.portico.test",
        "data.research.portico.test",
        "hcp.test",
        "localhost",
    ] {
        for target in ["/data/k", "/rest/k"] {
            let answer = house.ask(&at(host, "GET", target));
            assert_eq!(answer.error(), (403, "AccessDenied".to_owned()), "{host}");
        }
    }
    assert!(upstream.is_left_alone());
}

#[test]
fn it_can_be_switched_off() {
    let upstream = Upstream::start();
    let house = Plan::bare_hcp(&upstream)
        .with("route.passthrough", false)
        .open();
    drop(upstream.accept());
    for (_, request) in strangers() {
        let answer = house.ask(&request);
        assert!(
            (400..500).contains(&answer.status),
            "{request:?}: {answer:?}"
        );
    }
    assert!(upstream.is_left_alone());
}

/// The day of the switch: clients with HCP's own keys notice nothing, under both forms of host.
#[test]
fn clients_of_hcp_go_on_as_before() {
    let house = House::hcp();
    let mut keys = house.keys("research");
    keys.token = None;
    let get =
        |host: &str, method: &str, target: &str| Request::new(method, target).header("host", host);
    let target = format!("/{BUCKET}/k");
    let put = get(TENANT, "PUT", &target).body("some bytes");
    let put = keys.sign_as(put, PayloadMode::Unsigned);
    assert_eq!(house.ask(&put).status, 200);
    let host = format!("{BUCKET}.{TENANT}");
    assert_eq!(
        house.ask(&keys.sign(get(&host, "GET", "/k"))).text(),
        "some bytes"
    );
    assert_eq!(
        house.ask(&keys.presign(get(&host, "GET", "/k"))).text(),
        "some bytes"
    );
    // A key may begin with a word that is another protocol without a signature.
    let put = keys.sign(get(&host, "PUT", "/static/app.js").body("let"));
    assert_eq!(house.ask(&put).status, 200);
    assert_eq!(
        house.store().object("static/app.js").as_deref(),
        Some(&b"let"[..])
    );
    keys.secret_key.push('x');
    let refused = house.ask(&keys.sign(get(TENANT, "GET", &target)));
    assert_eq!(refused.error(), (403, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(
        refused.header("x-frame-options"),
        Some("SAMEORIGIN"),
        "not HCP's own words"
    );
}
