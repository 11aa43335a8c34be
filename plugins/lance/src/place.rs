//! Where tables are: a bucket, a path in it, and the name of a table.

use portico_hcp::document::Given;
use portico_sdk::invalid::{Invalid, Issue};
use portico_sdk::s3::is_bucket_name;
use portico_sdk::{Error, Reason};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

/// What the folder of a table ends with.
pub(crate) const SUFFIX: &str = ".lance";
/// What names of tables look like, in the words of the contract.
const NAMES: &str = r"^[\w\-.]+$";

/// A folder of tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Dataset {
    pub(crate) bucket: String,
    /// Without slashes around it; empty for the bucket itself.
    pub(crate) path: String,
}

impl Dataset {
    /// Reads `bucket` and `path`.
    pub(crate) fn read(given: &mut Given) -> Self {
        let bucket = given.required("bucket");
        if given.text("bucket").is_none() && given.has("bucket") {
            given.fault(no_bucket("query"));
        }
        let path = given.text("path").unwrap_or_default();
        let path = path.trim_matches('/').to_owned();
        Self { bucket, path }
    }

    /// Refuses what names no folder.
    ///
    /// # Errors
    /// [`Reason::InvalidBucketName`], and [`Reason::InvalidArgument`] for a path that leads elsewhere.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !is_bucket_name(&self.bucket) {
            return Err(Error::new(Reason::InvalidBucketName));
        }
        let leads = |segment: &str| !matches!(segment, "" | "." | "..");
        let plain = !self.path.chars().any(char::is_control);
        if self.path.is_empty() || plain && self.path.split('/').all(leads) {
            return Ok(());
        }
        let words = "The path is no folder: segments are neither empty nor `.` or `..`";
        Err(Error::with_message(Reason::InvalidArgument, words))
    }

    /// What keys below begin with.
    pub(crate) fn prefix(&self) -> String {
        match &*self.path {
            "" => String::new(),
            path => format!("{path}/"),
        }
    }

    /// The address of something below, as Lance has it.
    ///
    /// # Errors
    /// The bucket is no host of an address.
    pub(crate) fn url(&self, name: &str) -> Result<Url, Error> {
        let unusable = |cause| Error::new(Reason::InvalidBucketName).because(cause);
        let url = Url::parse(&format!("s3://{}", self.bucket));
        let mut url = url.map_err(unusable)?;
        if let Ok(mut segments) = url.path_segments_mut() {
            let path = self.path.split('/').chain([name]);
            segments.extend(path.filter(|segment| !segment.is_empty()));
        }
        Ok(url)
    }
}

/// A table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) dataset: Dataset,
    pub(crate) table: String,
}

impl Place {
    /// Reads `bucket`, `path` and `table`.
    pub(crate) fn read(given: &mut Given) -> Self {
        let dataset = Dataset::read(given);
        let table = given.required("table");
        if given.has("table") && !is_table_name(&table) {
            given.fault(no_table(["query", "table"], &table));
        }
        Self { dataset, table }
    }

    /// Reads `bucket` and `path`, for a table that the path of the address names.
    ///
    /// # Errors
    /// All that is wrong with what was given.
    pub(crate) fn named(mut given: Given, table: String) -> Result<Self, Invalid> {
        let dataset = Dataset::read(&mut given);
        given.done()?;
        if is_table_name(&table) {
            return Ok(Self { dataset, table });
        }
        Err(Invalid(vec![no_table(["path", "name"], &table)]))
    }

    /// What keys of the table begin with.
    pub(crate) fn prefix(&self) -> String {
        format!("{}{}{SUFFIX}/", self.dataset.prefix(), self.table)
    }

    /// The table's address, as Lance has it.
    ///
    /// # Errors
    /// The bucket is no host of an address.
    pub(crate) fn url(&self) -> Result<Url, Error> {
        self.dataset.url(&format!("{}{SUFFIX}", self.table))
    }
}

/// Whether a table can be called so.
pub(crate) fn is_table_name(name: &str) -> bool {
    let allowed = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(allowed)
}

/// What is wrong with a bucket without a name, wherever it stands.
pub(crate) fn no_bucket(part: &'static str) -> Issue {
    let words = "String should have at least 1 character";
    let issue = Issue::new("string_too_short", [part, "bucket"], words);
    issue.input("").context(json!({"min_length": 1}))
}

/// What is wrong with the name of a table that none can have.
pub(crate) fn no_table(place: [&'static str; 2], name: &str) -> Issue {
    let words = format!("String should match pattern '{NAMES}'");
    let issue = Issue::new("string_pattern_mismatch", place, words);
    issue.input(name).context(json!({"pattern": NAMES}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(query: &str) -> (Place, bool) {
        let mut given = Given::read(&format!("/?{query}").parse().unwrap());
        let place = Place::read(&mut given);
        (place, given.done().is_ok())
    }

    #[test]
    fn addresses_are_those_of_the_contract() {
        let (place, fine) = place("bucket=b&path=/a/b%20c/&table=t-1.x");
        assert!(fine && place.dataset.check().is_ok());
        assert_eq!(place.prefix(), "a/b c/t-1.x.lance/");
        assert_eq!(place.url().unwrap().as_str(), "s3://b/a/b%20c/t-1.x.lance");
        let (place, _) = self::place("bucket=b&table=t");
        assert_eq!(place.url().unwrap().as_str(), "s3://b/t.lance");
        assert_eq!(place.prefix(), "t.lance/");
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for (query, fine) in [
            ("bucket=b&table=a/b", false),
            ("bucket=b&table=", false),
            ("bucket=&table=t", false),
            ("bucket=b", false),
            ("bucket=b&table=%C3%A5", true),
        ] {
            assert_eq!(place(query).1, fine, "{query}");
        }
        for query in ["path=..", "path=a/../b", "path=a//b", "path=%00"] {
            let (place, _) = place(&format!("bucket=b&table=t&{query}"));
            let error = place.dataset.check().unwrap_err();
            assert_eq!(error.reason(), Reason::InvalidArgument, "{query}");
        }
        let (place, _) = place("bucket=a@b&table=t");
        let error = place.dataset.check().unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidBucketName);
    }
}
