//! XML and JSON, plain and zipped, in and out; and the hosts that answer.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use hcp_simulator::Simulator;
use serde_json::{Value, json};

use crate::ask::{ask, bare, delete, keys, objects, result, start, store, token};
use crate::support::Call;

const XML: &str = "application/xml";

fn xml(hcp: &Simulator, body: &str) -> Call {
    let call = bare(hcp, body.to_owned());
    call.header("content-type", XML).header("accept", XML)
}

#[tokio::test]
async fn xml_asks_and_answers_for_objects() {
    let hcp = start().await;
    store(&hcp, "a%26b", "12345").await;
    let query = "<queryRequest><object><query>size:[1 TO 9] -hold:true</query>\
        <objectProperties>size,\n objectPath</objectProperties>\
        <facets>namespace</facets></object></queryRequest>";
    let answer = xml(&hcp, query).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), XML);
    assert_eq!(answer.element("expression"), "size:[1 TO 9] -hold:true");
    for part in [
        "xsi:noNamespaceSchemaLocation=\"/static/xsd/query-result-7.0.xsd\"",
        "urlName=\"https://maps.europe.hcp.test/rest/a%26b\"",
        "objectPath=\"/a&amp;b\"",
        "size=\"5\"",
        "operation=\"CREATED\"",
        "<status totalResults=\"1\" results=\"1\" message=\"\" code=\"COMPLETE\"/>",
        "<facet property=\"namespace\"><frequency count=\"1\" value=\"maps.europe\"/></facet>",
    ] {
        assert!(answer.text().contains(part), "{part}: {}", answer.text());
    }
}

#[tokio::test]
async fn xml_asks_and_answers_for_operations() {
    let hcp = start().await;
    store(&hcp, "k", "x").await;
    delete(&hcp, "k").await;
    let query = "<queryRequest><operation><count>-1</count><systemMetadata>\
        <namespaces><namespace>maps.europe</namespace></namespaces><directories/>\
        </systemMetadata></operation></queryRequest>";
    let answer = xml(&hcp, query).send().await;
    assert!(
        answer.text().contains("<query start=\"0\" end=\""),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains("operation=\"DELETED\""));
    assert!(
        answer
            .text()
            .contains("<status results=\"1\" message=\"\" code=\"COMPLETE\"/>")
    );
    let all = xml(&hcp, "<queryRequest/>").send().await;
    assert!(all.text().contains("operation=\"DELETED\""));
}

#[tokio::test]
async fn pretty_answers_have_lines() {
    let hcp = start().await;
    let mut call = objects(&hcp, "*:*");
    call.target = "/query?prettyprint".to_owned();
    let pretty = call.send().await;
    assert!(pretty.text().lines().count() > 5);
    assert_eq!(result(&pretty)["resultSet"], json!([]));
}

#[tokio::test]
async fn bodies_may_be_zipped_both_ways() {
    let hcp = start().await;
    store(&hcp, "k", "x").await;
    let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
    zip.write_all(br#"{"object": {"query": "*:*"}}"#).unwrap();
    let call = bare(&hcp, zip.finish().unwrap())
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .header("content-encoding", "gzip")
        .header("accept-encoding", "gzip, deflate");
    let mut answer = call.send().await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut plain = Vec::new();
    GzDecoder::new(&*answer.body)
        .read_to_end(&mut plain)
        .unwrap();
    answer.body = plain.into();
    assert_eq!(keys(&result(&answer)), ["k"]);
}

#[tokio::test]
async fn a_cookie_and_a_directory_user_get_in() {
    let hcp = start().await;
    let with = |name: &'static str, value: &str| {
        let mut call = objects(&hcp, "*:*");
        call.headers.retain(|(name, _)| *name != "authorization");
        call.header(name, value).send()
    };
    let cookie = token("ann", "secret").replace("HCP ", "hcp-ns-auth=");
    assert_eq!(with("cookie", &cookie).await.status, 200);
    assert_eq!(
        with("authorization", "AD ann@x.test:secret").await.status,
        200
    );
}

#[tokio::test]
async fn the_host_says_whose_objects_are_meant() {
    let builder = Simulator::builder()
        .user("asia", "ann", "secret")
        .system_user("root", "deep");
    let hcp = crate::support::start_with(builder).await;
    store(&hcp, "k", "x").await;
    hcp.create_bucket("asia", "ann", "maps").unwrap();
    hcp.put_object("asia", "maps", "z", "x").await.unwrap();
    let at = |host: &str, token: &str| {
        let mut call = ask(&hcp, &json!({"object": {"query": "*:*"}})).host(host);
        call.headers.retain(|(name, _)| *name != "authorization");
        call.header("authorization", token).send()
    };
    let (ann, root) = (token("ann", "secret"), token("root", "deep"));
    assert_eq!(keys(&result(&at("asia.hcp.test", &ann).await)), ["z"]);
    assert_eq!(keys(&result(&at("asia.hcp.test", &root).await)), ["z"]);
    assert_eq!(at("africa.hcp.test", &ann).await.status, 403);
    assert_eq!(at("admin.hcp.test", &root).await.status, 403);
}

#[tokio::test]
async fn the_whole_system_is_searched_by_its_own_users_over_tls() {
    let builder = Simulator::builder()
        .user("asia", "ann", "secret")
        .system_user("root", "deep");
    let hcp = crate::support::start_with(builder).await;
    hcp.set_query_horizon(std::time::Duration::ZERO);
    store(&hcp, "k", "x").await;
    hcp.create_bucket("asia", "ann", "maps").unwrap();
    hcp.put_object("asia", "maps", "z", "x").await.unwrap();
    let as_user = |query: Value, token: &str| {
        let mut call = ask(&hcp, &query).host("admin.hcp.test");
        call.headers.retain(|(name, _)| *name != "authorization");
        call.header("authorization", token)
    };
    let root = token("root", "deep");
    let all = || json!({"object": {"query": "*:*", "sort": "namespace+desc"}});
    let found = as_user(all(), &root).send_secretly(&hcp).await;
    assert_eq!(keys(&result(&found)), ["k", "z"]);
    let asia = json!({"namespaces": {"namespace": ["maps.asia"]}});
    let asia = json!({"operation": {"systemMetadata": asia}});
    let done = as_user(asia, &root).send_secretly(&hcp).await;
    assert_eq!(keys(&result(&done)), ["z"]);
    let ann = as_user(all(), &token("ann", "secret"));
    assert_eq!(ann.send_secretly(&hcp).await.status, 403);
    let plain = as_user(all(), &root).send().await;
    assert_eq!(plain.status, 403);
    assert!(plain.header("x-hcp-errormessage").contains("HTTPS"));
}
