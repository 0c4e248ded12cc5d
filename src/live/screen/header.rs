//! The head of the screen: what is played, in which phase it is, and how far.
//!
//! In: a [`Picture`]. Out: two lines. Shows no figure of the run.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::picture::Picture;
use super::scene::Scene;
use super::theme::Theme;
use super::words::{fit, width};
use crate::units;

pub(super) fn draw(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let [title, progress] = Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(area);
    let (word, style) = phase(picture.scene, picture.theme);
    let badge = Line::styled(format!(" {word} "), picture.theme.badge(style)).right_aligned();
    let badge_columns = u16::try_from(badge.width()).unwrap_or(u16::MAX);
    let [left, right] = Layout::horizontal([Constraint::Min(0), Constraint::Length(badge_columns)]).areas(title);
    what(picture, left.width).render(left, buffer);
    badge.render(right, buffer);
    bar(picture, progress).render(progress, buffer);
}

/// What is played, and against what.
fn what(picture: &Picture<'_>, columns: u16) -> Line<'static> {
    let played = &picture.scene.played;
    let theme = picture.theme;
    let room = usize::from(columns).saturating_sub(width(" loadgate "));
    let (profile, load) = (fit(&played.profile, 30), fit(&played.load, 40));
    let used = width(&profile) + width(&load) + width(" ·  · ") + 1;
    let target = fit(&played.target, room.saturating_sub(used));
    Line::from(vec![
        Span::styled(" loadgate ", theme.dim()),
        Span::styled(profile, theme.strong()),
        Span::styled(" · ", theme.dim()),
        Span::raw(load),
        Span::styled(" · ", theme.dim()),
        Span::raw(target),
    ])
}

fn phase(scene: &Scene, theme: Theme) -> (&'static str, Style) {
    if scene.is_over() {
        ("last answers", theme.warning())
    } else if scene.now.stopping {
        ("stopping", theme.warning())
    } else if scene.is_warming_up() {
        ("warm-up", theme.warning())
    } else {
        ("measuring", theme.good())
    }
}

/// How far the run is: the part that is warm-up is drawn apart.
fn bar(picture: &Picture<'_>, area: Rect) -> Line<'static> {
    let theme = picture.theme;
    let (total, warmup, elapsed) = (picture.scene.played.total, picture.scene.played.warmup, picture.scene.now.elapsed);
    if total.is_zero() {
        return Line::from(vec![Span::raw(format!(" {}", whole_seconds(elapsed)))]);
    }
    let elapsed = elapsed.min(total);
    let text = format!(" {} of {} ", whole_seconds(elapsed), whole_seconds(total));
    let columns = usize::from(area.width).saturating_sub(width(&text) + 1);
    let at = |time: Duration| columns_of(time, total, columns);
    let (done, warm) = (at(elapsed), at(warmup));
    let warm_done = done.min(warm);
    Line::from(vec![
        Span::raw(" "),
        Span::styled("╍".repeat(warm_done), theme.warning()),
        Span::styled("╌".repeat(warm - warm_done), theme.dim()),
        Span::styled("━".repeat(done - warm_done), theme.good()),
        Span::styled("─".repeat(columns - warm.max(done)), theme.dim()),
        Span::raw(text),
    ])
}

fn columns_of(time: Duration, total: Duration, columns: usize) -> usize {
    let (time, total) = (time.as_millis(), total.as_millis().max(1));
    let columns = columns as u128;
    usize::try_from((time.min(total) * columns + total / 2) / total).unwrap_or(0)
}

fn whole_seconds(time: Duration) -> units::Span {
    units::Span(Duration::from_secs(time.as_secs()))
}
