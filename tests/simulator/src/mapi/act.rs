//! The way of one management request: who asks, of what, in what form, whether they may; then the
//! act of the table.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{COOKIE, HOST, HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use md5::{Digest as _, Md5};
use serde_json::Value;

use super::call::{Body, Call, Out};
use super::codec::from_xml;
use super::media::Format;
use super::query::Query;
use super::refusal::Refusal;
use super::reply::{self, Wish};
use super::tree::{self, Names, Resource, Verb};
use super::who::Actor;
use super::{tenants, wadl};
use crate::address::{Place, locate};
use crate::answer::Reply;
use crate::front::Front;
use crate::token::Token;
use crate::users::SYSTEM;

/// Bytes of the path after `/mapi`.
const PATH_LIMIT: usize = 4095;
const SESSION: &str = "HCAP-Login=";

/// Logins of directory users: the cookie stands for tenant and user.
pub(crate) type Sessions = BTreeMap<String, (String, String)>;

/// Carries a request out, or says why not.
pub(crate) fn carry_out(front: &Front, parts: &Parts, body: Bytes) -> Reply {
    let assumptions = front.mapi.assumptions();
    let actor = match who(front, parts) {
        Ok(actor) => actor,
        Err(refusal) => {
            // A probe that sends HEAD without credentials sees what everybody else sees.
            return reply::failure(&refusal, &Method::GET, &assumptions);
        }
    };
    let asked = Asked {
        front,
        parts,
        actor: &actor,
        query: Query::read(parts.uri.query()),
    };
    let done = asked.carry_out(body, &assumptions);
    let mut reply = match done {
        Ok(reply) => reply,
        Err(refusal) => reply::failure(&refusal, &parts.method, &assumptions),
    };
    if let Some(cookie) = session(front, &actor, &parts.headers) {
        reply.headers_mut().insert(SET_COOKIE, cookie);
    }
    reply
}

/// The account behind the credentials, at the level of the host.
fn who(front: &Front, parts: &Parts) -> Result<Actor, Refusal> {
    let refused = || Refusal::forbidden("Authorization is required to access this resource.");
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let place = locate(
        host.unwrap_or_default(),
        &front.domain,
        front.default_tenant.as_deref(),
    );
    let tenant = match place {
        Place::System => None,
        Place::Tenant {
            tenant,
            bucket: None,
        } => Some(tenant),
        _ => return Err(refused()),
    };
    let table = tenant.as_deref().unwrap_or(SYSTEM);
    let by_token = Token::read(&parts.headers).and_then(|token| token.user(&front.users, table));
    let user = by_token.or_else(|| {
        let sessions = front.mapi.sessions();
        let (of, name) = sessions.get(cookie(&parts.headers)?)?;
        let user = front.users.get(table, name)?;
        (of == table && user.enabled).then_some(user)
    });
    let user = user.ok_or_else(refused)?;
    Ok(Actor { user, tenant })
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let mut cookies = headers.get(COOKIE)?.to_str().ok()?.split(';');
    cookies.find_map(|cookie| cookie.trim().strip_prefix(SESSION))
}

/// A directory login is answered with a cookie that does for the next requests.
fn session(front: &Front, actor: &Actor, headers: &HeaderMap) -> Option<HeaderValue> {
    let authorization = headers.get(http::header::AUTHORIZATION)?;
    authorization.as_bytes().strip_prefix(b"AD ")?;
    let table = actor.tenant.clone().unwrap_or_default();
    let name = actor.user.username.clone();
    let seed = format!("{table}/{name}/{}", actor.user.password);
    let value = hex::encode(Md5::digest(seed));
    front.mapi.sessions().insert(value.clone(), (table, name));
    HeaderValue::from_str(&format!("{SESSION}{value}; Path=/; Secure; HttpOnly")).ok()
}

/// A request of somebody known.
struct Asked<'a> {
    front: &'a Front,
    parts: &'a Parts,
    actor: &'a Actor,
    query: Query,
}

impl Asked<'_> {
    fn carry_out(&self, body: Bytes, assumptions: &super::Assumptions) -> Result<Reply, Refusal> {
        self.check_enabled()?;
        let (resource, names) = self.resource()?;
        let method = &self.parts.method;
        if *method == Method::OPTIONS {
            return Ok(wadl::answer(resource));
        }
        let verb = resource.verb(method);
        let verb = verb.ok_or_else(|| Refusal::not_allowed(resource.allow()))?;
        self.check(verb, resource, &names)?;
        let csv = resource.root == "chargebackReport";
        let format = Format::wanted(&self.parts.headers, csv)?;
        let body = self.body(verb, resource, body)?;
        let nothing = matches!(body, Body::Nothing) && *method == Method::POST;
        let replication = resource.path.starts_with("services/replication");
        if nothing && !replication && !assumptions.actions_without_body {
            return Err(Refusal::bad("The request body is missing."));
        }
        let call = Call {
            front: self.front,
            actor: self.actor,
            resource,
            names: &names,
            query: &self.query,
            body,
            assumptions,
        };
        let wish = Wish {
            format,
            root: resource.root,
            query: &self.query,
            assumptions,
        };
        match ((verb.act)(&call)?, method) {
            (_, &Method::HEAD) => Ok(wish.success(Out::Nothing)),
            (out, _) => Ok(wish.success(out)),
        }
    }

    /// Off for the system it is off for everybody, off for a tenant for the tenant's own accounts.
    fn check_enabled(&self) -> Result<(), Refusal> {
        let tenant = self.actor.tenant.as_deref();
        let branch = tenant.and_then(|tenant| self.front.branches.get(tenant));
        let off = branch.is_some_and(|branch| !branch.api.tenant.managed.load(Ordering::Acquire));
        if off || !self.front.mapi.enabled.load(Ordering::Acquire) {
            return Err(Refusal::forbidden("The management API is not enabled."));
        }
        Ok(())
    }

    fn resource(&self) -> Result<(&'static Resource, Names), Refusal> {
        let path = self.parts.uri.path();
        let below = path.strip_prefix("/mapi").unwrap_or_default();
        if below.len() > PATH_LIMIT {
            let message = "The request URI is too long.";
            return Err(Refusal::new(StatusCode::URI_TOO_LONG, message));
        }
        let below = below.trim_start_matches('/').trim_end_matches('/');
        tree::find(below).ok_or_else(|| Refusal::missing("the resource"))
    }

    /// The resources of a tenant are for its own accounts, and for the system's when they are let
    /// in. What is not there cannot be told from what may not be seen, except by the system.
    fn check(&self, verb: &Verb, resource: &Resource, names: &Names) -> Result<(), Refusal> {
        let tenant = names.iter().find(|(name, _)| *name == "tenant");
        let within = resource.path.starts_with("tenants/{tenant}");
        let may = match tenant.filter(|_| within) {
            None => self.actor.may_above(verb.who),
            Some((_, tenant)) => {
                let tenant = tenant.to_ascii_lowercase();
                let branch = self.front.branches.get(&tenant);
                if branch.is_none() && self.actor.is_above() {
                    return Err(Refusal::missing("the tenant"));
                }
                let open = branch.is_some_and(|branch| tenants::lets_in(&branch));
                self.actor.may_within(verb.who, &tenant, open)
            }
        };
        if may {
            return Ok(());
        }
        let message = "The user does not have permission for this operation.";
        Err(Refusal::forbidden(message))
    }

    fn body(&self, verb: &Verb, resource: &Resource, body: Bytes) -> Result<Body, Refusal> {
        if body.is_empty() {
            return Ok(Body::Nothing);
        }
        if verb.raw {
            return Ok(Body::File(body));
        }
        let format = Format::sent(&self.parts.headers)?;
        let malformed = || Refusal::bad("The request body is not well formed.");
        if format == Format::Json {
            let document: Value = serde_json::from_slice(&body).map_err(|_| malformed())?;
            return Ok(Body::Document(document));
        }
        let (root, document) = from_xml(&body).ok_or_else(malformed)?;
        if root != resource.sent && !resource.sent.is_empty() {
            let message = format!("Invalid root element {root}: expected {}.", resource.sent);
            return Err(Refusal::bad(message));
        }
        Ok(Body::Document(match document {
            Value::String(text) if resource.sent == resource.root && resource.is_text() => {
                serde_json::json!({ resource.root: text })
            }
            other => other,
        }))
    }
}

impl Resource {
    /// Whether its document is one text of the name of its root.
    fn is_text(&self) -> bool {
        matches!(self.fields, [only] if only.name == self.root)
    }
}
