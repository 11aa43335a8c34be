//! Files of certificate authorities.

use std::sync::Arc;

use portico_sdk::settings::Fault;

/// The bytes of the file that a section's `ca_file` names; `None`: it names none.
pub(super) fn read(section: &str, path: &str) -> Result<Option<Arc<[u8]>>, Fault> {
    if path.is_empty() {
        return Ok(None);
    }
    let refuse = |message: String| Fault::key(section, "ca_file", message);
    let pem =
        std::fs::read(path).map_err(|error| refuse(format!("{path} cannot be read: {error}")))?;
    let begin = b"-----BEGIN CERTIFICATE-----";
    if !pem.windows(begin.len()).any(|window| window == begin) {
        return Err(refuse(format!("{path} holds no certificate in PEM form")));
    }
    Ok(Some(pem.into()))
}
