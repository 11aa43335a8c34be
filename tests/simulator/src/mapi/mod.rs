//! The Management API: a table of resources, one way of carrying requests out, and the documents
//! of what is managed. Namespaces are the buckets of S3, accounts are S3's users.

#![allow(
    clippy::unnecessary_wraps,
    reason = "every act of the table has one signature"
)]

mod accounts;
mod act;
mod assumptions;
mod call;
mod chargeback;
mod codec;
mod cors;
mod download;
mod field;
mod fields;
mod figures;
mod fixtures;
mod groups;
mod links;
mod media;
mod namespaces;
mod page;
mod plain;
mod query;
mod refusal;
mod reply;
mod repository;
mod shape;
mod tenants;
mod topologies;
mod tree;
mod versioning;
mod wadl;
mod who;
mod zip;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

pub use assumptions::{Assumptions, ErrorBody, LicenseNames, SingleLists, Unknown, VerboseLists};

use crate::answer::Reply;
use crate::faults::Plan;
use crate::front::{Front, Outcome};
use crate::guard::Release;
use crate::store::Documents;

/// A body larger than this is cut off: HCP's documents are small, its uploads are keys.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// What the Management API knows of the system as a whole.
pub(crate) struct Mapi {
    documents: Mutex<Documents>,
    assumptions: RwLock<Assumptions>,
    sessions: Mutex<act::Sessions>,
    /// Whether the system has the Management API switched on.
    enabled: AtomicBool,
    /// PEM, of the authority that signs for all hosts.
    certificate: String,
}

impl Mapi {
    /// A system with a licence, two nodes and a link to another system.
    pub(crate) fn new(assumptions: Assumptions, certificate: String) -> Self {
        Self {
            documents: Mutex::new(fixtures::system()),
            assumptions: RwLock::new(assumptions),
            sessions: Mutex::default(),
            enabled: AtomicBool::new(true),
            certificate,
        }
    }

    fn server_certificate(&self) -> String {
        self.certificate.clone()
    }

    pub(crate) fn documents(&self) -> MutexGuard<'_, Documents> {
        let documents = self.documents.lock();
        documents.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn assumptions(&self) -> Assumptions {
        let assumptions = self.assumptions.read();
        assumptions.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn assume(&self, assumptions: Assumptions) {
        let mut kept = self
            .assumptions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = assumptions;
    }

    pub(crate) fn enable(&self, on: bool) {
        self.enabled.store(on, Ordering::Release);
    }

    fn sessions(&self) -> MutexGuard<'_, act::Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers one request that came in by the management port.
pub(crate) async fn answer(front: &Front, plan: &Plan, parts: Parts, body: Incoming) -> Outcome {
    let Some(body) = read(body, plan.cut_request).await else {
        return Outcome {
            reply: None,
            received: plan.cut_request.unwrap_or_default(),
            body: String::new(),
        };
    };
    let received = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let text = String::from_utf8_lossy(&body).into_owned();
    let reply = act::carry_out(front, &parts, body);
    Outcome {
        reply: Some(reply::dress(reply, front.release)),
        received,
        body: text,
    }
}

/// The whole body; nothing when it is cut off or breaks off.
async fn read(mut body: Incoming, cut_after: Option<u64>) -> Option<Bytes> {
    let limit = cut_after.map_or(BODY_LIMIT, |after| {
        usize::try_from(after).unwrap_or(BODY_LIMIT)
    });
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            whole.extend_from_slice(&data);
        }
        if whole.len() > limit {
            return None;
        }
    }
    Some(whole.freeze())
}

/// What HCP answers to a management path on any other port.
pub(crate) fn forbid(release: Release) -> Reply {
    let message = "Authorization is required to access this resource.";
    refusal(release, 403, Some(message))
}

/// A status out of nowhere, for faults.
pub(crate) fn refusal(release: Release, status: u16, message: Option<&str>) -> Reply {
    reply::dress(reply::refusal(status, message), release)
}
