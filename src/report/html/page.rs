//! The page: verdict first, then what decided, the run over time, every endpoint, how far to trust it.
//!
//! In: a [`View`]. Out: the whole file. What tables and charts look like is theirs.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::super::figures::EXACTNESS;
use super::super::{Advice, Chart, EndpointCharts, View};
use super::{drawing, tables};
use crate::gate::Verdict;

/// How the page looks; the live page looks the same.
pub const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing may be loaded: the page is whole, and what it shows may come from a stranger.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// Writes the page.
///
/// # Errors
/// When writing fails.
pub fn render(view: &View, out: &mut impl Write) -> io::Result<()> {
    let title = format!("{}: {}", view.word(), view.headline);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body class=(tone(view.verdict)) {
                (head(view))
                main {
                    (tables::cells(view))
                    (over_time(view))
                    (tables::endpoints(&view.figures))
                    (tables::errors(&view.figures))
                    (tables::story(view))
                    (tables::search(view))
                    (trust(view))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    writeln!(out, "{}", page.into_string())
}

fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Recorded => "recorded",
        Verdict::Invalid => "invalid",
    }
}

fn head(view: &View) -> Markup {
    html! {
        header {
            p.verdict { (view.word()) }
            h1 { (view.headline) }
            p.what { (view.what) }
            p.what { (view.sides) }
            @if let Some(environment) = &view.environment { p.warning role="note" { (environment) } }
            @if !view.reasons.is_empty() {
                ul.reasons { @for reason in &view.reasons { li { (reason) } } }
            }
        }
    }
}

/// The charts: of one endpoint at a time where there is a script to choose, of all where there is none.
fn over_time(view: &View) -> Markup {
    let pictures = &view.pictures;
    let beside: Vec<&Chart> = pictures.users.iter().chain(&pictures.target).collect();
    html! {
        @if !pictures.endpoints.is_empty() {
            section #time aria-labelledby="time-title" {
                h2 #time-title { "Over time" }
                p.choose hidden {
                    label for="endpoint" { "Endpoint" } " "
                    select #endpoint {
                        @for (number, of) in pictures.endpoints.iter().enumerate() { option value=(number) { (of.endpoint) } }
                    }
                }
                @for (number, of) in pictures.endpoints.iter().enumerate() { (of_endpoint(number, of)) }
                @if !beside.is_empty() { div.charts { @for chart in beside { (drawing::chart(chart)) } } }
            }
        }
    }
}

fn of_endpoint(number: usize, of: &EndpointCharts) -> Markup {
    html! {
        div.charts.endpoint data-number=(number) {
            @for chart in [&of.latency, &of.traffic, &of.distribution] { (drawing::chart(chart)) }
        }
    }
}

fn trust(view: &View) -> Markup {
    let figures = &view.figures;
    html! {
        section aria-labelledby="trust-title" {
            h2 #trust-title { "How sure, and what to do" }
            (advice(&view.how_sure))
            (advice(&view.what_to_do))
            dl {
                dt { "Generator" } dd { (figures.generator) }
                @if let Some(target) = &figures.target { dt { "Target" } dd { (target) } }
                @for growth in &figures.growth { dt { "Growth" } dd { (growth) } }
                dt { "Percentiles" } dd { (EXACTNESS) }
            }
            @if !figures.lint.is_empty() {
                h3 { "Lint: classic mistakes of loadgate.toml" }
                ul.lint { @for note in &figures.lint { li { (note) } } }
            }
        }
    }
}

fn advice(advice: &[Advice]) -> Markup {
    html! {
        @for Advice { text, command } in advice {
            p { (text) @if let Some(command) = command { " " code { (command) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples;
    use super::*;

    fn page(comparison: &crate::gate::Comparison) -> String {
        let mut out = Vec::new();
        render(&View::of(comparison), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_page_loads_nothing() {
        for (name, comparison) in samples::all() {
            let page = page(&comparison);
            for loads in ["src=", "href=", "@import", "url(", "http:", "https:", "fetch(", "XMLHttp"] {
                assert!(!page.contains(loads), "{name}: {loads}");
            }
        }
    }

    #[test]
    fn a_name_is_text_whatever_it_looks_like() {
        let page = page(&samples::hostile_names());
        let tags = page.matches("<script").count();
        assert_eq!((tags, page.matches("</script").count(), page.contains("<img")), (1, 1, false));
    }

    #[test]
    fn twenty_endpoints_over_as_many_steps_as_there_can_be_stay_under_half_a_megabyte() {
        let names: Vec<String> = (0..20).map(|number| format!("GET /shop/section-{number}/{{id}}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let course = Some(samples::course(&names, 240));
        let page = page(&crate::gate::Comparison { course, ..samples::many_endpoints(20) });
        assert!(page.matches("<figure").count() > 60 && page.len() < 500_000, "{} bytes", page.len());
    }

    #[test]
    fn the_verdict_is_what_is_read_first() {
        let page = page(&samples::fail());
        let body = &page[page.find("<body").unwrap()..];
        assert!(body.find("FAIL").unwrap() < body.find("<table").unwrap());
    }
}
