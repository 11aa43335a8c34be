//! CORS preflights: what a browser asks before it sends anything, and never with a proof.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, House, Keys, Plan, Request, Upstream};

const ORIGIN: &str = "https://app.example";

fn preflight(host: &str, target: &str) -> Request {
    Request::new("OPTIONS", target)
        .header("host", host)
        .header("origin", ORIGIN)
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "x-amz-meta-a")
}

/// A bucket that lets the page in.
fn open_to_the_page(house: &House) -> Keys {
    let keys = house.keys("research");
    let rules = format!(
        "<CORSConfiguration><CORSRule><AllowedMethod>PUT</AllowedMethod>\
         <AllowedOrigin>{ORIGIN}</AllowedOrigin><AllowedHeader>*</AllowedHeader></CORSRule>\
         </CORSConfiguration>"
    );
    let put = house.put(&keys, &format!("/{BUCKET}?cors="), rules);
    assert_eq!(house.ask(&put).status, 200);
    house.store().only_request();
    keys
}

#[test]
fn the_tenant_of_the_host_answers() {
    let house = Plan::hcp()
        .with("route.domains", vec!["portico.test"])
        .open();
    open_to_the_page(&house);
    let path = format!("/{BUCKET}/a b").replace(' ', "%20");
    for (host, target) in [
        ("research.hcp.test", path.as_str()),
        ("data.research.hcp.test", "/a%20b"),
        ("research.portico.test:9000", path.as_str()),
        ("data.research.portico.test", "/a%20b"),
    ] {
        let answer = house.ask(&preflight(host, target));
        assert_eq!(answer.status, 200, "{host}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
        let arrived = house.store().only_request();
        assert_eq!(arrived.host, "research.hcp.test");
        assert_eq!(arrived.path, path);
        assert_eq!(arrived.header("authorization"), None);
    }
    let other = preflight("archive.hcp.test", &path);
    assert_eq!(
        house.ask(&other).status,
        403,
        "another tenant lets nobody in"
    );
}

/// A link names nobody in its host: the token in it does.
#[test]
fn the_tenant_of_the_token_answers() {
    let house = House::hcp();
    let keys = open_to_the_page(&house);
    let target = format!("/{BUCKET}/k?x-id=PutObject");
    let link = keys.presign(house.request("PUT", &target)).target;
    let host = house.s3.to_string();
    let answer = house.ask(&preflight(&host, &link).header("cookie", "hcp-ns-auth=YWRh:00"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    let arrived = house.store().only_request();
    assert_eq!(arrived.path, target, "only what is no proof travels on");
    for name in [
        "authorization",
        "cookie",
        "x-amz-date",
        "x-amz-security-token",
    ] {
        assert_eq!(arrived.header(name), None, "{name}");
    }
    // It proves nothing, whatever else it says.
    let mut other = preflight(&host, &link);
    other.method = "GET".to_owned();
    assert_eq!(house.ask(&other).status, 403);
}

#[test]
fn without_a_tenant_nobody_is_asked() {
    let house = House::hcp();
    let host = house.s3.to_string();
    let target = format!("/{BUCKET}/k");
    for target in [
        target.clone(),
        format!("{target}?X-Amz-Security-Token=nonsense"),
    ] {
        let answer = house.ask(&preflight(&host, &target));
        assert_eq!(answer.error(), (403, "AccessDenied".to_owned()));
    }
    let idle = Request::new("OPTIONS", &target).header("host", &host);
    assert_eq!(house.ask(&idle).error(), (400, "InvalidRequest".to_owned()));
    assert!(house.store().arrived().is_empty());

    let house = Plan::hcp().with("route.default_tenant", "research").open();
    open_to_the_page(&house);
    let target = format!("{target}?X-Amz-Security-Token=nonsense");
    let answer = house.ask(&preflight(&house.s3.to_string(), &target));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(house.store().only_request().path, format!("/{BUCKET}/k"));
}

#[test]
fn a_generic_store_answers_itself() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(preflight("localhost", "/data/k?X-Amz-Signature=0&AWSAccessKeyId=a").bytes());
    let mut peer = upstream.accept();
    let arrived = peer.request().expect("a request");
    assert_eq!(arrived.head.line, "OPTIONS /data/k HTTP/1.1");
    assert_eq!(
        arrived.header("host"),
        Some(upstream.address.to_string().as_str())
    );
    assert_eq!(arrived.header("origin"), Some(ORIGIN));
    peer.send(
        "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nVary: Origin\r\nVary: X\r\n\
         Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
    );
    let answer = client.answer();
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("set-cookie"), Some("a=b"));
}
