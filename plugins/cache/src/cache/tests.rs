//! A cache with a clock set by hand, and a store that says what a test wants.

mod bodies;
mod changes;
mod derived;
mod far;
mod flights;
mod property;
mod rules;
mod sharing;
mod stale;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use http::Response;
use http::header::{HeaderName, HeaderValue};
use portico_redis::Redis;
use portico_sdk::body::{self, Body};
use portico_sdk::cache::{
    Change, Demand, Found, Home, Identity, Lifetime, Origin, Question, ResponseCache as _, Shape,
};
use portico_sdk::leaving::Leaving;
use portico_sdk::seal::Seal;
use portico_sdk::testkit::ManualClock;
use portico_sdk::{Error, Tenant};

use tokio::sync::oneshot;

use super::{Cache, Switch};
use crate::figures::Figures;
use crate::settings::Settings;

/// Hides nothing, but knows what belongs where.
struct Plain;

impl Seal for Plain {
    fn close(&self, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, Error> {
        Ok([&self.tag(&[bound])[..], plain].concat())
    }

    fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        let plain = sealed.strip_prefix(&self.tag(&[bound])[..])?;
        Some(plain.to_vec().into())
    }

    fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = DefaultHasher::new();
        parts.hash(&mut hasher);
        let mut tag = [0; 32];
        tag[..8].copy_from_slice(&hasher.finish().to_be_bytes());
        tag
    }
}

/// A cache, and its clock.
pub(crate) struct Kit {
    pub(crate) cache: Cache,
    pub(crate) clock: Arc<ManualClock>,
}

impl Kit {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        Self::of(settings, &Arc::new(ManualClock::at(1_000_000)), None)
    }

    fn of(settings: Settings, clock: &Arc<ManualClock>, redis: Option<Redis>) -> Self {
        let clock = Arc::clone(clock);
        let figures = Figures::new(&prometheus::Registry::new()).unwrap();
        let shared = Arc::clone(&clock) as _;
        let switch = Switch::on(Leaving::default());
        let cache = Cache::new(settings, shared, Arc::new(Plain), figures, switch, redis);
        Self { cache, clock }
    }

    /// Asks, with a store that would say these words.
    pub(crate) async fn ask(&self, question: Question, words: &'static str) -> Told {
        self.ask_for(question, Ok(response(200, &[], words))).await
    }

    async fn ask_for(&self, question: Question, answer: Result<Response<Body>, Error>) -> Told {
        told(self.try_ask(question, answer).await.unwrap()).await
    }

    async fn try_ask(
        &self,
        question: Question,
        answer: Result<Response<Body>, Error>,
    ) -> Result<Found, Error> {
        let mut answer = Some(answer);
        let mut fetch = move || {
            let answer = answer.take().unwrap();
            Box::pin(async move { answer }) as _
        };
        self.cache.get_or_fetch(question, &mut fetch).await
    }

    async fn change(&self, change: Change) {
        self.cache.invalidate(&change).await;
    }
}

/// What a reader was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    status: u16,
    body: String,
    origin: Origin,
    says: String,
    age: Option<String>,
}

async fn told(found: Found) -> Told {
    let (parts, body) = found.response.into_parts();
    let text = |name: &str| {
        let value = parts.headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Told {
        status: parts.status.as_u16(),
        origin: found.origin,
        says: text("cache-status").unwrap(),
        age: text("age"),
        body: String::from_utf8(body::read_whole(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
    }
}

fn response(status: u16, headers: &[(&str, &str)], words: &'static str) -> Response<Body> {
    let mut response = Response::new(body::full(words));
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        let value = HeaderValue::from_str(value).unwrap();
        response.headers_mut().append(name, value);
    }
    response
}

fn home() -> Home {
    Home::of(Some(&"research".parse::<Tenant>().unwrap()))
}

fn somebody(number: u8) -> Identity {
    Identity::for_test([number; 32])
}

fn question(operation: &'static str, shape: Shape, lifetime: Lifetime) -> Question {
    let key = format!("{operation} {shape:?}");
    Question {
        operation,
        home: home(),
        identity: somebody(1),
        shape,
        lifetime,
        demand: Demand::Any,
        key: key.into_bytes().into(),
        shared: false,
    }
}

fn mapi() -> Question {
    question("mapi", Shape::Mapi, Lifetime::Management)
}

/// What is known of `/photos/cat` of "research".
pub(crate) fn head_object() -> Question {
    let shape = Shape::Object("photos".into(), "/photos/cat".into());
    question("HeadObject", shape, Lifetime::Metadata)
}

fn listing() -> Question {
    question(
        "ListObjectsV2",
        Shape::Listing("photos".into()),
        Lifetime::Listing,
    )
}

/// The same question of another.
fn by(number: u8, question: Question) -> Question {
    let mut key = question.key.to_vec();
    key.push(number);
    Question {
        identity: somebody(number),
        key: key.into(),
        ..question
    }
}

type Answer = Result<Response<Body>, Error>;

/// A store that answers when it is told to.
struct Store {
    begun: Option<oneshot::Sender<()>>,
    answer: Option<oneshot::Receiver<Answer>>,
}

/// A reader of its own, who waits for a store; tells when the store was asked, and takes its answer.
fn reader(
    kit: &Kit,
    question: Question,
) -> (
    tokio::task::JoinHandle<Result<Found, Error>>,
    oneshot::Receiver<()>,
    oneshot::Sender<Answer>,
) {
    let (begun, asked) = oneshot::channel();
    let (give, answer) = oneshot::channel();
    let mut store = Store {
        begun: Some(begun),
        answer: Some(answer),
    };
    let cache = kit.cache.clone();
    let read = tokio::spawn(async move {
        let mut fetch = move || {
            let begun = store.begun.take().unwrap();
            let answer = store.answer.take().unwrap();
            Box::pin(async move {
                begun.send(()).unwrap();
                answer.await.unwrap()
            }) as _
        };
        cache.get_or_fetch(question, &mut fetch).await
    });
    (read, asked, give)
}
