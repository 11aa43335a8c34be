//! Operation queries.

use hcp_simulator::Simulator;
use serde_json::{Value, json};

use crate::ask::{ask, delete, each, keys, result, start, store};
use crate::support::{put, start_with};

async fn done(hcp: &Simulator, metadata: Value) -> Value {
    let query = json!({"operation": {"systemMetadata": metadata}});
    result(&ask(hcp, &query).send().await)
}

/// Operation and key of every record.
fn lines(result: &Value) -> Vec<String> {
    let keys = keys(result).into_iter();
    let lines = each(result, "operation").into_iter().zip(keys);
    lines
        .map(|(operation, key)| format!("{operation} {key}"))
        .collect()
}

#[tokio::test]
async fn a_deletion_is_remembered() {
    let hcp = start().await;
    store(&hcp, "stays", "x").await;
    store(&hcp, "goes/away", "12345").await;
    delete(&hcp, "goes/away").await;
    let all = result(&ask(&hcp, &json!({})).send().await);
    let mut all_lines = lines(&all);
    all_lines.sort();
    assert_eq!(all_lines, ["CREATED stays", "DELETED goes/away"]);
    assert_eq!(all["query"]["start"], 0);
    assert!(all["query"]["end"].is_i64());
    assert!(all["status"].get("totalResults").is_none());
    assert_eq!(all["status"]["code"], "COMPLETE");
    let deleted = done(&hcp, json!({"transactions": {"transaction": ["delete"]}})).await;
    assert_eq!(lines(&deleted), ["DELETED goes/away"]);
    let verbose = json!({"operation": {"verbose": true,
        "systemMetadata": {"transactions": {"transaction": ["delete"]}}}});
    let verbose = result(&ask(&hcp, &verbose).send().await);
    assert_eq!(verbose["resultSet"][0]["size"], 5);
    assert_eq!(verbose["resultSet"][0]["objectPath"], "/goes/away");
}

#[tokio::test]
async fn versions_are_created_deleted_pruned_and_purged() {
    let hcp = start().await;
    hcp.set_versioning("europe", "maps", true).unwrap();
    let first = put(&hcp, "/maps/k", "one").send().await;
    let second = put(&hcp, "/maps/k", "two").send().await;
    delete(&hcp, "k").await;
    let all = done(&hcp, json!({})).await;
    assert_eq!(lines(&all), ["CREATED k", "CREATED k", "DELETED k"]);
    let version = |answer: &crate::support::Answer| answer.header("x-amz-version-id").to_owned();
    delete(&hcp, &format!("k?versionId={}", version(&first))).await;
    let every = json!({"transactions": {"transaction": ["create", "delete", "prune", "purge"]}});
    let pruned = done(&hcp, every.clone()).await;
    assert_eq!(lines(&pruned), ["CREATED k", "DELETED k", "PRUNED k"]);
    assert_eq!(each(&pruned, "version")[2], version(&first));
    assert_eq!(
        lines(&done(&hcp, json!({})).await).len(),
        2,
        "not told unasked"
    );
    let marker = each(&pruned, "version")[1].clone();
    delete(&hcp, &format!("k?versionId={marker}")).await;
    delete(&hcp, &format!("k?versionId={}", version(&second))).await;
    let purged = done(&hcp, every).await;
    assert_eq!(lines(&purged), ["PRUNED k", "PURGED k"]);
}

#[tokio::test]
async fn each_page_follows_the_last_record() {
    let hcp = start().await;
    hcp.set_versioning("europe", "maps", true).unwrap();
    for at in 0..23 {
        // Many in one millisecond, and several versions of each.
        let key = format!("a b/{}", at % 4);
        hcp.put_object("europe", "maps", &key, "x").await.unwrap();
    }
    let all = each(&done(&hcp, json!({})).await, "version");
    let (mut pages, mut last) = (Vec::new(), Value::Null);
    loop {
        let query = json!({"operation": {"count": 5, "lastResult": last}});
        let page = result(&ask(&hcp, &query).send().await);
        pages.extend(each(&page, "version"));
        let record = page["resultSet"].as_array().unwrap().last().unwrap();
        last = json!({
            "urlName": record["urlName"],
            "changeTimeMilliseconds": record["changeTimeMilliseconds"],
            "version": record["version"].to_string(),
        });
        if page["status"]["code"] == "COMPLETE" {
            break;
        }
        assert_eq!(page["status"]["results"], 5);
    }
    assert_eq!(all.len(), 23);
    assert_eq!(pages, all);
}

#[tokio::test]
async fn the_latest_minute_is_left_out_unless_it_is_asked_for() {
    let hcp = start_with(Simulator::builder()).await;
    store(&hcp, "new", "x").await;
    assert!(lines(&done(&hcp, json!({})).await).is_empty());
    let forever = json!({"changeTime": {"end": 99_999_999_999_999_u64}});
    assert_eq!(lines(&done(&hcp, forever).await), ["CREATED new"]);
    hcp.set_query_horizon(std::time::Duration::ZERO);
    assert_eq!(lines(&done(&hcp, json!({})).await), ["CREATED new"]);
}

#[tokio::test]
async fn times_start_with_the_first_and_end_before_the_last() {
    let hcp = start().await;
    store(&hcp, "k", "x").await;
    let time = each(&done(&hcp, json!({})).await, "changeTimeMilliseconds")[0].clone();
    let time: i64 = time.strip_suffix(".00").unwrap().parse().unwrap();
    let span =
        |start: i64, end: i64| json!({"changeTime": {"start": start, "end": end.to_string()}});
    assert_eq!(lines(&done(&hcp, span(time, time + 1)).await).len(), 1);
    assert!(lines(&done(&hcp, span(time - 1, time)).await).is_empty());
    let old = json!({"changeTime": {"end": "2011-11-16T14:27:20-0500"}});
    let old = done(&hcp, old).await;
    assert_eq!(
        old["query"],
        json!({"start": 0, "end": 1_321_471_640_000_u64})
    );
    assert!(lines(&old).is_empty());
}

#[tokio::test]
async fn directories_and_namespaces_narrow_it() {
    let hcp = start().await;
    hcp.create_bucket("europe", "ann", "atlas").unwrap();
    hcp.put_object("europe", "atlas", "a/x", "x").await.unwrap();
    for key in ["a/x", "a/b/y", "ab/z"] {
        store(&hcp, key, "x").await;
    }
    let directories = |list: Value| json!({"directories": {"directory": list}});
    let inside = |metadata| done(&hcp, metadata);
    assert_eq!(lines(&inside(directories(json!(["/a"]))).await).len(), 3);
    assert_eq!(
        lines(&inside(directories(json!(["/a/b/", "/ab"]))).await).len(),
        2
    );
    assert_eq!(lines(&inside(directories(json!(["/"]))).await).len(), 4);
    let maps = json!({"namespaces": {"namespace": ["Maps.Europe"]}});
    assert_eq!(lines(&inside(maps).await).len(), 3);
    for narrow in [
        json!({"indexable": false}),
        json!({"replicationCollision": "true"}),
    ] {
        assert!(lines(&inside(narrow).await).is_empty());
    }
    let count = json!({"operation": {"count": 0}});
    let count = result(&ask(&hcp, &count).send().await);
    assert_eq!(
        count["status"],
        json!({"results": 0, "message": "", "code": "INCOMPLETE"})
    );
}

#[tokio::test]
async fn a_store_in_a_folder_remembers_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || {
        Simulator::builder()
            .folder(folder.path())
            .query_horizon(std::time::Duration::ZERO)
    };
    let hcp = start_with(builder()).await;
    store(&hcp, "k", "x").await;
    delete(&hcp, "k").await;
    hcp.shutdown().await.unwrap();
    let hcp = start_with(builder()).await;
    assert_eq!(lines(&done(&hcp, json!({})).await), ["DELETED k"]);
}
