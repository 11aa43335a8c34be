//! Reads that may be answered from what is kept, and writes that make it old.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use portico_clients::Client;
use portico_sdk::cache::{
    Doubt, Home, Identity as Reader, ResponseCache, get_or_await, s3_change, s3_question,
};
use portico_sdk::exchange::Head;
use portico_sdk::route::{S3Target, Style};
use portico_sdk::s3::{Operation, Scope};
use portico_sdk::upstream::{Upstream, Upstreams};
use portico_sdk::{Body, Error, Tenant, body};

use crate::hearing::Hearing;
use crate::identity::Identity;

/// The longest answer to a write that is read before the write counts, in bytes.
const LONGEST: usize = 1 << 20;

/// What is kept of the store's answers.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) cache: Arc<dyn ResponseCache>,
    pub(crate) upstreams: Arc<Upstreams>,
}

/// What a request is for, as the S3 door would have understood it.
pub(crate) struct Asked {
    target: S3Target,
    head: Head,
    upstream: Upstream,
    tenant: Option<Tenant>,
}

impl Asked {
    pub(crate) fn of(request: &Request<Body>, who: &Identity) -> Self {
        let mut head = Request::new(());
        *head.method_mut() = request.method().clone();
        *head.uri_mut() = request.uri().clone();
        *head.headers_mut() = request.headers().clone();
        let (parts, ()) = head.into_parts();
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let head = Head {
            target: target.as_bytes().to_vec(),
            authority: who.upstream.authority().to_owned(),
            parts,
        };
        Self {
            target: target_of(&head),
            head,
            upstream: who.upstream.clone(),
            tenant: who.tenant.clone(),
        }
    }
}

/// The clients write path style, and keys as signatures have them.
fn target_of(head: &Head) -> S3Target {
    let path = head.parts.uri.path();
    let (bucket, key) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    let scope = match (bucket, key) {
        ("", _) => Scope::Service,
        (_, "") => Scope::Bucket,
        _ => Scope::Object,
    };
    let query = head.parts.uri.query().unwrap_or_default();
    let copies = head.headers().contains_key("x-amz-copy-source");
    S3Target {
        operation: Operation::classify(scope, head.method(), query, copies),
        bucket: Some(bucket).filter(|name| !name.is_empty()).map(Into::into),
        // A bucket's own path ends without a slash, as at the door.
        upstream_path: match scope {
            Scope::Bucket => format!("/{bucket}"),
            _ => path.to_owned(),
        },
        style: Style::Path,
    }
}

impl Kept {
    /// The answer that is kept, or the store's own.
    pub(crate) async fn exchange(
        &self,
        client: &Client,
        asked: &Asked,
        reader: &Reader,
        hearing: Option<&Hearing>,
        request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        let home = Home::in_store(&self.upstreams, asked.tenant.as_ref());
        let change = s3_change(&asked.target, &home);
        let upstream = asked.upstream.clone();
        if let Some(change) = change {
            let doubt = Doubt::new(Arc::clone(&self.cache), change, reader.clone());
            let sent = client.send(&upstream, request).await;
            return settled(doubt, told(sent, hearing)).await;
        }
        let host = upstream.authority();
        let question = s3_question(&asked.target, &asked.head, host, home, || reader.clone());
        let Some(mut question) = question else {
            let sent = client.send(&upstream, request).await;
            if let Ok(response) = &sent {
                self.cache.believe(reader, response.status()).await;
            }
            return told(sent, hearing);
        };
        question.demand = hearing.map_or(question.demand, Hearing::demand);
        let client = client.clone();
        let fetch = async move { client.send(&upstream, request).await };
        let found = get_or_await(&*self.cache, question, fetch).await?;
        if let Some(hearing) = hearing {
            hearing.found(&found);
        }
        Ok(found.response)
    }
}

/// Tells what the store itself answered.
fn told(
    sent: Result<Response<Body>, Error>,
    hearing: Option<&Hearing>,
) -> Result<Response<Body>, Error> {
    if let (Ok(response), Some(hearing)) = (&sent, hearing) {
        hearing.answered(response.status());
    }
    sent
}

/// Tells the cache what came of a write; of one that answers early, once its answer has ended.
async fn settled(
    doubt: Doubt,
    sent: Result<Response<Body>, Error>,
) -> Result<Response<Body>, Error> {
    let response = match sent {
        Ok(response) => response,
        Err(error) => {
            doubt.settle(None).await;
            return Err(error);
        }
    };
    let status = response.status();
    if !doubt.lasts() {
        doubt.settle(Some(status)).await;
        return Ok(response);
    }
    let (parts, incoming) = response.into_parts();
    // What breaks off leaves the doubt behind, which counts as a change.
    let whole = body::read_whole(incoming, LONGEST).await?;
    doubt.settle(Some(status)).await;
    Ok(Response::from_parts(parts, body::full(whole)))
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(method: &str, uri: &str) -> (Operation, String) {
        let (parts, ()) = Request::builder()
            .method(method)
            .uri(uri)
            .body(())
            .unwrap()
            .into_parts();
        let head = Head {
            target: uri.as_bytes().to_vec(),
            authority: "h".to_owned(),
            parts,
        };
        let target = target_of(&head);
        (target.operation, target.upstream_path)
    }

    #[test]
    fn a_request_is_read_as_at_the_door() {
        use Operation as O;
        for (method, uri, expected) in [
            ("GET", "https://h/", (O::ListBuckets, "/")),
            ("GET", "https://h/b/?list-type=2", (O::ListObjectsV2, "/b")),
            ("HEAD", "https://h/b", (O::HeadBucket, "/b")),
            (
                "HEAD",
                "https://h/b/a%20b//c",
                (O::HeadObject, "/b/a%20b//c"),
            ),
            ("POST", "https://h/b/?delete", (O::DeleteObjects, "/b")),
            (
                "PUT",
                "https://h/b/k?x-id=PutObject",
                (O::PutObject, "/b/k"),
            ),
        ] {
            let expected = (expected.0, expected.1.to_owned());
            assert_eq!(target(method, uri), expected, "{method} {uri}");
        }
    }
}
