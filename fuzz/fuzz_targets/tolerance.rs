//! Every unit that parses is written and read the same.

#![no_main]

#[path = "../../tests/it/hostile/edits.rs"]
mod edits;
#[path = "../../tests/it/hostile/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("tolerance", input));
