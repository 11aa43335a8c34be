//! libFuzzer's way into [`portico_fuzz::sigv2`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portico_fuzz::sigv2::run(input));
