//! The same over a cluster, where a home lies in one slot and each identity in another.

use portico_redis::testkit::Cluster;
use portico_sdk::shared::RedisPlace;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_through_one_is_seen_through_the_other_over_a_cluster() {
    let cluster = Cluster::start();
    let nodes = cluster.urls().into_iter().map(Into::into);
    let shared = SharedRedis {
        place: RedisPlace::Cluster(nodes.collect()),
        timeout: Duration::from_secs(20),
        ca_pem: None,
    };
    let [one, other] = pair(&shared, Settings::default);
    for round in 0..10 {
        let words: &'static str = format!("round {round}").leak();
        // Enough to meet every node.
        for number in 0..6 {
            for kit in [&one, &other] {
                assert_eq!(kit.ask(by(number, mapi()), words).await.body, words);
                let again = kit.ask(by(number, mapi()), "unasked").await;
                assert_eq!((again.body.as_str(), again.origin), (words, Origin::Kept));
            }
        }
        let refused = response(403, &[], "no");
        other.ask_for(by(0, listing()), Ok(refused)).await;
        assert_eq!(one.ask(by(0, mapi()), words).await.origin, Origin::Store);
        one.change(Change::default().mapi(&home())).await;
    }
}
