//! Which certificate a name asks for.

use std::collections::HashMap;

/// The names of some certificates, by their order.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, usize>);

impl Names {
    /// Takes the names of each certificate; where two have the same, the first one keeps it.
    pub fn new<'a>(certificates: impl IntoIterator<Item = &'a [String]>) -> Self {
        let mut index = HashMap::new();
        for (number, names) in certificates.into_iter().enumerate() {
            for name in names {
                index.entry(plain(name)).or_insert(number);
            }
        }
        Self(index)
    }

    /// The certificate for a name: of exactly this name, or else with a `*` in place of its first
    /// label and of no other (RFC 9525 section 6.3).
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let name = plain(name);
        if let Some(exact) = self.0.get(&name) {
            return Some(*exact);
        }
        let (label, rest) = name.split_once('.')?;
        // A client that asks for the wildcard itself asks for nothing.
        (!label.is_empty())
            .then(|| self.0.get(&format!("*.{rest}")))?
            .copied()
    }
}

/// Names are compared without case, and without the dot that may end them.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(certificates: &[&[&str]]) -> Names {
        let owned: Vec<Vec<String>> = certificates
            .iter()
            .map(|names| names.iter().map(|&name| name.to_owned()).collect())
            .collect();
        Names::new(owned.iter().map(Vec::as_slice))
    }

    #[test]
    fn the_exact_name_wins_and_a_wildcard_is_one_label() {
        let names = names(&[
            &["hcp.test", "*.hcp.test"],
            &["*.research.hcp.test"],
            &["Research.HCP.test", "hcp.test"],
        ]);
        for (name, found) in [
            ("hcp.test", Some(0)),
            ("HCP.TEST.", Some(0)),
            ("archive.hcp.test", Some(0)),
            ("research.hcp.test", Some(2)),
            ("data.research.hcp.test", Some(1)),
            ("a.data.research.hcp.test", None),
            ("data.archive.hcp.test", None),
            (".hcp.test", None),
            ("nothcp.test", None),
            ("test", None),
            ("", None),
        ] {
            assert_eq!(names.find(name), found, "{name}");
        }
    }
}
