//! Baselines on disk.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::support::{TERMS, baseline, run};
use crate::baseline::{Baseline, Error, File, Store, schema};
use crate::measure::Metric;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("baselines"));
    (folder, store)
}

fn path_of(store: &Store, profile: &str) -> PathBuf {
    store.file(profile).path().to_owned()
}

fn save(store: &Store, baseline: &Baseline) -> PathBuf {
    store.file(&baseline.profile).update(|_| Ok(baseline.clone())).unwrap();
    path_of(store, &baseline.profile)
}

/// A baseline file that is there, and is left as it is when an update is tried.
fn refused(text: &[u8]) -> Error {
    let (_folder, store) = store();
    let path = path_of(&store, "load");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    let error = store.file("load").update(|_| Ok(baseline(1))).unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), text, "the file was overwritten");
    error
}

#[test]
fn a_baseline_of_format_1_reads_for_ever() {
    let found = File::new(fixture("baseline-v1.json"), "load").read_existing().unwrap();
    assert_eq!((found.profile.as_str(), found.runs.len(), found.jobs().len()), ("load", 3, 3));
    let cells = &found.newest().unwrap().cells["create_order"];
    assert!(cells.len() >= 2 && cells.values().all(|estimate| estimate.samples > 0));
}

#[test]
fn the_file_of_format_1_is_still_written_the_same() {
    let (_folder, store) = store();
    let fixture = fixture("baseline-v1.json");
    let path = save(&store, &File::new(&fixture, "load").read_existing().unwrap());
    assert_eq!(fs::read_to_string(path).unwrap(), fs::read_to_string(fixture).unwrap());
}

#[test]
fn what_is_saved_reads_back_to_six_digits_and_saves_the_same_again() {
    let (_folder, store) = store();
    let first = fs::read(save(&store, &baseline(3))).unwrap();
    let read = store.file("load").read().unwrap().unwrap();
    let p999 = read.runs[0].run.cells["create_order"][&Metric::P999].value;
    assert!((p999 - 912_346.0).abs() < 1e-6, "{p999}");
    assert_eq!(read.runs[1].histograms, run(1).histograms);
    assert_eq!(fs::read(save(&store, &read)).unwrap(), first);
}

#[test]
fn a_cell_is_one_line_so_that_a_new_run_only_adds_lines() {
    let (_folder, store) = store();
    let before = fs::read_to_string(save(&store, &baseline(2))).unwrap();
    let after = fs::read_to_string(save(&store, &baseline(3))).unwrap();
    assert!(before.lines().any(|line| line.trim_start().starts_with("\"p50_us\": { \"value\": 80123")), "{before}");
    let kept = before.lines().filter(|line| !line.trim().is_empty()).count();
    let common = after.lines().zip(before.lines()).take_while(|(new, old)| new == old).count();
    assert!(common + 3 >= kept, "{common} of {kept} lines stayed");
}

#[test]
fn a_run_from_another_machine_keeps_its_own_environment() {
    let (_folder, store) = store();
    let mut mixed = baseline(2);
    mixed.runs[1].run.origin.environment.cpu = "Apple M3".into();
    save(&store, &mixed);
    let read = store.file("load").read().unwrap().unwrap();
    assert_eq!(read.runs[1].run.origin.environment.cpu, "Apple M3");
    assert_eq!(read.runs[0].run.origin.environment, mixed.environment);
}

#[test]
fn a_baseline_that_is_not_there_is_none_and_one_that_was_named_is_an_error() {
    let (_folder, store) = store();
    assert!(store.file("load").read().unwrap().is_none());
    assert!(matches!(store.file("load").read_existing(), Err(Error::Missing { .. })));
}

#[test]
fn a_truncated_file_is_refused_and_never_overwritten() {
    let error = refused(&fs::read(fixture("baseline-truncated.json")).unwrap());
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore it from version control"), "{error}");
}

#[test]
fn a_foreign_file_is_refused_and_never_overwritten() {
    for text in [fs::read(fixture("baseline-foreign.json")).unwrap(), b"[]".to_vec(), b"{\"format\": 1}".to_vec()] {
        let error = refused(&text);
        assert!(matches!(error, Error::Foreign { .. }), "{error:?}");
        assert!(error.to_string().contains("load.json: not a loadgate baseline"), "{error}");
    }
}

#[test]
fn a_file_of_a_newer_format_is_refused_and_never_overwritten() {
    let error = refused(br#"{"format": 2, "kept_elsewhere": []}"#);
    assert!(
        error.to_string().contains("baseline format 2") && error.to_string().contains("update loadgate"),
        "{error}"
    );
}

#[test]
fn a_file_of_another_profile_is_refused_and_never_overwritten() {
    let (_folder, store) = store();
    let path = save(&store, &baseline(1));
    fs::rename(&path, path_of(&store, "soak")).unwrap();
    let error = store.file("soak").update(|_| Ok(baseline(1))).unwrap_err().to_string();
    assert!(error.contains("holds runs of profile \"load\", not \"soak\""), "{error}");
}

#[test]
fn a_change_that_is_refused_writes_nothing() {
    let (_folder, store) = store();
    let path = save(&store, &baseline(2));
    let before = fs::read(&path).unwrap();
    let accept_nothing = |current| Baseline::accept(current, "load", vec![], TERMS);
    store.file("load").update(accept_nothing).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    let mut invalid = run(7);
    invalid.run.valid = false;
    assert!(store.file("load").update(|current| Baseline::accept(current, "load", vec![invalid], TERMS)).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn runs_accepted_at_the_same_time_are_all_kept() {
    let (_folder, store) = store();
    std::thread::scope(|scope| {
        for job in 0..8 {
            let store = &store;
            scope.spawn(move || {
                store.file("load").update(|current| Baseline::accept(current, "load", vec![run(job)], TERMS)).unwrap();
            });
        }
    });
    assert_eq!(store.file("load").read().unwrap().unwrap().runs.len(), 8);
}

#[test]
fn a_list_holds_every_baseline_and_says_which_cannot_be_read() {
    let (_folder, store) = store();
    assert!(store.list().unwrap().is_empty());
    save(&store, &baseline(2));
    fs::write(path_of(&store, "broken"), "{").unwrap();
    let found: Vec<(bool, String)> = store
        .list()
        .unwrap()
        .into_iter()
        .map(|listed| (listed.baseline.is_ok(), listed.path.file_name().unwrap().to_string_lossy().into_owned()))
        .collect();
    assert_eq!(found, [(false, "broken.json".to_owned()), (true, "load.json".to_owned())]);
}

#[test]
fn profiles_have_plain_file_names_on_every_system() {
    let store = Store::new("baselines");
    let name = |profile: &str| path_of(&store, profile).file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(name("load"), "load.json");
    assert_eq!(name("spike-2.1_b"), "spike-2.1_b.json");
    assert_eq!(name("a/b:c"), "a%2Fb%3Ac.json");
    assert_eq!(name(".."), "%2E..json");
    assert_eq!(name("nul"), "%6Eul.json");
    assert_eq!(name("COM1.x"), "%43OM1.x.json");
    assert_eq!(name("Größe"), "Gr%C3%B6%C3%9Fe.json");
}

#[test]
fn the_committed_schema_has_not_drifted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/baseline.schema.json");
    let fresh = format!("{:#}\n", schema().to_value());
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "write what `loadgate schema baseline` prints to {}", path.display());
}

#[test]
fn the_fixture_is_what_the_schema_says() {
    let validator = jsonschema::validator_for(&schema().to_value()).unwrap();
    let text = fs::read_to_string(fixture("baseline-v1.json")).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&serde_json::from_str(&text).unwrap()).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

proptest! {
    #[test]
    fn two_profiles_never_share_a_file(one in "\\PC{0,12}", other in "\\PC{0,12}") {
        let store = Store::new("baselines");
        prop_assert_eq!(one == other, path_of(&store, &one) == path_of(&store, &other));
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_the_writer_overwrite(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!refused(&bytes).to_string().is_empty());
    }
}
