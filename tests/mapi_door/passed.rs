//! Clients that speak to HCP itself: they change the host and nothing else.

use crate::house::{Console, Request};
use crate::{PORTICO, before_console, fields};

const HOST: &str = "research.hcp.test:9090";

#[test]
fn hcps_own_proofs_go_on_byte_for_byte() {
    let (console, house) = before_console();
    for (kind, name, proof) in [
        ("hcp", "Authorization", "HCP YWRh:DF8C3EA2"),
        ("ad", "Authorization", "AD ada@corp.test:secret words"),
        ("negotiate", "Authorization", "Negotiate YIIabc="),
        ("cookie", "Cookie", "a=b; hcp-ns-auth=YWRh:00; c=d"),
        ("cookie", "cookie", "HCAP-Login=x"),
    ] {
        let target = "/mapi//tenants/a%2fb/%7Ec;v=1?x=%7e&acl&password=hush&&";
        let request = Request::new("PUT", target)
            .header("Host", HOST)
            .header(name, proof)
            .header("X-HTTP-Method-Override", "POST")
            .header("X-HCP-CookieCompatibility", "RFC2109")
            .body("{ }\n");
        let sent = request.headers.iter();
        let sent: Vec<_> = sent
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect();
        let mut client = crate::house::Connection::open(house.api);
        client.send(request.bytes());
        let (mut peer, arrived) = console.request();
        assert_eq!(arrived.head.line, format!("PUT {target} HTTP/1.1"));
        let mut fields = fields(&arrived.head);
        let (last, _) = fields.pop().expect("a mark");
        assert_eq!(last, "cdn-loop");
        assert_eq!(fields, sent, "{kind}");
        assert_eq!(arrived.body.as_deref(), Some(&b"{ }\n"[..]));
        peer.send(
            "HTTP/1.1 302 Found\r\nLocation: https://research.hcp.test:8000/login\r\n\
             Set-Cookie: HCAP-Login=y\r\nSet-Cookie: a=b\r\nConnection: close\r\n\
             Content-Length: 5\r\n\r\nwords",
        );
        let answer = client.answer();
        assert_eq!((answer.status, answer.text().as_str()), (302, "words"));
        let location = answer.header("location");
        assert_eq!(location, Some("https://research.hcp.test:8000/login"));
        let cookies = answer.head.headers.iter();
        let cookies = cookies.filter(|(name, _)| name == "set-cookie");
        assert_eq!(cookies.count(), 2);
    }
    let passed = |line: &serde_json::Value| line["way"] == "passthrough";
    let lines = house.portico.lines_with(5, passed);
    assert!(lines.iter().all(|line| line["operation"] == "mapi"));
    let all = house.portico.lines().concat();
    assert!(
        !all.contains("hush") && !all.contains("secret words"),
        "{all}"
    );
}

/// By Portico's own name the place has to be asked for, and redirections keep to that name.
#[test]
fn under_another_name_a_header_says_where() {
    let (console, house) = before_console();
    for (tenant, host) in [
        (Some("archive"), "archive.hcp.test"),
        (None, "admin.hcp.test"),
    ] {
        let mut request =
            Request::new("HEAD", "/mapi/tenants/x").header("authorization", "HCP a:b");
        if let Some(tenant) = tenant {
            request = request.header("x-tenant-name", tenant);
        }
        let mut client = house.begin_rest(PORTICO, request);
        let (mut peer, arrived) = console.request();
        assert_eq!(
            arrived.header("host"),
            Some(format!("{host}:9090").as_str())
        );
        assert_eq!(arrived.header("x-tenant-name"), None);
        peer.send(format!(
            "HTTP/1.1 302 Found\r\nLocation: https://{host}:9090/mapi/y?z\r\n\
             Connection: close\r\nContent-Length: 0\r\n\r\n"
        ));
        let answer = client.answer_to("HEAD");
        assert_eq!(answer.status, 302);
        let location = answer.header("location");
        assert_eq!(location, Some("http://portico.test:8000/mapi/y?z"));
    }
}

#[test]
fn queries_of_hcps_own_clients_pass_too() {
    let (console, house) = before_console();
    let query = Request::new("POST", "/query").header("cookie", "hcp-ns-auth=YWRh:00");
    let _client = house.begin_rest("research.hcp.test", query.body("{}"));
    let (_peer, arrived) = console.request();
    assert_eq!(arrived.header("host"), Some("research.hcp.test"));
    assert_eq!(arrived.header("cookie"), Some("hcp-ns-auth=YWRh:00"));
}

#[test]
fn it_can_be_switched_off() {
    let console = Console::start();
    let house = console.open(console.plan().with("mapi.passthrough", false));
    for (name, proof) in [("authorization", "HCP YWRh:00"), ("cookie", "HCAP-Login=x")] {
        let request = Request::new("GET", "/mapi/tenants").header(name, proof);
        let answer = house.begin_rest(HOST, request).answer();
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["detail"], "Not authenticated");
    }
    assert!(console.is_left_alone());
}
