//! One cell as every report shows it.
//!
//! In: a [`Cell`]. Out: a [`Row`] of finished text. What is bold, folded or coloured is each format's own choice.

use crate::gate::{Cell, Label, Outcome};
use crate::measure::{ALL, Metric, Unit};

use super::number;
use super::strip::{self, Bar};
use super::text::{self, Names};

/// One cell in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The endpoint, cleaned.
    pub endpoint: String,
    /// The metric, as loadgate.toml spells it.
    pub metric: &'static str,
    /// The baseline's value: `180 ms`.
    pub base: String,
    /// The candidate's value: `218 ms`.
    pub now: String,
    /// The change: `+21%`.
    pub change: String,
    /// The interval the change lies in: `+15%` and `+27%`.
    pub interval: Option<(String, String)>,
    /// The interval drawn against the tolerance.
    pub strip: Option<String>,
    /// The same, for a drawing.
    pub bar: Option<Bar>,
    /// What was allowed: `+10%`, or `≤ 500 ms` where the limit is what counted.
    pub allowed: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The outcome in a word or two.
    pub label: Label,
    /// Whether it decides.
    pub gated: bool,
    /// Whether it is the whole run's.
    pub whole_run: bool,
    /// Why, and what to do, where the label does not say it all.
    pub reason: Option<String>,
    /// All of it on one line.
    pub sentence: String,
}

impl Row {
    pub(super) fn of(cell: &Cell, names: &Names) -> Self {
        let endpoint = names.shown(&cell.endpoint);
        let interval = match (cell.low, cell.high) {
            (Some(low), Some(high)) if low.is_finite() && high.is_finite() => {
                Some((number::change(cell.unit, Some(low)), number::change(cell.unit, Some(high))))
            }
            _ => None,
        };
        let mut row = Self {
            endpoint,
            metric: cell.metric.name(),
            base: number::value(cell.unit, cell.base),
            now: number::value(cell.unit, cell.candidate),
            change: change(cell),
            interval,
            strip: strip::draw(cell.change, cell.low, cell.high, cell.tolerance),
            bar: Bar::of(cell.change, cell.low, cell.high, cell.tolerance),
            allowed: allowed(cell),
            outcome: cell.outcome,
            label: cell.label,
            gated: cell.gated,
            whole_run: cell.endpoint == ALL,
            reason: cell.reason.as_deref().map(text::sentence),
            sentence: String::new(),
        };
        row.sentence = row.tell(cell);
        row
    }

    /// Endpoint and metric: `create_order p95`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.endpoint, self.metric)
    }

    /// The outcome in a word or two: `regressed`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        word(self.label)
    }

    fn tell(&self, cell: &Cell) -> String {
        let mut parts = vec![format!("{} {}", self.name(), self.word())];
        if cell.base.is_some() {
            parts.push(format!("baseline {}", self.base));
        }
        if cell.candidate.is_some() {
            parts.push(format!("candidate {}", self.now));
        }
        if cell.change.is_some() {
            let between =
                self.interval.as_ref().map(|(low, high)| format!(" (between {low} and {high})")).unwrap_or_default();
            parts.push(format!("change {}{between}", self.change));
        }
        if let Some(tolerance) = cell.tolerance {
            parts.push(format!("tolerated {}", number::tolerance(cell.unit, tolerance)));
        }
        if cell.limit.is_some() {
            parts.push(format!("limit {}", limit(cell)));
        }
        let told = parts.join(", ");
        match &self.reason {
            Some(reason) => format!("{told}: {reason}"),
            None => told,
        }
    }
}

/// The label's own words.
pub(super) fn word(label: Label) -> &'static str {
    match label {
        Label::Regressed => "regressed",
        Label::OverLimit => "over the limit",
        Label::Missing => "missing",
        Label::Suspect => "suspect",
        Label::TooFew => "too few samples",
        Label::NotSteady => "not steady",
        Label::Environment => "environment",
        Label::NoBaseline => "no baseline",
        Label::Within => "within",
        Label::Faster => "faster",
        Label::NoEvidence => "no evidence",
        Label::New => "new",
        Label::Shown => "shown",
    }
}

fn change(cell: &Cell) -> String {
    match (cell.base, cell.candidate) {
        // From nothing there is no percentage.
        (Some(base), Some(now)) if base == 0.0 && now != 0.0 && cell.unit != Unit::Share => "from 0".to_owned(),
        _ => number::change(cell.unit, cell.change),
    }
}

fn allowed(cell: &Cell) -> String {
    match (cell.tolerance, cell.limit) {
        (Some(tolerance), _) if cell.label != Label::OverLimit => number::tolerance(cell.unit, tolerance),
        (_, Some(_)) => limit(cell),
        (Some(tolerance), None) => number::tolerance(cell.unit, tolerance),
        (None, None) => String::new(),
    }
}

/// The absolute limit: `≤ 500 ms`, and `≥ 400/s` for rates, where more is better.
fn limit(cell: &Cell) -> String {
    let sign = if matches!(cell.metric, Metric::Rps | Metric::RpsCeiling) { '≥' } else { '≤' };
    format!("{sign} {}", number::value(cell.unit, cell.limit))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn row(cell: &Cell) -> Row {
        Row::of(cell, &Names::default())
    }

    #[test]
    fn a_sentence_says_base_candidate_change_interval_and_tolerance() {
        let told = row(&samples::regressed("create_order")).sentence;
        assert_eq!(
            told,
            "create_order p95 regressed, baseline 180 ms, candidate 218 ms, change +21% (between +15% and +27%), \
             tolerated +10%"
        );
    }

    #[test]
    fn a_change_from_zero_is_not_a_percentage() {
        let cell = Cell {
            metric: Metric::Rps,
            unit: Unit::PerSecond,
            base: Some(0.0),
            candidate: Some(3.0),
            change: Some(f64::INFINITY),
            low: None,
            high: Some(f64::NAN),
            ..samples::regressed("a")
        };
        let row = row(&cell);
        assert_eq!(row.change, "from 0");
        assert_eq!(row.interval, None);
        assert_eq!(row.strip, None);
    }

    #[test]
    fn a_broken_limit_shows_the_limit_not_the_tolerance() {
        let cell = Cell { label: Label::OverLimit, limit: Some(200_000.0), ..samples::regressed("a") };
        assert_eq!(row(&cell).allowed, "≤ 200 ms");
    }
}
