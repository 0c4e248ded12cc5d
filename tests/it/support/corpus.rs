//! The corpora of the fuzzer, checked without it.

use std::panic::{RefUnwindSafe, catch_unwind};
use std::path::Path;

/// Fewest files of a corpus: one that lost most of its files is noticed.
const FEWEST: usize = 20;

/// Checks each file of a target's corpus.
pub(crate) fn check_corpus(target: &str, check: impl Fn(&str, &[u8]) + RefUnwindSafe) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= FEWEST, "{} holds {} files", folder.display(), files.len());
    for file in files {
        let input = std::fs::read(&file).unwrap();
        let checked = catch_unwind(|| check(target, &input));
        assert!(checked.is_ok(), "{} fails; what it was is above", file.display());
    }
}
