//! What is heard of the store and of caches while one request of a client is answered.
//!
//! The SDK's clients are shared and know nothing of whom they work for, so it goes with the task.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, StatusCode};
use portico_sdk::cache::{Demand, Found, Origin, said_by_caches};

tokio::task_local! {
    static NOW: Hearing;
}

/// The S3 codes that call a proof wrong; all other refusals are for want of a right.
const WRONG_PROOF: [&str; 2] = ["SignatureDoesNotMatch", "InvalidAccessKeyId"];

/// What one request of a client wants of caches, and what is heard until it is answered.
#[derive(Clone)]
pub struct Hearing {
    demand: Demand,
    heard: Arc<Mutex<Heard>>,
}

/// What was heard.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The store's last word; `None` when it was not asked.
    pub status: Option<StatusCode>,
    /// Whether it called the proof wrong.
    pub proof_refused: bool,
    /// `Age` and `Cache-Status` of the answer, where there was only one.
    pub caches: HeaderMap,
    answers: u32,
}

impl Hearing {
    /// For a request that wants this of caches.
    #[must_use]
    pub fn new(demand: Demand) -> Self {
        Self {
            demand,
            heard: Arc::default(),
        }
    }

    /// That of the task, for tasks which it begins.
    #[must_use]
    pub fn current() -> Option<Self> {
        NOW.try_with(Clone::clone).ok()
    }

    /// Does something that is heard.
    pub async fn during<F: Future>(self, work: F) -> F::Output {
        NOW.scope(self, work).await
    }

    /// What was heard so far.
    #[must_use]
    pub fn heard(&self) -> Heard {
        self.lock().clone()
    }

    pub(crate) fn demand(&self) -> Demand {
        self.demand
    }

    /// The store itself answered.
    pub(crate) fn answered(&self, status: StatusCode) {
        let mut heard = self.lock();
        heard.status = Some(status);
        heard.count();
    }

    /// A question was answered that may be answered by a cache.
    pub(crate) fn found(&self, found: &Found) {
        let mut heard = self.lock();
        if found.origin == Origin::Store {
            heard.status = Some(found.response.status());
        }
        heard.caches = said_by_caches(found.response.headers());
        heard.count();
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn count(&mut self) {
        self.answers += 1;
        if self.answers > 1 {
            self.caches.clear();
        }
    }
}

/// The store refused something with this code.
pub(crate) fn refused(code: &str) {
    if WRONG_PROOF.contains(&code) {
        // Whoever does not listen does not want to know.
        let _ = NOW.try_with(|hearing| hearing.lock().proof_refused = true);
    }
}

impl fmt::Debug for Hearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hearing(..)")
    }
}

#[cfg(test)]
mod tests {
    use http::Response;
    use portico_sdk::body;

    use super::*;

    fn found(origin: Origin) -> Found {
        let response = Response::builder().header("age", "3").body(body::empty());
        let response = response.unwrap();
        Found {
            response,
            origin,
            derived: None,
        }
    }

    #[tokio::test]
    async fn what_a_task_does_is_heard() {
        let hearing = Hearing::new(Demand::Fresh);
        let work = async {
            let now = Hearing::current().unwrap();
            assert_eq!(now.demand(), Demand::Fresh);
            now.answered(StatusCode::FORBIDDEN);
            refused("AccessDenied");
            assert!(!now.heard().proof_refused);
            refused("SignatureDoesNotMatch");
        };
        hearing.clone().during(work).await;
        let heard = hearing.heard();
        assert_eq!(heard.status, Some(StatusCode::FORBIDDEN));
        assert!(heard.proof_refused && Hearing::current().is_none());
    }

    #[test]
    fn caches_speak_for_one_answer() {
        let hearing = Hearing::new(Demand::Any);
        hearing.found(&found(Origin::Kept));
        let heard = hearing.heard();
        assert_eq!(
            (heard.status, &heard.caches["age"]),
            (None, &"3".parse().unwrap())
        );
        hearing.found(&found(Origin::Store));
        let heard = hearing.heard();
        assert_eq!(heard.status, Some(StatusCode::OK));
        assert!(heard.caches.is_empty());
    }
}
