//! Whatever is read and written, by whomever, in whatever order: nobody is told what another was
//! told, nor what was true before a change that was answered.

use std::collections::HashMap;

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
    let (who, thing) = (0..3_u8, 0..2_u8);
    prop_oneof![
        6 => (who.clone(), any::<bool>(), thing.clone())
            .prop_map(|(who, tenant, thing)| Step::Ask { who, tenant, thing }),
        5 => any::<u8>().prop_map(Step::Arrive),
        3 => (any::<bool>(), thing).prop_map(|(tenant, thing)| Step::Write { tenant, thing }),
        1 => (0..200_u8).prop_map(Step::Wait),
        1 => who.prop_map(|who| Step::Refuse { who }),
    ]
}

/// A reader who waits: what is the oldest that it may be told?
struct Reader {
    read: tokio::task::JoinHandle<Result<Found, Error>>,
    who: u8,
    at: (bool, u8),
    oldest: u64,
}

struct World {
    kit: Kit,
    /// How often each thing was changed.
    versions: HashMap<(bool, u8), u64>,
    /// Answers that the store has given, and that have not arrived.
    under_way: Vec<oneshot::Sender<()>>,
    readers: Vec<Reader>,
}

fn tenant(second: bool) -> Home {
    let name = if second { "archive" } else { "research" };
    Home::of(Some(&name.parse::<Tenant>().unwrap()))
}

fn asked(who: u8, second: bool, thing: u8) -> Question {
    let path = format!("/b/{thing}");
    let shape = Shape::Object("b".into(), path.as_str().into());
    let mut question = by(who, question("GetObjectAcl", shape, Lifetime::Metadata));
    question.home = tenant(second);
    question.key = format!("{who} {second} {thing}").into_bytes().into();
    question
}

impl World {
    fn new() -> Self {
        Self {
            kit: Kit::new(),
            versions: HashMap::new(),
            under_way: Vec::new(),
            readers: Vec::new(),
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
                let _ = self.under_way.remove(place).send(());
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
            Step::Wait(seconds) => self.kit.clock.advance(seconds.into()),
            Step::Refuse { who } => {
                let refused = response(403, &[], "no");
                self.kit.ask_for(by(who, mapi()), Ok(refused)).await;
            }
        }
        settle().await;
    }

    /// The store looks at once; its answer waits for its [`Step::Arrive`].
    async fn ask(&mut self, who: u8, at: (bool, u8)) {
        let (cache, question) = (self.kit.cache.clone(), asked(who, at.0, at.1));
        let (arrive, arrives) = oneshot::channel();
        let oldest = self.version(at);
        let words = format!("{who} {at:?} {oldest}");
        let mut answer = Some((arrives, words));
        let read = tokio::spawn(async move {
            let mut fetch = || {
                let (arrives, words) = answer.take().unwrap();
                Box::pin(async move {
                    let _ = arrives.await;
                    Ok(Response::new(body::full(words)))
                }) as _
            };
            cache.get_or_fetch(question, &mut fetch).await
        });
        settle().await;
        self.under_way.push(arrive);
        self.readers.push(Reader {
            read,
            who,
            at,
            oldest,
        });
    }

    async fn check(mut self) -> Result<(), TestCaseError> {
        for arrive in self.under_way.drain(..) {
            let _ = arrive.send(());
        }
        for reader in self.readers {
            let told = told(reader.read.await.unwrap().unwrap()).await;
            let (whose, version) = told.body.rsplit_once(' ').unwrap();
            prop_assert_eq!(whose, format!("{} {:?}", reader.who, reader.at));
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
