//! Which part of HCP a host name means: the system, a tenant, or one namespace of a tenant.

/// What the `Host` of a request points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// `admin.{domain}`
    System,
    /// `{tenant}.{domain}`, or with a bucket `{bucket}.{tenant}.{domain}`
    Tenant {
        tenant: String,
        bucket: Option<String>,
    },
    /// A name that does not belong to this system
    Unknown,
}

/// Host names are compared without regard to case; a port is ignored.
pub(crate) fn locate(host: &str, domain: &str, default_tenant: Option<&str>) -> Place {
    let name = host_name(host);
    let inner = name
        .strip_suffix(domain)
        .and_then(|rest| rest.strip_suffix('.'));
    match inner {
        Some("admin") => Place::System,
        Some(labels) => tenant_place(labels),
        None if is_address(&name) => default_tenant.map_or(Place::Unknown, |tenant| {
            tenant_place(&tenant.to_ascii_lowercase())
        }),
        None => Place::Unknown,
    }
}

fn tenant_place(labels: &str) -> Place {
    let (bucket, tenant) = match labels.split_once('.') {
        Some((bucket, tenant)) => (Some(bucket.to_owned()), tenant),
        None => (None, labels),
    };
    if tenant.is_empty() || tenant.contains('.') {
        return Place::Unknown;
    }
    Place::Tenant {
        tenant: tenant.to_owned(),
        bucket,
    }
}

fn host_name(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Requests to a node's address instead of a name; HCP has no tenant for these.
fn is_address(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(tenant: &str, bucket: Option<&str>) -> Place {
        Place::Tenant {
            tenant: tenant.to_owned(),
            bucket: bucket.map(str::to_owned),
        }
    }

    #[test]
    fn hosts_name_the_system_a_tenant_or_a_bucket() {
        let at = |host| locate(host, "hcp.test", None);
        assert_eq!(at("admin.hcp.test"), Place::System);
        assert_eq!(at("Europe.HCP.test:443"), tenant("europe", None));
        assert_eq!(at("maps.europe.hcp.test"), tenant("europe", Some("maps")));
        assert_eq!(at("hcp.test"), Place::Unknown);
        assert_eq!(at("a.b.c.hcp.test"), Place::Unknown);
        assert_eq!(at("europe.hcp.test.evil"), Place::Unknown);
        assert_eq!(at("europexhcp.test"), Place::Unknown);
    }

    #[test]
    fn an_address_means_the_default_tenant_only_when_there_is_one() {
        assert_eq!(locate("127.0.0.1:80", "hcp.test", None), Place::Unknown);
        assert_eq!(
            locate("[::1]:80", "hcp.test", Some("Europe")),
            tenant("europe", None)
        );
    }
}
