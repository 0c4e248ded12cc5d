//! Chunks are read as they were written.

#![no_main]

#[path = "../../tests/it/framing/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("chunked", input));
