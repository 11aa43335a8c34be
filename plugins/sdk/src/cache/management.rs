//! HCP's management services: which answers may be kept, in what form, and what each write changes.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode;

use super::change::Change;
use super::demand::Demand;
use super::identity::Identity;
use super::plain::Plain;
use super::question::{Key, Lifetime, Question, Shape};
use super::tag::Home;
use crate::management::segments;
use crate::tenant::Tenant;
use crate::upstream::Upstreams;

/// Resources that change all the time, in lower case.
const STATISTICS: [&str; 2] = ["statistics", "chargeback"];

/// Resources that hardly ever change.
const CONFIGURATION: [&str; 7] = [
    "consolesecurity",
    "permissions",
    "cifsshares",
    "protocols",
    "emailnotification",
    "namespacedefaults",
    "searchsecurity",
];

/// Resources that start with one of these are never kept: they are made anew for each request.
const NEVER: [&str; 3] = ["logs", "healthcheck", "support"];

/// Resources of a tenant that decide what S3 shows, or to whom.
const BEHIND_S3: [&str; 3] = ["namespaces", "useraccounts", "groupaccounts"];

/// To whom a path of the Management API belongs: the tenant that it names, else that of the host.
fn tenant(segments: &[&str], host: Option<&Tenant>) -> Option<Tenant> {
    match segments {
        ["mapi", "tenants", tenant, ..] => tenant.parse().ok(),
        ["mapi", "tenants"] => None,
        _ => host.cloned(),
    }
}

/// The question that a GET or HEAD of the Management API asks, in bytes as sent; `None` where its
/// answer is not kept. Both have the same: a HEAD may be answered from what a GET has brought
/// (RFC 9110 section 9.3.2).
///
/// `authority` is that of the service that is asked, `host` the tenant whose host that is.
#[must_use]
pub fn mapi_question(
    path: &[u8],
    query: Option<&[u8]>,
    headers: &HeaderMap,
    authority: &str,
    host: Option<&Tenant>,
    identity: Identity,
) -> Option<Question> {
    let names = segments(path);
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    let never = |name: &&str| NEVER.iter().any(|never| name.starts_with(never));
    if names.iter().any(never) || query.is_some_and(names_password) {
        return None;
    }
    let accept = headers
        .get(ACCEPT)
        .map_or(&b"*/*"[..], |value| value.as_bytes());
    let key = Key::new(authority, &identity, "mapi", path)
        .part(&query.map(in_order).unwrap_or_default())
        .part(accept)
        .finish();
    Some(Question {
        operation: "mapi",
        home: Home::of(tenant(&names, host).as_ref()),
        identity,
        shape: Shape::Mapi,
        lifetime: lifetime(&names),
        demand: Demand::of(headers),
        key,
        shared: false,
    })
}

/// The parameters of a query by their names, however they were sent.
fn in_order(query: &[u8]) -> Vec<u8> {
    let mut parameters: Vec<_> = query.split(|byte| *byte == b'&').collect();
    // Stable: which of two values of one name HCP takes is its own affair.
    parameters.sort_by_cached_key(|pair| name_of(pair));
    parameters.join(&b"&"[..])
}

/// The name of a parameter as HCP may read it.
fn name_of(pair: &[u8]) -> Vec<u8> {
    let name = pair.split(|byte| *byte == b'=').next();
    percent_decode(name.unwrap_or_default())
        .map(|byte| byte.to_ascii_lowercase())
        .collect()
}

fn names_password(query: &[u8]) -> bool {
    let plain: Vec<_> = percent_decode(query).collect();
    let plain = plain.to_ascii_lowercase();
    plain.windows(8).any(|word| word == b"password")
}

fn lifetime(names: &[&str]) -> Lifetime {
    // `chargebackReport` is one of them too.
    let begins = |name: &&str, table: &[&str]| table.iter().any(|word| name.starts_with(word));
    let one_of = |table: &[&str]| names.iter().any(|name| begins(name, table));
    if one_of(&STATISTICS) {
        Lifetime::Statistics
    } else if one_of(&CONFIGURATION) {
        Lifetime::Configuration
    } else {
        Lifetime::Management
    }
}

/// The question that a metadata query asks: its body counts, in whatever order its fields stand.
#[must_use]
pub fn query_question(
    body: &[u8],
    headers: &HeaderMap,
    authority: &str,
    host: Option<&Tenant>,
    identity: Identity,
) -> Question {
    let header = |name| {
        headers
            .get(name)
            .map_or(&b""[..], http::HeaderValue::as_bytes)
    };
    let asked = Asked::of(body);
    let key = Key::new(authority, &identity, "query", &asked.canonical)
        .part(header(CONTENT_TYPE))
        .part(header(ACCEPT))
        .finish();
    Question {
        operation: "query",
        home: Home::of(host),
        identity,
        shape: Shape::Query,
        lifetime: asked.lifetime,
        demand: Demand::of(headers),
        key,
        shared: false,
    }
}

/// A metadata query as far as it matters here.
struct Asked {
    canonical: Vec<u8>,
    lifetime: Lifetime,
}

impl Asked {
    fn of(body: &[u8]) -> Self {
        let Ok(Plain(mut document)) = serde_json::from_slice(body) else {
            let says = |word: &[u8]| body.windows(word.len()).any(|window| window == word);
            return Self::new(
                body.to_vec(),
                says(b"<operation>") || says(b"\"operation\""),
            );
        };
        document.sort_all_objects();
        let operations = document.get("operation").is_some();
        Self::new(document.to_string().into_bytes(), operations)
    }

    fn new(canonical: Vec<u8>, operations: bool) -> Self {
        Self {
            canonical,
            lifetime: if operations {
                Lifetime::OperationQuery
            } else {
                Lifetime::ObjectQuery
            },
        }
    }
}

/// What a request to the Management API changes if it is carried out; `None` for reads.
///
/// All that the tenant's management tells is dropped, because its resources tell of one another
/// (a namespace is in lists, statistics, quotas and permissions), and what the system tells of its
/// tenants.
#[must_use]
pub fn mapi_change(
    upstreams: &Upstreams,
    method: &Method,
    path: &[u8],
    host: Option<&Tenant>,
) -> Option<Change> {
    if method.is_safe() {
        return None;
    }
    let names = segments(path);
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    let tenant = tenant(&names, host);
    let home = Home::of(tenant.as_ref());
    let change = Change::default().mapi(&home).mapi(&Home::default());
    let behind_s3 = match names.as_slice() {
        ["mapi", "tenants", _] => true,
        ["mapi", "tenants", _, resource, ..] | ["mapi", resource, ..] => {
            BEHIND_S3.contains(resource)
        }
        _ => false,
    };
    let data = Home::in_store(upstreams, tenant.as_ref());
    Some(if behind_s3 { change.s3(&data) } else { change })
}

#[cfg(test)]
mod tests;
