//! What does not come in, and the words for it.

use crate::house::{Answer, Console, HASH, House, Plan, Request, rule, user};
use crate::{PORTICO, ROOT, before_console, with_token};

const HCP: &str = "HCP YWRh:00";

#[track_caller]
fn ask(house: &House, host: &str, request: &Request) -> Answer {
    let answer = house
        .begin_rest(host, request.clone())
        .answer_to(&request.method);
    let id = answer.header("x-request-id");
    assert!(id.is_some_and(|id| id.len() == 32), "{answer:?}");
    if request.method != "HEAD" {
        let detail = answer.json()["detail"].take();
        assert_eq!(
            detail.as_str(),
            answer.header("x-hcp-errormessage"),
            "{answer:?}"
        );
    }
    answer
}

#[test]
fn without_a_proof_for_this_door() {
    let (console, house) = before_console();
    let keys = house.keys("research");
    let session = keys.token.clone().expect("a session token");
    let login = house.login("research");
    let get = |target: &str| Request::new("GET", target).header("host", PORTICO);
    let bearer = |token: &str| with_token(token, "GET", "/mapi/tenants");
    let mut requests = vec![
        get("/mapi"),
        Request::new("HEAD", "/mapi/tenants"),
        Request::new("OPTIONS", "/mapi/tenants"),
        Request::new("POST", "/query"),
        bearer(""),
        bearer("nonsense"),
        bearer(&session),
        get("/mapi/tenants").header("authorization", "Basic YWRhOmE="),
        get("/mapi/tenants").header("authorization", "AWS YWRh:bm8="),
        get("/mapi/tenants").header("cookie", "access_token=x"),
        keys.sign(get("/mapi/tenants")),
        keys.presign(get("/mapi/tenants")),
        bearer(&login).header("x-amz-security-token", &session),
    ];
    let name = "X%2Damz-Security-Token";
    let with_query = format!("/mapi/tenants?{name}={session}");
    requests.push(get(&with_query).header("authorization", HCP));
    let mut unsigned = keys.clone();
    unsigned.token = None;
    requests.push(unsigned.sign(get("/mapi/tenants")));
    for request in &requests {
        let answer = ask(&house, PORTICO, request);
        assert_eq!(answer.status, 401, "{request:?}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    assert!(console.is_left_alone());
}

#[test]
fn without_a_place() {
    let (console, house) = before_console();
    let (ada, root) = (house.login("research"), house.token(ROOT));
    let plain = |token: &str| with_token(token, "GET", "/mapi/tenants");
    let asks = |token: &str, tenant: &str| plain(token).header("x-tenant-name", tenant);
    for (status, host, request) in [
        (403, "archive.hcp.test:9090", plain(&ada)),
        (403, "admin.hcp.test:9090", plain(&ada)),
        (403, PORTICO, asks(&ada, "archive")),
        (403, "research.hcp.test", asks(&root, "archive")),
        (403, "admin.hcp.test", asks(&root, "archive")),
        (400, "data.research.hcp.test", plain(&ada)),
        (400, "a_b.hcp.test", plain(&root)),
        (
            400,
            PORTICO,
            asks(&root, "archive").header("x-tenant-name", "research"),
        ),
    ] {
        assert_eq!(
            ask(&house, host, &request).status,
            status,
            "{host} {request:?}"
        );
    }
    for tenant in [
        "",
        "a.b",
        "archive.evil.test",
        "a/b",
        "a@b",
        "-a",
        "a:1",
        "a b",
        "\u{e5}",
    ] {
        for proof in [format!("Bearer {root}"), HCP.to_owned()] {
            let request = Request::new("GET", "/mapi/tenants").header("authorization", proof);
            let answer = ask(&house, PORTICO, &request.header("x-tenant-name", tenant));
            assert_eq!(answer.status, 400, "{tenant}");
        }
    }
    assert!(console.is_left_alone());
}

#[test]
fn by_ways_that_lead_elsewhere() {
    let (console, house) = before_console();
    let token = house.login("research");
    for target in [
        "/mapi/..",
        "/mapi/../rest/k",
        "/mapi/%2e%2e/rest",
        "/mapi/..%2frest",
        "/mapi/tenants/..;x/y",
        "/mapi/%252e%252e/x",
        "/mapi/a%00b",
        "/mapi/a%0d%0aHost:%20x",
    ] {
        for proof in [format!("Bearer {token}"), HCP.to_owned()] {
            let request = Request::new("GET", target).header("authorization", proof);
            assert_eq!(ask(&house, PORTICO, &request).status, 400, "{target}");
        }
    }
    for target in [
        "//mapi/x",
        "/%6dapi/x",
        "/x/../mapi",
        "/Mapi",
        "/mapix",
        "/query/",
        "/rest/k",
    ] {
        let answer = house.begin_rest(PORTICO, with_token(&token, "GET", target));
        let answer = { answer }.answer();
        assert_eq!(
            (answer.status, answer.header("x-hcp-errormessage")),
            (404, None),
            "{target}"
        );
    }
    let answer = ask(&house, PORTICO, &with_token(&token, "GET", "/query"));
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    let twice = with_token(&token, "GET", "/mapi").header("authorization", HCP);
    assert_eq!(ask(&house, PORTICO, &twice).status, 400);
    assert!(console.is_left_alone());
}

#[test]
fn where_there_is_no_such_door() {
    let console = Console::start();
    let off = console.open(console.plan().with("mapi.enabled", false));
    let generic = Plan::shared()
        .users(vec![user("ada", HASH, vec![rule(&["*"], &[], false)])])
        .open();
    for (house, token) in [
        (&off, off.login("research")),
        (&generic, generic.token("username=ada&password=hush")),
    ] {
        for (method, target) in [("GET", "/mapi/tenants"), ("POST", "/query")] {
            let request = with_token(&token, method, target);
            assert_eq!(ask(house, PORTICO, &request).status, 404, "{target}");
            let native = Request::new(method, target).header("authorization", HCP);
            assert_eq!(ask(house, PORTICO, &native).status, 404, "{target}");
        }
        let told = house
            .rest(Request::new("GET", "/api/v1/capabilities"))
            .json();
        assert_eq!(told["mapi_enabled"], false);
    }
    assert!(console.is_left_alone());
}

#[test]
fn the_doors_are_those_of_the_api_listener_alone() {
    let (console, house) = before_console();
    let told = house
        .rest(Request::new("GET", "/api/v1/capabilities"))
        .json();
    assert_eq!(told["mapi_enabled"], true);
    let token = house.login("research");
    let request = with_token(&token, "GET", "/mapi/tenants");
    assert_eq!(house.admin(request.clone()).status, 404);
    let request = request.header("host", "research.hcp.test");
    assert_eq!(
        house.ask(&request).error(),
        (501, "NotImplemented".to_owned())
    );
    assert!(console.is_left_alone());
}
