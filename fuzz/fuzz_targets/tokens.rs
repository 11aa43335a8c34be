//! libFuzzer's way into [`portico_fuzz::tokens`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portico_fuzz::tokens::run(input));
