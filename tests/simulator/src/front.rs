//! The way of one request: faults, host, rules, then the service of its tenant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use s3s::{HttpRequest, S3Error, s3_error};

use crate::SimulatorError;
use crate::address::{Place, locate};
use crate::answer::{Reply, Subject, dress, plain, refuse};
use crate::branches::{Branch, Branches};
use crate::digests::Digests;
use crate::faults::{Faults, Plan};
use crate::guard::{self, Asked, Release};
use crate::intake::{Intake, Watch};
use crate::mapi::{self, Mapi};
use crate::native;
use crate::query::{self, Room};
use crate::recorder::{Port, Recorder, RequestRecord, header_list};
use crate::rewrite::{key_in, rewrite};
use crate::s3::errors;
use crate::tls::Authority;
use crate::traffic::Counts;
use crate::users::Users;
use crate::wire::{Budget, CutBody};

/// How much of a refused body is read, so that the client gets to see why it was refused.
const DRAIN: u64 = 32 * 1024 * 1024;
/// How much of a response head still arrives when a fault cuts it: not a whole status line, as
/// some clients take a whole one for an answer.
const HEAD_START: usize = 8;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault cut the connection")]
pub(crate) struct Cut;

/// Everything that a listener needs.
pub(crate) struct Front {
    pub(crate) domain: String,
    pub(crate) default_tenant: Option<String>,
    pub(crate) release: Release,
    pub(crate) users: Arc<Users>,
    pub(crate) branches: Branches,
    pub(crate) mapi: Mapi,
    pub(crate) faults: Faults,
    pub(crate) recorder: Recorder,
    pub(crate) query: Room,
    pub(crate) requests: AtomicU64,
    pub(crate) authority: Arc<Authority>,
}

/// What became of a request.
pub(crate) struct Outcome {
    pub(crate) reply: Option<Reply>,
    pub(crate) received: u64,
    /// For the record, when it is kept.
    pub(crate) body: String,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self {
            reply: Some(reply),
            received: 0,
            body: String::new(),
        }
    }
}

impl Front {
    pub(crate) async fn handle(
        &self,
        port: Port,
        budget: Budget,
        request: Request<Incoming>,
    ) -> Result<Reply, Cut> {
        let (parts, body) = request.into_parts();
        let mut record = record(port, &parts);
        let plan = self.faults.plan(port, &parts.method, &record.path);
        if !plan.latency.is_zero() {
            tokio::time::sleep(plan.latency).await;
        }
        let outcome = self.route(port, plan.clone(), parts, body).await;
        record.received = outcome.received;
        record.body = outcome.body;
        let reply = outcome.reply.map(|reply| cut(reply, &plan, &budget));
        record.status = reply.as_ref().map_or(0, |reply| reply.status().as_u16());
        self.recorder.add(record);
        reply.ok_or(Cut)
    }

    async fn route(&self, port: Port, plan: Plan, parts: Parts, body: Incoming) -> Outcome {
        if plan.unavailable {
            let busy = s3_error!(ServiceUnavailable, "Please reduce your request rate.");
            return self.refuse(&parts, busy).await.into();
        }
        if let Some((status, message)) = &plan.status {
            return mapi::refusal(self.release, *status, message.as_deref()).into();
        }
        if port == Port::Mapi {
            return mapi::answer(self, &plan, parts, body).await;
        }
        // The Management API has a port of its own; elsewhere its paths are forbidden.
        if parts.uri.path().starts_with("/mapi") {
            return mapi::forbid(self.release).into();
        }
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        let place = locate(host, &self.domain, self.default_tenant.as_deref());
        if is_query(&place, &parts) {
            return self.query(port, &place, &parts, body).await;
        }
        let Place::Tenant { tenant, bucket } = place else {
            return self.refuse(&parts, errors::access_denied()).await.into();
        };
        let Some(branch) = self.branches.get(&tenant) else {
            return self.refuse(&parts, errors::access_denied()).await.into();
        };
        if is_other_protocol(&parts, bucket.is_some()) {
            if let Some(place) = native::Place::of(parts.uri.path(), bucket.as_deref()) {
                return native::answer(&branch, &self.users, &place, &parts, body)
                    .await
                    .into();
            }
            let absent = s3_error!(
                NotImplemented,
                "The simulator does not speak this protocol."
            );
            return self.refuse(&parts, absent).await.into();
        }
        self.s3(&branch, bucket, plan, parts, body).await
    }

    /// Makes a tenant while the system runs, with a certificate for its hosts.
    pub(crate) fn open_tenant(&self, name: &str) -> Result<Arc<Branch>, SimulatorError> {
        self.authority.cover(name)?;
        self.branches.open(name)
    }

    /// A query of one tenant, or of all of them.
    async fn query(&self, port: Port, place: &Place, parts: &Parts, body: Incoming) -> Outcome {
        let tenant = match place {
            Place::Tenant { tenant, .. } => Some(tenant.as_str()),
            Place::System | Place::Unknown => None,
        };
        let meant = |name: &str| tenant.is_none_or(|tenant| tenant == name);
        let branches = self.branches.all();
        let apis = branches.iter().map(|branch| branch.api.clone());
        let target = query::Target {
            tenant,
            apis: apis.filter(|api| meant(&api.name)).collect(),
            users: &self.users,
            port,
        };
        let (reply, received) = self.query.answer(&target, parts, body).await;
        Outcome {
            received,
            ..reply.into()
        }
    }

    async fn refuse(&self, parts: &Parts, error: S3Error) -> Reply {
        dress(refuse(error), &parts.method, &self.subject()).await
    }

    fn subject(&self) -> Subject {
        Subject {
            request_id: self.requests.fetch_add(1, Ordering::Relaxed),
            ..Subject::default()
        }
    }

    async fn s3(
        &self,
        branch: &Branch,
        host_bucket: Option<String>,
        plan: Plan,
        mut parts: Parts,
        body: Incoming,
    ) -> Outcome {
        let in_host = host_bucket.is_some();
        let mut subject = self.subject();
        subject.key = key_in(parts.uri.path(), in_host);
        subject.bucket = host_bucket.or_else(|| first_segment(parts.uri.path()));
        if parts.method == Method::OPTIONS {
            return preflight(branch, &parts, &subject).into();
        }
        let asked = (parts.method.clone(), parts.headers.clone());
        let empty = body.size_hint().exact() == Some(0);
        let prepared = self.prepare(&mut parts, &subject, branch, in_host, empty);
        parts.extensions.insert(plan.clone());
        let (digests, refused) = match prepared {
            Ok(digests) => (digests, None),
            Err(error) => (Digests::default(), Some(error)),
        };
        let (intake, watch) = Intake::new(body, digests, plan.cut_request);
        let response = if let Some(error) = refused {
            drop(intake);
            Ok(refuse(error))
        } else {
            let body = s3s::Body::http_body_unsync(intake);
            let request = HttpRequest::from_parts(parts, body);
            branch.service.call(request).await
        };
        let response = match (response, watch.flaw()) {
            (Ok(response), Some(flaw)) if !response.status().is_success() => refuse(flaw.into()),
            (Ok(response), _) => response,
            (Err(_), _) => return watch.cut_outcome(),
        };
        if watch.was_cut() {
            return watch.cut_outcome();
        }
        drain(&watch, &asked.1).await;
        let mut reply = dress(response, &asked.0, &subject).await;
        count(branch, &subject, &asked.0, watch.received(), &reply);
        if let (Some(bucket), true) = (&subject.bucket, reply.status().is_success()) {
            let allowed = branch.api.cors_headers(bucket, &asked.0, &asked.1);
            reply.headers_mut().extend(allowed.unwrap_or_default());
        }
        Outcome {
            reply: Some(reply),
            received: watch.received(),
            body: String::new(),
        }
    }

    /// Rules first, then the form that s3s takes; what is left to check is the body.
    fn prepare(
        &self,
        parts: &mut Parts,
        subject: &Subject,
        branch: &Branch,
        in_host: bool,
        empty: bool,
    ) -> Result<Digests, S3Error> {
        let asked = Asked {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            key: subject.key.as_deref(),
        };
        guard::check(self.release, &asked)?;
        // Checksums at completion are about the object, not about the list of parts.
        let completion = parts.method == Method::POST
            && guard::query_names(&parts.uri).any(|name| name == "uploadId");
        let digests = || {
            if completion {
                Ok(Digests::literal(&parts.headers))
            } else {
                Digests::on_the_wire(&parts.headers)
            }
        };
        let wanted = digests()?;
        if empty {
            digests()?.check(None)?;
        }
        rewrite(parts, in_host, &branch.api.name, &self.users)?;
        Ok(wanted)
    }
}

impl Watch {
    fn cut_outcome(&self) -> Outcome {
        Outcome {
            reply: None,
            received: self.received(),
            body: String::new(),
        }
    }
}

/// What chargeback reports are made of: objects read, written and deleted.
fn count(branch: &Branch, subject: &Subject, method: &Method, received: u64, reply: &Reply) {
    if let (Some(bucket), Some(_), true) =
        (&subject.bucket, &subject.key, reply.status().is_success())
    {
        let length = reply.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let sent = length.filter(|_| *method == Method::GET);
        let counts = Counts::of(method, received, sent.unwrap_or_default());
        branch.traffic.note(bucket, counts);
    }
}

fn record(port: Port, parts: &Parts) -> RequestRecord {
    let host = parts.headers.get(header::HOST);
    RequestRecord {
        port,
        method: parts.method.to_string(),
        host: host
            .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned())
            .unwrap_or_default(),
        path: parts
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        headers: header_list(&parts.headers),
        status: 0,
        received: 0,
        body: String::new(),
    }
}

fn first_segment(path: &str) -> Option<String> {
    let segment = path.split('/').nth(1)?;
    (!segment.is_empty()).then(|| segment.to_owned())
}

/// Without an AWS signature `/query` is no bucket. Hosts of namespaces answer no queries.
fn is_query(place: &Place, parts: &Parts) -> bool {
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let native = authorization.is_some_and(|value| {
        let value = value.as_bytes();
        value.starts_with(b"HCP ") || value.starts_with(b"AD ")
    });
    let answers = matches!(place, Place::System | Place::Tenant { bucket: None, .. });
    let here = parts.uri.path() == "/query";
    answers && here && (native || is_other_protocol(parts, false))
}

/// `/hs3` (S3 with HCP's own token), `/query`, and the native protocols of a namespace's host.
fn is_other_protocol(parts: &Parts, in_host: bool) -> bool {
    let path = parts.uri.path();
    let under = |root: &str| {
        path == root
            || path
                .strip_prefix(root)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let aws = authorization.is_some_and(|value| value.as_bytes().starts_with(b"AWS"))
        || guard::query_names(&parts.uri).any(|name| name.ends_with("Signature"));
    let query = parts.method == Method::POST && path == "/query";
    let native = ["/rest", "/proc", "/browser"].into_iter().any(under);
    !aws && (under("/hs3") || query || (in_host && native))
}

fn preflight(branch: &Branch, parts: &Parts, subject: &Subject) -> Reply {
    let method = parts.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD);
    let method = method.and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let allowed = method
        .zip(subject.bucket.as_deref())
        .and_then(|(method, bucket)| branch.api.cors_headers(bucket, &method, &parts.headers));
    let Some(allowed) = allowed else {
        return plain(StatusCode::FORBIDDEN, "");
    };
    let mut reply = plain(StatusCode::OK, "");
    let vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
    reply.headers_mut().extend(allowed);
    reply
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static(vary));
    reply
}

/// A client that did not ask for leave to send is already sending: without an open ear it would
/// see a broken pipe in place of the answer.
async fn drain(watch: &Watch, headers: &http::HeaderMap) {
    let waits = headers.contains_key(header::EXPECT) && watch.received() == 0;
    let Some(mut body) = watch.take_unread().filter(|_| !waits) else {
        return;
    };
    let mut left = DRAIN;
    while left > 0
        && let Some(Ok(frame)) = body.frame().await
    {
        let length = frame
            .data_ref()
            .map_or(0, |data| data.len().try_into().unwrap_or(u64::MAX));
        left = left.saturating_sub(length);
    }
}

fn cut(reply: Reply, plan: &Plan, budget: &Budget) -> Reply {
    if plan.cut_head {
        budget.limit(HEAD_START);
    }
    match plan.cut_response {
        Some(after) => reply.map(|body| CutBody::new(body, after).boxed_unsync()),
        None => reply,
    }
}
