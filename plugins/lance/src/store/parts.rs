//! Parts of tables' files, kept in memory: a search without an index reads a whole column each time.
//!
//! Lance writes a file once, under a name that is never used again, and tells by the manifest which files a
//! version has. Which version is the newest is never kept: the store is asked for that in every query.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{
    CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use moka::sync::Cache;
use object_store::client::HttpRequest;
use portico_sdk::settings::Fault;
use portico_sdk::{Body, Error, Services};

use crate::figures::Figures;
use crate::settings::Settings;

/// How the folder of a table ends.
const TABLE: &str = ".lance/";
/// Folders of a table whose files never change.
const FOLDERS: [&str; 3] = ["data", "_indices", "_deletions"];
/// The largest part that is kept, in bytes: twice what Lance reads at once.
const LARGEST: u64 = 32 << 20;
/// What an entry takes beside its body and its name, in bytes.
const ENTRY: usize = 1024;
/// So large a part, in bytes, has others leave at once; otherwise that may wait for the next few.
const LARGE: usize = 1 << 20;
/// What stores' clients read of an answer.
const HEADERS: [HeaderName; 4] = [CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED];

/// Whose, of which object (bucket and key, as in the request), and from which byte to which; all of it without.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Part {
    owner: [u8; 32],
    object: Box<str>,
    range: Option<(u64, u64)>,
}

impl Part {
    /// How many bytes of an answer this part is; none, if the answer is something else.
    fn length_in(&self, response: &Response<Body>) -> Option<u64> {
        let text = |name| response.headers().get(name)?.to_str().ok();
        let length: u64 = text(CONTENT_LENGTH)?.parse().ok()?;
        let Some((first, last)) = self.range else {
            return (response.status() == StatusCode::OK).then_some(length);
        };
        let range = text(CONTENT_RANGE)?.strip_prefix("bytes ")?;
        let (from, rest) = range.split_once('-')?;
        let (to, _) = rest.split_once('/')?;
        let same =
            (from.parse(), to.parse()) == (Ok(first), Ok(last)) && length == last - first + 1;
        (response.status() == StatusCode::PARTIAL_CONTENT && same).then_some(length)
    }
}

/// What the store answered, without what belongs to the exchange that brought it.
#[derive(Clone)]
struct Kept {
    status: StatusCode,
    headers: Arc<[(HeaderName, HeaderValue)]>,
    body: Bytes,
}

impl Kept {
    fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        // Copied: the value that came holds a buffer of its connection.
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).ok();
        let header = |name| headers.get(&name).and_then(copy).map(|value| (name, value));
        Self {
            status,
            headers: HEADERS.into_iter().filter_map(header).collect(),
            body,
        }
    }

    fn answer(self) -> Response<Bytes> {
        let mut answer = Response::new(self.body);
        *answer.status_mut() = self.status;
        answer.headers_mut().extend(self.headers.iter().cloned());
        answer
    }
}

/// What all sessions keep, each reader's own.
pub(crate) struct Parts {
    kept: Cache<Part, Kept>,
    /// The largest that is kept, in bytes.
    largest: u64,
    figures: Figures,
}

impl Parts {
    /// # Errors
    /// Its metrics are there already.
    pub(crate) fn new(settings: &Settings, services: &Services) -> Result<Self, Fault> {
        let weight = |part: &Part, kept: &Kept| {
            let bytes = ENTRY + part.object.len() + kept.body.len();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let (capacity, time) = (settings.data_cache.0, settings.data_cache_ttl.0);
        let kept = Cache::builder().max_capacity(capacity).weigher(weight);
        let kept = kept.time_to_live(time).build();
        let held = kept.clone();
        let held = move || {
            // What is over is let go here, should nobody read meanwhile.
            held.run_pending_tasks();
            held.weighted_size()
        };
        let figures = Figures::new(&services.metrics, held);
        let figures = figures.map_err(|error| Fault::section("lance", error.to_string()))?;
        let largest = if time.is_zero() { 0 } else { capacity / 4 };
        Ok(Self {
            kept,
            largest: largest.min(LARGEST),
            figures,
        })
    }

    /// The part that a request is for, if it is one that may be kept.
    pub(super) fn asked(&self, owner: [u8; 32], request: &HttpRequest) -> Option<Part> {
        let conditions = request.headers().keys();
        let mut conditions = conditions.filter(|name| name.as_str().starts_with("if-"));
        let plain = request.method() == Method::GET && conditions.next().is_none();
        let object = request.uri().path();
        if !plain || request.uri().query().is_some() || !never_changes(object) {
            return None;
        }
        let range = match request.headers().get(RANGE) {
            Some(range) => Some(self.range(range)?),
            None => None,
        };
        (self.largest > 0).then(|| Part {
            owner,
            object: object.into(),
            range,
        })
    }

    /// The first byte and the last, if both are told and what is between is not too much.
    fn range(&self, range: &HeaderValue) -> Option<(u64, u64)> {
        let (first, last) = range
            .to_str()
            .ok()?
            .strip_prefix("bytes=")?
            .split_once('-')?;
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let more = last.checked_sub(first)?;
        (more < self.largest).then_some((first, last))
    }

    pub(super) fn get(&self, part: &Part) -> Option<Response<Bytes>> {
        let kept = self.kept.get(part)?;
        self.figures.memory.inc_by(kept.body.len() as u64);
        Some(kept.answer())
    }

    /// The same answer, read and kept if it is this part.
    pub(super) async fn keep(
        &self,
        part: Part,
        response: Response<Body>,
    ) -> Result<Response<Bytes>, Response<Body>> {
        let length = part.length_in(&response);
        let Some(length) = length.filter(|length| *length <= self.largest) else {
            return Err(response);
        };
        let (head, body) = response.into_parts();
        let body = match whole(body, length).await {
            Ok(body) => body,
            // As if it came while it is read: whoever asked repeats bodies otherwise than heads.
            Err(error) => return Err(Response::from_parts(head, broken(error))),
        };
        self.figures.store.inc_by(body.len() as u64);
        let kept = Kept::new(head.status, &head.headers, body);
        if kept.body.len() as u64 == length {
            self.kept.insert(part, kept.clone());
        }
        if kept.body.len() >= LARGE {
            self.kept.run_pending_tasks();
        }
        Ok(kept.answer())
    }
}

/// Whether Lance writes an object once and never again; what counts is where it is in its table.
fn never_changes(object: &str) -> bool {
    let below = object.rsplit_once(TABLE).map(|(_, below)| below);
    let folder = below.and_then(|below| below.split_once('/'));
    folder.is_some_and(|(folder, _)| FOLDERS.contains(&folder))
}

/// All of a body, in one piece that is as long as it is said to be.
async fn whole(mut body: Body, length: u64) -> Result<Bytes, Error> {
    let mut all = BytesMut::with_capacity(usize::try_from(length).unwrap_or_default());
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

fn broken(error: Error) -> Body {
    StreamBody::new(stream::iter([Err(error)])).boxed_unsync()
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("entries", &self.kept.entry_count())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use portico_sdk::{Reason, clock, testkit};
    use serde_json::json;

    use super::*;

    const FILE: &str = "/b/t.lance/data/x.lance";

    fn parts(settings: serde_json::Value) -> Parts {
        let settings = serde_json::from_value(settings).unwrap();
        let services = Services::new(clock::system(), testkit::upstreams());
        Parts::new(&settings, &services).unwrap()
    }

    fn some() -> Parts {
        parts(json!({"data_cache": "1MiB"}))
    }

    fn asked(parts: &Parts, target: &str, range: &str) -> Option<Part> {
        let mut request = Request::get(format!("https://t.hcp.test{target}"));
        if !range.is_empty() {
            request = request.header(RANGE, range);
        }
        let request = request.body(Bytes::new().into());
        parts.asked([1; 32], &request.unwrap())
    }

    fn response(status: u16, range: &str, length: usize, body: &'static str) -> Response<Body> {
        let body = http_body_util::Full::from(body);
        let body = body.map_err(|never| match never {}).boxed_unsync();
        let mut head = Response::builder().status(status);
        head = head.header("set-cookie", "a").header(ETAG, "\"e\"");
        if !range.is_empty() {
            head = head.header(CONTENT_RANGE, range);
        }
        head.header(CONTENT_LENGTH, length).body(body).unwrap()
    }

    #[test]
    fn what_never_changes_is_kept_and_nothing_else() {
        let parts = some();
        for folder in ["data", "_indices/1", "_deletions"] {
            for range in ["bytes=3-4", ""] {
                let target = format!("/b/a/t.lance/{folder}/x");
                assert!(asked(&parts, &target, range).is_some(), "{target}");
            }
        }
        for (target, range) in [
            ("/b/t.lance/_versions/1.manifest", ""),
            ("/b/x.lance/data/t.lance/_versions/1.manifest", "bytes=0-1"),
            ("/b/x.lance/data/t.lance/_transactions/1.txn", ""),
            ("/b/data/x", ""),
            ("/b/t.lance/data", ""),
            ("/b/t.lancedata/data/x", ""),
            ("/b/t.lance/data/x?versionId=1", ""),
            (FILE, "bytes=-5"),
            (FILE, "bytes=5-"),
            (FILE, "bytes=5-4"),
            (FILE, "bytes=0-1,3-4"),
            (FILE, "bytes=0-262144"),
            (FILE, "bytes=0-18446744073709551615"),
        ] {
            assert_eq!(asked(&parts, target, range), None, "{target} {range}");
        }
        let conditional = Request::get(format!("https://t.hcp.test{FILE}"));
        let conditional = conditional.header("if-match", "\"e\"");
        let conditional = conditional.body(Bytes::new().into()).unwrap();
        assert_eq!(parts.asked([1; 32], &conditional), None);
    }

    #[test]
    fn nothing_is_kept_in_no_room_or_no_time() {
        for settings in [json!({"data_cache": 0}), json!({"data_cache_ttl": "0s"})] {
            assert_eq!(asked(&parts(settings), FILE, "bytes=0-1"), None);
        }
    }

    #[tokio::test]
    async fn a_part_is_its_readers_own() {
        let parts = some();
        for (range, status, told) in [("bytes=0-2", 206, "bytes 0-2/9"), ("", 200, "")] {
            let part = asked(&parts, FILE, range).unwrap();
            assert!(parts.get(&part).is_none());
            let read = parts.keep(part.clone(), response(status, told, 3, "abc"));
            assert_eq!(read.await.unwrap().body(), "abc");
            let kept = parts.get(&part).unwrap();
            assert_eq!(kept.status().as_u16(), status);
            assert_eq!(
                (kept.body().as_ref(), &kept.headers()[ETAG]),
                (&b"abc"[..], &HeaderValue::from_static("\"e\""))
            );
            assert!(!kept.headers().contains_key("set-cookie"));
            let others = Part {
                owner: [2; 32],
                ..part
            };
            assert!(parts.get(&others).is_none());
        }
    }

    #[tokio::test]
    async fn what_is_not_the_part_is_given_on_and_not_kept() {
        let parts = some();
        for (range, answer) in [
            ("bytes=0-2", response(200, "", 3, "abc")),
            ("bytes=0-2", response(206, "bytes 0-1/9", 2, "ab")),
            ("bytes=0-2", response(206, "bytes 1-3/9", 3, "abc")),
            ("bytes=0-2", response(206, "", 3, "abc")),
            ("", response(404, "", 3, "abc")),
            ("", response(200, "", 1 << 20, "abc")),
        ] {
            let part = asked(&parts, FILE, range).unwrap();
            let given = parts.keep(part.clone(), answer).await.unwrap_err();
            assert!(
                !given
                    .into_body()
                    .collect()
                    .await
                    .unwrap()
                    .to_bytes()
                    .is_empty()
            );
            assert!(parts.get(&part).is_none());
        }
        let part = asked(&parts, FILE, "bytes=0-2").unwrap();
        let short = parts.keep(part.clone(), response(206, "bytes 0-2/9", 3, "ab"));
        assert_eq!(short.await.unwrap().body(), "ab");
        assert!(parts.get(&part).is_none());
    }

    #[tokio::test]
    async fn a_body_that_breaks_is_given_on_as_one() {
        let parts = some();
        let part = asked(&parts, FILE, "bytes=0-2").unwrap();
        let (head, _) = response(206, "bytes 0-2/9", 3, "").into_parts();
        let answer = Response::from_parts(head, broken(Error::new(Reason::InternalError)));
        let given = parts.keep(part.clone(), answer).await.unwrap_err();
        assert_eq!(given.status(), StatusCode::PARTIAL_CONTENT);
        let error = given.into_body().collect().await.unwrap_err();
        assert_eq!(error.reason(), Reason::InternalError);
        assert!(parts.get(&part).is_none());
    }

    #[tokio::test]
    async fn it_stays_within_its_bounds() {
        let parts = parts(json!({"data_cache": "64KiB"}));
        for first in 0..1000 {
            let range = format!("{first}-{}", first + 2);
            let part = asked(&parts, FILE, &format!("bytes={range}")).unwrap();
            let answer = response(206, &format!("bytes {range}/9999"), 3, "abc");
            parts.keep(part, answer).await.unwrap();
        }
        parts.kept.run_pending_tasks();
        let held = parts.kept.weighted_size();
        assert!(held > 0 && held <= 64 << 10, "{held}");
        assert!((1..=64).contains(&parts.kept.entry_count()));
    }
}
