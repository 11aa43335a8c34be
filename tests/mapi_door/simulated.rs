//! The door before a simulated HCP: what its clients see is what they would see without Portico.

use hcp_simulator::{Builder, Role, User};

use crate::house::{Answer, House, Keys, Plan, Request, open_sealed};
use crate::{ADA, fields, with_token};

const HOST: &str = "research.hcp.test:9090";
const NEW: &str = "a-new-password-1";

/// `sue` looks after the users, and the system has an account of its own.
fn furnished() -> House {
    let sue = User::new("sue", "start123").with_roles([Role::Security]);
    let builder = Builder::default()
        .account("research", sue)
        .system_user("root", "of the system");
    Plan::before_hcp_of(builder)
        .with("route.passthrough", false)
        .open()
}

/// The same request to HCP itself.
fn directly(house: &House, request: &Request) -> Answer {
    let address = house.store().mapi_address();
    let mut client = open_sealed(address, Some("research.hcp.test"), &[]);
    client.ask(&request.clone().instead("host", HOST))
}

/// What HCP said, without what the engine adds.
fn said(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut fields = fields(&answer.head);
    fields.retain(|(name, _)| name != "transfer-encoding");
    fields.sort();
    (answer.status, fields, answer.body.clone())
}

#[test]
fn nobody_can_tell_it_from_hcp() {
    let house = furnished();
    let token = house.login("research");
    let of = "/mapi/tenants/research";
    for (status, method, path, accept) in [
        (200, "GET", "/namespaces", "application/json"),
        (200, "GET", "/namespaces", "application/xml"),
        (
            200,
            "GET",
            "/namespaces/data?verbose=true&prettyprint",
            "application/xml",
        ),
        (
            200,
            "GET",
            "/userAccounts/ada?verbose=true",
            "application/json",
        ),
        (200, "GET", "/chargebackReport", "text/csv"),
        (404, "GET", "/namespaces/nothing", "application/json"),
        (200, "HEAD", "/namespaces/data", "*/*"),
        (302, "HEAD", "/namespaces/nothing", "*/*"),
        (200, "OPTIONS", "/namespaces", "*/*"),
        (405, "PUT", "/namespaces/data", "application/json"),
        (404, "GET", "/nothing", "image/png"),
    ] {
        let target = format!("{of}{path}");
        let request = Request::new(method, &target).header("accept", accept);
        let native = request.clone().header("authorization", ADA);
        let expected = said(&directly(&house, &native));
        assert_eq!(expected.0, status, "{method} {target}");
        let asked = |request: Request| {
            let mut client = house.begin_rest(HOST, request);
            said(&client.answer_to(method))
        };
        assert_eq!(asked(native), expected, "{method} {target}");
        let bearer = with_token(&token, method, &target).header("accept", accept);
        assert_eq!(asked(bearer), expected, "{method} {target}");
    }
}

#[test]
fn documents_go_both_ways() {
    let house = furnished();
    let token = house.login("research");
    let of = "/mapi/tenants/research/namespaces";
    let ask = |request: Request| house.begin_rest("portico.test", request).answer();
    let made = with_token(&token, "PUT", of).header("content-type", "application/json");
    let made = ask(made.body("{\"name\":\"roads\",\"owner\":\"ada\"}"));
    assert_eq!(made.status, 200, "{made:?}");
    let words = "<namespace><description>Stra\u{df}en</description></namespace>";
    let changed = with_token(&token, "POST", &format!("{of}/roads"));
    let changed = ask(changed
        .header("content-type", "application/xml")
        .body(words));
    assert_eq!(changed.status, 200, "{changed:?}");
    let seen = with_token(&token, "GET", &format!("{of}/roads"));
    let seen = ask(seen.header("accept", "application/json"));
    assert_eq!(seen.json()["description"], "Stra\u{df}en");
    let unknown = with_token(&token, "POST", &format!("{of}/roads"));
    let unknown = ask(unknown.header("content-type", "text/plain").body("x"));
    assert_eq!(unknown.status, 415);
}

#[test]
fn queries_are_answered_too() {
    let house = furnished();
    house.store().put("k", "some bytes");
    let token = house.login("research");
    let query = |accept: &str| {
        let request = with_token(&token, "POST", "/query")
            .header("content-type", "application/json")
            .header("accept", accept)
            .body("{\"object\":{\"query\":\"*:*\"}}");
        house.begin_rest("portico.test", request).answer()
    };
    let found = query("application/json");
    assert_eq!(found.status, 200, "{found:?}");
    assert!(found.text().contains("queryResult"));
    assert_eq!(query("*/*").status, 406);
}

/// From the change on HCP's users come in with their new password, and nobody with the old one.
#[test]
fn a_changed_password_counts_at_every_door() {
    let house = furnished();
    let known = |keys: &Keys| {
        let target = format!("/{}", crate::house::BUCKET);
        let request = Request::new("GET", &target).header("host", "research.hcp.test");
        house.ask(&keys.sign(request)).status
    };
    let old = house.keys("research");
    assert_eq!(known(&old), 200);
    house
        .portico
        .lines_with(1, |line| line["way"] == "session_token");
    let bare = Keys { token: None, ..old };
    assert_eq!(known(&bare), 200);

    let sue = house.token("username=sue&password=start123&tenant=research");
    let target = format!("/mapi/tenants/research/userAccounts/ada?password={NEW}");
    let change = with_token(&sue, "POST", &target).header("content-type", "application/json");
    let changed = house.begin_rest("portico.test", change.body("{}")).answer();
    assert_eq!(changed.status, 200, "{changed:?}");

    let bare_again =
        house.ask(&bare.sign(Request::new("GET", "/data").header("host", "research.hcp.test")));
    assert_eq!(bare_again.error(), (403, "InvalidAccessKeyId".to_owned()));
    let asked = |token: &str| {
        let request = with_token(token, "GET", "/mapi/tenants/research/namespaces");
        house.begin_rest("portico.test", request).answer()
    };
    let refused = asked(&house.login("research"));
    assert_eq!(refused.status, 403);
    assert!(
        refused.header("x-hcp-softwareversion").is_some(),
        "HCP's own words"
    );
    let new = house.token(&format!("username=ada&password={NEW}&tenant=research"));
    assert_eq!(asked(&new).status, 200);
    assert_eq!(known(&house.session(&new)), 200);
    assert!(!house.portico.lines().concat().contains(NEW));
}

#[test]
fn the_system_looks_after_tenants() {
    let house = furnished();
    let root = house.token(crate::ROOT);
    let ask = |host: &str| {
        let request = with_token(&root, "GET", "/mapi/tenants");
        let request = request.header("accept", "application/json");
        house.begin_rest(host, request).answer()
    };
    for host in ["portico.test", "admin.hcp.test:9090"] {
        let answer = ask(host);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json()["name"].to_string().contains("research"));
    }
}
