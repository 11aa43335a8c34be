//! Forms of requests and answers: media types, methods, headers, properties.

use serde_json::{Value, json};

use crate::ask::{Ask, ask, start};

fn ann<'a>(hcp: &'a hcp_simulator::Simulator, method: &str, target: &str) -> Ask<'a> {
    let target = format!("/tenants/europe{target}");
    ask(hcp, method, &target).of("europe", "ann", "secret")
}

#[tokio::test]
async fn answers_wear_hcps_headers() {
    let hcp = start().await;
    let good = ask(&hcp, "GET", "/tenants").send().await;
    assert_eq!(good.header("x-hcp-softwareversion"), "9.7.0.35");
    assert_eq!(
        good.header("cache-control"),
        "no-cache,no-store,must-revalidate"
    );
    assert_eq!(good.header("expires"), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(good.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(good.header("content-type"), "application/xml;charset=UTF-8");
    assert!(
        good.text()
            .ends_with("<tenants><name>europe</name></tenants>")
    );
    let bad = ask(&hcp, "GET", "/nothing").send().await;
    assert_eq!(bad.status, 404);
    assert_eq!(bad.header("x-hcp-softwareversion"), "9.7.0.35");
    assert_eq!(bad.header("cache-control"), "");
    assert_ne!(bad.header("x-hcp-errormessage"), "");
    assert_eq!(bad.text(), "");
    let done = ann(&hcp, "POST", "").json(&json!({"tenantVisibleDescription": "é"}));
    let done = done.send().await;
    assert_eq!(
        (done.status.as_u16(), done.header("content-length")),
        (200, "0")
    );
}

#[tokio::test]
async fn the_client_chooses_the_form() {
    let hcp = start().await;
    let get = |accept: &str, query: &str| {
        ask(&hcp, "GET", &format!("/tenants{query}")).header("accept", accept)
    };
    let json = get("application/json", "").send().await;
    assert_eq!(json.text(), r#"{"name":["europe"]}"#);
    assert_eq!(
        json.header("content-type"),
        "application/json;charset=UTF-8"
    );
    let pretty = get("application/json", "?prettyprint").send().await;
    assert!(pretty.text().contains("\n  \"name\""), "{}", pretty.text());
    let pretty = get("*/*", "?prettyprint").send().await;
    assert!(pretty.text().contains("\n  <name>europe</name>\n"));
    let script = get("application/javascript", "?callback=f").send().await;
    assert_eq!(script.text(), r#"f({"name":["europe"]});"#);
    assert_eq!(get("text/csv", "").status().await, 415);
    assert_eq!(get("no/such", "").status().await, 400);
}

#[tokio::test]
async fn bodies_need_a_type_and_a_form() {
    let hcp = start().await;
    let post = || ann(&hcp, "POST", "/contactInfo");
    assert_eq!(post().body("{}").status().await, 415);
    let typed = |name: &str, body: &'static str| post().header("content-type", name).body(body);
    assert_eq!(typed("text/plain", "{}").status().await, 415);
    assert_eq!(typed("plain", "{}").status().await, 400);
    assert_eq!(typed("application/json", "{").status().await, 400);
    assert_eq!(typed("application/json", "[]").status().await, 400);
    assert_eq!(
        typed("application/xml", "<contactInfo>").status().await,
        400
    );
    assert_eq!(typed("application/xml", "<contact/>").status().await, 400);
    let xml = "<contactInfo><city>Oslo</city></contactInfo>";
    assert_eq!(
        typed("application/xml; charset=UTF-8", xml).status().await,
        200
    );
    let (_, shown) = ann(&hcp, "GET", "/contactInfo").read().await;
    assert_eq!(shown["city"], "Oslo");
    assert_eq!(shown["firstName"], "Lee", "the rest stays");
}

#[tokio::test]
async fn methods_and_paths_have_limits() {
    let hcp = start().await;
    let wrong = ask(&hcp, "DELETE", "/tenants").send().await;
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.header("allow"), "GET, HEAD, OPTIONS, PUT");
    assert_eq!(ann(&hcp, "PUT", "").status().await, 405);
    let options = ask(&hcp, "OPTIONS", "/tenants").send().await;
    assert_eq!(options.status, 200);
    assert_eq!(
        options.header("content-type"),
        "application/vnd.sun.wadl+xml"
    );
    assert_eq!(options.header("allow"), "GET, HEAD, OPTIONS, PUT");
    let long = format!("/tenants/{}", "t".repeat(4087));
    assert_eq!(ask(&hcp, "GET", &long).status().await, 414);
    let shorter = format!("/tenants/{}", "t".repeat(4086));
    assert_eq!(ask(&hcp, "GET", &shorter).status().await, 404);
}

#[tokio::test]
async fn properties_are_checked() {
    let hcp = start().await;
    for (document, status) in [
        (json!({"hardQuota": "1.5 TB"}), 200),
        (json!({"hardQuota": "1.555 TB"}), 400),
        (json!({"softQuota": "85"}), 200),
        (json!({"softQuota": 99}), 400),
        (json!({"softQuota": "many"}), 400),
        (json!({"directoryUsage": "BALANCED"}), 200),
        (json!({"optimizedFor": "SPEED"}), 400),
        (json!({"creationTime": "now"}), 403),
        (json!({"hashScheme": "MD5"}), 403),
        (json!({"aclsUsage": "NOT_ENABLED"}), 403),
        (json!({"owner": "nobody-here"}), 400),
        (json!({"tags": {"tag": ["a", "b"]}}), 200),
        (json!({"tags": {"tag": {"x": 1}}}), 400),
        (json!({"name": "renamed"}), 403),
        (json!({"description": null}), 200),
    ] {
        let asked = ann(&hcp, "POST", "/namespaces/maps").json(&document);
        assert_eq!(asked.status().await, status, "{document}");
    }
    let (_, maps) = ann(&hcp, "GET", "/namespaces/maps").read().await;
    assert_eq!(maps["directoryUsage"], "Balanced");
    assert_eq!(maps["softQuota"], 85);
    assert_eq!(maps["tags"], json!({"tag": ["a", "b"]}));
    assert_eq!(maps["creationTime"], Value::Null, "not without verbose");
    let emptied = "<namespace><tags/></namespace>";
    assert_eq!(
        ann(&hcp, "POST", "/namespaces/maps")
            .xml(emptied)
            .status()
            .await,
        200
    );
    let (_, maps) = ann(&hcp, "GET", "/namespaces/maps").read().await;
    assert_eq!(maps["tags"], json!({"tag": []}));
}

/// A new namespace has no S3 and no ACLs until it is given them, and a new name until then.
#[tokio::test]
async fn a_namespace_is_renamed_while_no_protocol_names_it() {
    let hcp = start().await;
    let new = json!({"name": "draft", "versioningSettings": {"enabled": true}});
    assert_eq!(
        ann(&hcp, "PUT", "/namespaces").json(&new).status().await,
        200
    );
    let settings = "/namespaces/draft/versioningSettings";
    assert_eq!(ann(&hcp, "GET", settings).read().await.1["enabled"], true);
    let s3 = json!({"hs3Enabled": true});
    let http = "/namespaces/final/protocols/http";
    let renamed = json!({"name": "Final"});
    let rename = |name: &str| ann(&hcp, "POST", &format!("/namespaces/{name}"));
    assert_eq!(rename("draft").json(&renamed).status().await, 200);
    assert_eq!(ann(&hcp, "POST", http).json(&s3).status().await, 400);
    let acls = json!({"aclsUsage": "ENFORCED"});
    assert_eq!(rename("final").json(&acls).status().await, 200);
    assert_eq!(ann(&hcp, "POST", http).json(&s3).status().await, 200);
    assert_eq!(
        rename("final")
            .json(&json!({"name": "more"}))
            .status()
            .await,
        403
    );
    let (_, list) = ann(&hcp, "GET", "/namespaces").read().await;
    assert_eq!(list, json!({"name": ["Final", "maps"]}));
    for bad in ["-a", "a_b", "", "xn--a"] {
        let asked = ann(&hcp, "PUT", "/namespaces").json(&json!({"name": bad}));
        assert_eq!(asked.status().await, 400, "{bad}");
    }
}
