//! Text is a configuration, or is refused in few words; what it describes is compiled the same each time.

#![no_main]

#[path = "../../tests/it/hostile/edits.rs"]
mod edits;
#[path = "../../tests/it/hostile/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("config", input));
