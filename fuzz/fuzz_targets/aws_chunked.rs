//! libFuzzer's way into [`portico_fuzz::aws_chunked`].
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portico_fuzz::aws_chunked::run(input));
