//! What HCP wants otherwise than AWS's SDK does it, put right before a request is signed.

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// Stands for a checksum of the caller's own, so that the SDK adds none; it never leaves the house.
const OWN: &str = "x-amz-checksum-own";

/// A checksum that the SDK insists on becomes a `Content-MD5`: HCP before release 10 refuses the one
/// (HCP-50739) and every release wants the other for `DeleteObjects`; all stores know it.
#[derive(Debug)]
pub(crate) struct Manners;

#[dyn_dispatch_hint]
impl Intercept for Manners {
    fn name(&self) -> &'static str {
        "Manners"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().try_insert(OWN, "-")?;
        Ok(())
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        request.headers_mut().remove(OWN);
        if let Some(digest) = digest(request) {
            request.headers_mut().try_insert("content-md5", digest)?;
        }
        Ok(())
    }
}

/// The MD5 of a document; of objects and parts, and of the list of parts, no store wants one.
fn digest(request: &HttpRequest) -> Option<String> {
    let is_xml = request.headers().get("content-type") == Some("application/xml");
    let completes = request.uri().contains("uploadId=");
    let document = request.body().bytes().filter(|body| !body.is_empty())?;
    (is_xml && !completes).then(|| STANDARD.encode(Md5::digest(document)))
}
