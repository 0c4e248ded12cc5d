//! A search for the highest rate, in words.
//!
//! In: a [`Ceiling`]. Out: a headline, and a row for each hold in order of its rate. Judges nothing: that was done.

use super::{number, text};
use crate::measure::{Ceiling, Hold, SearchEnd};

/// A search in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CeilingView {
    /// What was found: `capacity 842/s: p95 < 500ms holds up to here; at 890/s p95 was 1.2 s, over 500 ms`.
    pub headline: String,
    /// Whether there is a rate that held.
    pub has_capacity: bool,
    /// Every hold, by its rate; of one rate in the order they were played.
    pub holds: Vec<HoldRow>,
}

/// One hold in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    /// Task starts per second that were asked for.
    pub offered: String,
    /// Tasks per second that ended.
    pub achieved: String,
    /// Median response time.
    pub p50: String,
    /// 95th percentile of response time.
    pub p95: String,
    /// Failed requests as a share of all.
    pub errors: String,
    /// Virtual users that it took.
    pub users: String,
    /// `held`, or what broke it.
    pub outcome: String,
}

impl CeilingView {
    /// The search in words.
    #[must_use]
    pub fn of(ceiling: &Ceiling) -> Self {
        let mut curve: Vec<&Hold> = ceiling.curve.iter().collect();
        curve.sort_by(|one, other| one.offered.total_cmp(&other.offered));
        Self {
            headline: headline(ceiling),
            has_capacity: ceiling.capacity.is_some(),
            holds: curve.into_iter().map(row).collect(),
        }
    }
}

/// One hold on a line, as it ends: `400/s held: p95 32.1 ms, errors 0%, 24 users`.
#[must_use]
pub fn hold_line(hold: &Hold) -> String {
    let HoldRow { offered, p95, errors, users, outcome, .. } = row(hold);
    let figures = format!("p95 {p95}, errors {errors}, {users} users");
    if hold.held { format!("{offered} held: {figures}") } else { format!("{offered} did not: {outcome}; {figures}") }
}

fn headline(ceiling: &Ceiling) -> String {
    let Ceiling { capacity, breaks_at, end, objective, .. } = ceiling;
    let objective = text::sentence(objective);
    let broken = breaks_at.map(|rate| format!("at {} {}", number::rate(rate), why(ceiling, rate)));
    let Some(capacity) = capacity.map(number::rate) else {
        return match broken {
            Some(broken) => format!("no rate held {objective}: {broken}"),
            None => format!("no rate is known to hold {objective}"),
        };
    };
    match (end, broken) {
        (SearchEnd::Found | SearchEnd::Unsettled, Some(broken)) => {
            format!("capacity {capacity}: {objective} holds up to here; {broken}")
        }
        (SearchEnd::Generator, _) => {
            format!("capacity at least {capacity}: {objective} holds there, and the generator could not give more")
        }
        (SearchEnd::Stopped, _) => {
            format!("capacity at least {capacity}: {objective} held there when the search was ended")
        }
        _ => format!("capacity at least {capacity}: {objective} holds there, and no higher rate was asked for"),
    }
}

fn why(ceiling: &Ceiling, rate: f64) -> String {
    let broke = ceiling.curve.iter().rev().find(|hold| hold.offered.to_bits() == rate.to_bits() && !hold.held);
    broke.and_then(|hold| hold.why.as_deref()).map_or_else(|| "it broke".to_owned(), text::sentence)
}

fn row(hold: &Hold) -> HoldRow {
    let latency = |us: u64| if us == 0 { number::NONE.to_owned() } else { number::latency(us) };
    HoldRow {
        offered: number::rate(hold.offered),
        achieved: number::rate(hold.achieved),
        p50: latency(hold.p50_us),
        p95: latency(hold.p95_us),
        errors: number::share(hold.error_rate),
        users: number::count(u64::from(hold.users)),
        outcome: match &hold.why {
            _ if hold.held => "held".to_owned(),
            Some(why) => text::sentence(why),
            None => "did not hold".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(offered: f64, p95_us: u64, why: Option<&str>) -> Hold {
        Hold {
            offered,
            achieved: offered,
            window_s: 8.0,
            requests: 1_000,
            p50_us: p95_us / 2,
            p90_us: p95_us,
            p95_us,
            p99_us: p95_us,
            error_rate: 0.0,
            users: 24,
            held: why.is_none(),
            why: why.map(str::to_owned),
        }
    }

    fn ceiling(end: SearchEnd) -> Ceiling {
        Ceiling {
            capacity: Some(842.0),
            breaks_at: Some(890.0),
            end,
            objective: "p95 < 500ms".to_owned(),
            precision: 0.05,
            curve: vec![hold(890.0, 1_200_000, Some("p95 was 1.20 s, over 500 ms")), hold(842.0, 210_000, None)],
        }
    }

    #[test]
    fn the_headline_says_what_holds_and_what_does_not_beyond() {
        let view = CeilingView::of(&ceiling(SearchEnd::Found));
        assert_eq!(view.headline, "capacity 842/s: p95 < 500ms holds up to here; at 890/s p95 was 1.20 s, over 500 ms");
        let offered: Vec<&str> = view.holds.iter().map(|hold| hold.offered.as_str()).collect();
        assert_eq!(offered, ["842/s", "890/s"]);
    }

    #[test]
    fn an_answer_that_is_only_a_lower_bound_says_so() {
        for end in [SearchEnd::Generator, SearchEnd::Stopped, SearchEnd::Top] {
            let headline = CeilingView::of(&ceiling(end)).headline;
            assert!(headline.starts_with("capacity at least 842/s"), "{headline}");
        }
    }

    #[test]
    fn a_search_in_which_nothing_held_names_no_capacity() {
        let nothing = Ceiling { capacity: None, ..ceiling(SearchEnd::Nothing) };
        let view = CeilingView::of(&nothing);
        assert_eq!(view.headline, "no rate held p95 < 500ms: at 890/s p95 was 1.20 s, over 500 ms");
        assert!(!view.has_capacity);
    }

    #[test]
    fn what_a_server_said_commands_no_terminal() {
        let hostile = hold(890.0, 0, Some("status \u{1b}[2J"));
        assert!(!hold_line(&hostile).contains('\u{1b}'));
    }
}
