//! However an answer is split, it is the same answer.

#![no_main]

#[path = "../../tests/it/framing/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("answer", input));
