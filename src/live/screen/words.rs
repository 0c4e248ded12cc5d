//! Names and figures as the screen writes them.
//!
//! In: text of unknown origin, numbers. Out: harmless text that fits. Wide characters count twice, as terminals draw them.

use ratatui::text::Span;

use crate::report::{bytes, rate, sentence};
use crate::units::Latency;

/// What stands where there is no figure.
pub(super) const NONE: &str = "–";

/// A name made harmless and shortened to so many columns, keeping both ends: names often differ in their last part.
pub(super) fn fit(text: &str, columns: usize) -> String {
    let text = sentence(text);
    if width(&text) <= columns {
        return text;
    }
    let room = columns.saturating_sub(1);
    let tail = take(text.chars().rev(), room / 3);
    let head = take(text.chars(), room - width(&tail));
    head + "…" + &tail.chars().rev().collect::<String>()
}

fn take(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut taken = String::new();
    for next in chars {
        taken.push(next);
        if width(&taken) > columns {
            taken.pop();
            break;
        }
    }
    taken
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// A latency, or a dash.
pub(super) fn latency(us: Option<u64>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 µs")]
    us.map_or_else(|| NONE.to_owned(), |us| Latency(us as f64).to_string())
}

/// A resource by its name, whose suffix tells its unit: `memory 312 MB`.
pub(super) fn resource(name: &str, used: f64) -> String {
    let (name, used) = if name == "rss_bytes" {
        ("memory", bytes(used))
    } else if let Some(name) = name.strip_suffix("_bytes_per_s") {
        (name, format!("{}/s", bytes(used)))
    } else if let Some(name) = name.strip_suffix("_per_s") {
        (name, rate(used))
    } else if let Some(name) = name.strip_suffix("_bytes") {
        (name, bytes(used))
    } else if let Some(name) = name.strip_suffix("_cores") {
        (name, format!("{used:.2} cores"))
    } else {
        (name, format!("{used:.0}"))
    };
    format!("{} {used}", sentence(name).replace('_', " "))
}
