//! Under HCP's own names a proof that holds for a connection serves one client, and HCP's own
//! protocols work as before.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, House, Peer, Request};

const TENANT: &str = "research.hcp.test";

fn at(host: &str, method: &str, target: &str) -> Request {
    Request::new(method, target).header("Host", host)
}

/// A request of one client's connection, which must arrive on this connection of the store.
#[track_caller]
fn over(client: &mut house::Connection, peer: &mut Peer, proof: Option<&str>, answer: &str) {
    let mut request = at(TENANT, "GET", "/data/k");
    if let Some(proof) = proof {
        request = request.header("authorization", proof);
    }
    client.send(request.bytes());
    let arrived = peer.request().expect("a request on this connection");
    assert_eq!(arrived.header("authorization"), proof);
    peer.send(answer);
    client.answer();
}

const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const CHALLENGE: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic, Negotiate\r\n\
                         Content-Length: 0\r\n\r\n";

/// HCP takes a connection for whoever has proven on it who they are (RFC 4559), so it serves one
/// client and never another.
#[test]
fn a_proof_that_holds_for_a_connection_stays_on_it() {
    let (upstream, house) = House::before_bare_hcp();
    let (mut ada, mut bob) = (house.connect(), house.connect());
    let mut anyones = {
        ada.send(at(TENANT, "GET", "/data/k").bytes());
        upstream.accept()
    };
    anyones.request().expect("a request");
    anyones.send(CHALLENGE);
    assert_eq!(ada.answer().status, 401);
    let mut of_ada = {
        ada.send(
            at(TENANT, "GET", "/data/k")
                .header("authorization", "Negotiate YWRh")
                .bytes(),
        );
        upstream.accept()
    };
    of_ada
        .request()
        .expect("a request on a connection of her own");
    of_ada.send(GOOD);
    assert_eq!(ada.answer().status, 200);

    over(&mut bob, &mut anyones, None, GOOD);
    over(&mut ada, &mut of_ada, None, GOOD);
    let mut of_bob = {
        bob.send(
            at(TENANT, "GET", "/data/k")
                .header("authorization", "negotiate Ym9i")
                .bytes(),
        );
        upstream.accept()
    };
    of_bob
        .request()
        .expect("a request on a connection of his own");
    of_bob.send(GOOD);
    assert_eq!(bob.answer().status, 200);
    for _ in 0..2 {
        over(&mut ada, &mut of_ada, None, GOOD);
        over(&mut bob, &mut of_bob, Some("HCP Ym9i:00"), GOOD);
    }
    drop((ada, bob));
    let mut eve = house.connect();
    over(&mut eve, &mut anyones, None, GOOD);
    over(&mut eve, &mut anyones, None, GOOD);
    assert!(upstream.is_left_alone());
}

/// HCP's own protocols, with HCP's own credentials, for an HCP that answers.
#[test]
fn other_protocols_work_as_before() {
    let house = House::hcp();
    let keys = house.keys("research");
    let hcp = format!("HCP {}:{}", keys.access_key, keys.secret_key.to_uppercase());
    let bucket = format!("{BUCKET}.{TENANT}");
    let by = |request: Request| request.header("authorization", &hcp);
    let put = house.ask(&by(at(&bucket, "PUT", "/rest/a%20b").body("by rest")));
    assert_eq!(put.status, 201, "{put:?}");
    assert_eq!(put.header("location"), Some("/rest/a b"));
    let put = house.ask(&by(at(TENANT, "PUT", "/hs3/data/c").body("by hs3")));
    assert_eq!(put.status, 200, "{put:?}");
    assert_eq!(
        house.store().object("a b").as_deref(),
        Some(&b"by rest"[..])
    );
    assert_eq!(
        house.ask(&by(at(&bucket, "GET", "/hs3/c"))).text(),
        "by hs3"
    );
    let cookie = format!("hcp-ns-auth={}:{}", keys.access_key, keys.secret_key);
    let get = at(&bucket, "GET", "/rest/c").header("cookie", cookie);
    assert_eq!(house.ask(&get).text(), "by hs3");
    for nobody in [
        at(&bucket, "GET", "/rest/c"),
        at(&bucket, "GET", "/rest/c").header("authorization", "HCP YWRh:00"),
        at(TENANT, "GET", "/data/c"),
    ] {
        assert_eq!(house.ask(&nobody).status, 403, "{nobody:?}");
    }
    assert_eq!(house.store().arrived().len(), 7, "HCP judged them all");
    // The same objects, to whoever comes in by another way.
    let get = keys.sign(Request::new("GET", "/data/a%20b").header("host", TENANT));
    assert_eq!(house.ask(&get).text(), "by rest");
}
