//! What a user of a generic store may do: rules of buckets, prefixes and read-only.
//!
//! HCP decides such things itself. A generic store sees one account for everyone, so there Portico
//! decides, by these pure functions: in the authorize phase for S3, and in the handlers of REST.

mod needs;

use serde::{Deserialize, Serialize};

pub use needs::{Asked, Need};

/// One rule, as the configuration writes it. What no rule allows is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Names of buckets; a star at the end stands for any rest, and alone for every bucket.
    pub buckets: Vec<String>,
    /// What keys must begin with, byte by byte; a folder's prefix ends with a slash. None: the
    /// rule is for the whole bucket.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Whether nothing may be changed.
    #[serde(default)]
    pub read_only: bool,
}

/// A rule that can never mean what its author meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// It is for no bucket.
    #[error("a rule needs `buckets`, such as [\"photos\", \"logs-*\"] or [\"*\"]")]
    NoBucket,
    /// A bucket that can be none, or a star elsewhere than at the end.
    #[error("a bucket is a name such as \"photos\", a beginning such as \"logs-*\", or \"*\"")]
    Pattern,
    /// An empty prefix, or one that no key below can have.
    #[error("a prefix is the beginning of keys, such as \"team-a/\", without `.` or `..` in it")]
    Prefix,
}

/// What one user may do: the sum of their rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights(Box<[Rule]>);

impl Rights {
    /// The rights that these rules give; without any rule, none at all.
    ///
    /// # Errors
    /// The first rule that cannot work.
    pub fn new(rules: Vec<Rule>) -> Result<Self, RuleFault> {
        rules.iter().try_for_each(Rule::check)?;
        Ok(Self(rules.into()))
    }

    /// Whether nothing is refused: one rule opens every bucket whole, to be changed too.
    #[must_use]
    pub fn are_everything(&self) -> bool {
        let opens = |rule: &Rule| rule.whole() && rule.buckets.iter().any(|name| name == "*");
        self.0.iter().any(|rule| !rule.read_only && opens(rule))
    }

    /// Whether the object may be read. The key is decoded.
    #[must_use]
    pub fn read(&self, bucket: &str, key: impl AsRef<[u8]>) -> bool {
        self.any(bucket, key.as_ref(), |_| true)
    }

    /// Whether the object may be made, replaced, changed or deleted. The key is decoded.
    #[must_use]
    pub fn write(&self, bucket: &str, key: impl AsRef<[u8]>) -> bool {
        self.any(bucket, key.as_ref(), |rule| !rule.read_only)
    }

    /// Whether keys that begin with `prefix` may be listed; an empty one asks for the whole bucket.
    #[must_use]
    pub fn list(&self, bucket: &str, prefix: impl AsRef<[u8]>) -> bool {
        self.any(bucket, prefix.as_ref(), |_| true)
    }

    /// Whether the bucket may be seen at all, in a list of buckets too.
    #[must_use]
    pub fn see(&self, bucket: &str) -> bool {
        self.over(bucket).next().is_some()
    }

    /// Whether some object of the bucket may be changed.
    #[must_use]
    pub fn write_some(&self, bucket: &str) -> bool {
        self.over(bucket).any(|rule| !rule.read_only)
    }

    /// Whether the bucket is open whole, so that its settings may be read.
    #[must_use]
    pub fn read_whole(&self, bucket: &str) -> bool {
        self.over(bucket).any(Rule::whole)
    }

    /// Whether the bucket is open whole to changes, so that it may be made, set up and deleted.
    #[must_use]
    pub fn write_whole(&self, bucket: &str) -> bool {
        self.over(bucket)
            .any(|rule| rule.whole() && !rule.read_only)
    }

    fn over<'a>(&'a self, bucket: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.0.iter().filter(move |rule| rule.is_over(bucket))
    }

    fn any(&self, bucket: &str, key: &[u8], fits: impl Fn(&Rule) -> bool) -> bool {
        self.are_everything()
            || !strays(key) && self.over(bucket).any(|rule| rule.opens(key) && fits(rule))
    }
}

impl Rule {
    fn check(&self) -> Result<(), RuleFault> {
        if self.buckets.is_empty() {
            return Err(RuleFault::NoBucket);
        }
        if !self.buckets.iter().all(|name| is_pattern(name)) {
            return Err(RuleFault::Pattern);
        }
        let usable = |prefix: &String| !prefix.is_empty() && !strays(prefix.as_bytes());
        if !self.prefixes.iter().all(usable) {
            return Err(RuleFault::Prefix);
        }
        Ok(())
    }

    fn is_over(&self, bucket: &str) -> bool {
        self.buckets
            .iter()
            .any(|name| match name.strip_suffix('*') {
                Some(begin) => bucket.starts_with(begin),
                None => name == bucket,
            })
    }

    fn opens(&self, key: &[u8]) -> bool {
        let begins = |prefix: &String| key.starts_with(prefix.as_bytes());
        self.whole() || self.prefixes.iter().any(begins)
    }

    fn whole(&self) -> bool {
        self.prefixes.is_empty()
    }
}

/// A bucket's name, or the beginning of one with a star behind it.
fn is_pattern(name: &str) -> bool {
    let plain = |name: &str| crate::s3::is_bucket_name(name);
    match name.strip_suffix('*') {
        Some(begin) => begin.is_empty() || plain(begin),
        None => plain(name),
    }
}

/// Whether a store that takes keys for paths could be led out of the prefix, or the bucket. S3
/// itself means nothing by such names, but not every store behind a gateway is S3 itself.
fn strays(key: &[u8]) -> bool {
    let mut segments = key.split(|byte| matches!(byte, b'/' | b'\\'));
    segments.any(|segment| matches!(segment, b"." | b".."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(buckets: &[&str], prefixes: &[&str], read_only: bool) -> Rule {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Rule {
            buckets: owned(buckets),
            prefixes: owned(prefixes),
            read_only,
        }
    }

    fn rights(rules: &[Rule]) -> Rights {
        Rights::new(rules.to_vec()).unwrap()
    }

    #[test]
    fn without_rules_nothing_is_allowed() {
        let none = rights(&[]);
        assert!(!none.read("b", "k") && !none.list("b", "") && !none.see("b"));
        assert!(!none.are_everything());
    }

    #[test]
    fn a_star_stands_for_any_rest() {
        let logs = rights(&[rule(&["logs-*", "one"], &[], false)]);
        assert!(logs.write("logs-", "k") && logs.write("logs-2026", "k") && logs.write("one", "k"));
        assert!(!logs.see("logs") && !logs.see("one-more") && !logs.see("blogs-1"));
        let all = rights(&[rule(&["*"], &[], true)]);
        assert!(all.read("any", "k") && !all.write("any", "k") && !all.are_everything());
        assert!(rights(&[rule(&["*"], &[], false)]).are_everything());
        assert!(!rights(&[rule(&["*"], &["a/"], false)]).are_everything());
    }

    #[test]
    fn a_prefix_opens_what_begins_with_it() {
        let team = rights(&[rule(&["b"], &["team/", "x"], false)]);
        assert!(team.read("b", "team/1") && team.write("b", "xyz") && team.list("b", "team/"));
        assert!(!team.read("b", "team") && !team.list("b", "") && !team.list("b", "te"));
        assert!(team.see("b") && !team.read_whole("b") && !team.write_whole("b"));
        assert!(!team.see("c") && !team.read("c", "team/1"));
    }

    #[test]
    fn rights_are_the_sum_of_the_rules() {
        let sum = rights(&[rule(&["b"], &[], true), rule(&["b"], &["in/"], false)]);
        assert!(sum.read("b", "out/1") && sum.read_whole("b") && sum.list("b", ""));
        assert!(sum.write("b", "in/1") && !sum.write("b", "out/1"));
        assert!(sum.write_some("b") && !sum.write_whole("b"));
    }

    #[test]
    fn a_key_cannot_climb_out() {
        let team = rights(&[rule(&["b"], &["team/"], false), rule(&["c"], &[], false)]);
        for key in [
            "team/../x",
            "team/./x",
            "team/..",
            r"team/a\..\..\x",
            "team/.",
        ] {
            assert!(!team.read("b", key) && !team.write("b", key), "{key}");
            assert!(!team.list("b", key), "{key}");
        }
        assert!(!team.write("c", "../b/x"));
        assert!(team.write("c", "a..b/...") && team.write("b", "team/.hidden"));
        let all = rights(&[rule(&["*"], &[], false)]);
        assert!(all.write("c", "../b/x"), "it has every bucket anyway");
    }

    #[test]
    fn rules_that_cannot_work_are_found() {
        let fault = |rule| Rights::new(vec![rule]).unwrap_err();
        assert_eq!(fault(rule(&[], &[], false)), RuleFault::NoBucket);
        for name in ["", "a*b", "**", "a/b", "..", "*a"] {
            assert_eq!(
                fault(rule(&[name], &[], false)),
                RuleFault::Pattern,
                "{name}"
            );
        }
        for prefix in ["", "a/../b/", "./"] {
            assert_eq!(
                fault(rule(&["b"], &[prefix], false)),
                RuleFault::Prefix,
                "{prefix}"
            );
        }
    }

    prop_compose! {
        fn any_rule()(
            buckets in prop::collection::vec("[ab]{1,2}[*]?|[*]", 1..3),
            prefixes in prop::collection::vec("[ab/]{1,3}", 0..3),
            read_only: bool,
        ) -> Rule {
            Rule { buckets, prefixes, read_only }
        }
    }

    proptest! {
        #[test]
        fn the_larger_right_holds_the_smaller(
            rules in prop::collection::vec(any_rule(), 0..4),
            bucket in "[ab]{1,3}",
            key in "[ab/.]{1,6}",
        ) {
            let rights = Rights::new(rules).unwrap();
            prop_assert!(!rights.write(&bucket, &key) || rights.read(&bucket, &key));
            prop_assert!(!rights.write(&bucket, &key) || rights.write_some(&bucket));
            prop_assert!(!rights.read(&bucket, &key) || rights.see(&bucket));
            prop_assert!(!rights.write_whole(&bucket) || rights.read_whole(&bucket));
            prop_assert!(!rights.read_whole(&bucket) || rights.list(&bucket, ""));
            prop_assert!(!rights.list(&bucket, "") || strays(key.as_bytes()) || rights.read(&bucket, &key));
            prop_assert!(!rights.are_everything() || rights.write(&bucket, &key));
        }

        #[test]
        fn what_may_be_listed_may_be_read(
            rules in prop::collection::vec(any_rule(), 0..4),
            bucket in "[ab]{1,3}",
            prefix in "[ab/]{0,4}",
            rest in "[ab/]{0,3}",
        ) {
            let rights = Rights::new(rules).unwrap();
            let key = format!("{prefix}{rest}");
            prop_assert!(!rights.list(&bucket, &prefix) || rights.read(&bucket, &key));
        }

        #[test]
        fn no_rule_reaches_beyond_its_words(rule in any_rule(), bucket in "[abc]{1,3}", key in "[abc/]{1,5}") {
            let rights = Rights::new(vec![rule.clone()]).unwrap();
            if rights.read(&bucket, &key) {
                prop_assert!(rule.prefixes.is_empty() || rule.prefixes.iter().any(|p| key.starts_with(p)));
                prop_assert!(rule.buckets.iter().any(|name| bucket.starts_with(name.trim_end_matches('*'))));
            }
            prop_assert!(!rule.read_only || !rights.write(&bucket, &key));
        }
    }
}
