//! What is compressed, how hard, and that the same objects make the same bytes however they come.

use std::sync::Arc;

use portico_zip::{Compression, Keep, Packing, Plan};
use rand::rngs::SmallRng;
use rand::{RngCore as _, SeedableRng as _};

use crate::left_out::{InFile, Tally};
use crate::support::{Store, read};

const TEXT: &str = "text/plain";

/// Lines that differ, as those of a log do.
fn lines(bytes: usize) -> Vec<u8> {
    let line = |number: u32| {
        format!(
            "{number:09} GET /a/{}\n",
            number.wrapping_mul(2_654_435_761)
        )
    };
    let lines = (0..).map(line).flat_map(String::into_bytes);
    lines.take(bytes).collect()
}

/// Bytes that nothing compresses.
fn noise(bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    SmallRng::seed_from_u64(7).fill_bytes(&mut noise);
    noise
}

fn store() -> Store {
    Store::default()
        .with("lines", lines(1_500_000), TEXT)
        .with("noise", noise(700_000), TEXT)
        .with("short", "ab", TEXT)
        .with("empty", "", TEXT)
        // Noise behind its first block, and the other way round.
        .with("later", [lines(300_000), noise(600_000)].concat(), TEXT)
        .with("sooner", [noise(300_000), lines(600_000)].concat(), TEXT)
}

const KEYS: [&str; 6] = ["lines", "noise", "short", "empty", "later", "sooner"];

/// What programs say of each entry, and the archive's length.
async fn packed(compression: Compression) -> (Vec<String>, usize) {
    let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    let store = store();
    let plan = Plan::new(store.items(&KEYS));
    let keep = Keep {
        packing: Packing::new(compression),
        ..Keep::default()
    };
    let shelf = InFile(file.reopen().unwrap(), None);
    let mut tally = Tally::default();
    let kept = keep.write(plan, Arc::new(store), shelf, &mut tally).await;
    let length = kept.unwrap().0.length;
    (read(file.path()), usize::try_from(length).unwrap())
}

fn methods(told: &[String]) -> Vec<&str> {
    let method = |line: &String| line.split('|').nth(2).unwrap().parse::<u8>().unwrap();
    let word = |method| if method == 8 { "deflated" } else { "stored" };
    told.iter().map(|line| word(method(line))).collect()
}

/// Names, sizes and digests.
fn contents(told: &[String]) -> Vec<(String, String)> {
    let parts = |line: &String| {
        let parts: Vec<_> = line.split('|').collect();
        (parts[..2].concat(), parts[4].to_owned())
    };
    told.iter().map(parts).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_become_smaller_is_stored_and_all_comes_back() {
    let (stored, most) = packed(Compression::Store).await;
    let (fast, less) = packed(Compression::Fast).await;
    let (best, least) = packed(Compression::Best).await;
    assert_eq!(methods(&stored), ["stored"; 6]);
    let wanted = [
        "deflated", "stored", "stored", "stored", "deflated", "stored",
    ];
    assert_eq!(methods(&fast), wanted);
    assert_eq!(methods(&best), wanted);
    assert_eq!(contents(&fast), contents(&stored));
    assert_eq!(contents(&best), contents(&stored));
    assert!(most > less && less > least, "{most}, {less}, {least}");
}
