//! Many clients of two tenants at once, some of whom leave early, on connections that they share
//! one after the other: everybody gets their own answer and nobody anyone else's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::thread;

use hcp_simulator::{Fault, Trouble};
use house::{BUCKET, Chunked, Connection, House, Keys, Request};

const CLIENTS: usize = 8;
const ROUNDS: usize = 25;

/// The bytes of one object: no two are alike, and every piece tells whose it is.
fn data(tenant: &str, client: usize, round: usize) -> Vec<u8> {
    let line = format!("{tenant} {client} {round}\n");
    // From nothing over one piece to several.
    line.repeat((round * round * 37) % 6000).into_bytes()
}

/// One client's life: puts, gets, refusals, and every now and then a hurried end.
fn live(house: &House, keys: &Keys, tenant: &str, client: usize) {
    let mut connection = house.connect();
    for round in 0..ROUNDS {
        // The same key in both tenants.
        let target = format!("/{BUCKET}/{client}/{round}");
        let data = data(tenant, client, round);
        let put = upload(house, keys, &target, &data, round);
        let answer = connection.ask(&put);
        assert_eq!(answer.status, 200, "{tenant} {target}: {answer:?}");
        if round % 5 == 4 {
            leave_early(house, keys, &target);
        }
        let wrong = house.request("GET", &target);
        assert_eq!(connection.ask(&wrong).status, 403);
        let answer = connection.ask(&house.get(keys, &target));
        assert_eq!(answer.status, 200, "{tenant} {target}: {answer:?}");
        assert!(answer.body == data, "{tenant} {target}: {answer:?}");
    }
}

fn upload(house: &House, keys: &Keys, target: &str, data: &[u8], round: usize) -> Request {
    let request = house.request("PUT", target);
    match round % 3 {
        0 => house.put(keys, target, data),
        1 => Chunked::new(data).put(keys, request),
        _ => Chunked::signed(data).put(keys, request),
    }
}

/// Half an upload elsewhere, a download that nobody waits for, and a head without an end.
fn leave_early(house: &House, keys: &Keys, target: &str) {
    let data = vec![7; 200_000];
    let half = Chunked::signed(&data).put(keys, house.request("PUT", &format!("{target}-half")));
    let half = half.bytes();
    let get = house.get(keys, target).bytes();
    for bytes in [&half[..half.len() / 2], &get[..], &get[..get.len() / 2]] {
        let mut connection: Connection = house.connect();
        // Whoever leaves does not care.
        let _ = connection.try_send(bytes);
    }
}

#[test]
fn everybody_gets_their_own() {
    let house = House::hcp();
    let tenants = ["research", "archive"];
    let keys = tenants.map(|tenant| house.keys(tenant));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (house, keys) = (&house, &keys[client % 2]);
            scope.spawn(move || live(house, keys, tenants[client % 2], client / 2));
        }
    });
    for (client, round) in (0..CLIENTS / 2).flat_map(|client| (0..ROUNDS).map(move |r| (client, r)))
    {
        let key = format!("{client}/{round}");
        for tenant in tenants {
            let stored = house.store().object_of(tenant, &key);
            assert!(
                stored == Some(data(tenant, client, round)),
                "{tenant} {key}"
            );
            let half = house.store().object_of(tenant, &format!("{key}-half"));
            assert!(half.is_none(), "{tenant} {key}");
        }
    }
}

/// The same while the store stumbles: an answer may be an error or cut, and is never another's.
#[test]
fn nobody_gets_what_is_not_theirs() {
    let house = House::hcp();
    let tenants = ["research", "archive"];
    let keys = tenants.map(|tenant| house.keys(tenant));
    for trouble in [
        Trouble::CutHead,
        Trouble::CutResponse { after: 10 },
        Trouble::CutRequest { after: 1000 },
        Trouble::Unavailable,
    ] {
        house
            .store()
            .add_fault(Fault::new(trouble).times(20).path(BUCKET));
    }
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (house, keys) = (&house, &keys[client % 2]);
            scope.spawn(move || stumble(house, keys, tenants[client % 2], client / 2));
        }
    });
}

fn stumble(house: &House, keys: &Keys, tenant: &str, client: usize) {
    for round in 0..ROUNDS {
        let target = format!("/{BUCKET}/{client}/{round}");
        let data = data(tenant, client, round);
        for request in [
            upload(house, keys, &target, &data, round),
            house.get(keys, &target),
        ] {
            let mut connection = house.connect();
            let _ = connection.try_send(request.bytes());
            let Ok(answer) = connection.try_answer(&request.method) else {
                continue;
            };
            let own = request.method == "PUT" || answer.body == data;
            assert!(own || answer.status >= 400, "{tenant} {target}: {answer:?}");
        }
    }
}
