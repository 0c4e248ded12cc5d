//! The table by endpoint.
//!
//! In: a [`Picture`]. Out: a row for all together, then one for each endpoint, in the order that was asked for, as far as there
//! is room. Columns that matter less go first where it is narrow.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row, Table, Widget};

use super::super::board::{EndpointRow, LatencyRow};
use super::picture::Picture;
use super::ui::{Rows, Sort};
use super::words::{NONE, fit, latency};
use crate::report::{count, rate, share};

/// The two lines of its frame, its head, and the row for all endpoints.
pub(super) const ROWS_OF_ITS_OWN: u16 = 4;

/// A column of figures.
struct Column {
    name: &'static str,
    columns: u16,
    /// The narrowest table that has it.
    from: u16,
    text: fn(&EndpointRow) -> String,
    sort: Option<Sort>,
}

const COLUMNS: [Column; 7] = [
    Column { name: "requests", columns: 11, from: 0, text: |row| count(row.requests), sort: Some(Sort::Traffic) },
    Column { name: "rate", columns: 9, from: 0, text: rate_of, sort: None },
    Column { name: "errors", columns: 8, from: 0, text: errors, sort: Some(Sort::Failing) },
    Column { name: "p50", columns: 8, from: 76, text: |row| us(row, |all| all.p50_us), sort: None },
    Column { name: "p95", columns: 8, from: 0, text: |row| us(row, |all| all.p95_us), sort: Some(Sort::Slowest) },
    Column { name: "p99", columns: 8, from: 84, text: |row| us(row, |all| all.p99_us), sort: None },
    Column { name: "max", columns: 8, from: 96, text: |row| us(row, |all| all.max_us), sort: None },
];

/// Draws it, and tells how many endpoints there are, and are shown.
pub(super) fn draw(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) -> Rows {
    let theme = picture.theme;
    let mut endpoints = picture.scene.endpoints.clone();
    order(&mut endpoints, picture.ui.sort);
    let room = usize::from(area.height.saturating_sub(ROWS_OF_ITS_OWN));
    let rows = Rows { all: endpoints.len(), room };
    let first = picture.ui.first.min(endpoints.len().saturating_sub(room));
    let shown = endpoints.get(first..).unwrap_or_default();
    let shown = shown.get(..room.min(shown.len())).unwrap_or_default();
    let title = Line::styled(format!(" {} ", headline(picture)), theme.strong());
    let inner = picture.frame(title, Line::styled(cut(first, shown.len(), rows.all), theme.dim()), area, buffer);

    // A figure at the very edge is hard to read.
    let inner = Rect { width: inner.width.saturating_sub(1), ..inner };
    let columns: Vec<&Column> = COLUMNS.iter().filter(|column| column.from <= area.width).collect();
    let figures: u16 = columns.iter().map(|column| column.columns + 1).sum();
    let name_columns = usize::from(inner.width.saturating_sub(figures + 1));
    let all = row(picture, &picture.scene.all, "all endpoints", &columns).style(theme.strong());
    let each = shown.iter().map(|endpoint| {
        let name = fit(&endpoint.endpoint, name_columns);
        let style = if endpoint.requests == 0 { theme.dim() } else { Style::new() };
        row(picture, endpoint, &name, &columns).style(style)
    });
    let widths =
        std::iter::once(Constraint::Fill(1)).chain(columns.iter().map(|column| Constraint::Length(column.columns)));
    Table::new(std::iter::once(all).chain(each), widths)
        .header(head(picture, &columns))
        .column_spacing(1)
        .render(inner, buffer);
    rows
}

/// What the figures are of.
fn headline(picture: &Picture<'_>) -> &'static str {
    if picture.scene.is_of_warmup { "endpoints, warm-up so far" } else { "endpoints" }
}

/// What is left out above and below.
fn cut(first: usize, shown: usize, all: usize) -> String {
    let below = all - first - shown;
    match (first, below) {
        (0, 0) => String::new(),
        (0, below) => format!(" … {below} more ↓ "),
        (above, 0) => format!(" ↑ {above} more … "),
        (above, below) => format!(" ↑ {above} more, {below} more ↓ "),
    }
}

fn head(picture: &Picture<'_>, columns: &[&Column]) -> Row<'static> {
    let sort = picture.ui.sort;
    let name = if sort == Sort::Name { " endpoint ▴" } else { " endpoint" };
    let figures = columns.iter().map(|column| {
        let mark = if column.sort == Some(sort) { "▾" } else { "" };
        Cell::from(Line::from(format!("{mark}{}", column.name)).right_aligned())
    });
    Row::new(std::iter::once(Cell::from(name)).chain(figures)).style(picture.theme.dim())
}

fn row(picture: &Picture<'_>, endpoint: &EndpointRow, name: &str, columns: &[&Column]) -> Row<'static> {
    let figures = columns.iter().map(|column| {
        let text = (column.text)(endpoint);
        let is_bad = column.name == "errors" && endpoint.failed > 0;
        let style = if is_bad { picture.theme.bad() } else { Style::new() };
        Cell::from(Line::styled(text, style).right_aligned())
    });
    Row::new(std::iter::once(Cell::from(format!(" {name}"))).chain(figures))
}

/// Ties are in the order of names, so that rows keep their places.
fn order(endpoints: &mut [EndpointRow], sort: Sort) {
    let p95 = |row: &EndpointRow| row.latency.map_or(0, |latency| latency.p95_us);
    endpoints.sort_by(|one, other| {
        let by_sort = match sort {
            Sort::Traffic => other.requests.cmp(&one.requests),
            Sort::Slowest => p95(other).cmp(&p95(one)),
            Sort::Failing => other.error_rate.total_cmp(&one.error_rate),
            Sort::Name => std::cmp::Ordering::Equal,
        };
        by_sort.then_with(|| one.endpoint.cmp(&other.endpoint))
    });
}

fn rate_of(row: &EndpointRow) -> String {
    if row.requests == 0 { NONE.to_owned() } else { rate(row.rps) }
}

fn errors(row: &EndpointRow) -> String {
    if row.requests == 0 { NONE.to_owned() } else { share(row.error_rate) }
}

fn us(row: &EndpointRow, of: impl Fn(LatencyRow) -> u64) -> String {
    latency(row.latency.map(of))
}
