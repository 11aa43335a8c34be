//! The length is known before the first byte, whatever is in it.

use portico_zip::Plan;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Store, zipped};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_length_is_exact(objects in vec(("[a-c/é\\\\.]{1,4}", 0..80_000_usize), 0..12)) {
        let mut store = Store::default();
        for (key, size) in &objects {
            store = store.with(key, vec![7; *size], "text/plain");
        }
        let keys: Vec<_> = objects.iter().map(|(key, _)| key.as_str()).collect();
        let length = Plan::new(store.items(&keys)).length().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let archive = runtime.block_on(zipped(store, &keys)).unwrap();
        prop_assert_eq!(archive.len() as u64, length);
    }
}
