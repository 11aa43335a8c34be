//! Where a bucket is: path style below the upstream's own name, whatever the bucket is called.

use aws_sdk_s3::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use portico_sdk::s3::is_bucket_name;
use portico_sdk::upstream::Upstream;

/// The endpoint of one upstream. AWS's own rules would read some names of buckets as something else:
/// ARNs, access points, directory buckets.
#[derive(Debug)]
pub(crate) struct Place(String);

/// The text would leave its segment of the path.
#[derive(Debug, thiserror::Error)]
#[error("no name of a bucket")]
struct NoBucket;

impl Place {
    pub(crate) fn of(upstream: &Upstream) -> Self {
        let scheme = if upstream.tls() { "https" } else { "http" };
        Self(format!("{scheme}://{}", upstream.authority()))
    }

    fn url(&self, bucket: Option<&str>) -> Result<String, NoBucket> {
        match bucket {
            None => Ok(self.0.clone()),
            Some(bucket) if is_bucket_name(bucket) => Ok(format!("{}/{bucket}", self.0)),
            Some(_) => Err(NoBucket),
        }
    }
}

impl ResolveEndpoint for Place {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        let url = self.url(params.bucket());
        let endpoint = url.map(|url| Endpoint::builder().url(url).build());
        EndpointFuture::ready(endpoint.map_err(Into::into))
    }
}
