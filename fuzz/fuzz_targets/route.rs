//! libFuzzer's way into [`portico_fuzz::route`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portico_fuzz::route::run(input));
