//! Whoever has a login token: HCP is shown its own kind of proof, by the tenant's own name.

use crate::house::Console;
use crate::{ADA, PORTICO, ROOT, before_console, fields, with_token};

const ROOTS: &str = "HCP cm9vdA==:60bce1e253bf0fce1c20ea264a9d118d";

#[test]
fn the_token_becomes_hcps_own_header_and_all_else_stays() {
    let (console, house) = before_console();
    let target = "/mapi/tenants/research/userAccounts/a%40b%2fc?verbose=true&prettyprint&cancel=";
    let request = with_token(&house.login("research"), "POST", target)
        .header("Accept", "application/xml;q=0.5, application/json")
        .header("Content-Type", "application/xml; charset=UTF-8")
        .header("Cookie", "hcp-api-auth=cm9vdA==:00; HCAP-Login=x")
        .header("X-Tenant-Name", "Research")
        .header("X-HTTP-Method-Override", "DELETE")
        .header("User-Agent", "curl/8")
        .body("<userAccount/>\n");
    let mut client = house.begin_rest(PORTICO, request);
    let (mut peer, arrived) = console.request();
    assert_eq!(arrived.head.line, format!("POST {target} HTTP/1.1"));
    let mut fields = fields(&arrived.head);
    let (last, _) = fields.pop().expect("a mark");
    assert_eq!(last, "cdn-loop");
    fields.sort();
    let expected = [
        ("accept", "application/xml;q=0.5, application/json"),
        ("authorization", ADA),
        ("content-length", "15"),
        ("content-type", "application/xml; charset=UTF-8"),
        ("host", "research.hcp.test:9090"),
        ("user-agent", "curl/8"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(fields, expected);
    assert_eq!(arrived.body.as_deref(), Some(&b"<userAccount/>\n"[..]));

    let words = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<names/>\n";
    peer.send(format!(
        "HTTP/1.1 200 OK\r\nX-HCP-SoftwareVersion: 9.6.1.2\r\nContent-Type: application/xml\r\n\
         Set-Cookie: hcp-api-auth=YWRh:00\r\nSet-Cookie: JSESSIONID=1\r\n\
         Content-Length: {}\r\n\r\n{words}",
        words.len()
    ));
    let answer = client.answer();
    assert_eq!((answer.status, answer.text().as_str()), (200, words));
    let left: Vec<_> = crate::fields(&answer.head);
    let names: Vec<_> = left.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["x-hcp-softwareversion", "content-type", "content-length"]
    );
}

#[test]
fn the_directorys_users_show_their_password() {
    let console = Console::start();
    let house = console.open(console.plan().with("upstream.auth_type", "ad"));
    let token = house.token("username=ada%40corp.test&password=a+b%3Ac&tenant=research");
    let client = house.begin_rest(PORTICO, with_token(&token, "GET", "/mapi/tenants"));
    let (_peer, arrived) = console.request();
    assert_eq!(
        arrived.header("authorization"),
        Some("AD ada@corp.test:a b:c")
    );
    drop(client);
    assert!(!house.portico.lines().concat().contains("a b:c"));
}

/// Users of the system are nobody's, so host and header may say whose service they mean.
#[test]
fn the_place_follows_from_token_host_and_header_in_this_order() {
    let (console, house) = before_console();
    let (ada, root) = (house.login("research"), house.token(ROOT));
    for (token, host, asked, expected) in [
        (&ada, PORTICO, None, "research.hcp.test:9090"),
        (
            &ada,
            "Research.hcp.test:9090",
            Some("research"),
            "research.hcp.test:9090",
        ),
        (&root, PORTICO, None, "admin.hcp.test:9090"),
        (&root, "admin.hcp.test", None, "admin.hcp.test:9090"),
        (
            &root,
            "archive.hcp.test:9090",
            None,
            "archive.hcp.test:9090",
        ),
        (&root, PORTICO, Some("Archive"), "archive.hcp.test:9090"),
        (&root, "default.hcp.test", None, "default.hcp.test:9090"),
    ] {
        let mut request = with_token(token, "GET", "/mapi/tenants");
        if let Some(asked) = asked {
            request = request.header("x-tenant-name", asked);
        }
        let mut client = house.begin_rest(host, request);
        let (mut peer, arrived) = console.request();
        assert_eq!(arrived.header("host"), Some(expected), "{host} {asked:?}");
        assert_eq!(arrived.header("x-tenant-name"), None);
        let proof = if token == &ada { ADA } else { ROOTS };
        assert_eq!(arrived.header("authorization"), Some(proof));
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(client.answer().status, 200);
    }
}

#[test]
fn a_query_goes_to_the_data_port_and_its_refusals_come_back() {
    let (console, house) = before_console();
    let request = with_token(&house.login("research"), "POST", "/query?prettyprint")
        .header("accept", "*/*")
        .header("content-type", "application/json")
        .body("{}");
    let mut client = house.begin_rest(PORTICO, request);
    let (mut peer, arrived) = console.request();
    assert_eq!(arrived.head.line, "POST /query?prettyprint HTTP/1.1");
    assert_eq!(arrived.header("host"), Some("research.hcp.test"));
    assert_eq!(arrived.header("authorization"), Some(ADA));
    assert_eq!(arrived.header("accept"), Some("*/*"));
    peer.send("HTTP/1.1 406 Not Acceptable\r\nX-HCP-ErrorMessage: no\r\nContent-Length: 0\r\n\r\n");
    let answer = client.answer();
    assert_eq!(
        (answer.status, answer.header("x-hcp-errormessage")),
        (406, Some("no"))
    );
    let counted = |line: &serde_json::Value| line["operation"] == "query";
    assert_eq!(house.portico.lines_with(1, counted)[0]["way"], "bearer");
}

/// HCP's refusal of a password is HCP's word, and the same as for want of a right.
#[test]
fn a_wrong_password_is_hcps_to_refuse() {
    let (console, house) = before_console();
    let token = house.token("username=ada&password=wrong&tenant=research");
    let mut client = house.begin_rest(PORTICO, with_token(&token, "GET", "/mapi/tenants"));
    let (mut peer, _) = console.request();
    peer.send(
        "HTTP/1.1 403 Forbidden\r\nX-HCP-ErrorMessage: Who?\r\nContent-Length: 4\r\n\r\nwho?",
    );
    let answer = client.answer();
    assert_eq!((answer.status, answer.text().as_str()), (403, "who?"));
    assert_eq!(answer.header("x-hcp-errormessage"), Some("Who?"));
}
