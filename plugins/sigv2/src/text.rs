//! The string to sign: lines for method, body, date and headers, then the resource.

use http::{HeaderMap, HeaderValue};
use portico_sigv4::RequestView;

use crate::amz::AmzHeaders;
use crate::error::ProofError;

/// The one value of a header, trimmed; a header that is repeated is refused, because a
/// store might read another of its values than was signed.
pub(crate) fn single<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> Result<Option<&'a [u8]>, ProofError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(ProofError::RepeatedHeader(name)),
        (value, None) => Ok(value.map(HeaderValue::as_bytes).map(<[u8]>::trim_ascii)),
    }
}

/// Everything above the resource. `date` is the text of the fourth line: the `Date` header,
/// nothing if there is an `x-amz-date`, `Expires` in a presigned URL.
///
/// No line can pass for another one: no header holds a line break, the method is checked
/// here, and what comes after the headers begins with a slash.
pub(crate) fn head(
    request: &RequestView<'_>,
    date: &[u8],
    amz: &AmzHeaders,
) -> Result<Vec<u8>, ProofError> {
    if !request.method.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ProofError::Target("method"));
    }
    let md5 = single(request.headers, "content-md5")?;
    let kind = single(request.headers, "content-type")?;
    let mut out = Vec::with_capacity(512);
    for line in [
        request.method.as_bytes(),
        md5.unwrap_or_default(),
        kind.unwrap_or_default(),
        date,
    ] {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    amz.write_into(&mut out);
    Ok(out)
}
