//! Histograms that say more than they hold, or hold more than they look.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::json;

use crate::support::Shelf;

/// The text of a histogram: what its head says, and the bytes of its counts.
fn histogram(length: u32, digits: u32, highest: u64, counts: &[u8]) -> String {
    let mut plain = Vec::new();
    for word in [0x1c84_9313, length, 0, digits] {
        plain.extend(word.to_be_bytes());
    }
    plain.extend([1, highest, 1.0_f64.to_bits()].into_iter().flat_map(u64::to_be_bytes));
    plain.extend(counts);
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::best());
    deflated.write_all(&plain).unwrap();
    let deflated = deflated.finish().unwrap();
    let head = [0x1c84_9314, u32::try_from(deflated.len()).unwrap()].map(u32::to_be_bytes).concat();
    BASE64.encode([head, deflated].concat())
}

#[test]
fn a_histogram_that_says_more_than_it_holds_takes_no_memory() {
    let bomb = vec![0; 100_000_000];
    let cases = [
        (histogram(u32::MAX, 3, 100, &[2]), "V2 form"),
        (histogram(1, 5, 1 << 62, &[2]), "5 significant digits"),
        (histogram(100_000_000, 3, 100, &bomb), "inflates to more"),
        (histogram(1, 3, u64::MAX, &[0xff; 9]), "V2 form"),
        (histogram(4, 3, u64::MAX, &[0xff, 0xef, 0x02, 2]), "beyond 71 minutes"),
        (histogram(9, 3, 100, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), "more requests than any run"),
        ("HISTFAAA".to_owned(), "V2 form"),
        ("HISTFA".repeat(1_000_000), "histogram"),
    ];
    let mut shelf = Shelf::without_baseline("");
    for (text, complaint) in cases {
        let put = |file: &mut serde_json::Value| file["endpoints"]["search"]["window"]["service_us"] = json!(text);
        shelf = super::refused(shelf, ("steady.json", "report FILE"), put, &["hostile.json", complaint]);
    }
}

#[test]
fn histograms_that_are_small_one_by_one_are_refused_when_there_are_too_many() {
    // 23,552 counts of 1 each: some hundred characters that stand for 70 KB.
    let dense = histogram(23_552, 3, u64::from(u32::MAX), &vec![2; 23_552]);
    assert!(dense.len() < 200, "{}", dense.len());
    let put = |file: &mut serde_json::Value| {
        let endpoints = file["endpoints"].as_object_mut().unwrap();
        endpoints.extend((0..10_000).map(|number| (number.to_string(), json!({ "window": { "service_us": dense } }))));
    };
    let shelf = Shelf::without_baseline("");
    super::refused(shelf, ("steady.json", "report FILE"), put, &["its histograms inflate to more than any run's"]);
}
