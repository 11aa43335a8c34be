//! Archives: as a job, as a stream, through a link.

mod broken;
mod clients;
mod elsewhere;
mod fetched;
mod instant;
mod links;
mod lost;
mod refused;
mod resumed;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngCore as _, SeedableRng as _};
use serde_json::Value;

use crate::desk::Desk;
use crate::house::{Answer, House, PATIENCE};
use crate::task::{Task, below};

/// Name and bytes of each entry, as Python reads them; Info-ZIP and 7-Zip must be content too.
#[track_caller]
pub(crate) fn contents(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    file.write_all(archive).unwrap();
    run("unzip", &["-tqq"], file.path());
    run("7z", &["t", "-bso0", "-bsp0"], file.path());
    let script = "import json, sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        print(json.dumps({i.filename: z.read(i).hex() for i in z.infolist()}))";
    let told = run("python3", &["-c", script], file.path());
    let told: BTreeMap<String, String> = serde_json::from_str(&told).unwrap();
    let read = told
        .into_iter()
        .map(|(name, bytes)| (name, const_hex::decode(bytes).unwrap()));
    read.collect()
}

#[track_caller]
fn run(program: &str, arguments: &[&str], archive: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(archive).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; see `make setup`"));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program}: {told}");
    told
}

/// An archive that was asked for as a job.
#[track_caller]
pub(crate) fn zip(desk: &Desk, document: &Value) -> Task {
    Task::of("download", &desk.tell("POST", &below("download"), document))
}

/// Asks until the answer is the archive.
#[track_caller]
pub(crate) fn fetched(desk: &Desk, task: &Task) -> Answer {
    let answer = task.until(desk, |answer| answer.json()["status"] != "processing");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    answer
}

/// Asks until it has failed, and tells how.
#[track_caller]
pub(crate) fn failed(desk: &Desk, task: &Task) -> Value {
    let answer = task.until(desk, |answer| answer.json()["status"] != "processing");
    assert_eq!(answer.status, 500, "{answer:?}");
    let told = answer.json()["detail"].take();
    assert_eq!(told["status"], "failed");
    told
}

/// Objects whose bytes are not those of any other, none of them a text.
pub(crate) fn store(house: &House, objects: &[(&str, usize)]) -> BTreeMap<String, Vec<u8>> {
    let mut made = BTreeMap::new();
    for (key, size) in objects {
        let bytes = noise(key, *size);
        house.store().put(key, &bytes);
        made.insert((*key).to_owned(), bytes);
    }
    made
}

/// Bytes that nothing compresses, always the same for a word.
pub(crate) fn noise(word: &str, size: usize) -> Vec<u8> {
    let (mut seed, mut bytes) = (DefaultHasher::new(), vec![0; size]);
    word.hash(&mut seed);
    SmallRng::seed_from_u64(seed.finish()).fill_bytes(&mut bytes);
    bytes
}

/// The names of the files of jobs in a house's folder.
pub(crate) fn files(house: &House) -> Vec<String> {
    let entries = std::fs::read_dir(house.folder().join("jobs/files"));
    let names = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter(|name| name != "place").collect()
}

/// Waits until there are none.
#[track_caller]
pub(crate) fn emptied(house: &House) {
    let end = Instant::now() + PATIENCE;
    while !files(house).is_empty() {
        assert!(Instant::now() < end, "{:?}", files(house));
        std::thread::sleep(Duration::from_millis(10));
    }
}
