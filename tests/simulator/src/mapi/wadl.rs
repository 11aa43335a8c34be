//! What OPTIONS answers: the methods of a resource, as WADL.

use http::StatusCode;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};

use super::reply::set;
use super::tree::Resource;
use crate::answer::{Reply, plain};

const TYPE: &str = "application/vnd.sun.wadl+xml";

pub(crate) fn answer(resource: &Resource) -> Reply {
    let allow = resource.allow();
    let methods = allow
        .split(", ")
        .map(|name| format!("<method name=\"{name}\"/>"));
    let methods: String = methods.collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <application xmlns=\"http://wadl.dev.java.net/2009/02\"><resources>\
         <resource path=\"/mapi/{}\">{methods}</resource></resources></application>",
        resource.path
    );
    let mut reply = plain(StatusCode::OK, text);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(TYPE));
    set(headers, ALLOW, &allow);
    reply
}
