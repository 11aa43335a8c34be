//! What Signature Version 2 leaves unsigned and may stand in a request all the same.

use portico_sdk::{Error, Reason};
use portico_sigv2::{Form, Verified};
use portico_sigv4::RequestView;

/// Parameters that Version 2 does not sign. They choose a page of a listing, and make no other
/// operation of any request (`list-type` another form of the same listing).
///
/// Whatever else is unsigned is refused: the holder of a link could have added it.
const HARMLESS: [&str; 16] = [
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "x-id",
];

/// Lets a verified request pass if nothing unsigned in it can change what it does.
pub(crate) fn check(verified: Verified, view: &RequestView<'_>) -> Result<(), Error> {
    let mut unsigned = verified.unsigned_parameters(view);
    unsigned.retain(|name| !HARMLESS.contains(&name.as_str()));
    if verified.form() == Form::Query {
        // As with Version 4, which can sign them: the holder could set a retention otherwise.
        let names = view.headers.keys().map(http::HeaderName::as_str);
        let hcp = names.filter(|name| name.starts_with("x-hcp-"));
        unsigned.extend(hcp.map(str::to_owned));
    }
    if unsigned.is_empty() {
        return Ok(());
    }
    let names = unsigned.join(", ");
    let words = format!(
        "There were parameters or headers present in the request which were not signed: {names}. \
         Signature Version 4 signs them."
    );
    Err(Error::with_message(Reason::AccessDenied, words))
}

#[cfg(test)]
mod tests {
    use portico_sdk::s3::Operation;

    use super::*;

    /// The table by which operations are told apart, walked: nobody can make one of another.
    #[test]
    fn whatever_tells_operations_apart_is_signed_or_refused() {
        let mut walked = 0;
        for subresource in Operation::subresources() {
            let name = subresource.split('=').next().unwrap();
            // A listing in one form or the other: the same right, the same names.
            let same_right = subresource == "list-type=2";
            assert!(same_right || !HARMLESS.contains(&name), "{name}");
            walked += 1;
        }
        assert!(walked > 30, "the table was not walked");
    }

    #[test]
    fn what_the_store_acts_on_is_never_harmless() {
        for name in [
            "versionId",
            "uploadId",
            "partNumber",
            "response-expires",
            "x-amz-acl",
        ] {
            assert!(!HARMLESS.contains(&name), "{name}");
        }
        assert!(HARMLESS.is_sorted());
    }
}
