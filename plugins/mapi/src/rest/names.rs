//! The names in a path: read by the route's template, checked, and put into HCP's path one by one.

use percent_encoding::percent_decode_str;
use portico_hcp::Path;
use portico_sdk::{Error, Reason, Tenant};

/// The decoded segments of a path, by their names in the template.
#[derive(Debug)]
pub(super) struct Names(Vec<(&'static str, String)>);

/// The name between braces.
fn variable(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl Names {
    /// Reads the names of a path by its template.
    ///
    /// # Errors
    /// 404 for what can be no name, 422 for a tenant that can be no host.
    pub(super) fn read(template: &'static str, path: &str) -> Result<Self, Error> {
        let mut names = Vec::new();
        for (segment, given) in template.split('/').zip(path.split('/')) {
            let Some(name) = variable(segment) else {
                continue;
            };
            let decoded = percent_decode_str(given).decode_utf8();
            let decoded = decoded.map_err(|_| Error::new(Reason::NotFound))?;
            if name == "tenant_name" {
                check_tenant(&decoded)?;
            }
            names.push((name, decoded.into_owned()));
        }
        Ok(Self(names))
    }

    pub(super) fn get(&self, name: &str) -> &str {
        let named = self.0.iter().find(|(each, _)| *each == name);
        named.map_or("", |(_, text)| text)
    }

    /// HCP's path: each name becomes one encoded segment.
    ///
    /// # Errors
    /// 404 for what can be no segment.
    pub(super) fn path(&self, template: &'static str) -> Result<Path, Error> {
        let segments = template.split('/').skip(1);
        let path = segments.map(|segment| variable(segment).map_or(segment, |name| self.get(name)));
        let nowhere = |_| Error::new(Reason::NotFound);
        path.map(str::to_owned)
            .try_fold(Path::default(), |path, name| path.segment(&name))
            .map_err(nowhere)
    }

    /// A label with the names filled in.
    pub(super) fn label(&self, template: &str) -> String {
        let fill = |text: String, (name, value): &(&str, String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.0.iter().fold(template.to_owned(), fill)
    }
}

/// The tenant's name in the path never becomes a host, yet what could be none is no tenant.
fn check_tenant(name: &str) -> Result<(), Error> {
    let refused = |_| Error::with_message(Reason::Unprocessable, "Invalid tenant name");
    name.parse::<Tenant>().map(drop).map_err(refused)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEMPLATE: &str = "/tenants/{tenant_name}/userAccounts/{username}";

    fn path(tenant: &str, user: &str) -> Result<String, Reason> {
        let given = format!("/tenants/{tenant}/userAccounts/{user}");
        let names = Names::read(TEMPLATE, &given).map_err(|error| error.reason())?;
        let path = names.path(TEMPLATE).map_err(|error| error.reason())?;
        Ok(path.as_str().to_owned())
    }

    #[test]
    fn names_are_decoded_once_and_encoded_once() {
        assert_eq!(
            path("t1", "a%20b%3Fc").unwrap(),
            "/tenants/t1/userAccounts/a%20b%3Fc"
        );
        assert_eq!(
            path("t1", "a%252Fb").unwrap(),
            "/tenants/t1/userAccounts/a%252Fb"
        );
        for bad in ["a%2Fb", "%2e%2E", ".", "%00", "%ff"] {
            assert_eq!(path("t1", bad), Err(Reason::NotFound), "{bad}");
        }
    }

    #[test]
    fn what_can_be_no_host_is_no_tenant() {
        for bad in [
            "t%3Fx",
            "t%23",
            "evil%40host",
            "t%3A1",
            "a.b",
            "%2e%2e",
            "t%0A",
            "-t",
            "å",
        ] {
            assert_eq!(path(bad, "u"), Err(Reason::Unprocessable), "{bad}");
        }
    }

    #[test]
    fn labels_bear_the_names_as_they_are() {
        let names = Names::read(TEMPLATE, "/tenants/t1/userAccounts/a%20b").unwrap();
        assert_eq!(
            names.label("user '{username}' of {tenant_name}"),
            "user 'a b' of t1"
        );
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_place(tenant in "\\PC{0,12}", user in any::<String>()) {
            let encode = |text: &str| {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            };
            let Ok(path) = path(&encode(&tenant), &encode(&user)) else { return Ok(()) };
            let uri: http::Uri = format!("https://admin.hcp.test:9090/mapi{path}").parse().unwrap();
            prop_assert_eq!(uri.host(), Some("admin.hcp.test"));
            prop_assert_eq!(uri.query(), None);
            let segments: Vec<_> = uri.path().split('/').collect();
            prop_assert_eq!(segments.len(), 6);
            prop_assert_eq!(segments[3].to_ascii_lowercase(), tenant.to_ascii_lowercase());
            prop_assert_eq!(percent_decode_str(segments[5]).decode_utf8().unwrap(), user);
        }
    }
}
