//! Figures: what namespaces hold and what they have moved.

use http::Method;
use serde_json::json;

use crate::ask::{Ask, ask, start};
use crate::support::{call, get, put};

fn ann<'a>(hcp: &'a hcp_simulator::Simulator, target: &str) -> Ask<'a> {
    let target = format!("/tenants/europe{target}");
    ask(hcp, "GET", &target).of("europe", "ann", "secret")
}

const HEADER: &str = "systemName,tenantName,namespaceName,startTime,endTime,objectCount,\
    ingestedVolume,storageCapacityUsed,bytesIn,bytesOut,reads,writes,deletes,multipartObjects,\
    multipartObjectParts,multipartObjectBytes,multipartUploads,multipartUploadParts,\
    multipartUploadBytes,deleted,valid";

#[tokio::test]
async fn statistics_count_versions_and_annotations() {
    let hcp = start().await;
    hcp.set_versioning("europe", "maps", true).unwrap();
    for body in ["one", "three"] {
        let put = put(&hcp, "/maps/a/k", body).header("x-amz-meta-color", "red");
        assert_eq!(put.send().await.status, 200);
    }
    let (_, found) = ann(&hcp, "/namespaces/maps/statistics").read().await;
    let wanted = json!({
        "objectCount": 2, "ingestedVolume": 8, "storageCapacityUsed": 8192,
        "customMetadataCount": 2, "customMetadataSize": 16, "shredCount": 0, "shredSize": 0,
    });
    assert_eq!(found, wanted);
    assert_eq!(ann(&hcp, "/statistics").read().await.1, wanted);
    let xml = ann(&hcp, "/statistics").send().await;
    assert_eq!(xml.element("objectCount"), "2");
}

#[tokio::test]
async fn chargeback_reports_what_moved() {
    let hcp = start().await;
    hcp.create_bucket("europe", "bob", "idle").unwrap();
    assert_eq!(put(&hcp, "/maps/k", "12345").send().await.status, 200);
    assert_eq!(get(&hcp, "/maps/k").send().await.text(), "12345");
    assert_eq!(get(&hcp, "/maps/none").send().await.status, 404);
    let gone = call(&hcp, Method::DELETE, "/maps/none").send().await;
    assert_eq!(gone.status, 204);
    let report = ann(&hcp, "/chargebackReport?granularity=Total")
        .read()
        .await
        .1;
    let rows = report["chargebackData"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "two namespaces and their sum");
    let (idle, maps, sum) = (&rows[0], &rows[1], &rows[2]);
    assert_eq!(idle["namespaceName"], "idle");
    assert_eq!(idle["reads"], 0);
    for (name, value) in [
        ("reads", 1),
        ("writes", 1),
        ("deletes", 1),
        ("bytesIn", 5),
        ("bytesOut", 5),
        ("objectCount", 1),
    ] {
        assert_eq!(maps[name], value, "{name}");
        assert_eq!(sum[name], value, "{name}");
    }
    assert_eq!(
        (&maps["deleted"], &maps["valid"]),
        (&json!("false"), &json!(true))
    );
    assert!(sum.get("namespaceName").is_none());
    let xml = ann(&hcp, "/chargebackReport").send().await;
    assert!(xml.text().contains("<chargebackReport><chargebackData>"));
}

#[tokio::test]
async fn chargeback_comes_as_a_table_too_and_for_times_that_make_sense() {
    let hcp = start().await;
    assert_eq!(put(&hcp, "/maps/k", "12345").send().await.status, 200);
    assert_eq!(get(&hcp, "/maps/k").send().await.text(), "12345");
    let csv = ann(&hcp, "/namespaces/maps/chargebackReport").header("accept", "text/csv");
    let csv = csv.send().await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    let lines: Vec<&str> = csv.text().lines().collect();
    assert_eq!(lines[0], HEADER);
    assert!(
        lines[1].starts_with("hcp.test,europe,maps,20"),
        "{}",
        lines[1]
    );
    assert!(
        lines[1].ends_with(",1,5,4096,5,5,1,1,0,0,0,0,0,0,0,false,true"),
        "{}",
        lines[1]
    );
    assert_eq!(lines.len(), 2);
    for bad in [
        "granularity=week",
        "start=now",
        "start=2026-02-01T00:00:00%2B0000&end=2026-01-01T00:00:00%2B0000",
    ] {
        let status = ann(&hcp, &format!("/chargebackReport?{bad}"))
            .status()
            .await;
        assert_eq!(status, 400, "{bad}");
    }
}

/// Rules of the management API and of S3 are the same rules.
#[tokio::test]
async fn cors_is_seen_from_both_sides() {
    let hcp = start().await;
    let target = "/tenants/europe/namespaces/maps/cors";
    let asks = |method: &str| ask(&hcp, method, target).of("europe", "ann", "secret");
    assert_eq!(asks("DELETE").status().await, 404);
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>https://x</AllowedOrigin>\
                 <AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>";
    assert_eq!(
        asks("PUT")
            .json(&json!({"cors": "nonsense"}))
            .status()
            .await,
        400
    );
    assert_eq!(
        asks("PUT").json(&json!({"cors": rules})).status().await,
        200
    );
    assert_eq!(asks("GET").read().await.1, json!({"cors": rules}));
    let xml = asks("GET").send().await;
    assert!(
        xml.text()
            .ends_with(&format!("<cors><![CDATA[{rules}]]></cors>"))
    );
    let shown = get(&hcp, "/maps?cors=").send().await;
    assert_eq!(shown.element("AllowedOrigin"), "https://x");
    assert_eq!(asks("PUT").xml(xml.text()).status().await, 200);
    assert_eq!(asks("DELETE").status().await, 200);
    assert_eq!(get(&hcp, "/maps?cors=").send().await.status, 404);
}

/// What the mask of a namespace does not leave, nobody has.
#[tokio::test]
async fn a_mask_takes_from_everybody() {
    let hcp = start().await;
    let target = "/tenants/europe/namespaces/maps/permissions";
    let mask = |list: serde_json::Value| {
        let post = ask(&hcp, "POST", target).of("europe", "ann", "secret");
        post.json(&json!({ "permission": list }))
    };
    assert_eq!(mask(json!(["read"])).status().await, 400, "case counts");
    assert_eq!(mask(json!(["READ"])).status().await, 200);
    assert_eq!(put(&hcp, "/maps/k", "x").send().await.status, 403);
    assert_eq!(mask(json!(["READ", "WRITE"])).status().await, 200);
    assert_eq!(put(&hcp, "/maps/k", "x").send().await.status, 200);
}
