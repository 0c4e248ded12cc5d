//! The tables of the page: what decided, every endpoint, failures, levels, a search.
//!
//! In: parts of a [`View`]. Out: markup. What decides stands open, the rest is folded as everywhere.

use maud::{Markup, html};

use super::super::view::tally;
use super::super::{EndpointFigures, Figures, HoldRow, LevelFigures, Row, StoryFigures, View};
use super::drawing;
use crate::gate::{Label, Outcome};

/// The cells: those that decide open, the others folded.
pub(super) fn cells(view: &View) -> Markup {
    let of = |wanted: fn(Outcome) -> bool| view.rows.iter().filter(|row| wanted(row.outcome)).collect::<Vec<_>>();
    let decisive = of(|outcome| matches!(outcome, Outcome::Fail | Outcome::Inconclusive));
    let folded = [of(|outcome| outcome == Outcome::Pass), of(|outcome| outcome == Outcome::Shown)];
    html! {
        @if !view.rows.is_empty() {
            section aria-labelledby="cells-title" {
                h2 #cells-title { "Compared" }
                @if !decisive.is_empty() { (compared(&decisive)) }
                @for (number, rows) in folded.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
                    details open[decisive.is_empty() && number == 0] {
                        summary { (tally(rows.iter().copied())) }
                        (compared(rows))
                    }
                }
            }
        }
    }
}

fn compared(rows: &[&Row]) -> Markup {
    html! {
        div.wide { table.sortable {
            thead { tr {
                th { "endpoint" } th { "metric" } th.number { "baseline" } th.number { "now" } th.number { "change" }
                th { "interval and tolerance" } th.number { "tolerated" } th { "outcome" }
            } }
            tbody { @for row in rows { (compared_row(row)) } }
        } }
    }
}

fn compared_row(row: &Row) -> Markup {
    let between = row.interval.as_ref().map(|(low, high)| format!("{low} … {high}")).unwrap_or_default();
    html! {
        tr class=(tone(row)) {
            th.name scope="row" { (row.endpoint) }
            td { (row.metric) }
            td.number { (row.base) }
            td.number { (row.now) }
            td.number { b { (row.change) } @if !between.is_empty() { br; small { (between) } } }
            td { @if let Some(bar) = row.bar { (drawing::bar(bar, &row.sentence)) } }
            td.number { (row.allowed) }
            td.outcome { (row.word()) @if let Some(reason) = &row.reason { br; small { (reason) } } }
        }
    }
}

fn tone(row: &Row) -> &'static str {
    match (row.outcome, row.label) {
        (Outcome::Fail, _) => "fail",
        (Outcome::Inconclusive, _) => "inconclusive",
        (Outcome::Pass, Label::Faster) => "faster",
        (Outcome::Pass, _) => "pass",
        (Outcome::Shown, _) => "shown",
    }
}

/// Every endpoint's figures.
pub(super) fn endpoints(figures: &Figures) -> Markup {
    html! {
        section aria-labelledby="endpoints-title" {
            h2 #endpoints-title { "Endpoints" }
            p.search hidden { label for="find" { "Find" } " " input #find type="search" autocomplete="off"; }
            div.wide { table.sortable #endpoints {
                thead { tr {
                    th { "endpoint" } th.number { "requests" } th.number { "rate" } th.number { "errors" }
                    th.number { "p50" } th.number { "p90" } th.number { "p95" } th.number { "p99" } th.number { "p99.9" }
                    th.number { "max" } th.number { "received" }
                } }
                tbody { @for of in figures.endpoints.iter().filter(|of| !of.whole_run) { (endpoint(of)) } }
                tfoot { @for of in figures.endpoints.iter().filter(|of| of.whole_run) { (endpoint(of)) } }
            } }
        }
    }
}

fn endpoint(of: &EndpointFigures) -> Markup {
    html! {
        tr {
            th.name scope="row" { (of.endpoint) }
            td.number { (of.requests) }
            td.number { (of.rate) }
            td.number.failing[of.failing] { (of.error_rate) }
            @match &of.response {
                Some(response) => {
                    @for latency in [
                        &response.p50, &response.p90, &response.p95, &response.p99, &response.p999, &response.max,
                    ] { td.number { (latency) } }
                }
                None => { @for _ in 0..6 { td.number { "–" } } }
            }
            td.number { (of.received) }
        }
    }
}

/// Failures by kind, with what came instead.
pub(super) fn errors(figures: &Figures) -> Markup {
    html! {
        @if !figures.errors.is_empty() {
            section aria-labelledby="errors-title" {
                h2 #errors-title { "Failures" }
                div.wide { table.sortable {
                    thead { tr {
                        th { "endpoint" } th { "error" } th.number { "requests" } th.number { "share" } th { "the first" }
                    } }
                    tbody {
                        @for error in &figures.errors {
                            tr {
                                th.name scope="row" { (error.endpoint) }
                                td { (error.kind) }
                                td.number { (error.count) }
                                td.number { (error.share) }
                                td { @if let Some(example) = &error.example { code { (example) } } }
                            }
                        }
                    }
                } }
                @if figures.errors_left_out > 0 { p { (figures.errors_left_out) " more kinds are in comparison.json." } }
            }
        }
    }
}

/// The levels of a load by stages, and what they tell.
pub(super) fn story(view: &View) -> Markup {
    html! {
        @if let Some(StoryFigures { load, levels, told }) = &view.figures.story {
            section aria-labelledby="story-title" {
                h2 #story-title { "Level by level" }
                @for sentence in told { p { (sentence) } }
                div.wide { table {
                    thead { tr {
                        th.number { (load) } th.number { "rate" } th.number { "p50" } th.number { "p95" }
                        th.number { "errors" } th.number { "target cpu" }
                    } }
                    tbody {
                        @for LevelFigures { level, rate, p50, p95, error_rate, cpu } in levels {
                            tr { @for figure in [level, rate, p50, p95, error_rate, cpu] { td.number { (figure) } } }
                        }
                    }
                } }
            }
        }
    }
}

/// What a search found at each rate.
pub(super) fn search(view: &View) -> Markup {
    html! {
        @if let Some(search) = &view.search {
            section aria-labelledby="search-title" {
                h2 #search-title { "Capacity" }
                p { (search.headline) }
                @if let Some(chart) = &view.pictures.ceiling { div.charts { (drawing::chart(chart)) } }
                div.wide { table {
                    thead { tr {
                        th.number { "offered" } th.number { "achieved" } th.number { "p50" } th.number { "p95" }
                        th.number { "errors" } th.number { "users" } th { "" }
                    } }
                    tbody { @for hold in &search.holds { (held(hold)) } }
                } }
            }
        }
    }
}

fn held(hold: &HoldRow) -> Markup {
    let HoldRow { offered, achieved, p50, p95, errors, users, outcome } = hold;
    html! {
        tr {
            @for figure in [offered, achieved, p50, p95, errors, users] { td.number { (figure) } }
            td { (outcome) }
        }
    }
}
