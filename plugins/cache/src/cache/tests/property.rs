//! Whatever is read and written, by whomever, in whatever order: nobody is told what another was
//! told, unless that is shared and the store has let them in; nor what was true before a change that
//! was answered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Request;
use portico_sdk::Door;
use portico_sdk::cache::s3_question;
use portico_sdk::route::{S3Target, Style};
use portico_sdk::s3::Operation;
use portico_sdk::settings::Duration as Seconds;
use portico_sdk::testkit::exchange;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use tokio::sync::oneshot;

use super::*;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody asks, and the store looks; the answer may be on its way for a while.
    Ask { who: u8, tenant: bool, thing: u8 },
    /// One of the answers that are on their way arrives.
    Arrive(u8),
    /// Something is changed, and the change is answered.
    Write { tenant: bool, thing: u8 },
    /// Seconds pass.
    Wait(u8),
    /// The store refuses somebody.
    Refuse { who: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let (who, thing) = (0..3_u8, 0..3_u8);
    prop_oneof![
        6 => (who.clone(), any::<bool>(), thing.clone())
            .prop_map(|(who, tenant, thing)| Step::Ask { who, tenant, thing }),
        5 => any::<u8>().prop_map(Step::Arrive),
        3 => (any::<bool>(), thing).prop_map(|(tenant, thing)| Step::Write { tenant, thing }),
        1 => (0..200_u8).prop_map(Step::Wait),
        1 => who.prop_map(|who| Step::Refuse { who }),
    ]
}

/// The thing that is shared.
const SHARED: u8 = 2;

/// For how long the store's answer counts, in seconds.
const TRUST: u64 = 150;

/// A reader who waits: what is the oldest that it may be told, and may it be told what another was?
struct Reader {
    read: tokio::task::JoinHandle<Result<Found, Error>>,
    who: u8,
    at: (bool, u8),
    oldest: u64,
    may_share: bool,
}

/// An answer of the store on its way.
struct UnderWay {
    arrive: oneshot::Sender<()>,
    who: u8,
    tenant: bool,
    asked: Asked,
    /// Whether the store was asked at all.
    begun: Arc<AtomicBool>,
}

/// When somebody asked: how often they had been refused by then, and the second.
#[derive(Clone, Copy)]
struct Asked {
    refusals: u32,
    at: u64,
}

struct World {
    kit: Kit,
    /// How often each thing was changed.
    versions: HashMap<(bool, u8), u64>,
    /// Answers that the store has given, and that have not arrived.
    under_way: Vec<UnderWay>,
    readers: Vec<Reader>,
    /// Seconds that have passed.
    now: u64,
    refusals: [u32; 3],
    /// Good answers of the store that have arrived.
    accepted: HashMap<(u8, bool), Asked>,
}

fn tenant(second: bool) -> Home {
    let name = if second { "archive" } else { "research" };
    Home::of(Some(&name.parse::<Tenant>().unwrap()))
}

fn asked(who: u8, second: bool, thing: u8) -> Question {
    let path = format!("/b/{thing}");
    let target = S3Target {
        operation: Operation::GetObjectAcl,
        bucket: Some("b".into()),
        upstream_path: path.clone(),
        style: Style::Path,
    };
    let request = Request::get(format!("{path}?acl")).body(()).unwrap();
    let head = exchange(request, Door::S3(target.clone())).head;
    let home = tenant(second);
    let host = format!("{}.hcp", home.as_str());
    s3_question(&target, &head, &host, home.clone(), || somebody(who)).unwrap()
}

fn settings() -> Settings {
    let route = format!(r#"[{{"operation": "GetObjectAcl", "path": "/b/{SHARED}"}}]"#);
    Settings {
        shared_read: sharing::routes(&route),
        shared_read_trust: Seconds::from_secs(TRUST),
        ..Settings::default()
    }
}

impl World {
    fn new() -> Self {
        Self {
            kit: Kit::with(settings()),
            versions: HashMap::new(),
            under_way: Vec::new(),
            readers: Vec::new(),
            now: 0,
            refusals: [0; 3],
            accepted: HashMap::new(),
        }
    }

    fn version(&self, at: (bool, u8)) -> u64 {
        self.versions.get(&at).copied().unwrap_or(0)
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Ask { who, tenant, thing } => self.ask(who, (tenant, thing)).await,
            Step::Arrive(which) if !self.under_way.is_empty() => {
                let place = usize::from(which) % self.under_way.len();
                let one = self.under_way.remove(place);
                if one.begun.load(Ordering::SeqCst) {
                    self.accept(&one);
                }
                let _ = one.arrive.send(());
            }
            Step::Arrive(_) => {}
            Step::Write {
                tenant: second,
                thing,
            } => {
                *self.versions.entry((second, thing)).or_default() += 1;
                let path = format!("/b/{thing}");
                let change = Change::default().object(&tenant(second), &path);
                self.kit.change(change).await;
            }
            Step::Wait(seconds) => {
                self.now += u64::from(seconds);
                self.kit.clock.advance(seconds.into());
            }
            Step::Refuse { who } => {
                self.refusals[usize::from(who)] += 1;
                let refused = response(403, &[], "no");
                self.kit.ask_for(by(who, mapi()), Ok(refused)).await;
            }
        }
        settle().await;
    }

    fn accept(&mut self, one: &UnderWay) {
        let last = self
            .accepted
            .entry((one.who, one.tenant))
            .or_insert(one.asked);
        if last.at <= one.asked.at {
            *last = one.asked;
        }
    }

    fn may_share(&self, who: u8, (tenant, thing): (bool, u8)) -> bool {
        let accepted = self.accepted.get(&(who, tenant)).is_some_and(|asked| {
            asked.refusals == self.refusals[usize::from(who)] && self.now - asked.at < TRUST
        });
        thing == SHARED && accepted
    }

    /// The store looks at once; its answer waits for its [`Step::Arrive`].
    async fn ask(&mut self, who: u8, at: (bool, u8)) {
        let (cache, question) = (self.kit.cache.clone(), asked(who, at.0, at.1));
        let (arrive, arrives) = oneshot::channel();
        let oldest = self.version(at);
        let words = format!("{who} {at:?} {oldest}");
        let mut answer = Some((arrives, words));
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        let may_share = self.may_share(who, at);
        let read = tokio::spawn(async move {
            let mut fetch = || {
                begins.store(true, Ordering::SeqCst);
                let (arrives, words) = answer.take().unwrap();
                Box::pin(async move {
                    let _ = arrives.await;
                    Ok(Response::new(body::full(words)))
                }) as _
            };
            cache.get_or_fetch(question, &mut fetch).await
        });
        settle().await;
        let refusals = self.refusals[usize::from(who)];
        self.under_way.push(UnderWay {
            arrive,
            who,
            tenant: at.0,
            asked: Asked {
                refusals,
                at: self.now,
            },
            begun,
        });
        self.readers.push(Reader {
            read,
            who,
            at,
            oldest,
            may_share,
        });
    }

    async fn check(mut self) -> Result<(), TestCaseError> {
        for one in self.under_way.drain(..) {
            let _ = one.arrive.send(());
        }
        for reader in self.readers {
            let told = told(reader.read.await.unwrap().unwrap()).await;
            let (whose, version) = told.body.rsplit_once(' ').unwrap();
            let (who, at) = whose.split_once(' ').unwrap();
            prop_assert_eq!(at, format!("{:?}", reader.at));
            prop_assert!(
                reader.may_share || who == reader.who.to_string(),
                "{}",
                whose
            );
            prop_assert!(version.parse::<u64>().unwrap() >= reader.oldest);
        }
        Ok(())
    }
}

async fn settle() {
    for _ in 0..12 {
        tokio::task::yield_now().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nobody_is_told_what_is_anothers_or_old(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in &steps {
                world.take(step).await;
            }
            world.check().await
        })?;
    }
}
