//! The system's own resources: packages, licences, replication, erasure coding.

use serde_json::json;

use crate::ask::{ask, start};

#[tokio::test]
async fn logs_are_prepared_and_downloaded() {
    let hcp = start().await;
    let status = || async { ask(&hcp, "GET", "/logs").read().await.1 };
    assert_eq!(status().await["started"], false);
    assert_eq!(
        ask(&hcp, "POST", "/logs?mark=before+the+test")
            .status()
            .await,
        200
    );
    let nothing = ask(&hcp, "POST", "/logs/download")
        .json(&json!({}))
        .status()
        .await;
    assert_eq!(nothing, 400);
    let prepare = || ask(&hcp, "POST", "/logs/prepare");
    let wrong = json!({"startDate": "2026-01-01"});
    assert_eq!(prepare().json(&wrong).status().await, 400);
    let dates = json!({"startDate": "01/01/2026", "endDate": "01/02/2026"});
    assert_eq!(prepare().json(&dates).status().await, 200);
    let again = prepare().json(&dates).send().await;
    assert_eq!(again.status, 400);
    assert!(
        again
            .header("x-hcp-errormessage")
            .starts_with("A log download")
    );
    assert_eq!(status().await["readyForStreaming"], true);
    let wanted = json!({"content": "ACCESS", "nodes": "17"});
    let zip = ask(&hcp, "POST", "/logs/download")
        .json(&wanted)
        .send()
        .await;
    assert_eq!(zip.header("content-type"), "application/zip");
    let disposition = zip.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=HCPLogs-"),
        "{disposition}"
    );
    assert!(zip.body.starts_with(b"PK\x03\x04"));
    let held = |text: &str| {
        zip.body
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(held("before the test") && held("ACCESS"));
    assert_eq!(status().await["started"], false, "gone once it is fetched");
}

#[tokio::test]
async fn health_checks_are_cancelled() {
    let hcp = start().await;
    for cancel in ["/healthCheckReport?cancel=", "/healthCheckReport/cancel"] {
        let prepare = ask(&hcp, "POST", "/healthCheckReport/prepare");
        assert_eq!(
            prepare
                .json(&json!({"collectCurrent": true}))
                .status()
                .await,
            200
        );
        assert_eq!(ask(&hcp, "POST", cancel).status().await, 200, "{cancel}");
        let (_, status) = ask(&hcp, "GET", "/healthCheckReport").read().await;
        assert_eq!(status["started"], false, "{cancel}");
    }
}

#[tokio::test]
async fn uploads_are_files() {
    let hcp = start().await;
    let raw = |target: &str| {
        let put = ask(&hcp, "PUT", target).header("content-type", "application/json");
        put.body("-----BEGIN SOMETHING-----")
    };
    assert_eq!(raw("/storage/licenses").status().await, 200);
    let (_, all) = ask(&hcp, "GET", "/storage/licenses?verbose=true")
        .read()
        .await;
    assert_eq!(all["license"].as_array().unwrap().len(), 3);
    let (_, current) = ask(&hcp, "GET", "/storage/licenses").read().await;
    assert_eq!(current["license"].as_array().unwrap().len(), 1);
    assert_eq!(raw("/supportaccesscredentials").status().await, 200);
    let (_, shown) = ask(&hcp, "GET", "/supportaccesscredentials").read().await;
    assert_eq!(shown["type"], "Exclusive");
    let certificates = "/services/replication/certificates";
    assert_eq!(raw(certificates).status().await, 200);
    let (_, list) = ask(&hcp, "GET", certificates).read().await;
    let ids: Vec<_> = list["certificate"].as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 2);
    let id = ids
        .iter()
        .filter_map(|one| one["id"].as_str())
        .find(|id| !id.starts_with("5f7c"));
    let one = format!("{certificates}/{}", id.unwrap());
    let text = ask(&hcp, "GET", &one).send().await;
    assert_eq!(text.text(), "-----BEGIN SOMETHING-----");
    assert!(text.header("content-type").starts_with("text/plain"));
    assert_eq!(ask(&hcp, "DELETE", &one).status().await, 200);
    let server = ask(&hcp, "GET", &format!("{certificates}/server"))
        .send()
        .await;
    assert_eq!(server.text(), hcp.ca_pem());
}

#[tokio::test]
async fn links_are_made_and_steered() {
    let hcp = start().await;
    let links = "/services/replication/links";
    let new = json!({
        "name": "Out", "type": "OUTBOUND", "connection": {"remoteHost": "far.example.com"},
    });
    assert_eq!(
        ask(&hcp, "PUT", links)
            .json(&json!({"name": "Out"}))
            .status()
            .await,
        400
    );
    assert_eq!(ask(&hcp, "PUT", links).json(&new).status().await, 200);
    let (_, list) = ask(&hcp, "GET", links).read().await;
    assert_eq!(list["name"], json!(["eu-us", "from-branch", "Out"]));
    let out = format!("{links}/out");
    for (action, name, value) in [
        ("suspend", "suspended", json!(true)),
        ("resume", "suspended", json!(false)),
        ("failOver", "status", json!("WARNING")),
        ("failBack", "status", json!("GOOD")),
        ("beginRecover", "status", json!("WARNING")),
        ("completeRecovery", "status", json!("GOOD")),
    ] {
        let done = ask(&hcp, "POST", &format!("{out}?{action}="))
            .status()
            .await;
        assert_eq!(done, 200, "{action}");
        let (_, link) = ask(&hcp, "GET", &format!("{out}?verbose=true"))
            .read()
            .await;
        assert_eq!(link[name], value, "{action}");
    }
    assert_eq!(ask(&hcp, "DELETE", &out).status().await, 200);
    assert_eq!(ask(&hcp, "GET", &out).status().await, 404);
    let service = "/services/replication";
    let down = ask(&hcp, "POST", &format!("{service}?shutDownAllLinks=moving"))
        .status()
        .await;
    assert_eq!(down, 200);
    let (_, shown) = ask(&hcp, "GET", &format!("{service}?verbose=true"))
        .read()
        .await;
    assert_eq!(shown["status"], "SHUTDOWN");
}

#[tokio::test]
async fn links_have_content_and_a_schedule() {
    let hcp = start().await;
    let links = "/services/replication/links";
    let new = json!({
        "name": "Out", "type": "OUTBOUND", "connection": {"remoteHost": "far.example.com"},
    });
    assert_eq!(ask(&hcp, "PUT", links).json(&new).status().await, 200);
    let out = format!("{links}/out");
    let tenant = format!("{out}/content/tenants/europe");
    assert_eq!(ask(&hcp, "PUT", &tenant).status().await, 200);
    assert_eq!(ask(&hcp, "PUT", &tenant).status().await, 409);
    assert_eq!(
        ask(&hcp, "POST", &format!("{tenant}?pause")).status().await,
        200
    );
    assert_eq!(ask(&hcp, "GET", &tenant).read().await.1["status"], "PAUSED");
    let (_, content) = ask(&hcp, "GET", &format!("{out}/content")).read().await;
    assert_eq!(content["tenants"], json!({"name": ["europe"]}));
    let (_, free) = ask(&hcp, "GET", &format!("{out}/localCandidates/tenants"))
        .read()
        .await;
    assert_eq!(free, json!({"name": []}));
    assert_eq!(ask(&hcp, "DELETE", &tenant).status().await, 200);
    for inner in [
        "content/chainedLinks/from-branch",
        "content/defaultNamespaceDirectories/Archive",
    ] {
        assert_eq!(
            ask(&hcp, "PUT", &format!("{out}/{inner}")).status().await,
            200,
            "{inner}"
        );
        assert_eq!(
            ask(&hcp, "DELETE", &format!("{out}/{inner}"))
                .status()
                .await,
            200,
            "{inner}"
        );
    }
    let schedule = format!("{out}/schedule");
    let said = json!({"local": {"transition": [{"time": "Sun:00", "performanceLevel": "LOW"}]}});
    assert_eq!(ask(&hcp, "POST", &schedule).json(&said).status().await, 200);
    let (_, shown) = ask(&hcp, "GET", &schedule).read().await;
    assert_eq!(shown["local"], said["local"]);
    assert_eq!(ask(&hcp, "DELETE", &out).status().await, 200);
    assert_eq!(ask(&hcp, "GET", &schedule).status().await, 404);
}

#[tokio::test]
async fn topologies_are_retired_before_they_go() {
    let hcp = start().await;
    let all = "/services/erasureCoding/ecTopologies";
    let new = |size: u32| {
        json!({
            "name": "ring", "type": "RING", "minimumObjectSize": size,
            "replicationLinks": [{"name": "eu-us", "hcpSystems": ["hcp.test"]}],
        })
    };
    assert_eq!(ask(&hcp, "PUT", all).json(&new(5000)).status().await, 400);
    assert_eq!(ask(&hcp, "PUT", all).json(&new(8192)).status().await, 200);
    let one = format!("{all}/ring");
    let (_, free) = ask(&hcp, "GET", &format!("{one}/tenantCandidates"))
        .read()
        .await;
    assert_eq!(free, json!({"tenantCandidate": [{"name": "europe"}]}));
    assert_eq!(
        ask(&hcp, "PUT", &format!("{one}/tenants/europe"))
            .status()
            .await,
        200
    );
    let (_, shown) = ask(&hcp, "GET", &one).read().await;
    assert_eq!(shown["tenants"], json!({"name": ["europe"]}));
    assert_eq!(
        ask(&hcp, "DELETE", &format!("{one}/tenants/europe"))
            .status()
            .await,
        200
    );
    assert_eq!(ask(&hcp, "DELETE", &one).status().await, 403);
    assert_eq!(
        ask(&hcp, "POST", &format!("{one}?retire=")).status().await,
        200
    );
    assert_eq!(ask(&hcp, "DELETE", &one).status().await, 200);
    let forced = ask(&hcp, "DELETE", &format!("{all}/three-sites?force=true"));
    assert_eq!(forced.status().await, 200);
}

#[tokio::test]
async fn system_users_change_in_their_password_only() {
    let hcp = start().await;
    let root = "/userAccounts/root";
    let other = json!({"fullName": "Groot"});
    assert_eq!(ask(&hcp, "POST", root).json(&other).status().await, 403);
    let new = format!("{root}?password=better-34");
    assert_eq!(ask(&hcp, "POST", &new).json(&json!({})).status().await, 200);
    assert_eq!(ask(&hcp, "GET", root).status().await, 403, "the old one");
    let again = ask(&hcp, "POST", &format!("{root}/changePassword"));
    let said = json!({"newPassword": "toor12", "oldPassword": "better-34"});
    assert_eq!(
        again.login("root", "better-34").json(&said).status().await,
        200
    );
    assert_eq!(ask(&hcp, "GET", root).read().await.1["username"], "root");
}
