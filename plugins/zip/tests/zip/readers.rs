//! What other programs make of archives.

use std::collections::HashSet;
use std::io::Write as _;

use bytes::Bytes;
use portico_zip::Plan;
use tempfile::NamedTempFile;

use crate::support::{Store, check, listed, read, zipped};

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[tokio::test]
async fn an_archive_may_be_empty() {
    let archive = file(&zipped(Store::default(), &[]).await.unwrap());
    assert_eq!(listed(archive.path()), [""; 0]);
    // Info-ZIP warns that there is nothing in it.
    check("unzip", &["-tqq"], archive.path(), &[1]);
    check("7z", &["t"], archive.path(), &[0]);
}

#[tokio::test]
async fn one_entry_is_what_the_object_was() {
    let store = Store::default().with("a/b.txt", "hello", "text/plain");
    let archive = file(&zipped(store, &["a/b.txt"]).await.unwrap());
    // SHA-256 of "hello" begins so; a time of MS-DOS is even.
    let told = ["a/b.txt|5|0|(2026, 11, 22, 9, 30, 14)|2cf24dba"];
    assert_eq!(read(archive.path()), told);
}

#[tokio::test]
async fn odd_names_and_folders_are_unpacked_where_they_belong() {
    let keys = [
        "å/日本 \u{1F600}.txt",
        "f/",
        "f/../../e",
        "/abs",
        "C:/x",
        "a\\b\n",
        "f",
        " ",
        "f/e e",
    ];
    let mut store = Store::default();
    for key in keys {
        store = store.with(key, key.to_owned(), "text/plain");
    }
    let archive = file(&zipped(store, &keys).await.unwrap());
    let names: HashSet<_> = read(archive.path())
        .iter()
        .map(|line| line.split('|').next().unwrap().to_owned())
        .collect();
    let wanted = [
        "å/日本 \u{1F600}.txt",
        "f/",
        "f/__/__/e",
        "abs",
        "C_/x",
        "a_b_",
        "f (2)",
        " ",
        "f/e e",
    ];
    assert_eq!(names, wanted.map(str::to_owned).into());
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    check("unzip", &["-qq", "-d", to], archive.path(), &[0]);
    let unpacked = std::fs::read_to_string(folder.path().join("å/日本 \u{1F600}.txt"));
    assert_eq!(unpacked.unwrap(), keys[0]);
}

#[tokio::test]
async fn more_entries_than_sixteen_bits_count() {
    let keys: Vec<_> = (0..70_000).map(|n| format!("d{}/{n}", n % 7)).collect();
    let mut store = Store::default();
    for key in &keys {
        store = store.with(key, Bytes::from(key.clone()), "text/plain");
    }
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let length = Plan::new(store.items(&keys)).length().unwrap();
    let archive = zipped(store, &keys).await.unwrap();
    assert_eq!(archive.len() as u64, length);
    let archive = file(&archive);
    assert_eq!(read(archive.path()).len(), 70_000);
}
