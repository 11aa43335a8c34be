//! Archives in files: what fails is left out and told, what is text is compressed.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::sync::Arc;

use portico_sdk::{Error, Reason};
use portico_zip::{Keep, KeepError, Kept, Known, Plan, Shelf, Watch};
use tempfile::NamedTempFile;

use crate::support::{Fault, Store, read};

pub(crate) struct InFile(pub(crate) File, pub(crate) Option<u64>);

impl Shelf for InFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self
            .1
            .is_some_and(|most| self.0.stream_position().unwrap() + bytes.len() as u64 > most)
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write_all(bytes)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)?;
        self.0.seek(io::SeekFrom::Start(length)).map(drop)
    }
}

#[derive(Default)]
pub(crate) struct Tally {
    bytes: u64,
    added: Vec<usize>,
    failed: Vec<usize>,
    strict: bool,
}

impl Watch for Tally {
    fn bytes(&mut self, count: u64) {
        self.bytes += count;
    }

    fn added(&mut self, index: usize, _: &Known) {
        self.added.push(index);
    }

    fn failed(&mut self, index: usize, error: Error) -> Result<(), Error> {
        self.failed.push(index);
        if self.strict { Err(error) } else { Ok(()) }
    }
}

async fn kept(
    store: Store,
    keys: &[&str],
    tally: &mut Tally,
    most: Option<u64>,
) -> (NamedTempFile, Result<Kept, KeepError>) {
    let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    let shelf = InFile(file.reopen().unwrap(), most);
    let plan = Plan::new(store.items(keys));
    let kept = Keep::default()
        .write(plan, Arc::new(store), shelf, tally)
        .await;
    (file, kept.map(|(kept, _)| kept))
}

fn store() -> Store {
    let text = "0123456789abcdef".repeat(5000);
    Store::default()
        .with("a.txt", text.clone(), "text/plain")
        .with("b.jpg", text.clone(), "image/jpeg")
        .with("d/e.csv", text, "text/csv")
        .with("FAILED.txt", "mine", "text/plain")
}

#[tokio::test]
async fn texts_are_deflated_and_pictures_stored() {
    let mut tally = Tally::default();
    let (file, kept) = kept(
        store(),
        &["a.txt", "b.jpg", "d/", "d/e.csv"],
        &mut tally,
        None,
    )
    .await;
    let told = read(file.path());
    let methods: Vec<_> = told
        .iter()
        .map(|line| line.split('|').nth(2).unwrap())
        .collect();
    assert_eq!(methods, ["8", "0", "0", "8"]);
    assert!(
        told.iter()
            .all(|line| line.starts_with("d/|0") || line.contains("|80000|"))
    );
    let kept = kept.unwrap();
    assert_eq!(kept.length, file.as_file().metadata().unwrap().len());
    assert!(kept.length < 90_000, "{}", kept.length);
    assert_eq!((tally.bytes, tally.added), (240_000, vec![0, 1, 2, 3]));
    assert_eq!(kept.failures, []);
}

#[tokio::test]
async fn what_fails_midway_leaves_nothing_but_a_line() {
    let store = store().failing(
        "a.txt",
        [Fault::Broken(50_000), Fault::Refused(Reason::NotFound)],
    );
    let keys = ["b.jpg", "a.txt", "gone", "FAILED.txt"];
    let mut tally = Tally::default();
    let (file, kept) = kept(store, &keys, &mut tally, None).await;
    let told = read(file.path());
    let names: Vec<_> = told
        .iter()
        .map(|line| line.split('|').next().unwrap())
        .collect();
    assert_eq!(names, ["b.jpg", "FAILED.txt", "FAILED (2).txt"]);
    let failures = kept.unwrap().failures;
    let keys: Vec<_> = failures
        .iter()
        .map(|failure| failure.key.as_str())
        .collect();
    assert_eq!(keys, ["a.txt", "gone"]);
    assert_eq!((tally.added, tally.failed), (vec![0, 3], vec![1, 2]));
}

#[tokio::test]
async fn the_same_objects_make_the_same_bytes() {
    let keys = ["a.txt", "b.jpg", "d/", "d/e.csv"];
    let mut archives = Vec::new();
    for _ in 0..2 {
        let (file, _) = kept(store(), &keys, &mut Tally::default(), None).await;
        archives.push(std::fs::read(file.path()).unwrap());
    }
    assert!(archives[0] == archives[1]);
}

#[tokio::test]
async fn a_full_disk_and_a_strict_watcher_end_the_work() {
    let mut tally = Tally::default();
    let (_, full) = kept(store(), &["b.jpg", "a.txt"], &mut tally, Some(40_000)).await;
    assert!(
        matches!(full, Err(KeepError::Shelf(error)) if error.kind() == io::ErrorKind::StorageFull)
    );
    let mut strict = Tally {
        strict: true,
        ..Tally::default()
    };
    let (_, ended) = kept(store(), &["gone", "a.txt"], &mut strict, None).await;
    let Err(KeepError::Ended(error)) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(error.reason(), Reason::NotFound);
}

#[tokio::test]
async fn what_is_known_to_be_missing_is_not_asked_for() {
    let store = Arc::new(store());
    let mut items = store.items(&["a.txt", "b.jpg"]);
    items[0].missing = Some("gone".to_owned());
    let file = tempfile::tempfile().unwrap();
    let (plan, mut tally) = (Plan::new(items), Tally::default());
    let kept = Keep::default();
    let kept = kept.write(plan, Arc::clone(&store), InFile(file, None), &mut tally);
    assert_eq!(kept.await.unwrap().0.failures[0].why, "gone");
    assert_eq!(tally.failed, [0]);
    assert_eq!(store.asked.lock().unwrap().len(), 1);
}
