//! Every sample in every format, held to whole-file snapshots.
//!
//! In: [`samples`]. Out: nothing. What a format must never do, whatever the sample, is asserted here as well.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::terminal::{self, Style};
use super::{Figures, View, files, samples};

const PLAIN: Style = Style { color: false, width: 130, all: false };

fn on_terminal(view: &View, style: Style) -> String {
    let mut out = Vec::new();
    terminal::render(view, style, &mut out).unwrap();
    terminal::reports("loadgate-report/", &["report.md", "junit.xml", "comparison.json"], style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A page without its style and script, which are files of their own; a line for each row.
fn content(file: &str, text: &str) -> String {
    if file != "report.html" {
        return text.to_owned();
    }
    let body = &text[text.find("<body").unwrap()..text.find("<script>").unwrap()];
    ["tr", "section", "figure", "option"]
        .iter()
        .fold(body.to_owned(), |body, tag| body.replace(&format!("<{tag}"), &format!("\n<{tag}")))
}

/// The beginning and the end of a file of hundreds of kilobytes, and a hash of all that lies between.
fn excerpt(text: &str) -> String {
    const KEPT: usize = 60;
    let cases = text.replace("<testcase", "\n<testcase");
    let lines: Vec<&str> = cases.lines().map(|line| line.get(..400).unwrap_or(line)).collect();
    let (start, rest) = lines.split_at(KEPT.min(lines.len()));
    let (middle, end) = rest.split_at(rest.len().saturating_sub(KEPT));
    let hash = Sha256::digest(text).iter().take(8).fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    format!("{}\n… {} more lines, {hash} in all …\n{}\n", start.join("\n"), middle.len(), end.join("\n"))
}

#[test]
fn every_sample_reads_as_its_snapshots() {
    for (name, comparison) in samples::all() {
        let view = View::of(&comparison);
        insta::assert_snapshot!(format!("{name}.txt"), on_terminal(&view, PLAIN));
        for (file, bytes) in files(&comparison, "loadgate-report".as_ref()).unwrap() {
            let text = content(file, &String::from_utf8(bytes).unwrap());
            let is_large = name == "many_endpoints" && file != "report.md";
            if file == "comparison.json" && !matches!(name, "fail" | "hostile_names" | "many_endpoints") {
                continue;
            }
            insta::assert_snapshot!(format!("{name}.{file}"), if is_large { excerpt(&text) } else { text });
        }
    }
}

#[test]
fn nothing_a_terminal_obeys_gets_through_any_format() {
    for (name, comparison) in samples::all() {
        let mut texts = vec![on_terminal(&View::of(&comparison), Style { all: true, ..PLAIN })];
        texts.extend(
            files(&comparison, "loadgate-report".as_ref())
                .unwrap()
                .into_iter()
                .map(|(_, bytes)| String::from_utf8(bytes).unwrap()),
        );
        for text in texts {
            let obeyed = |c: char| {
                (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.chars().any(obeyed), "{name}: {text:?}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{name}: {text}");
        }
    }
}

#[test]
fn nobody_needs_to_know_statistics() {
    for (name, comparison) in samples::all() {
        let view = View::of(&comparison);
        let mut text = on_terminal(&view, Style { all: true, ..PLAIN });
        for (_, bytes) in files(&comparison, "loadgate-report".as_ref())
            .unwrap()
            .into_iter()
            .filter(|(file, _)| *file != "comparison.json")
        {
            text += &String::from_utf8(bytes).unwrap();
        }
        for term in ["one-sided", "p-value", "confidence", "significan", "NaN", " inf"] {
            assert!(!text.contains(term), "{name} says {term}");
        }
    }
}

#[test]
fn a_failing_gate_fits_on_one_screen_however_many_endpoints_fail() {
    let text = on_terminal(&View::of(&samples::many_endpoints(200)), PLAIN);
    assert!(text.lines().count() <= 45, "{text}");
    assert!(text.contains("(--all shows them)"), "{text}");
}

#[test]
fn endpoints_that_differ_in_their_middle_stay_apart() {
    let text = on_terminal(&View::of(&samples::many_endpoints(6)), PLAIN);
    assert!(text.contains("section-000/") && text.contains("section-003/"), "{text}");
}

#[test]
fn colour_appears_only_where_it_was_asked_for() {
    let view = View::of(&samples::fail());
    let coloured = on_terminal(&view, Style { color: true, ..PLAIN });
    assert!(coloured.contains("\u{1b}["));
    assert!(!on_terminal(&view, PLAIN).contains('\u{1b}'));
}

#[test]
fn a_narrow_terminal_goes_without_the_strip() {
    let view = View::of(&samples::fail());
    let narrow = on_terminal(&view, Style { width: 90, ..PLAIN });
    assert!(!narrow.contains('●'), "{narrow}");
    insta::assert_snapshot!("fail.narrow.txt", narrow);
}

#[test]
fn all_rows_are_listed_where_they_were_asked_for() {
    insta::assert_snapshot!("fail.all.txt", on_terminal(&View::of(&samples::fail()), Style { all: true, ..PLAIN }));
}

#[test]
fn figures_alone_read_as_their_snapshots() {
    let mut summary = samples::summary();
    let mut out = Vec::new();
    terminal::run(&Figures::of(&summary), PLAIN, &mut out).unwrap();
    insta::assert_snapshot!("run.txt", String::from_utf8(out).unwrap());

    summary.endpoints.retain(|name, _| name == "create_order");
    summary.ceiling = Some(1_830.0);
    let mut out = Vec::new();
    terminal::hit("http://127.0.0.1:8000/orders", &Figures::of(&summary), PLAIN, &mut out).unwrap();
    insta::assert_snapshot!("hit.txt", String::from_utf8(out).unwrap());

    let mut out = Vec::new();
    terminal::run(&Figures::of(&samples::invalid().summary), PLAIN, &mut out).unwrap();
    insta::assert_snapshot!("run_invalid.txt", String::from_utf8(out).unwrap());
}

#[test]
fn classic_mistakes_are_told_in_every_format_and_change_no_verdict() {
    let mut comparison = samples::pass();
    comparison.summary.lint =
        (1..=5).map(|line| format!("loadgate.toml:{line}:1: no-warmup: <none>; write one")).collect();
    comparison.summary.lint[4].push_str(" ]]><evil/>");
    let view = View::of(&comparison);
    assert_eq!((view.verdict, &view.headline), (comparison.verdict, &View::of(&samples::pass()).headline));
    let text = on_terminal(&view, PLAIN);
    assert!(text.contains("  lint       loadgate.toml:1:1: no-warmup: <none>; write one\n"), "{text}");
    assert!(text.contains("loadgate.toml:3:1") && !text.contains("loadgate.toml:4:1"), "{text}");
    assert!(text.contains("             and 2 more: loadgate lint\n"), "{text}");
    let all: BTreeMap<_, _> = files(&comparison, Path::new("out")).unwrap().into_iter().collect();
    let read = |name: &str| String::from_utf8(all[name].clone()).unwrap();
    let markdown = read("report.md");
    assert!(markdown.contains("<details><summary>Lint: 5 classic mistakes</summary>"), "{markdown}");
    assert!(markdown.contains("loadgate.toml:5:1") && !markdown.contains("<none>"), "{markdown}");
    let junit = read("junit.xml");
    assert!(
        junit.contains("<system-out>") && junit.contains("loadgate.toml:5:1") && !junit.contains("]]><evil/>"),
        "{junit}"
    );
    assert!(read("comparison.json").contains("loadgate.toml:5:1: no-warmup"));
    let mut out = Vec::new();
    terminal::run(&Figures::of(&comparison.summary), PLAIN, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().ends_with("and 2 more: loadgate lint\n"));
}
