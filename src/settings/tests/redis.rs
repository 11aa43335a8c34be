//! The three ways in which Redis is run, and settings that do not go together.

use portico_sdk::shared::RedisPlace;
use secrecy::ExposeSecret as _;

use super::*;

fn place(toml: &str) -> Option<RedisPlace> {
    let settings = Story::with(&format!("[redis]\n{toml}")).settings();
    let shared = settings.redis.shared().unwrap();
    shared.map(|shared| shared.place)
}

#[test]
fn each_mode_says_where_redis_is() {
    assert!(place("").is_none());
    let Some(RedisPlace::Single(url)) = place("url = 'redis+unix:///run/redis.sock'") else {
        panic!("one server");
    };
    assert_eq!(url.expose_secret(), "redis+unix:///run/redis.sock");
    let nodes = "nodes = ['rediss://:hush@a:1', 'rediss://:hush@b:2']";
    let Some(RedisPlace::Cluster(found)) = place(&format!("mode = 'cluster'\n{nodes}")) else {
        panic!("a cluster");
    };
    assert_eq!(found[1].expose_secret(), "rediss://:hush@b:2");
    let master = "master = 'mymaster'\nmaster_password = 'quiet'\nmaster_database = 3";
    let found = place(&format!("mode = 'sentinel'\n{nodes}\n{master}\n"));
    let Some(RedisPlace::Sentinel(found)) = found else {
        panic!("sentinels");
    };
    assert_eq!(found.nodes[0].expose_secret(), "rediss://:hush@a:1");
    assert_eq!(
        (found.master.as_str(), found.user.as_str()),
        ("mymaster", "")
    );
    assert_eq!(found.password.expose_secret(), "quiet");
    assert_eq!((found.database, found.tls), (3, false));
    assert!(!format!("{found:?}").contains("quiet"));
}

#[test]
fn the_old_name_still_means_one_server() {
    let story = Story::with("").variable("REDIS_URL", "redis://cache:6379/0");
    let shared = story.settings().redis.shared().unwrap();
    let place = shared.map(|shared| shared.place);
    assert!(matches!(place, Some(RedisPlace::Single(_))));
}

#[test]
fn what_does_not_go_together_is_told_with_its_key() {
    for (toml, faults) in [
        ("url = 'hush'", &["url: expected a URL"][..]),
        ("mode = 'sentinal'", &["mode: "]),
        (
            "nodes = ['redis://hush']",
            &["nodes: expected nothing, or mode"],
        ),
        (
            "master = 'm'\nmaster_tls = true",
            &["master: only with mode", "master_tls: only with mode"],
        ),
        (
            "mode = 'cluster'\nurl = 'redis://hush'",
            &["nodes: expected URLs", "url: expected nothing, or mode"],
        ),
        (
            "mode = 'cluster'\nnodes = ['redis://hush', 'redis+unix:///hush']\nmaster_user = 'u'",
            &["nodes: expected URLs", "master_user: only with mode"],
        ),
        (
            "url = 'redis://hush'\nca_file = '/ca.pem'",
            &["ca_file: expected a URL that begins"],
        ),
        (
            "url = 'rediss://hush'\nca_file = '/nonexistent/ca.pem'",
            &["ca_file: /nonexistent/ca.pem cannot be read"],
        ),
        (
            "mode = 'sentinel'\nnodes = ['redis://u:hush@a', 'redis://:hush@b:2']",
            &["nodes: expected a port", "master: expected the name"],
        ),
    ] {
        let found = Story::with(&format!("[redis]\n{toml}\n")).faults();
        assert_eq!(found.lines().count(), faults.len(), "{found}");
        for fault in faults {
            assert!(found.contains(&format!("[redis] {fault}")), "{found}");
        }
        assert!(!found.contains("hush"), "{found}");
    }
}
