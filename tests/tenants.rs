//! Tenants share a gateway and nothing else: no connection to the store, no identity, no object.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, Connection, House, Keys, Peer, Plan, Upstream};

/// Has a client ask for something with these keys, serves it on this connection to the store, and gives the
/// host it is for.
fn serve(house: &House, client: &mut Connection, keys: &Keys, peer: &mut Peer) -> String {
    client.send(house.get(keys, "/data/k").bytes());
    let arrived = peer.request().expect("a request");
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
    arrived.header("host").expect("a Host").to_owned()
}

#[test]
fn connections_to_the_store_are_not_shared() {
    let upstream = Upstream::start();
    let house = Plan::bare_hcp(&upstream).open();
    // The question whether HCP's management is there speaks TLS, and finds that it is not.
    drop(upstream.accept());
    let (research, archive) = (house.keys("research"), house.keys("archive"));
    let mut client = house.connect();
    client.send(house.get(&research, "/data/k").bytes());
    let mut of_research = upstream.accept();
    of_research.request().expect("a request");
    of_research.answer_with("");
    assert_eq!(client.answer().status, 200);

    // From the same client: by then the connection of the first request is put away.
    client.send(house.get(&archive, "/data/k").bytes());
    let mut of_archive = upstream.accept();
    let arrived = of_archive.request();
    let arrived = arrived.expect("a request on a new connection");
    assert_eq!(arrived.header("host"), Some("archive.hcp.test"));
    of_archive.answer_with("");
    assert_eq!(client.answer().status, 200);

    // Each keeps its own, and it is used again.
    for _ in 0..3 {
        let host = serve(&house, &mut client, &research, &mut of_research);
        assert_eq!(host, "research.hcp.test");
        let host = serve(&house, &mut client, &archive, &mut of_archive);
        assert_eq!(host, "archive.hcp.test");
    }
    assert!(upstream.is_left_alone());
}

#[test]
fn one_name_in_two_tenants_is_two_people() {
    let house = House::hcp();
    let (research, archive) = (house.keys("research"), house.keys("archive"));
    let target = format!("/{BUCKET}/diary");
    assert_eq!(research.access_key, archive.access_key);
    let put = |keys: &Keys, text: &str| house.ask(&house.put(keys, &target, text)).status;
    let get = |keys: &Keys| house.ask(&house.get(keys, &target));
    assert_eq!(put(&research, "of research"), 200);
    assert_eq!(get(&archive).status, 404);
    assert_eq!(put(&archive, "of archive"), 200);
    assert_eq!(get(&research).text(), "of research");
    assert_eq!(get(&archive).text(), "of archive");
    let stored = house.store().object_of("archive", "diary");
    assert_eq!(stored.as_deref(), Some(&b"of archive"[..]));
}

/// One client may be several people, one after the other.
#[test]
fn a_connection_has_no_identity() {
    let house = House::hcp();
    let (research, archive) = (house.keys("research"), house.keys("archive"));
    house.store().put("diary", "of research");
    let target = format!("/{BUCKET}/diary");
    let mut client = house.connect();
    let own = house.get(&research, &target);
    assert_eq!(client.ask(&own).text(), "of research");
    assert_eq!(client.ask(&house.get(&archive, &target)).status, 404);
    assert_eq!(client.ask(&house.request("GET", &target)).status, 403);
    assert_eq!(client.ask(&own).text(), "of research");
}

/// On a generic store the tokens of an HCP are of nobody, whatever secret signed them.
#[test]
fn a_generic_store_knows_no_logins_of_hcp() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    // Both houses have the same secret, so the tokens themselves are good.
    let hcp = House::hcp();
    let answer = house.ask(&house.get(&hcp.keys("research"), "/data/k"));
    assert_eq!(answer.error(), (400, "InvalidToken".to_owned()));
    let bearer = format!("Bearer {}", hcp.login("research"));
    let request = house.request("GET", "/data/k");
    let answer = house.ask(&request.header("authorization", bearer));
    assert_eq!(answer.error(), (400, "InvalidToken".to_owned()));
    assert!(upstream.is_left_alone());
}
