//! One picture of a run: what is where, for the room there is.
//!
//! In: a [`Scene`], a [`Ui`], a theme. Out: a frame, and how many rows could be scrolled. Pure: the same state is the same
//! picture.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Widget};

use super::scene::Scene;
use super::theme::Theme;
use super::ui::{Rows, Ui};
use super::{charts, failures, figures, header, help, table, vitals};

/// Fewer rows have no room for charts.
const ROWS_FOR_CHARTS: u16 = 20;

/// Fewer columns have no room for charts.
const COLUMNS_FOR_CHARTS: u16 = 60;

/// Rows of charts, and of what frames them, at least.
const FEWEST_CHART_ROWS: u16 = 5;

/// What is to be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture<'a> {
    pub(super) scene: &'a Scene,
    pub(super) ui: &'a Ui,
    pub(super) theme: Theme,
}

impl Picture<'_> {
    /// Draws it, and tells how many rows there are to scroll.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) -> Rows {
        let has_charts = area.height >= ROWS_FOR_CHARTS && area.width >= COLUMNS_FOR_CHARTS;
        let [head, above, middle, below, health, keys] = Layout::vertical([
            Constraint::Length(2),
            Constraint::Length(if has_charts { self.chart_rows(area.height) } else { 1 }),
            Constraint::Min(3),
            Constraint::Length(self.failure_rows(area.height, has_charts)),
            Constraint::Length(vitals::rows(self)),
            Constraint::Length(1),
        ])
        .areas(area);
        header::draw(self, head, buffer);
        if has_charts {
            charts::draw(self, above, buffer);
        } else {
            figures::draw(self, above, buffer);
        }
        let rows =
            if self.ui.failures { failures::draw_all(self, middle, buffer) } else { table::draw(self, middle, buffer) };
        if below.height > 0 {
            failures::draw_first(self, below, buffer);
        }
        vitals::draw(self, health, buffer);
        help::draw_keys(self, keys, buffer);
        if self.ui.help {
            help::draw(self, area, buffer);
        }
        rows
    }

    /// A frame with a title, and the room in it.
    pub(super) fn frame(&self, title: Line<'_>, aside: Line<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(self.theme.dim())
            // A title lies on its border, and would be as faint.
            .title_style(Style::new().remove_modifier(Modifier::DIM))
            .title_top(title)
            .title_top(aside.right_aligned());
        let inner = block.inner(area);
        block.render(area, buffer);
        inner
    }

    /// Charts have what the table leaves, and no more than a third of the screen.
    fn chart_rows(&self, height: u16) -> u16 {
        let endpoints = u16::try_from(self.scene.endpoints.len()).unwrap_or(u16::MAX);
        let table = endpoints.saturating_add(table::ROWS_OF_ITS_OWN);
        let others = 3 + vitals::rows(self) + self.failure_rows(height, true);
        let left = height.saturating_sub(others).saturating_sub(table);
        left.clamp(FEWEST_CHART_ROWS, (height / 3).max(FEWEST_CHART_ROWS))
    }

    /// Failures have as many rows as they need, and no more than a fifth of the screen.
    fn failure_rows(&self, height: u16, is_framed: bool) -> u16 {
        let kinds = u16::try_from(self.scene.failures.len()).unwrap_or(u16::MAX);
        match (kinds, is_framed) {
            _ if self.ui.failures => 0,
            (0, _) => 0,
            (_, false) => 1,
            (kinds, true) => kinds.min((height / 5).max(3) - 2) + 2,
        }
    }
}
