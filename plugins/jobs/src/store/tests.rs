//! What every store must do, over each of them.

use std::time::Duration;

use portico_redis::Redis;
use portico_redis::testkit::{Cluster, Server};
use portico_sdk::shared::{RedisPlace, SharedRedis};
use uuid::Uuid;

use super::{
    Admitted, Again, Caps, Change, Claimant, Claimed, Ending, Held, Lease, New, RedisStore,
    SqliteStore, Store, Ticket,
};
use crate::job::{JobId, Millis, Owner, State};

const NOW: Millis = 1_795_000_000_000;
const MINUTE: Millis = 60_000;
const CAPS: Caps = Caps {
    all: 3,
    per_owner: 2,
};
const ADA: Owner = Owner([1; 32]);
const BOB: Owner = Owner([2; 32]);

/// The same story for both stores.
macro_rules! stories {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let (one, other) = (super::SqliteStore::new(folder.path()), super::SqliteStore::new(folder.path()));
                super::$name(&one, &other).await;
            })*
        }

        mod redis {
            $(#[tokio::test]
            async fn $name() {
                let server = super::Server::start();
                let (one, other) = (super::store(&server), super::store(&server));
                super::$name(&one, &other).await;
            })*
        }
    };
}

stories!(
    a_job_is_taken_by_one_and_seen_by_all,
    a_lost_lease_writes_nothing,
    what_is_released_may_be_taken_at_once,
    limits_hold,
    a_job_is_ended_by_its_owner_alone,
    an_end_takes_the_order_along,
    a_job_that_is_done_can_be_done_again_in_one_place,
    what_is_overdue_fails,
    kinds_and_owners_are_told_apart,
    a_ticket_is_taken_once,
    tickets_are_bounded,
);

#[tokio::test]
async fn a_cluster_is_as_good_as_one_redis() {
    let cluster = Cluster::start();
    let place = RedisPlace::Cluster(cluster.urls().into_iter().map(Into::into).collect());
    let mut shared = SharedRedis::single("", Duration::from_secs(5));
    shared.place = place;
    let (one, other) = (Redis::new(&shared).unwrap(), Redis::new(&shared).unwrap());
    let (one, other) = (RedisStore::new(one), RedisStore::new(other));
    a_lost_lease_writes_nothing(&one, &other).await;
    an_end_takes_the_order_along(&one, &other).await;
}

fn store(server: &Server) -> RedisStore {
    let shared = SharedRedis::single(server.url(), Duration::from_secs(5));
    RedisStore::new(Redis::new(&shared).unwrap())
}

async fn insert(store: &dyn Store, owner: Owner, created: Millis) -> JobId {
    let id = Uuid::new_v4();
    let admitted = store.insert(new(id, owner, created), CAPS).await.unwrap();
    assert_eq!(admitted, Admitted::Yes);
    id
}

fn new(id: JobId, owner: Owner, created: Millis) -> New {
    New {
        id,
        kind: "steps",
        owner,
        created,
        overdue: created + 60 * MINUTE,
        order: b"order".to_vec(),
        report: b"first".to_vec(),
    }
}

fn claimant(holder: &str) -> Claimant {
    Claimant {
        holder: holder.to_owned(),
        mark: format!("at {holder}"),
        kinds: vec!["other", "steps"],
        per_owner: 1,
    }
}

async fn claim(store: &dyn Store, holder: &str, now: Millis) -> Option<Claimed> {
    let claimed = store.claim(&claimant(holder), now, now + MINUTE).await;
    claimed.unwrap()
}

async fn state(store: &dyn Store, id: JobId, now: Millis) -> Option<State> {
    let seen = store.look(id, now).await.unwrap();
    seen.map(|seen| seen.state)
}

fn ending(state: State, now: Millis) -> Ending {
    Ending {
        state,
        report: b"last".to_vec(),
        expires: now + MINUTE,
        kept: MINUTE,
    }
}

fn checkpoint() -> Change {
    Change {
        checkpoint: Some(b"half".to_vec()),
        report: Some(b"second".to_vec()),
        ..Change::default()
    }
}

async fn a_job_is_taken_by_one_and_seen_by_all(one: &dyn Store, other: &dyn Store) {
    let id = insert(one, ADA, NOW).await;
    assert_eq!(state(other, id, NOW).await, Some(State::Waiting));
    let claimed = claim(other, "b", NOW).await.unwrap();
    assert_eq!((claimed.lease.id, claimed.lease.epoch), (id, 1));
    assert_eq!((claimed.attempts, claimed.cancel), (1, false));
    assert_eq!(claimed.created, NOW);
    assert_eq!(claimed.order.as_deref(), Some(&b"order"[..]));
    assert_eq!((claimed.checkpoint, claimed.result), (None, None));
    assert!(claim(one, "a", NOW).await.is_none());
    let seen = one.look(id, NOW).await.unwrap().unwrap();
    assert_eq!((seen.owner, seen.state), (ADA, State::Running));
    assert_eq!(seen.report.as_deref(), Some(&b"first"[..]));
    assert_eq!(one.look(Uuid::new_v4(), NOW).await.unwrap(), None);
}

async fn a_lost_lease_writes_nothing(one: &dyn Store, other: &dyn Store) {
    let id = insert(one, ADA, NOW).await;
    let first = claim(one, "a", NOW).await.unwrap().lease;
    let held = one.hold(&first, NOW + MINUTE, checkpoint()).await.unwrap();
    assert_eq!(held, Held::Yes { cancel: false });
    let later = NOW + MINUTE + 1;
    let second = claim(other, "b", later).await.unwrap();
    assert_eq!(second.checkpoint.as_deref(), Some(&b"half"[..]));
    assert_eq!((second.lease.epoch, second.attempts), (2, 1));
    let change = Change {
        report: Some(b"stolen".to_vec()),
        ..Change::default()
    };
    let held = one.hold(&first, later + MINUTE, change).await.unwrap();
    assert_eq!(held, Held::Lost);
    assert!(!one.end(&first, ending(State::Done, later)).await.unwrap());
    assert_eq!(one.release("a").await.unwrap(), 0);
    // Not even the same process may write under a lease that it has had before.
    let older = Lease {
        epoch: 1,
        ..second.lease.clone()
    };
    assert!(!one.end(&older, ending(State::Done, later)).await.unwrap());
    let seen = one.look(id, later).await.unwrap().unwrap();
    assert_eq!(seen.report.as_deref(), Some(&b"second"[..]));
    let good = other.end(&second.lease, ending(State::Done, later)).await;
    assert!(good.unwrap());
}

async fn what_is_released_may_be_taken_at_once(one: &dyn Store, other: &dyn Store) {
    insert(one, ADA, NOW).await;
    claim(one, "a", NOW).await.unwrap();
    assert_eq!(other.release("b").await.unwrap(), 0);
    assert_eq!(one.release("a").await.unwrap(), 1);
    let taken = claim(other, "b", NOW).await.unwrap();
    assert_eq!((taken.attempts, taken.lease.epoch), (1, 2));
}

async fn limits_hold(one: &dyn Store, other: &dyn Store) {
    insert(one, ADA, NOW).await;
    let second = insert(other, ADA, NOW + 1).await;
    let refused = other.insert(new(Uuid::new_v4(), ADA, NOW), CAPS).await;
    assert_eq!(refused.unwrap(), Admitted::OwnerIsFull);
    let theirs = insert(other, BOB, NOW + 2).await;
    let refused = one.insert(new(Uuid::new_v4(), BOB, NOW), CAPS).await;
    assert_eq!(refused.unwrap(), Admitted::Full);
    // One job of each owner runs at one time.
    let first = claim(one, "a", NOW).await.unwrap();
    assert_eq!(claim(one, "a", NOW).await.unwrap().lease.id, theirs);
    assert!(claim(other, "b", NOW).await.is_none());
    let good = one.end(&first.lease, ending(State::Done, NOW)).await;
    assert!(good.unwrap());
    assert_eq!(claim(other, "b", NOW).await.unwrap().lease.id, second);
    insert(one, ADA, NOW).await;
}

async fn a_job_is_ended_by_its_owner_alone(one: &dyn Store, other: &dyn Store) {
    let (id, expires) = (insert(one, ADA, NOW).await, NOW + MINUTE);
    let cancel = |owner| other.cancel(id, owner, expires, MINUTE);
    assert_eq!(cancel(BOB).await.unwrap(), None);
    let lease = claim(one, "a", NOW).await.unwrap().lease;
    assert_eq!(cancel(ADA).await.unwrap(), Some(State::Running));
    let held = one.hold(&lease, expires, Change::default()).await.unwrap();
    assert_eq!(held, Held::Yes { cancel: true });
    assert_eq!(one.release("a").await.unwrap(), 1);
    assert_eq!(cancel(ADA).await.unwrap(), Some(State::Canceled));
    assert!(claim(one, "a", NOW).await.is_none());
    assert_eq!(state(one, id, NOW).await, Some(State::Canceled));
    assert_eq!(cancel(ADA).await.unwrap(), Some(State::Canceled));
    assert_eq!(state(one, id, expires).await, None);
}

async fn an_end_takes_the_order_along(one: &dyn Store, other: &dyn Store) {
    let id = insert(one, ADA, NOW).await;
    let lease = claim(one, "a", NOW).await.unwrap().lease;
    let kept = Change {
        result: Some(b"list".to_vec()),
        place: Some("at a".to_owned()),
        ..checkpoint()
    };
    one.hold(&lease, NOW + MINUTE, kept).await.unwrap();
    assert!(!other.forget(id, ADA).await.unwrap(), "it still runs");
    assert!(one.end(&lease, ending(State::Done, NOW)).await.unwrap());
    let seen = other.look(id, NOW).await.unwrap().unwrap();
    assert_eq!(seen.report.as_deref(), Some(&b"last"[..]));
    assert_eq!(seen.place.as_deref(), Some("at a"));
    let result = other.result(id).await.unwrap();
    assert_eq!(result.as_deref(), Some(&b"list"[..]));
    assert!(other.census().await.unwrap().is_empty());
    assert!(!other.forget(id, BOB).await.unwrap());
    assert!(other.forget(id, ADA).await.unwrap());
    assert_eq!(state(one, id, NOW).await, None);
}

async fn a_job_that_is_done_can_be_done_again_in_one_place(one: &dyn Store, other: &dyn Store) {
    let id = insert(one, ADA, NOW).await;
    let lease = claim(one, "a", NOW).await.unwrap().lease;
    let again = || Again {
        order: b"fresh".to_vec(),
        report: b"once more".to_vec(),
        only: "at b".to_owned(),
        now: NOW + 1,
        overdue: NOW + 60 * MINUTE,
    };
    assert!(!other.again(id, ADA, again()).await.unwrap());
    let kept = Change {
        result: Some(b"list".to_vec()),
        ..Change::default()
    };
    one.hold(&lease, NOW + MINUTE, kept).await.unwrap();
    assert!(one.end(&lease, ending(State::Done, NOW)).await.unwrap());
    assert!(!other.again(id, BOB, again()).await.unwrap());
    assert!(other.again(id, ADA, again()).await.unwrap());
    assert!(!other.again(id, ADA, again()).await.unwrap(), "it is so");
    assert!(claim(one, "a", NOW).await.is_none());
    let taken = claim(other, "b", NOW).await.unwrap();
    assert_eq!(taken.order.as_deref(), Some(&b"fresh"[..]));
    assert_eq!(taken.result.as_deref(), Some(&b"list"[..]));
    let good = other.end(&taken.lease, ending(State::Done, NOW)).await;
    assert!(good.unwrap());
}

async fn what_is_overdue_fails(one: &dyn Store, other: &dyn Store) {
    let id = insert(one, ADA, NOW).await;
    let lease = claim(one, "a", NOW).await.unwrap().lease;
    let end = NOW + 60 * MINUTE;
    other.sweep(end - 1, MINUTE).await.unwrap();
    assert_eq!(state(one, id, NOW).await, Some(State::Running));
    other.sweep(end, MINUTE).await.unwrap();
    assert_eq!(state(one, id, end).await, Some(State::Failed));
    let held = one.hold(&lease, end, checkpoint()).await.unwrap();
    assert_eq!(held, Held::Lost);
    other.sweep(end + MINUTE, MINUTE).await.unwrap();
    assert_eq!(state(one, id, end + MINUTE).await, None);
}

async fn kinds_and_owners_are_told_apart(one: &dyn Store, other: &dyn Store) {
    insert(one, ADA, NOW).await;
    let mut stranger = claimant("c");
    stranger.kinds = vec!["other"];
    let nothing = other.claim(&stranger, NOW, NOW + MINUTE).await.unwrap();
    assert!(nothing.is_none());
    insert(one, BOB, NOW).await;
    claim(one, "a", NOW).await.unwrap();
    let mut counts = other.census().await.unwrap();
    counts.sort_by_key(|count| count.state.word());
    let counts: Vec<_> = counts
        .iter()
        .map(|count| (count.kind.as_str(), count.state, count.count))
        .collect();
    let expected = [("steps", State::Running, 1), ("steps", State::Waiting, 1)];
    assert_eq!(counts, expected);
}

fn ticket(name: u8, owner: Owner) -> Ticket {
    Ticket {
        name: [name; 32],
        owner,
        now: NOW,
        expires: NOW + MINUTE,
        held: b"held".to_vec(),
    }
}

async fn a_ticket_is_taken_once(one: &dyn Store, other: &dyn Store) {
    let left = one.leave(ticket(1, ADA), CAPS).await.unwrap();
    assert_eq!(left, Admitted::Yes);
    for store in [one, other] {
        let found = store.left([1; 32], NOW).await.unwrap();
        assert_eq!(found, Some((ADA, b"held".to_vec())));
        assert_eq!(store.left([2; 32], NOW).await.unwrap(), None);
    }
    assert!(!one.take([2; 32], NOW).await.unwrap());
    let (first, second) = tokio::join!(one.take([1; 32], NOW), other.take([1; 32], NOW));
    assert!(first.unwrap() ^ second.unwrap());
    assert_eq!(one.left([1; 32], NOW).await.unwrap(), None);
}

async fn tickets_are_bounded(one: &dyn Store, other: &dyn Store) {
    let mut found = Vec::new();
    for (name, owner) in [(1, ADA), (2, ADA), (3, ADA), (4, BOB), (5, BOB)] {
        found.push(one.leave(ticket(name, owner), CAPS).await.unwrap());
    }
    assert_eq!(
        found,
        [
            Admitted::Yes,
            Admitted::Yes,
            Admitted::OwnerIsFull,
            Admitted::Yes,
            Admitted::Full
        ]
    );
    assert!(other.take([1; 32], NOW).await.unwrap());
    let later = Ticket {
        now: NOW + 2 * MINUTE,
        expires: NOW + 3 * MINUTE,
        ..ticket(6, BOB)
    };
    assert_eq!(one.leave(later, CAPS).await.unwrap(), Admitted::Yes);
}
