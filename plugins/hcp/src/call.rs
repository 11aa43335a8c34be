//! One request to HCP's services: who asks, where, and with what.

use http::Method;
use portico_sdk::cache::Demand;
use portico_sdk::{Body, Principal, Tenant};
use serde_json::Value;

use crate::path::Path;
use crate::query::Query;

/// Which of HCP's services is asked. It decides the port and the words of transport failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The management service, below `/mapi`.
    Management,
    /// The metadata query service, `/query`.
    Query,
}

impl Service {
    /// What error messages call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Management => "HCP",
            Self::Query => "HCP query",
        }
    }

    pub(crate) fn root(self) -> &'static str {
        match self {
            Self::Management => "/mapi",
            Self::Query => "/query",
        }
    }
}

/// What is sent along.
pub(crate) enum Content {
    Nothing,
    Json(Value),
    Raw(Body),
}

/// One request, not sent yet.
pub struct Call<'a> {
    pub(crate) service: Service,
    pub(crate) caller: &'a Principal,
    pub(crate) tenant: Option<&'a Tenant>,
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) query: Query,
    pub(crate) content: Content,
    pub(crate) accept: &'static str,
    pub(crate) demand: Demand,
}

impl<'a> Call<'a> {
    /// A call of the management service, on the host of the caller's own tenant, or the system's.
    #[must_use]
    pub fn management(caller: &'a Principal, method: Method, path: Path) -> Self {
        Self {
            service: Service::Management,
            caller,
            tenant: caller.tenant.as_ref(),
            method,
            path,
            query: Query::default(),
            content: Content::Nothing,
            accept: "application/json",
            demand: Demand::Any,
        }
    }

    /// A metadata query, on the host of the tenant that is searched; `None`: the system's.
    #[must_use]
    pub fn query(caller: &'a Principal, tenant: Option<&'a Tenant>, question: Value) -> Self {
        Self {
            service: Service::Query,
            tenant,
            ..Self::management(caller, Method::POST, Path::default())
        }
        .with_json(question)
    }

    /// Adds the query of the address.
    #[must_use]
    pub fn with_query(mut self, query: Query) -> Self {
        self.query = query;
        self
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn with_json(mut self, body: Value) -> Self {
        self.content = Content::Json(body);
        self
    }

    /// Adds a body of bytes that is streamed (`application/octet-stream`).
    #[must_use]
    pub fn with_bytes(mut self, body: Body) -> Self {
        self.content = Content::Raw(body);
        self
    }

    /// Asks for another type than JSON (`Accept`).
    #[must_use]
    pub fn accepting(mut self, media: &'static str) -> Self {
        self.accept = media;
        self
    }

    /// Says whether an answer that is kept will do.
    #[must_use]
    pub fn demanding(mut self, demand: Demand) -> Self {
        self.demand = demand;
        self
    }

    /// The path as it goes to HCP: no query, which may hold a password.
    #[must_use]
    pub fn target(&self) -> String {
        format!("{}{}", self.service.root(), self.path)
    }
}
