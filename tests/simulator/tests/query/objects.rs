//! Object queries.

use hcp_simulator::{Simulator, User};
use http::Method;
use serde_json::json;

use crate::ask::{ask, delete, each, keys, objects, result, start, store, token};
use crate::support::{call, put};

async fn found(hcp: &Simulator, query: &str) -> Vec<String> {
    keys(&result(&objects(hcp, query).send().await))
}

#[tokio::test]
async fn what_s3_stored_is_found() {
    let hcp = start().await;
    store(&hcp, "scans/a/one.tif", "12345").await;
    store(&hcp, "scans/b/two.tif", "1234567890").await;
    let query = "utf8Name:one.tif";
    assert_eq!(found(&hcp, query).await, ["scans/a/one.tif"]);
    assert_eq!(found(&hcp, "size:[6 TO *]").await, ["scans/b/two.tif"]);
    assert_eq!(found(&hcp, "+namespace:maps.europe").await.len(), 2);
    assert_eq!(
        found(&hcp, "objectPath:\"/scans/b\"").await,
        ["scans/b/two.tif"]
    );
    assert_eq!(
        found(&hcp, "-utf8Name:one*").await,
        ["scans/b/two.tif"],
        "no folders"
    );
    assert!(found(&hcp, "namespace:other.europe").await.is_empty());
    delete(&hcp, "scans/b/two.tif").await;
    assert_eq!(found(&hcp, "*:*").await, ["scans/a/one.tif"]);
}

#[tokio::test]
async fn the_envelope_is_that_of_the_documentation() {
    let hcp = start().await;
    store(&hcp, "a%20b", "hello").await;
    let answer = objects(&hcp, "*:*").send().await;
    assert_eq!(answer.header("transfer-encoding"), "chunked");
    assert_eq!(answer.header("expires"), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(answer.header("content-type"), "application/json");
    let result = result(&answer);
    assert_eq!(result["query"], json!({"expression": "*:*"}));
    let status = json!({"totalResults": 1, "results": 1, "message": "", "code": "COMPLETE"});
    assert_eq!(result["status"], status);
    let record = &result["resultSet"][0];
    assert_eq!(record["urlName"], "https://maps.europe.hcp.test/rest/a%20b");
    assert_eq!(record["operation"], "CREATED");
    assert!(
        record["changeTimeMilliseconds"]
            .as_str()
            .unwrap()
            .ends_with(".00")
    );
    assert!(record["version"].is_u64());
    assert_eq!(record.as_object().unwrap().len(), 4);
    assert!(result.get("facets").is_none() && result.get("contentProperties").is_none());
}

#[tokio::test]
async fn a_verbose_answer_tells_everything() {
    let hcp = start().await;
    let stored = put(&hcp, "/maps/x/hello.txt", "hello");
    let stored = stored
        .header("content-type", "text/plain")
        .header("x-amz-meta-town", "Bath");
    assert_eq!(stored.send().await.status, 200);
    let query = json!({"object": {"query": "customMetadataContent:bath", "verbose": "true"}});
    let result = result(&ask(&hcp, &query).send().await);
    let record = &result["resultSet"][0];
    let sha = "SHA-256 2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824";
    for (name, value) in [
        ("hash", json!(sha)),
        ("hashScheme", json!("SHA-256")),
        ("namespace", json!("maps.europe")),
        ("objectPath", json!("/x/hello.txt")),
        ("utf8Name", json!("hello.txt")),
        ("size", json!(5)),
        ("contentType", json!("text/plain")),
        ("owner", json!("USER,europe,ann")),
        ("retention", json!("0")),
        ("retentionString", json!("Deletion Allowed")),
        ("hold", json!(false)),
        ("index", json!(true)),
        ("customMetadata", json!(true)),
        ("customMetadataAnnotation", json!(".metapairs")),
        ("type", json!("object")),
        ("acl", json!(false)),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    let time = record["ingestTimeString"].as_str().unwrap();
    assert!(time.ends_with("+0000") && time.len() == 24, "{time}");
    assert!(record.get("aclGrant").is_none());
    assert_eq!(found(&hcp, &format!("hash:\"{sha}\"")).await.len(), 1);
    assert!(found(&hcp, "hash:SHA-256*3CF2*").await.is_empty());
}

#[tokio::test]
async fn chosen_properties_and_their_order() {
    let hcp = start().await;
    for (key, body) in [("a", "333"), ("b", "1"), ("c", "22")] {
        store(&hcp, key, body).await;
    }
    let query = json!({"object": {
        "query": "*:*", "sort": "namespace+asc,size+desc",
        "objectProperties": "size, utf8Name", "verbose": true,
    }});
    let result = result(&ask(&hcp, &query).send().await);
    assert_eq!(each(&result, "size"), ["3", "2", "1"]);
    assert_eq!(each(&result, "utf8Name"), ["a", "c", "b"]);
    assert_eq!(result["resultSet"][0].as_object().unwrap().len(), 6);
}

#[tokio::test]
async fn pages_fit_together() {
    let hcp = start().await;
    for at in 0..25 {
        let key = format!("{at:02}");
        hcp.put_object("europe", "maps", &key, "x").await.unwrap();
    }
    let page = |offset: usize| json!({"object": {"query": "*:*", "count": 10, "offset": offset, "sort": "utf8Name+desc"}});
    let mut all = Vec::new();
    for (offset, code) in [(0, "INCOMPLETE"), (10, "INCOMPLETE"), (20, "COMPLETE")] {
        let result = result(&ask(&hcp, &page(offset)).send().await);
        assert_eq!(result["status"]["code"], code, "{offset}");
        assert_eq!(result["status"]["totalResults"], 25);
        all.extend(keys(&result));
    }
    assert_eq!(
        all,
        (0..25)
            .rev()
            .map(|at| format!("{at:02}"))
            .collect::<Vec<_>>()
    );
    let none = json!({"object": {"query": "*:*", "count": 0}});
    let none = result(&ask(&hcp, &none).send().await);
    assert_eq!(none["resultSet"], json!([]));
    assert_eq!(none["status"]["totalResults"], 25);
}

#[tokio::test]
async fn without_a_count_there_are_a_hundred() {
    let hcp = start().await;
    for at in 0..101 {
        let key = at.to_string();
        hcp.put_object("europe", "maps", &key, "x").await.unwrap();
    }
    let some = result(&objects(&hcp, "*:*").send().await);
    assert_eq!(some["status"]["results"], 100);
    assert_eq!(some["status"]["code"], "INCOMPLETE");
    let all = json!({"object": {"query": "*:*", "count": "-1"}});
    let all = result(&ask(&hcp, &all).send().await);
    assert_eq!(all["status"]["results"], 101);
    assert_eq!(all["status"]["code"], "COMPLETE");
}

#[tokio::test]
async fn facets_count_what_was_found() {
    let hcp = start().await;
    hcp.create_bucket("europe", "ann", "atlas").unwrap();
    for key in ["a", "b", "c"] {
        hcp.put_object("europe", "atlas", key, "x").await.unwrap();
    }
    store(&hcp, "a", "x").await;
    let query = json!({"object": {
        "query": "-utf8Name:c", "count": 1, "contentProperties": true,
        "facets": "namespace,hold,retention,retentionClass",
    }});
    let result = result(&ask(&hcp, &query).send().await);
    let facet = |property: &str, frequency| json!({"property": property, "frequency": frequency});
    let expected = json!([
        facet(
            "namespace",
            json!([
                {"value": "atlas.europe", "count": 2},
                {"value": "maps.europe", "count": 1},
            ])
        ),
        facet("hold", json!([{"value": "false", "count": 3}])),
        facet("retention", json!([{"value": "expired", "count": 3}])),
        facet("retentionClass", json!([])),
    ]);
    assert_eq!(result["facets"]["facet"], expected);
    assert_eq!(result["contentProperties"], json!([]));
}

#[tokio::test]
async fn only_current_versions_are_objects() {
    let hcp = start().await;
    hcp.set_versioning("europe", "maps", true).unwrap();
    let first = put(&hcp, "/maps/k", "one").send().await;
    let second = put(&hcp, "/maps/k", "three").send().await;
    let version = |query: String| objects(&hcp, &query).send();
    let old = version(format!("version:{}", first.header("x-amz-version-id"))).await;
    let newest = second.header("x-amz-version-id");
    assert_eq!(each(&result(&old), "version"), [newest]);
    assert_eq!(
        each(&result(&version("*:*".to_owned()).await), "version").len(),
        1
    );
    delete(&hcp, "k").await;
    assert!(found(&hcp, "*:*").await.is_empty());
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_read() {
    let hcp = start().await;
    store(&hcp, "secret", "x").await;
    let as_bob = || {
        let mut call = objects(&hcp, "*:*");
        call.headers.retain(|(name, _)| *name != "authorization");
        call.header("authorization", &token("bob", "hush"))
    };
    assert!(keys(&result(&as_bob().send().await)).is_empty());
    hcp.grant("europe", "maps", "bob").unwrap();
    assert_eq!(keys(&result(&as_bob().send().await)), ["secret"]);
    let mut bob = User::new("bob", "hush");
    bob.allow_search = false;
    hcp.set_user("europe", bob);
    assert_eq!(as_bob().send().await.status, 403);
}

#[tokio::test]
async fn s3_still_has_a_bucket_of_that_name() {
    let hcp = start().await;
    hcp.create_bucket("europe", "ann", "query").unwrap();
    let stored = put(&hcp, "/query/k", "x").send().await;
    assert_eq!(stored.status, 200);
    let listed = call(&hcp, Method::GET, "/query").send().await;
    assert_eq!(listed.element("Key"), "k");
}
