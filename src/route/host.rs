//! What a host name says: a tenant, a bucket, both, or nothing.

use portico_sdk::s3::is_bucket_name;
use portico_sdk::upstream::Backend;
use portico_sdk::{Error, Reason, Tenant};

/// The names under which the house stands, and what the labels below them mean.
#[derive(Debug, Clone)]
pub struct HostNames {
    domains: Vec<String>,
    own: Option<String>,
    backend: Backend,
}

/// What a host name says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The tenant.
    pub tenant: Option<Tenant>,
    /// The bucket, in virtual-host style.
    pub bucket: Option<String>,
    /// HCP's own name, when the host is that or lies below it.
    pub own: Option<OwnName>,
}

/// One of HCP's own names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnName {
    /// `{tenant}.{domain}`, `admin.{domain}` or `default.{domain}`, without what lies below it: it
    /// has a certificate.
    pub host: Box<str>,
    /// Whether there can be no S3 under the name that the client used.
    pub native: bool,
}

/// Whose management services a host names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// Nobody's: the host is none of ours.
    Unsaid,
    /// The system's, `admin.{domain}`.
    System,
    /// A tenant's.
    Tenant(Tenant),
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
        Self {
            domains,
            own: None,
            backend,
        }
    }

    /// Tells HCP's own names, which are those below this one of the domains.
    #[must_use]
    pub fn with_own(mut self, domain: &str) -> Self {
        self.own = Some(domain.to_owned());
        self
    }

    /// Reads an authority, port included. A host of no domain of ours says nothing.
    ///
    /// # Errors
    /// A host below our domains with labels that no tenant or bucket can have.
    pub fn read(&self, authority: &str) -> Result<Named, Error> {
        let host = host(authority);
        let Some((domain, labels)) = self.place(&host) else {
            return Ok(Named::default());
        };
        match self.backend {
            Backend::Hcp if self.own.as_deref() == Some(domain) => own(labels, domain),
            Backend::Hcp => hcp(labels),
            Backend::Minio | Backend::Generic => Ok(Named {
                bucket: Some(bucket(labels)?),
                ..Named::default()
            }),
        }
    }

    /// Reads an authority, port included, for HCP's management services: they know no buckets.
    ///
    /// # Errors
    /// A host below our domains with labels that are not exactly one level's.
    pub fn level(&self, authority: &str) -> Result<Level, Error> {
        let host = host(authority);
        let below = self.place(&host).filter(|_| self.backend == Backend::Hcp);
        match below {
            None => Ok(Level::Unsaid),
            Some((_, "admin")) => Ok(Level::System),
            Some((_, label)) => tenant(label).map(Level::Tenant),
        }
    }

    /// The first domain that the host lies under, and the labels below it. A domain itself says
    /// nothing, even where it lies below another.
    fn place<'a>(&self, host: &'a str) -> Option<(&str, &'a str)> {
        let below = |domain: &'_ String| -> Option<&'a str> {
            let rest = host.strip_suffix(domain.as_str())?;
            rest.strip_suffix('.').or((rest.is_empty()).then_some(rest))
        };
        let mut domains = self.domains.iter();
        let found = domains.find_map(|domain| Some((domain.as_str(), below(domain)?)));
        found.filter(|(_, labels)| !labels.is_empty())
    }
}

/// HCP's own names: the system's hosts and the default tenant's, which have no S3, and tenants.
fn own(labels: &str, domain: &str) -> Result<Named, Error> {
    let (below, last) = split(labels);
    let at = |native| OwnName {
        host: format!("{last}.{domain}").into(),
        native,
    };
    if matches!(last, "admin" | "default") {
        return Ok(Named {
            own: Some(at(true)),
            ..Named::default()
        });
    }
    let bucket = below.filter(|label| is_bucket_name(label));
    Ok(Named {
        tenant: Some(tenant(last)?),
        own: Some(at(below.is_some() && bucket.is_none())),
        bucket: bucket.map(str::to_owned),
    })
}

fn hcp(labels: &str) -> Result<Named, Error> {
    let (below, last) = split(labels);
    Ok(Named {
        tenant: Some(tenant(last)?),
        bucket: below.map(bucket).transpose()?,
        own: None,
    })
}

/// What lies below a tenant's label, and the label.
fn split(labels: &str) -> (Option<&str>, &str) {
    match labels.rsplit_once('.') {
        Some((below, last)) => (Some(below), last),
        None => (None, labels),
    }
}

fn tenant(label: &str) -> Result<Tenant, Error> {
    // `admin` is HCP's system level, which has no S3 service.
    let tenant = label.parse().ok();
    tenant
        .filter(|tenant: &Tenant| tenant.as_str() != "admin")
        .ok_or_else(|| Error::with_message(Reason::InvalidRequest, "The host names no tenant."))
}

fn bucket(label: &str) -> Result<String, Error> {
    if is_bucket_name(label) {
        Ok(label.to_owned())
    } else {
        Err(Error::new(Reason::InvalidBucketName))
    }
}

/// The host of an authority as it is compared.
fn host(authority: &str) -> String {
    let host = without_port(authority).trim_end_matches('.');
    host.to_ascii_lowercase()
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
            own: None,
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
    fn management_is_the_systems_or_one_tenants() {
        let level = |host: &str| hcp_names().level(host);
        let research = Level::Tenant("research".parse().unwrap());
        assert_eq!(level("Research.hcp.example.com:9090").unwrap(), research);
        assert_eq!(level("research.s3.example.com").unwrap(), research);
        assert_eq!(level("ADMIN.hcp.example.com.").unwrap(), Level::System);
        for host in ["hcp.example.com", "portico.test", "127.0.0.1:9090", "admin"] {
            assert_eq!(level(host).unwrap(), Level::Unsaid, "{host}");
        }
        for host in ["data.research", "a.admin", "-x", "a_b", "admin."] {
            assert!(level(&format!("{host}.hcp.example.com")).is_err(), "{host}");
        }
        let generic = HostNames::new(["s3.example.com".to_owned()], Backend::Generic);
        assert_eq!(generic.level("a.s3.example.com").unwrap(), Level::Unsaid);
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
    fn hcps_own_names_are_those_below_its_domain_alone() {
        let names = ["hcp.example.com", "s3.hcp.example.com", "other.example.com"];
        let names = HostNames::new(names.map(str::to_owned), Backend::Hcp);
        let names = names.with_own("hcp.example.com");
        let own = |host: &str| {
            let own = names.read(host).unwrap().own;
            own.map(|own| (own.host.into_string(), own.native))
        };
        let name = |name: &str, native| Some((format!("{name}.hcp.example.com"), native));
        assert_eq!(
            own("Research.hcp.example.com:9000"),
            name("research", false)
        );
        assert_eq!(
            own("data.research.hcp.example.com"),
            name("research", false)
        );
        assert_eq!(own("a+b.research.hcp.example.com"), name("research", true));
        assert_eq!(own("admin.hcp.example.com"), name("admin", true));
        assert_eq!(own("default.hcp.example.com"), name("default", true));
        assert_eq!(
            own("default.default.hcp.example.com"),
            name("default", true)
        );
        for other in [
            "hcp.example.com",
            "s3.hcp.example.com",
            "research.s3.hcp.example.com",
            "research.other.example.com",
            "127.0.0.1",
        ] {
            assert_eq!(own(other), None, "{other}");
        }
        let system = names.read("data.admin.hcp.example.com").unwrap();
        assert_eq!((system.tenant, system.bucket), (None, None));
        assert!(names.read("-x.hcp.example.com").is_err());
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
