//! What holds for the names of any keys.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn named(keys: &[&str]) -> Vec<Option<String>> {
    let is_folder = |key: &str| key.ends_with('/');
    let mut names = Names::of(keys.iter().map(|key| (*key, is_folder(key))));
    let given = keys.iter().map(|key| names.give(key, is_folder(key)));
    given.collect()
}

fn files(keys: &[&str]) -> Vec<String> {
    named(keys).into_iter().flatten().collect()
}

#[test]
fn ordinary_keys_are_their_own_names() {
    let keys = ["a/b c.txt", "å/ö.txt", "a/", "a/..b", "-", "a/b:c"];
    assert_eq!(files(&keys), keys);
}

#[test]
fn what_could_leave_the_folder_is_made_harmless() {
    for (key, name) in [
        ("/etc/passwd", "etc/passwd"),
        ("../../a", "__/__/a"),
        ("a/./b", "a/_/b"),
        ("C:/Windows/a", "C_/Windows/a"),
        ("//C:evil", "C_evil"),
        ("..\\a\\b", ".._a_b"),
        ("a\r\nb\0c\u{85}", "a__b_c_"),
        ("a//b///", "a/b/"),
        ("//", "_/"),
        ("", "_"),
    ] {
        assert_eq!(files(&[key]), [name], "{key:?}");
    }
}

#[test]
fn equal_names_are_told_apart() {
    let keys = ["a.txt", "/a.txt", "a (2).txt", "//a.txt", "b/.x", "b//.x"];
    let names = [
        "a.txt",
        "a (3).txt",
        "a (2).txt",
        "a (4).txt",
        "b/.x",
        "b/.x (2)",
    ];
    assert_eq!(files(&keys), names);
}

#[test]
fn a_file_and_a_folder_are_told_apart_and_folders_have_one_entry() {
    let keys = ["a", "a/", "a/b", "c", "c/d/e", "a//"];
    let names = named(&keys);
    let texts: Vec<_> = names.iter().map(Option::as_deref).collect();
    let wanted = ["a (2)", "a/", "a/b", "c (2)", "c/d/e"].map(Some);
    assert_eq!(texts[..5], wanted);
    assert_eq!(texts[5], None);
}

#[test]
fn many_equal_names_cost_no_more_than_others() {
    let keys: Vec<_> = (1..50_000).map(|n| "/".repeat(n % 40) + "x").collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let begun = std::time::Instant::now();
    assert_eq!(files(&keys).len(), keys.len());
    assert!(begun.elapsed().as_secs() < 5);
}

#[test]
fn long_keys_are_cut() {
    let key = "å".repeat(40_000);
    let names = files(&[&key, &key]);
    assert!(names.iter().all(|name| name.len() < 9000));
    assert_ne!(names[0], names[1]);
}

/// Keys that like to collide, and anything at all.
fn key() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("a"),
        Just("b.txt"),
        Just(".."),
        Just("."),
        Just(""),
        Just("C:"),
        Just("a (2)"),
        Just("a\\"),
        Just("\n"),
        Just("b (2).txt"),
    ];
    let parts = vec(part, 0..5).prop_map(|parts| parts.join("/"));
    prop_oneof![3 => parts, 1 => any::<String>()]
}

fn is_safe(name: &str) -> bool {
    let inner = name.strip_suffix('/').unwrap_or(name);
    let good = |part: &str| !part.is_empty() && part != "." && part != "..";
    let drive = inner.len() > 1 && inner.as_bytes()[1] == b':';
    let drive = drive && inner.as_bytes()[0].is_ascii_alphabetic();
    inner.split('/').all(good) && !drive && !inner.contains(|c: char| c.is_control() || c == '\\')
}

proptest! {
    #[test]
    fn names_are_safe_unique_and_no_file_is_a_folder(keys in vec(key(), 0..40)) {
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let given = named(&keys);
        let names: Vec<_> = given.iter().flatten().collect();
        prop_assert!(names.iter().all(|name| is_safe(name)), "{names:?}");
        let all: HashSet<_> = names.iter().map(|name| name.trim_end_matches('/')).collect();
        prop_assert_eq!(all.len(), names.len());
        for (key, name) in keys.iter().zip(&given) {
            prop_assert!(name.is_some() || key.ends_with('/'));
        }
        let files: HashSet<_> = names.iter().filter(|name| !name.ends_with('/')).collect();
        for name in &names {
            for (at, _) in name.match_indices('/') {
                prop_assert!(!files.contains(&&name[..at].to_owned()), "{}", name);
            }
        }
    }
}
