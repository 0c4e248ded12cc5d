//! A baseline that reads is written the same, shown, compared with and looked back on.

#![no_main]

#[path = "../../tests/it/hostile/edits.rs"]
mod edits;
#[path = "../../tests/it/hostile/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("baseline", input));
