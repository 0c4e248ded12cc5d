//! What must hold for any file. The fuzzer checks it on its own finds, `cargo test` on the corpus that is kept of them
//! and on edits of files that are right.
//!
//! In: a file's bytes; for a stored format, where they do not start with `{`, edits of a file that is right. Out: nothing;
//! it panics at what does not hold. Opens no connection.

use std::fmt::{Debug, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use loadgate::baseline::Baseline;
use loadgate::config;
use loadgate::gate::{self, Comparison, Context, Explanation, Policy, sensitivity};
use loadgate::history::{History, Terms};
use loadgate::measure::{Duet, Recording, Run};
use loadgate::plan::{Choice, Next, Plan, Scope, Scratch, Sequence, Walk};
use loadgate::report::terminal::{self, Style};
use loadgate::report::{
    CeilingView, Figures, HistoryView, StoredView, View, explain, html, json, junit, markdown, svg,
};
use loadgate::units::{Growth, Latency, Quantile, Rate, Ratio, Size, Span, Tolerance};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::edits::edited;

const RECORDING: &[u8] = include_bytes!("../../fixtures/recording-v1.json");
const BASELINE: &[u8] = include_bytes!("../../fixtures/history-v1.json");
const COMPARISON: &[u8] = include_bytes!("../../fixtures/comparison-v1.json");
const DUET: &[u8] = include_bytes!("../../fixtures/duet-v1.json");

const STYLES: [Style; 2] = [Style { color: true, width: 80, all: true }, Style { color: false, width: 1, all: false }];

/// Checks what a target of the fuzzer checks.
pub(crate) fn check(target: &str, input: &[u8]) {
    match target {
        "config" => any_config(input),
        "template" => any_template(input),
        "tolerance" => any_unit(input),
        "recording" => any_recording(&file(RECORDING, input)),
        "baseline" => any_baseline(&file(BASELINE, input)),
        "comparison" => any_comparison(&file(COMPARISON, input)),
        "duet" => any_duet(&file(DUET, input)),
        other => panic!("`{other}` is no target"),
    }
}

/// The file that an input is.
fn file(right: &[u8], input: &[u8]) -> Vec<u8> {
    if input.first() == Some(&b'{') {
        return input.to_vec();
    }
    edited(&serde_json::from_slice(right).unwrap(), input).into_bytes()
}

/// The path that errors name.
fn path() -> &'static Path {
    Path::new("hostile.json")
}

/// A refusal is a sentence that names the file.
#[track_caller]
fn is_said(error: &dyn Display) {
    let said = error.to_string();
    assert!(said.contains("hostile."), "{said}");
}

/// A recording that reads is written and read the same, and is shown in every format.
fn any_recording(bytes: &[u8]) {
    let recording = match Recording::from_json(bytes, path()) {
        Ok(recording) => recording,
        Err(error) => return is_said(&error),
    };
    let written = recording.to_json().unwrap();
    let again = Recording::from_json(&written, path()).unwrap();
    assert_eq!(again.to_json().unwrap(), written, "what is read is written the same");
    assert_eq!(again.run(), recording.run(), "and compared the same");
    renders(&json_of(&recording.summary()));
    let figures = Figures::of(&recording.summary());
    for style in STYLES {
        shown(|out| terminal::run(&figures, style, out));
        if let Some(ceiling) = &recording.ceiling {
            shown(|out| terminal::ceiling(&CeilingView::of(ceiling), style, out));
        }
    }
    let comparison = Comparison::alone(&recording);
    shown_everywhere(&comparison);
    read_again(&comparison);
    recording.run().check().unwrap();
}

/// A comparison that reads is written and read the same, shown in every format, and explained cell by cell.
fn any_comparison(bytes: &[u8]) {
    let comparison = match Comparison::from_json(bytes, path()) {
        Ok(Some(comparison)) => comparison,
        Ok(None) => return,
        Err(error) => return is_said(&error),
    };
    read_again(&comparison);
    shown_everywhere(&comparison);
    for cell in comparison.cells.iter().take(20) {
        let explanation = Explanation::of(&comparison, cell);
        shown(|out| explain::render(&explanation, STYLES[0], out));
        shown(|out| json::render(&explanation, out));
    }
    shown(|out| explain::choices(&comparison, "hostile.json", STYLES[1], out));
}

/// A baseline that reads is written and read the same; it is shown, compared with and looked back on.
fn any_baseline(bytes: &[u8]) {
    let baseline = match Baseline::from_json(bytes, path()) {
        Ok(baseline) => baseline,
        Err(error) => return is_said(&error),
    };
    let written = baseline.to_json().unwrap();
    let again = Baseline::from_json(&written, path()).unwrap();
    assert_eq!(again.to_json().unwrap(), written, "what is read is written the same");
    let policy = policy();
    let view = StoredView::of(&baseline, &sensitivity(&baseline, &policy));
    shown(|out| terminal::stored(path(), &view, STYLES[0], out));
    let recording = Recording::from_json(RECORDING, path()).unwrap();
    let endpoints = recording.endpoints();
    let comparison = gate::compare(
        &[recording.run()],
        &recording.summary(),
        Some(&baseline),
        &policy,
        &context(&recording.facts.profile, &endpoints),
    );
    shown_everywhere(&comparison);
    read_again(&comparison);
    let runs: Vec<Run> = baseline.runs.into_iter().map(|stored| stored.run).take(20).collect();
    let history = History::of(&runs, Terms::default()).unwrap();
    shown(|out| terminal::history(&HistoryView::of("short", &history), STYLES[0], out));
    shown(|out| json::render(&history, out));
    renders(&svg("short", &history));
}

/// A duet that reads is written and read the same, and compared.
fn any_duet(bytes: &[u8]) {
    let duet = match Duet::from_json(bytes, path()) {
        Ok(Some(duet)) if duet.blocks.len() <= 40 => duet,
        Ok(_) => return,
        Err(error) => return is_said(&error),
    };
    let written = duet.to_json().unwrap();
    let again = Duet::from_json(&written, path()).unwrap().unwrap();
    assert_eq!(again.to_json().unwrap(), written, "what is read is written the same");
    let endpoints = duet.endpoints();
    let comparison = gate::duet(&duet, &policy(), &context(&duet.profile, &endpoints));
    shown_everywhere(&comparison);
    read_again(&comparison);
}

/// Text is a configuration or is refused in few words; what it describes is compiled the same each time, or refused.
fn any_config(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (config, source) = match config::parse(text, Path::new("hostile.toml")) {
        Ok(parsed) => parsed,
        Err(error) => {
            is_said(&error);
            let said = error.to_string();
            assert!(said.len() <= 4_000 + 8 * text.len(), "{} bytes of {}", said.len(), text.len());
            return;
        }
    };
    let compiled = || Plan::compile(&config, &source, &choice());
    match (compiled(), compiled()) {
        (Ok(plan), Ok(again)) => {
            assert_eq!(plan.fingerprint, again.fingerprint);
            assert!(!plan.users.is_empty() && plan.users.iter().all(|user| !user.tasks.is_empty()));
            assert_eq!(requests(&plan), requests(&again), "the same seed draws the same");
        }
        (Err(error), Err(again)) => assert_eq!(error.to_string(), again.to_string()),
        (one, other) => panic!("{one:?} and then {other:?}"),
    }
}

/// A template is refused, or makes the same request each time; without an expression it is itself.
fn any_template(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let quoted = toml_text(text);
    let file = format!(
        "target = {{ url = \"http://127.0.0.1:1\" }}\n[vars]\nword = \"w\"\n[[user]]\n[[user.task]]\nname = \"t\"\n\
         post = \"/\"\nbody = {quoted}\n[profile.p]\nusers = 1\nduration = \"1s\"\n"
    );
    let (config, source) = config::parse(&file, Path::new("hostile.toml")).unwrap();
    let compiled = || Plan::compile(&config, &source, &choice());
    let (plan, again) = match (compiled(), compiled()) {
        (Ok(plan), Ok(again)) => (plan, again),
        (Err(error), Err(_)) => return is_said(&error),
        (one, other) => panic!("{one:?} and then {other:?}"),
    };
    let made = requests(&plan);
    if !text.contains("uuid") && !text.contains("now") {
        assert_eq!(made, requests(&again), "the same seed draws the same");
    }
    if !text.contains("{{") {
        assert!(made[0].ends_with(text.as_bytes()), "text without an expression is itself");
    }
}

/// A TOML text that is this one.
fn toml_text(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn choice() -> Choice {
    Choice {
        profile: None,
        only: Vec::new(),
        skip: Vec::new(),
        target: None,
        seed: 7,
        // Nothing is there, whatever a file names.
        base: PathBuf::from("/nonexistent/hostile"),
        started_url: None,
        environment: |name| (name == "HOME").then(|| "set".to_owned()),
    }
}

/// The first requests of every sequence of a plan, as they are written to the wire.
fn requests(plan: &Plan) -> Vec<Vec<u8>> {
    let mut wires = Vec::new();
    for (number, user) in plan.users.iter().enumerate().take(10) {
        let mut scope = Scope::new(plan, number, 0);
        let sequences = [&user.start].into_iter().chain(user.tasks.iter().map(|task| &task.steps)).chain([&user.stop]);
        for sequence in sequences.take(20) {
            scope.begin();
            walk(plan, sequence, &mut scope, &mut wires);
        }
    }
    wires
}

fn walk(plan: &Plan, sequence: &Sequence, scope: &mut Scope, wires: &mut Vec<Vec<u8>>) {
    let (mut walk, mut scratch) = (Walk::default(), Scratch::default());
    for _ in 0..20 {
        let Ok(next) = sequence.next(&mut walk, &plan.data, scope) else { return };
        match next {
            Next::Request(step) => match step.request(plan, scope, &mut scratch) {
                Ok(request) => wires.push(request.wire().to_vec()),
                Err(_exhausted) => return,
            },
            Next::Breathe => {}
            Next::End => return,
        }
    }
}

/// Every unit: what parses is shown, and is written and read the same.
fn any_unit(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    unit::<Span>(text);
    unit::<Latency>(text);
    unit::<Rate>(text);
    unit::<Ratio>(text);
    unit::<Size>(text);
    unit::<Quantile>(text);
    unit::<Growth>(text);
    unit::<Tolerance>(text);
}

fn unit<T: FromStr<Err: Display> + Display + Debug + PartialEq + Serialize + DeserializeOwned>(text: &str) {
    match text.parse::<T>() {
        Ok(value) => {
            assert!(!value.to_string().is_empty());
            let written = serde_json::to_string(&value).unwrap();
            let again = serde_json::from_str::<T>(&written);
            assert_eq!(again.as_ref().ok(), Some(&value), "{text:?} is written as {written}: {again:?}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn policy() -> Policy {
    let file = "target = { url = \"demo\" }\n[[user]]\ntask = [{ get = \"/products\" }]\n[profile.short]\nusers = 1\n\
                duration = \"1s\"\n[gate]\nprofile = \"short\"\n";
    let (config, _) = config::parse(file, Path::new("hostile.toml")).unwrap();
    Policy::compile(&config.gate, &config.baseline, &[], false, None).unwrap()
}

fn context<'a>(profile: &'a str, endpoints: &'a [String]) -> Context<'a> {
    Context { seed: 1, profile, load: "load", baseline_path: Some(path()), recordings: &[], endpoints }
}

/// A comparison that loadgate made or took is one that it takes.
fn read_again(comparison: &Comparison) {
    let written = json_of(comparison);
    let again = Comparison::from_json(written.as_bytes(), path()).unwrap().unwrap();
    assert_eq!(json_of(&again), written, "what is read is written the same");
}

fn json_of<T: Serialize + DeserializeOwned>(value: &T) -> String {
    shown(|out| json::render(value, out))
}

fn shown_everywhere(comparison: &Comparison) {
    let view = View::of_file(comparison, path());
    for style in STYLES {
        let text = shown(|out| terminal::render(&view, style, out));
        if !style.color {
            renders(&text);
        }
    }
    for budget in [0, 2_000, markdown::COMMENT_BUDGET] {
        renders(&shown(|out| markdown::render(&view, budget, out)));
    }
    renders(&shown(|out| html::render(&view, out)));
    renders(&shown(|out| junit::render(&view, out)));
}

/// What was written, which is text.
fn shown(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    render(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Nothing in a report steers a terminal, and no figure is none.
#[track_caller]
fn renders(text: &str) {
    let steers = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!text.contains(steers), "{:?}", text.find(steers));
}
