//! What a host name says: a tenant, a bucket, both, or nothing.

use portico_sdk::s3::is_bucket_name;
use portico_sdk::upstream::Backend;
use portico_sdk::{Error, Reason, Tenant};

/// The names under which the house stands, and what the labels below them mean.
#[derive(Debug, Clone)]
pub struct HostNames {
    domains: Vec<String>,
    backend: Backend,
}

/// What a host name says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The tenant.
    pub tenant: Option<Tenant>,
    /// The bucket, in virtual-host style.
    pub bucket: Option<String>,
}

impl HostNames {
    /// Host names below these domains.
    ///
    /// On HCP they are `{tenant}.{domain}` and `{bucket}.{tenant}.{domain}`, elsewhere
    /// `{bucket}.{domain}`.
    #[must_use]
    pub fn new(domains: impl IntoIterator<Item = String>, backend: Backend) -> Self {
        let mut domains: Vec<_> = domains
            .into_iter()
            .map(|domain| domain.trim_matches('.').to_ascii_lowercase())
            .filter(|domain| !domain.is_empty())
            .collect();
        // A domain may lie below another: the longer name knows better.
        domains.sort_by_key(|domain| std::cmp::Reverse(domain.len()));
        domains.dedup();
        Self { domains, backend }
    }

    /// Reads an authority, port included. A host of no domain of ours says nothing.
    ///
    /// # Errors
    /// A host below our domains with labels that no tenant or bucket can have.
    pub fn read(&self, authority: &str) -> Result<Named, Error> {
        let host = without_port(authority)
            .trim_end_matches('.')
            .to_ascii_lowercase();
        let Some(labels) = self.labels(&host) else {
            return Ok(Named::default());
        };
        match self.backend {
            Backend::Hcp => hcp(labels),
            Backend::Minio | Backend::Generic => Ok(Named {
                tenant: None,
                bucket: Some(bucket(labels)?),
            }),
        }
    }

    /// The labels below the first domain that the host lies under.
    fn labels<'a>(&self, host: &'a str) -> Option<&'a str> {
        self.domains
            .iter()
            .find_map(|domain| host.strip_suffix(domain.as_str())?.strip_suffix('.'))
            .filter(|labels| !labels.is_empty())
    }
}

fn hcp(labels: &str) -> Result<Named, Error> {
    let (bucket_label, tenant) = match labels.rsplit_once('.') {
        Some((bucket, tenant)) => (Some(bucket), tenant),
        None => (None, labels),
    };
    // `admin` is HCP's system level, which has no S3 service.
    let tenant = tenant
        .parse()
        .ok()
        .filter(|tenant: &Tenant| tenant.as_str() != "admin");
    let Some(tenant) = tenant else {
        return Err(Error::with_message(
            Reason::InvalidRequest,
            "The host names no tenant.",
        ));
    };
    let bucket = bucket_label.map(bucket).transpose()?;
    Ok(Named {
        tenant: Some(tenant),
        bucket,
    })
}

fn bucket(label: &str) -> Result<String, Error> {
    if is_bucket_name(label) {
        Ok(label.to_owned())
    } else {
        Err(Error::new(Reason::InvalidBucketName))
    }
}

/// The host of an authority; an IPv6 literal keeps its brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.ends_with(':') => {
            host
        }
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hcp_names() -> HostNames {
        HostNames::new(
            ["hcp.example.com".to_owned(), "s3.example.com".to_owned()],
            Backend::Hcp,
        )
    }

    fn named(tenant: Option<&str>, bucket: Option<&str>) -> Named {
        Named {
            tenant: tenant.map(|name| name.parse().unwrap()),
            bucket: bucket.map(str::to_owned),
        }
    }

    #[test]
    fn labels_below_a_domain_are_tenant_and_bucket() {
        let names = hcp_names();
        let cases = [
            ("Research.hcp.example.com", named(Some("research"), None)),
            (
                "research.s3.example.com:9000",
                named(Some("research"), None),
            ),
            (
                "data.research.hcp.example.com.",
                named(Some("research"), Some("data")),
            ),
            (
                "a.b.research.hcp.example.com",
                named(Some("research"), Some("a.b")),
            ),
            ("hcp.example.com", named(None, None)),
            ("other.example.com", named(None, None)),
            ("xhcp.example.com", named(None, None)),
            ("127.0.0.1:9000", named(None, None)),
            ("[::1]:9000", named(None, None)),
        ];
        for (host, expected) in cases {
            assert_eq!(names.read(host).unwrap(), expected, "{host}");
        }
    }

    #[test]
    fn hosts_that_cannot_be_are_refused() {
        for host in [
            "admin.hcp.example.com",
            "-x.hcp.example.com",
            "a@b.hcp.example.com",
            "..hcp.example.com",
        ] {
            assert!(hcp_names().read(host).is_err(), "{host}");
        }
    }

    #[test]
    fn generic_stores_have_buckets_and_no_tenants() {
        let names = HostNames::new(["s3.example.com".to_owned()], Backend::Generic);
        assert_eq!(
            names.read("data.s3.example.com").unwrap(),
            named(None, Some("data"))
        );
    }
}
