//! A comparison that reads is written the same, shown in every format and explained.

#![no_main]

#[path = "../../tests/it/hostile/edits.rs"]
mod edits;
#[path = "../../tests/it/hostile/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("comparison", input));
