//! Files that a stranger made: whatever is in them, loadgate says in time, and in bounded memory, what is wrong.

mod edits;
mod files;
mod histograms;
mod names;
mod properties;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use crate::support::{Finished, Shelf, check_corpus};

/// Most memory that a command may take for data: what it reads here is small, or not taken.
const MOST_MEMORY: u64 = 1 << 30;

/// The targets of the fuzzer that check something here.
const TARGETS: [&str; 7] = ["config", "template", "tolerance", "recording", "baseline", "comparison", "duet"];

/// What one command says of a file, with no more memory than it may take.
fn said_of(shelf: &Shelf, arguments: &str) -> Finished {
    let running = shelf.loadgate(arguments).start();
    #[cfg(target_os = "linux")]
    running.limit_memory(MOST_MEMORY);
    running.finish()
}

/// A shelf with a baseline, a comparison and a duet beside its recordings.
fn stocked() -> Shelf {
    let shelf = Shelf::new("");
    shelf.compare("slow.json");
    let comparison = shelf.project.read("loadgate-report/comparison.json");
    shelf.file("comparison.json", comparison).file("duet.json", include_str!("../fixtures/duet-v1.json"))
}

/// The command that reads each kind of file, and the kind's name in `stocked`.
const READERS: [(&str, &str); 4] = [
    ("steady.json", "report FILE"),
    ("baselines/short.json", "baseline show --baseline FILE"),
    ("comparison.json", "report FILE"),
    ("duet.json", "compare FILE"),
];

/// A file of the shelf with one thing changed, read by the command that reads such a file.
#[track_caller]
fn refused(shelf: Shelf, (file, command): (&str, &str), change: impl FnOnce(&mut Value), complaints: &[&str]) -> Shelf {
    let mut value = shelf.project.json(file);
    change(&mut value);
    refused_text(shelf, command, &value.to_string(), complaints)
}

/// A text, read by a command.
#[track_caller]
fn refused_text(shelf: Shelf, command: &str, text: &str, complaints: &[&str]) -> Shelf {
    let shelf = shelf.file("hostile.json", text);
    said_of(&shelf, &command.replace("FILE", "hostile.json")).exits(2).complains_of(complaints);
    shelf
}

#[test]
fn a_format_that_is_newer_missing_or_none_is_refused() {
    let mut shelf = stocked();
    for reader in READERS {
        shelf =
            refused(shelf, reader, |file| file["format"] = json!(7), &["hostile.json", "format 7", "update loadgate"]);
        shelf = refused(shelf, reader, |file| file["format"] = json!(u64::MAX), &["18446744073709551615"]);
        for format in [json!(0), json!("1"), json!(-1), json!(1.5), json!(null), json!([1])] {
            shelf = refused(shelf, reader, |file| file["format"] = format, &["hostile.json"]);
        }
        shelf = refused(shelf, reader, |file| drop(file.as_object_mut().unwrap().remove("format")), &["hostile.json"]);
    }
}

#[test]
fn a_key_that_is_there_twice_is_refused_wherever_it_is() {
    let mut shelf = stocked();
    for (file, command) in READERS {
        let text = shelf.project.read(file);
        let text = text.trim_end();
        // A key that nobody reads, the profile's own, and one of the first object inside.
        let twice = format!("{{\"a\": 1, \"a\": 2, {}", text.strip_prefix('{').unwrap());
        shelf = refused_text(shelf, command, &twice, &["the key \"a\" twice"]);
        let inside = text.replacen("\"search\"", "\"search\": {}, \"search\"", 1);
        if inside.contains("\"search\": {}, \"search\":") {
            shelf = refused_text(shelf, command, &inside, &["hostile.json"]);
        }
    }
}

#[test]
fn numbers_that_are_none_and_lists_without_a_bottom_are_refused() {
    let mut shelf = stocked();
    for (file, command) in READERS {
        let text = shelf.project.read(file);
        for number in ["1e999", "-1e999", "NaN", "Infinity", "0x10", "-", "1e99999999999999999999"] {
            let text = text.replacen("\"format\":1", &format!("\"more\":{number},\"format\":1"), 1);
            let text = text.replacen("\"format\": 1", &format!("\"more\": {number}, \"format\": 1"), 1);
            shelf = refused_text(shelf, command, &text, &["hostile.json"]);
        }
        let deep = text.replacen('{', &format!("{{\"deep\": {}", "[".repeat(100_000)), 1);
        shelf = refused_text(shelf, command, &deep, &["hostile.json"]);
    }
}

type Change = fn(&mut Value);

/// Each change of a recording is refused, with its complaint.
#[track_caller]
fn all_damaged(cases: &[(Change, &str)]) {
    let mut shelf = Shelf::without_baseline("");
    for (change, complaint) in cases {
        let complaints = ["hostile.json: the recording is damaged", complaint];
        shelf = refused(shelf, ("steady.json", "report FILE"), change, &complaints);
    }
}

#[test]
fn a_recording_of_no_run_is_refused() {
    all_damaged(&[
        (|file| file["facts"]["window_s"] = json!(1e300), "`window_s` is"),
        (|file| file["facts"]["warmup_s"] = json!(-0.5), "`warmup_s` is -0.5"),
        (|file| file["facts"]["leak"] = json!({ "p95": -1 }), "the growth that is allowed is -1"),
        (|file| file["facts"]["stages"] = json!([{ "level": -3, "ramp_s": 0, "hold_s": 1 }]), "the level of a stage"),
        (|file| file["series"]["slice_s"] = json!(1_u64 << 63), "slices of 9223372036854775808 s"),
        (|file| file["series"]["slice_s"] = json!(0), "slices of 0 s"),
        (
            |file| file["series"]["slices"][12]["start_s"] = json!(1_000_000_000_000_000_000_u64),
            "slices that start after",
        ),
        (|file| file["series"]["slices"][3]["start_s"] = json!(1), "slices out of order"),
    ]);
}

#[test]
fn a_recording_that_counts_what_no_run_counts_is_refused() {
    all_damaged(&[
        (
            |file| file["series"]["slices"][0]["endpoints"]["search"]["requests"] = json!(u64::MAX),
            "the requests add up",
        ),
        (
            |file| {
                let tally = &mut file["series"]["slices"][0]["endpoints"]["search"];
                tally["errors"] = json!({ "one": u64::MAX, "other": 206 });
            },
            "the failures add up",
        ),
        (
            |file| {
                for slice in file["series"]["slices"].as_array_mut().unwrap() {
                    slice["endpoints"]["search"]["bytes_received"] = json!(u64::MAX);
                }
            },
            "the bytes add up",
        ),
        (|file| file["series"]["slices"][0]["endpoints"]["search"]["requests"] = json!(-1), "damaged"),
        (|file| file["generator"]["slices"][0]["cpu_s"] = json!(1e300), "a time of a generator slice"),
        (|file| file["generator"]["slices"][0]["missed"] = json!(u64::MAX), "the counts of the generator"),
        (|file| file["generator"]["slice_s"] = json!(6), "generator slices of 6 s"),
        (
            |file| {
                let readings = json!({ "cpu_cores": { "count": u64::MAX, "sum": 1, "max": 1 } });
                file["resources"] = json!({ "slice_s": 1, "slices": [
                    { "start_s": 0, "readings": readings }, { "start_s": 1, "readings": readings },
                ] });
            },
            "the readings of resources",
        ),
        (
            |file| {
                let readings = json!({ "cpu_cores": { "count": 1, "sum": 1e308, "max": 1e308 } });
                file["resources"] = json!({ "slice_s": 1, "slices": [{ "start_s": 0, "readings": readings }] });
            },
            "a resource is 1",
        ),
        (|file| file["series"]["slices"] = vec![json!([]); 3_999_999].into(), "damaged"),
        (|file| file["more"] = vec![0; 4_000_000].into(), "more than 4000000 values"),
    ]);
}

#[test]
fn a_run_of_a_month_with_few_requests_or_of_no_time_is_shown_at_once() {
    let mut shelf = Shelf::without_baseline("");
    for window_s in [30.0 * 86_400.0, 1e-300] {
        let mut file = shelf.project.json("steady.json");
        file["facts"]["window_s"] = json!(window_s);
        shelf = shelf.file("month.json", file.to_string());
        for format in ["terminal", "markdown", "html", "junit", "json"] {
            said_of(&shelf, &format!("report month.json --format {format}")).exits(0);
        }
        // Nothing that it leads to is beyond what is read again.
        said_of(&shelf, "baseline accept month.json --replace").exits(0);
        said_of(&shelf, "baseline show").exits(0);
    }
}

#[test]
fn a_baseline_of_figures_that_no_run_has_is_refused() {
    fn cell<'a>(file: &'a mut Value, metric: &str) -> &'a mut Value {
        &mut file["runs"][1]["cells"]["search"][metric]
    }
    let cases: [(Change, &str); 8] = [
        (|file| cell(file, "error_rate")["value"] = json!(2), "run 2: error_rate of \"search\": its value is 2"),
        (|file| cell(file, "error_rate")["value"] = json!(-1e-9), "its value is -0.000000001"),
        (|file| cell(file, "p95_us")["value"] = json!(-5), "p95 of \"search\": its value is -5"),
        (|file| cell(file, "p95_us")["variance"] = json!(-1), "its variance is -1"),
        (|file| cell(file, "p95_us")["effective"] = json!(1e300), "its effective requests"),
        (|file| cell(file, "p95_us")["samples"] = json!(u64::MAX), "the samples of a run add up"),
        (|file| file["runs"][1]["window_s"] = json!(-1), "`window_s` is -1"),
        (|file| file["runs"] = vec![file["runs"][0].clone(); 2_001].into(), "more than 2000 runs"),
    ];
    let mut shelf = Shelf::new("");
    for (change, complaint) in cases {
        for command in
            ["baseline show --baseline FILE", "compare steady.json --baseline FILE", "history --baseline FILE"]
        {
            shelf = refused(shelf, ("baselines/short.json", command), change, &["hostile.json", complaint]);
        }
    }
}

#[test]
fn a_comparison_of_figures_that_no_gate_finds_is_refused() {
    fn noise(file: &mut Value) -> &mut Value {
        let cells = file["cells"].as_array_mut().unwrap();
        cells.iter_mut().map(|cell| &mut cell["basis"]["noise"]).find(|noise| noise.is_object()).unwrap()
    }
    let cases: [(Change, &str); 5] = [
        (|file| file["cells"][0]["unit"] = json!("us"), "the unit of another metric"),
        (|file| file["cells"][0]["candidate"] = json!(-1), "its value is -1"),
        (|file| file["cells"][0]["basis"]["chance"] = json!(1.5), "its chance is 1.5"),
        (|file| noise(file)["standard_error"] = json!(-1), "its noise is -1"),
        (|file| file["cells"][0]["basis"]["baseline"] = json!([vec![1; 2_001]]), "more than 2000 values"),
    ];
    let mut shelf = stocked();
    for (change, complaint) in cases {
        for command in ["report FILE", "explain FILE", "comment FILE --dry-run"] {
            let complaints = ["hostile.json: a damaged comparison", complaint];
            shelf = refused(shelf, ("comparison.json", command), change, &complaints);
        }
    }
}

#[test]
fn a_duet_that_nobody_played_is_refused() {
    let cases: [(Change, &str); 4] = [
        (|file| file["blocks"] = vec![file["blocks"][0].clone(); 1_001].into(), "more than 1000 blocks"),
        (|file| file["looks"] = vec![1; 1_001].into(), "more than 1000 blocks"),
        (|file| file["slot_s"] = json!(-1), "slot_s is -1"),
        (|file| file["blocks"][0]["candidate"]["cells"]["(all)"]["error_rate"]["value"] = json!(3), "its value is 3"),
    ];
    let mut shelf = stocked();
    for (change, complaint) in cases {
        shelf = refused(shelf, ("duet.json", "compare FILE"), change, &["hostile.json: a damaged duet", complaint]);
    }
}

#[test]
fn the_corpus_of_the_fuzzer_holds_what_the_fuzzer_checks() {
    for target in TARGETS {
        check_corpus(target, properties::check);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_file_that_was_edited_is_refused_or_read_and_shown(
        edits in prop::collection::vec(any::<[u8; 3]>(), 1..4),
        target in prop::sample::select(vec!["recording", "baseline", "comparison", "duet"]),
    ) {
        // Edits, not a file: those start otherwise.
        let edits = edits.concat();
        prop_assume!(edits.first() != Some(&b'{'));
        properties::check(target, &edits);
    }
}
