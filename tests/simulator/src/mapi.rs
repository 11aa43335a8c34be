//! The room of the Management API: until it moves in, its port answers what HCP answers to a
//! request without credentials.

use http::{HeaderValue, StatusCode};

use crate::answer::{Reply, add_security_headers, plain};
use crate::guard::Release;

/// 403 for everything, HEAD of `/mapi/tenants` included: what a health probe sees.
pub(crate) fn answer(release: Release) -> Reply {
    let mut reply = plain(StatusCode::FORBIDDEN, "");
    let status = reply.status();
    let headers = reply.headers_mut();
    add_security_headers(status, headers);
    headers.insert(
        "x-hcp-errormessage",
        HeaderValue::from_static("Authorization is required to access this resource."),
    );
    headers.insert(
        "x-hcp-softwareversion",
        HeaderValue::from_static(release.software_version()),
    );
    reply
}
