//! A fixed number of changes to the inputs in `seeds/`, the same at every run.
//!
//! libFuzzer knows more, but wants a build of its own; see `make fuzz`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::PathBuf;

use portico_fuzz::{aws_chunked, route, sigv2, sigv4, tokens};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// One change to an input.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize, Index),
    Cut(Index),
}

impl Change {
    fn any(words: Vec<Vec<u8>>) -> impl Strategy<Value = Self> {
        let at = any::<Index>;
        prop_oneof![
            (at(), 0..8u8).prop_map(|(at, bit)| Self::Flip(at, bit)),
            (at(), prop::sample::select(words)).prop_map(|(at, word)| Self::Insert(at, word)),
            (at(), 1..32usize).prop_map(|(at, length)| Self::Remove(at, length)),
            (at(), 1..64usize, at()).prop_map(|(at, length, to)| Self::Repeat(at, length, to)),
            at().prop_map(Self::Cut),
        ]
    }

    fn apply(&self, input: &mut Vec<u8>) {
        let length = input.len();
        let place = |index: &Index| index.index(length + 1);
        let piece =
            |index: &Index, wanted: usize| place(index)..(place(index) + wanted).min(length);
        match self {
            Self::Flip(at, bit) => {
                if let Some(byte) = input.get_mut(place(at)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Insert(at, word) => {
                input.splice(place(at)..place(at), word.iter().copied());
            }
            Self::Remove(at, wanted) => drop(input.drain(piece(at, *wanted))),
            Self::Repeat(at, wanted, to) => {
                let again = input[piece(at, *wanted)].to_vec();
                input.splice(place(to)..place(to), again);
            }
            Self::Cut(at) => input.truncate(place(at)),
        }
    }
}

fn folder() -> PathBuf {
    // Asked at run time: a build folder shared by two clones would keep the path of the other.
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap().into()
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder().join("seeds").join(target)).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let seeds = paths.iter().map(|path| std::fs::read(path).unwrap());
    seeds.collect()
}

/// The texts of the dictionary, which is in libFuzzer's form.
fn words() -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(folder().join("words.dict")).unwrap();
    let quoted = |line: &str| Some(line.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    let words = text.lines().filter_map(quoted);
    words.map(|word| plain(word.as_bytes())).collect()
}

/// Undoes `\"`, `\\` and `\xAB`.
fn plain(mut word: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let [byte, tail @ ..] = word {
        let (byte, tail) = match (byte, tail) {
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap();
                (u8::from_str_radix(digits, 16).unwrap(), tail)
            }
            (b'\\', [byte, tail @ ..]) => (*byte, tail),
            _ => (*byte, tail),
        };
        out.push(byte);
        word = tail;
    }
    out
}

fn bounded(target: &str, cases: u32, run: fn(&[u8])) {
    let seeds = seeds(target);
    for seed in &seeds {
        run(seed);
    }
    let input = prop::sample::select(seeds);
    let changes = prop::collection::vec(Change::any(words()), 1..6);
    let mut runner = TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&(input, changes), |(mut input, changes)| {
        for change in &changes {
            change.apply(&mut input);
        }
        run(&input);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn signatures_of_version_2() {
    bounded("sigv2", 10_000, sigv2::run);
}

#[test]
fn signatures_of_version_4() {
    bounded("sigv4", 10_000, sigv4::run);
}

#[test]
fn aws_chunked_bodies() {
    bounded("aws_chunked", 5_000, aws_chunked::run);
}

#[test]
fn tokens_of_both_kinds() {
    bounded("tokens", 20_000, tokens::run);
}

#[test]
fn routes() {
    bounded("route", 20_000, route::run);
}
