//! What the plugins agree on about jobs in the background: which paths below a bucket's objects are
//! theirs, who answers there, and how other plugins have work done as jobs.

mod chores;
mod state;

use std::fmt;

use async_trait::async_trait;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use uuid::Uuid;

use crate::principal::Principal;
use crate::rest::Description;
use crate::rest::openapi::HttpMethod;

pub use chores::{Chore, Chores, Task};
pub use state::State;

/// The words behind `…/objects/` under which jobs are submitted.
const WORDS: [&str; 3] = ["s3_stats", "delete-task", "download"];

/// What a request is to do with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `POST {word}`: begin one.
    Submit,
    /// `GET {word}/{id}`: tell how it is, or give what it has made.
    Look,
    /// `POST {word}/{id}/cancel`: end it early.
    Cancel,
    /// `GET {word}/{id}/events`: tell how it goes on, as it goes on.
    Events,
}

/// A path below `…/objects/` that is a job's and no key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobPath<'a> {
    /// The kind of job: `s3_stats`, `delete-task` or `download`.
    pub word: &'a str,
    /// Which job; empty where one is submitted. Whatever the client wrote: it need not be an id.
    pub id: &'a str,
    /// What is to be done.
    pub verb: Verb,
}

impl<'a> JobPath<'a> {
    /// Reads the decoded rest of a path behind `…/objects/`; `None`: it is none of a job's, and may be
    /// a key.
    ///
    /// The paths of the contract take any segment for the id. Those that came later take ids of
    /// jobs alone, so that they hide no key that the contract lets through.
    #[must_use]
    pub fn read(method: &Method, rest: &'a str) -> Option<Self> {
        let mut parts = rest.splitn(3, '/');
        let word = parts.next().filter(|word| WORDS.contains(word))?;
        let (id, tail) = (parts.next(), parts.next());
        let verb = match (method, id, tail) {
            (&Method::POST, None, None) => Verb::Submit,
            (&Method::GET, Some(id), None) if !id.is_empty() => Verb::Look,
            (&Method::POST, Some(id), Some("cancel")) if is_taken(word, id) => Verb::Cancel,
            (&Method::GET, Some(id), Some("events")) if is_id(id) => Verb::Events,
            _ => return None,
        };
        let id = id.unwrap_or_default();
        Some(Self { word, id, verb })
    }
}

fn is_taken(word: &str, id: &str) -> bool {
    is_id(id) || word == "delete-task" && !id.is_empty()
}

fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
}

/// A request that [`JobPath::read`] knows. `Debug` shows nothing of its head.
pub struct JobRequest {
    /// Who asks.
    pub caller: Principal,
    /// The bucket of the path.
    pub bucket: String,
    /// The decoded rest of the path, behind `…/objects/`.
    pub rest: String,
    /// The request itself.
    pub request: Request,
}

impl fmt::Debug for JobRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobRequest")
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

/// Answers requests for jobs; lent by the plugin that runs them to the one that owns the paths of
/// objects.
#[async_trait]
pub trait JobRoutes: Send + Sync {
    /// Answers a request.
    async fn serve(&self, asked: JobRequest) -> Response;

    /// The operations, below the path `root` of a bucket's objects.
    fn operations(&self, root: &str) -> Vec<(HttpMethod, String, Description)>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_contract_names_and_ids_of_jobs_hide_keys() {
        let id = "7e0e3f0e-4f37-4a3c-9c3f-0d3b1a0c1a11";
        let read = |method: &str, rest: &str| {
            let found = JobPath::read(&method.parse().unwrap(), rest);
            found.map(|path| (path.word.to_owned(), path.id.to_owned(), path.verb))
        };
        let is = |word: &str, id: &str, verb| Some((word.to_owned(), id.to_owned(), verb));
        assert_eq!(read("POST", "s3_stats"), is("s3_stats", "", Verb::Submit));
        assert_eq!(read("GET", "download/7"), is("download", "7", Verb::Look));
        let cancel = is("delete-task", "7", Verb::Cancel);
        assert_eq!(read("POST", "delete-task/7/cancel"), cancel);
        for (verb, method, word) in [
            (Verb::Cancel, "POST", "cancel"),
            (Verb::Events, "GET", "events"),
        ] {
            let rest = format!("download/{id}/{word}");
            assert_eq!(read(method, &rest), is("download", id, verb), "{rest}");
        }
        for (method, rest) in [
            ("GET", "s3_stats"),
            ("GET", "download/"),
            ("GET", "download/7/8"),
            ("GET", "download/7/events"),
            ("POST", "download/7/cancel"),
            ("POST", "delete-task/7/8/cancel"),
            ("POST", "delete-task//cancel"),
            ("POST", "delete"),
            ("HEAD", "download/7"),
            ("DELETE", "s3_stats/7"),
        ] {
            assert_eq!(read(method, rest), None, "{method} {rest}");
        }
    }
}
