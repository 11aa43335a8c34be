//! Headers that belong to one connection and go no further.

use http::HeaderMap;
use http::header::{
    CONNECTION, EXPECT, HOST, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

const HOP_BY_HOP: [HeaderName; 12] = [
    CONNECTION,
    EXPECT,
    HOST,
    TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TRAILER,
    TE,
    UPGRADE,
];

/// Leaves what travels from end to end (RFC 9110 section 7.6.1); the engine does the same with what
/// it forwards. What `Connection` names besides was taken off when the head was read.
pub fn end_to_end(headers: &mut HeaderMap) {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}
