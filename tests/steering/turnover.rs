//! Under constant load a house reads its settings again, gives way to another process, and ends: no
//! request fails and no stream is cut. `PORTICO_ROUNDS` makes it longer.

use std::env;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Scope};

use portico_redis::testkit::until;

use super::house::{BEGINNING, BUCKET, Connection, House, Keys, Plan, Request};

/// More than all sockets on the way hold.
const LONG: usize = 24 << 20;
const SMALL: &str = "a small object";

/// Clients that ask again and again.
struct Load<'a> {
    to: SocketAddr,
    request: &'a Request,
    enough: AtomicBool,
    asked: AtomicUsize,
}

impl<'a> Load<'a> {
    fn new(house: &House, request: &'a Request) -> Self {
        Self {
            to: house.s3,
            request,
            enough: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        }
    }

    fn begin<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut kept = Connection::open(self.to);
                while !self.enough.load(Ordering::Relaxed) {
                    self.ask(&mut kept);
                    self.asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }

    /// Nobody asks twice: a request that failed has failed. A new connection is opened only when an
    /// answer says that the old one ends.
    #[track_caller]
    fn ask(&self, kept: &mut Connection) {
        let answer = kept.ask(self.request);
        assert_eq!((answer.status, answer.text().as_str()), (200, SMALL));
        if answer.header("connection") == Some("close") {
            *kept = Connection::open(self.to);
        }
    }

    /// Waits until there was some more of it.
    fn goes_on(&self) {
        let so_far = self.asked.load(Ordering::Relaxed);
        until("requests are answered", || {
            self.asked.load(Ordering::Relaxed) > so_far + 40
        });
    }
}

/// Downloads that have begun.
fn streams(house: &House, keys: &Keys) -> Vec<Connection> {
    let begin = |_| {
        let mut client = house.connect();
        let request = house.get(keys, &format!("/{BUCKET}/long"));
        client.send(request.bytes());
        client.head().expect("a head");
        client.exactly(BEGINNING).expect("the beginning");
        client
    };
    (0..3).map(begin).collect()
}

#[track_caller]
fn are_whole(streams: Vec<Connection>) {
    for mut stream in streams {
        let rest = stream.exactly(LONG - BEGINNING).expect("all of it");
        assert!(rest.iter().all(|byte| *byte == 7));
    }
}

fn rounds() -> usize {
    let asked = env::var("PORTICO_ROUNDS").ok();
    asked.and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

#[test]
fn nobody_notices_new_settings_a_new_process_or_its_end() {
    let mut house = Plan::hcp().with("process.grace_period", "1s").open();
    house.store().put("long", vec![7; LONG]);
    house.store().put("small", SMALL);
    let keys = house.keys("research");
    let request = house.get(&keys, &format!("/{BUCKET}/small"));
    let load = Load::new(&house, &request);
    let new = thread::scope(|scope| {
        load.begin(scope);
        load.goes_on();
        for round in 1..=rounds() {
            house.portico.signal("HUP");
            let read =
                |line: &serde_json::Value| line["msg"] == "the configuration has been read again";
            house.portico.lines_with(round, read);
            load.goes_on();
        }
        let over = streams(&house, &keys);
        house.portico.signal("QUIT");
        let new = Plan::after(&house)
            .with("process.grace_period", "1s")
            .open();
        load.goes_on();
        are_whole(over);
        assert!(house.portico.ended().success());
        load.goes_on();
        load.enough.store(true, Ordering::Relaxed);
        new
    });
    ends_in_order(new, &keys);
}

fn ends_in_order(mut house: House, keys: &Keys) {
    let last = streams(&house, keys);
    house.portico.signal("TERM");
    house.portico.line("waiting for exchanges to finish");
    are_whole(last);
    assert!(house.portico.ended().success());
}
