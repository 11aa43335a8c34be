//! What can go wrong on the way to the Management API, and what is remembered of it.

use std::time::Duration;

use hcp_simulator::{Fault, Port, Trouble};
use http::Method;
use serde_json::json;

use crate::ask::{ask, start};
use crate::support::{Call, call, get};

/// Every status that a client has to have an answer to.
#[tokio::test]
async fn any_status_can_be_had() {
    let hcp = start().await;
    for status in [
        302, 400, 401, 403, 404, 405, 409, 414, 415, 418, 500, 503, 507,
    ] {
        hcp.add_fault(
            Fault::new(Trouble::Status {
                status,
                message: Some(format!("because of {status}")),
            })
            .port(Port::Mapi),
        );
        assert_eq!(get(&hcp, "/").send().await.status, 200, "another listener");
        let struck = ask(&hcp, "GET", "/tenants").send().await;
        assert_eq!(struck.status.as_u16(), status);
        let message = struck.header("x-hcp-errormessage");
        assert_eq!(message, format!("because of {status}"));
        assert_eq!(ask(&hcp, "GET", "/tenants").status().await, 200, "once");
    }
}

#[tokio::test]
async fn answers_can_be_late_or_break_off() {
    let hcp = start().await;
    let slow = Trouble::Latency { millis: 600_000 };
    hcp.add_fault(Fault::new(slow).port(Port::Mapi));
    let late = ask(&hcp, "GET", "/tenants").send();
    let late = tokio::time::timeout(Duration::from_millis(50), late).await;
    assert!(late.is_err());
    for trouble in [Trouble::CutHead, Trouble::CutResponse { after: 3 }] {
        hcp.add_fault(Fault::new(trouble.clone()).port(Port::Mapi));
        let cut = ask(&hcp, "GET", "/tenants").try_send().await;
        assert!(cut.is_err(), "{trouble:?}");
    }
    hcp.add_fault(Fault::new(Trouble::CutRequest { after: 5 }).method(&Method::POST));
    let target = "/tenants/europe/contactInfo";
    let post = ask(&hcp, "POST", target).of("europe", "ann", "secret");
    assert!(
        post.json(&json!({"city": "Oslo"}))
            .try_send()
            .await
            .is_err()
    );
    let (_, shown) = ask(&hcp, "GET", target)
        .of("europe", "ann", "secret")
        .read()
        .await;
    assert_eq!(shown["city"], "Anytown");
}

#[tokio::test]
async fn requests_are_remembered_with_their_bodies() {
    let hcp = start().await;
    hcp.clear_requests();
    let put = ask(&hcp, "PUT", "/tenants?username=sue&password=start123");
    assert_eq!(put.json(&json!({"name": "finance"})).status().await, 200);
    let all = hcp.requests();
    let [request] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(
        (request.port, request.method.as_str(), request.status),
        (Port::Mapi, "PUT", 200)
    );
    assert_eq!(request.path, "/mapi/tenants?username=sue&password=start123");
    assert_eq!(request.body, r#"{"name":"finance"}"#);
    assert_eq!(request.received, 18);
    assert_eq!(request.header("accept"), Some("application/json"));
    let shown = format!("{request:?}");
    assert!(
        !shown.contains("start123") && !shown.contains("body"),
        "{shown}"
    );
}

/// On other ports the paths of the API are forbidden.
#[tokio::test]
async fn the_port_counts() {
    let hcp = start().await;
    let mut wrong = call(&hcp, Method::GET, "/mapi/tenants");
    wrong.unsigned = true;
    let wrong = wrong.host("admin.hcp.test").send().await;
    assert_eq!(wrong.status, 403);
    assert_ne!(wrong.header("x-hcp-errormessage"), "");
}

/// The control listener says the same things from another process.
#[tokio::test]
async fn control_speaks_of_users_and_switches() {
    let builder = hcp_simulator::Simulator::builder()
        .control_address(([127, 0, 0, 1], 0).into())
        .system_user("root", "toor12");
    let hcp = crate::support::start_with(builder).await;
    let control = |method: Method, target: &str, body: serde_json::Value| {
        let address = hcp.control_address().unwrap();
        Call {
            address,
            unsigned: true,
            body: body.to_string().into(),
            ..call(&hcp, method, target)
        }
        .send()
    };
    let zoe =
        json!({"tenant": "asia", "username": "zoe", "password": "panda-7", "roles": ["monitor"]});
    assert_eq!(control(Method::POST, "/users", zoe).await.status, 204);
    let asked = || ask(&hcp, "GET", "/tenants/asia").of("asia", "zoe", "panda-7");
    assert_eq!(asked().status().await, 200);
    let head = ask(&hcp, "HEAD", "/tenants/mars");
    assert_eq!(head.status().await, 302);
    let said = control(Method::PUT, "/assumptions", json!({"head-miss": 404})).await;
    assert_eq!(said.status, 204);
    assert_eq!(ask(&hcp, "HEAD", "/tenants/mars").status().await, 404);
    let shown = control(Method::GET, "/assumptions", json!(null)).await;
    assert!(
        shown.text().contains("\"head-miss\":404"),
        "{}",
        shown.text()
    );
    let wrong = control(Method::PUT, "/assumptions", json!({"heat": 1})).await;
    assert_eq!(wrong.status, 400);
}

/// A tenant that is made while the system runs has certificates for its hosts and buckets.
#[tokio::test]
async fn a_new_tenant_is_served_over_tls() {
    let hcp = start().await;
    let put = ask(&hcp, "PUT", "/tenants?username=sue&password=start123");
    assert_eq!(put.json(&json!({"name": "finance"})).status().await, 200);
    hcp.set_user("finance", hcp_simulator::User::new("lee", "green-1"));
    hcp.create_bucket("finance", "lee", "books").unwrap();
    let listed = get(&hcp, "/")
        .user("lee", "green-1")
        .host("books.finance.hcp.test");
    let listed = listed.send_secretly(&hcp).await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    assert_eq!(listed.element("Name"), "books");
}
