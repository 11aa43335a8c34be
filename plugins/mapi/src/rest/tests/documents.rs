//! Documents in both directions: what is refused, what goes on, what comes back.

use serde_json::{Value, json};

use super::House;

async fn issues(path: &str, document: &Value) -> Value {
    let house = House::answering("{}").await;
    let got = house.ask("PUT", path, Some(document)).await;
    assert_eq!(got.status, 422, "{}", got.text());
    assert!(house.seen().is_empty());
    got.json()["detail"].clone()
}

#[tokio::test]
async fn what_is_wrong_with_a_document_is_told_as_pydantic_does() {
    let link = json!({"type": "SIDEWAYS", "connection": {"remotePort": "x", "localHost": 5},
        "compression": "perhaps", "failoverSettings": {"local": []}, "description": null});
    let expected = json!([
        {"type": "missing", "loc": ["body", "name"], "msg": "Field required", "input": link},
        {"type": "enum", "loc": ["body", "type"],
            "msg": "Input should be 'ACTIVE_ACTIVE', 'OUTBOUND' or 'INBOUND'", "input": "SIDEWAYS",
            "ctx": {"expected": "'ACTIVE_ACTIVE', 'OUTBOUND' or 'INBOUND'"}},
        {"type": "missing", "loc": ["body", "connection", "remoteHost"], "msg": "Field required",
            "input": {"remotePort": "x", "localHost": 5}},
        {"type": "int_parsing", "loc": ["body", "connection", "remotePort"],
            "msg": "Input should be a valid integer, unable to parse string as an integer",
            "input": "x"},
        {"type": "string_type", "loc": ["body", "connection", "localHost"],
            "msg": "Input should be a valid string", "input": 5},
        {"type": "bool_parsing", "loc": ["body", "compression"],
            "msg": "Input should be a valid boolean, unable to interpret input",
            "input": "perhaps"},
        {"type": "model_attributes_type", "loc": ["body", "failoverSettings", "local"],
            "msg": "Input should be a valid dictionary or object to extract fields from",
            "input": []},
    ]);
    assert_eq!(issues("/services/replication/links", &link).await, expected);

    let class =
        json!({"name": "c", "contentProperties": [{"name": "n", "expression": 1, "type": "t"}, 5]});
    let issues = issues("/tenants/t1/contentClasses", &class).await;
    assert_eq!(
        issues[0]["loc"],
        json!(["body", "contentProperties", 0, "expression"])
    );
    assert_eq!(issues[1]["loc"], json!(["body", "contentProperties", 1]));
}

#[tokio::test]
async fn parameters_and_documents_are_judged_together() {
    let found = issues("/tenants?password=x&forcePasswordChange=maybe", &json!({})).await;
    let places: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| &issue["loc"])
        .collect();
    let expected = [
        json!(["query", "username"]),
        json!(["query", "forcePasswordChange"]),
        json!(["body", "name"]),
    ];
    assert_eq!(places, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn bodies_that_are_no_documents() {
    let house = House::answering("{}").await;
    let path = "/tenants/t1/contactInfo";
    for (kind, text, expected) in [
        ("application/json", "", "missing"),
        ("application/json", "null", "missing"),
        ("application/json", "{", "json_invalid"),
        ("application/json", "[]", "model_attributes_type"),
        ("text/plain", "{}", "model_attributes_type"),
    ] {
        let got = house
            .send("POST", path, kind, portico_sdk::body::full(text))
            .await;
        assert_eq!(
            (got.status.as_u16(), &got.json()["detail"][0]["type"]),
            (422, &json!(expected))
        );
    }
    let got = house
        .ask("POST", "/tenants/t1/permissions", Some(&json!([])))
        .await;
    assert_eq!(got.json()["detail"][0]["type"], "dict_type");
    let large = json!({"firstName": "x".repeat(5 << 20)});
    assert_eq!(house.ask("POST", path, Some(&large)).await.status, 413);
    assert!(house.seen().is_empty());
}

#[tokio::test]
async fn passwords_are_never_repeated() {
    let house = House::answering("{}").await;
    let path = "/tenants/t1/userAccounts/u/changePassword";
    for document in [
        json!({"oldPassword": "s3cret"}),
        json!({"newPassword": ["s3cret"]}),
    ] {
        let got = house.ask("POST", path, Some(&document)).await;
        assert_eq!(got.status, 422);
        assert!(!got.text().contains("s3cret"), "{}", got.text());
    }
    // What is no document to us may be one all the same.
    let text = r#"{"newPassword": "s3cret"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let got = house
            .send("POST", path, kind, portico_sdk::body::full(text))
            .await;
        assert_eq!(got.status, 422);
        assert!(!got.text().contains("s3cret"), "{}", got.text());
    }
}

async fn forwarded(method: &str, path: &str, document: Value) -> Value {
    let house = House::answering("{}").await;
    let got = house.ask(method, path, Some(&document)).await;
    assert!(got.status.is_success(), "{}", got.text());
    serde_json::from_slice(&house.only().body).unwrap()
}

#[tokio::test]
async fn hcp_gets_its_own_forms_defaults_and_no_nulls() {
    let ip = json!({"ipSettings": {"allowAddresses": ["10.0.0.1"], "denyAddresses": {"ipAddress": []},
        "allowIfInBothLists": "yes", "newest": null}, "logoutOnInactive": "30", "loginMessage": null});
    let wrapped = json!({"logoutOnInactive": 30, "ipSettings": {"allowIfInBothLists": true,
        "allowAddresses": {"ipAddress": ["10.0.0.1"]}, "denyAddresses": {"ipAddress": []}}});
    for path in [
        "/tenants/t1/consoleSecurity",
        "/tenants/t1/searchSecurity",
        "/tenants/t1/namespaces/n/protocols",
        "/tenants/t1/namespaces/n/protocols/nfs",
    ] {
        let sent = forwarded("POST", path, ip.clone()).await;
        assert_eq!(sent["ipSettings"], wrapped["ipSettings"], "{path}");
        assert!(sent.get("loginMessage").is_none(), "{path}");
    }
    let sent = forwarded("POST", "/tenants/t1/consoleSecurity", ip).await;
    assert_eq!(sent, wrapped);

    let link = json!({"name": "l", "type": "OUTBOUND", "connection": {"remoteHost": "h"}});
    let sent = forwarded("PUT", "/services/replication/links", link).await;
    assert_eq!(
        sent,
        json!({"name": "l", "type": "OUTBOUND", "compression": false,
        "connection": {"remoteHost": "h", "remotePort": 5748, "localPort": 5748},
        "encryption": false, "priority": "OLDEST_FIRST"})
    );

    let mail = json!({"emailTemplate": {"from": "a@b", "subject": "s"},
        "recipients": {"recipient": [{"address": "c@d"}]}});
    let sent = forwarded("POST", "/tenants/t1/emailNotification", mail).await;
    assert_eq!(
        sent["emailTemplate"],
        json!({"from": "a@b", "subject": "s"})
    );
    assert_eq!(
        sent["recipients"]["recipient"][0],
        json!({"address": "c@d",
        "importance": "MAJOR", "severity": "ERROR", "type": "GENERAL"})
    );

    let namespace = json!({"name": "n", "directoryUsage": "BALANCED", "softQuota": "85"});
    let sent = forwarded("PUT", "/tenants/t1/namespaces", namespace).await;
    assert_eq!(
        sent,
        json!({"name": "n", "directoryUsage": "Balanced", "softQuota": 85})
    );
}

async fn shown(path: &str, text: &'static str) -> Value {
    House::answering(text).await.get(path).await.json()
}

#[tokio::test]
async fn hcps_own_forms_are_those_of_the_contract_again() {
    let http = shown("/tenants/t1/namespaces/n/protocols/http", r#"{"ipSettings":
        {"denyAddresses":{"ipAddress":["1.2.3.4"]},"allowAddresses":[]},"hs3Enabled":"true","x":1}"#).await;
    assert_eq!(
        http["ipSettings"],
        json!({"allowAddresses": [], "denyAddresses": ["1.2.3.4"],
        "allowIfInBothLists": null})
    );
    assert_eq!(
        (&http["hs3Enabled"], &http["x"], &http["webdavEnabled"]),
        (&json!(true), &json!(1), &Value::Null)
    );
    let nfs = shown(
        "/tenants/t1/namespaces/n/protocols/nfs",
        r#"{"enabled":true,"uid":0}"#,
    )
    .await;
    assert_eq!(
        nfs,
        json!({"enabled": true, "uid": 0, "gid": null, "ipSettings": null})
    );

    let usage = shown(
        "/tenants/t1/namespaces/n",
        r#"{"directoryUsage":"unbalanced","hashScheme":"SHA-9"}"#,
    )
    .await;
    assert_eq!(
        (&usage["directoryUsage"], &usage["hashScheme"]),
        (&json!("Unbalanced"), &json!("SHA-9"))
    );

    let services = shown(
        "/services/statistics",
        r#"{"requestTime":1,
        "services":{"service":[{"name":"s"}]},"nodes":{"node":[{"id":1}]}}"#,
    )
    .await;
    assert_eq!(services["services"][0]["name"], "s");
    assert_eq!(services["services"][0]["state"], Value::Null);
    assert_eq!(services["nodes"], json!([{"id": 1}]));
    let nodes = shown(
        "/nodes/statistics",
        r#"{"nodes":{"node":[{"nodeNumber":"7",
        "frontendIpAddresses":{"ipAddress":["10.0.0.1"]},"volumes":{"volume":[{"id":"v"}]}}]}}"#,
    )
    .await;
    assert_eq!(nodes["nodes"][0]["nodeNumber"], 7);
    assert_eq!(
        nodes["nodes"][0]["frontendIpAddresses"],
        json!(["10.0.0.1"])
    );
    assert_eq!(nodes["nodes"][0]["volumes"][0]["id"], "v");
}

#[tokio::test]
async fn lists_come_in_every_form_that_hcp_sends() {
    for (path, key) in [
        ("/tenants/t1/namespaces", "name"),
        ("/tenants/t1/userAccounts", "username"),
        ("/tenants/t1/groupAccounts", "groupname"),
        ("/services/replication/links", "name"),
    ] {
        assert_eq!(shown(path, r#"["a"]"#).await, json!({key: ["a"]}), "{path}");
        assert_eq!(shown(path, "{}").await, json!({key: null}), "{path}");
    }
    // A list of one may come as that one.
    let one = shown("/tenants/t1/namespaces", r#"{"name":"a"}"#).await;
    assert_eq!(one, json!({"name": ["a"]}));
    let nodes = r#"{"nodes":{"node":{"nodeNumber":1,"volumes":{"volume":{"id":"v"}},
        "frontendIpAddresses":{"ipAddress":"10.0.0.1"}}}}"#;
    let node = shown("/nodes/statistics", nodes).await["nodes"][0].take();
    assert_eq!(node["volumes"][0]["id"], "v");
    assert_eq!(node["frontendIpAddresses"], json!(["10.0.0.1"]));
    let users = shown(
        "/tenants/t1/userAccounts?verbose=1",
        r#"[{"username":"a","x":1}]"#,
    )
    .await;
    assert_eq!(
        (&users[0]["username"], &users[0]["userID"], &users[0]["x"]),
        (&json!("a"), &Value::Null, &json!(1))
    );
    let roles = shown("/tenants/t1/userAccounts/a", r#"{"roles":["MONITOR"]}"#).await;
    assert_eq!(roles["roles"], json!({"role": ["MONITOR"]}));
}

#[tokio::test]
async fn fields_keep_their_order() {
    let house = House::answering(r#"{"z":1,"mfa":2,"name":"n","a":3}"#).await;
    let got = house.get("/tenants/t1/availableServicePlans/p").await;
    assert_eq!(
        got.text(),
        r#"{"name":"n","description":null,"z":1,"mfa":2,"a":3}"#
    );
}
