//! Which rate to hold next, and when the answer is known. Pure: knows no clock, no load and no latency.
//!
//! In: the rates that were held so far, and what became of each. Out: the next one, or the [`Answer`].
//!
//! Rates double until one breaks; then the geometric mean of the highest that held and the lowest that broke is held, until
//! the two are near enough. Either may be an accident, so both are held once more. The rate that held has to hold again. A
//! rate that broke at first and then holds is held a third time, which decides: else one bad second of a machine while the
//! rates still double would halve the answer.

use crate::measure::SearchEnd;

/// Most holds of a search.
const MOST_HOLDS: usize = 40;

/// Holds of one rate that the generator spoilt, from which on it is at its limit.
const SPOILT_HOLDS: usize = 2;

/// The same of all rates together.
const SPOILT_HOLDS_OF_ALL: usize = 4;

/// Where an answer is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// The rate to begin with.
    pub from: f64,
    /// The highest rate to try; above `from`.
    pub to: f64,
    /// How near the rate that holds and the one that breaks have to come, as a share.
    pub precision: f64,
}

/// A rate that was held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// Task starts per second.
    pub rate: f64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The objective held.
    Held,
    /// It did not.
    Broke,
    /// The generator was the bottleneck, so nothing is known of the target.
    Spoilt,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// Hold this rate.
    Hold(f64),
    /// There is nothing more to find out.
    Done(Answer),
}

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The highest rate that held; none where not even the lowest did.
    pub capacity: Option<f64>,
    /// The lowest rate that broke; none where none did.
    pub breaks_at: Option<f64>,
    /// How it ended.
    pub end: SearchEnd,
}

impl Answer {
    /// What is known where a search is ended before its time.
    #[must_use]
    pub fn stopped(tried: &[Tried]) -> Self {
        let Bracket { low, high } = Bracket::of(tried);
        Self { capacity: low, breaks_at: high, end: SearchEnd::Stopped }
    }
}

/// What is known of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Unknown,
    /// It holds, as often as it was tried.
    Holds {
        confirmed: bool,
    },
    /// It broke at first and held then: once more decides.
    Open,
    /// It broke, once: perhaps by accident.
    BrokeOnce,
    Breaks,
}

impl Standing {
    fn of(tried: &[Tried], rate: f64) -> Self {
        let outcomes = tried.iter().filter(|tried| is_same(tried.rate, rate)).map(|tried| tried.outcome);
        outcomes.fold(Self::Unknown, |standing, outcome| match (standing, outcome) {
            (standing, Outcome::Spoilt) => standing,
            (Self::Unknown, Outcome::Held) => Self::Holds { confirmed: false },
            (Self::Unknown, Outcome::Broke) => Self::BrokeOnce,
            (Self::Holds { .. } | Self::Open, Outcome::Held) => Self::Holds { confirmed: true },
            (Self::BrokeOnce, Outcome::Held) => Self::Open,
            (Self::Breaks, _) | (_, Outcome::Broke) => Self::Breaks,
        })
    }

    fn holds(self) -> bool {
        matches!(self, Self::Holds { .. })
    }

    fn breaks(self) -> bool {
        matches!(self, Self::BrokeOnce | Self::Breaks)
    }
}

impl Search {
    /// What to do after these holds, in the order they were made.
    #[must_use]
    pub fn next(&self, tried: &[Tried]) -> Next {
        let bracket = Bracket::of(tried);
        if tried.len() >= MOST_HOLDS {
            return bracket.done(SearchEnd::Unsettled);
        }
        if let Some(next) = Self::after_spoilt(tried, bracket) {
            return next;
        }
        if let Some(open) = tried.iter().find(|one| Standing::of(tried, one.rate) == Standing::Open) {
            return Next::Hold(open.rate);
        }
        self.narrow(tried, bracket)
    }

    /// A hold that the generator spoilt is made again; where that is no accident, the search ends with what it knows.
    fn after_spoilt(tried: &[Tried], bracket: Bracket) -> Option<Next> {
        let spoilt = |rate: Option<f64>| {
            let of_rate = |one: &&Tried| rate.is_none_or(|rate| is_same(one.rate, rate));
            tried.iter().filter(of_rate).filter(|one| one.outcome == Outcome::Spoilt).count()
        };
        if spoilt(None) >= SPOILT_HOLDS_OF_ALL {
            return Some(bracket.done(SearchEnd::Generator));
        }
        if tried.iter().any(|one| spoilt(Some(one.rate)) >= SPOILT_HOLDS) {
            return Some(match bracket.low {
                Some(low) if Standing::of(tried, low) != (Standing::Holds { confirmed: true }) => Next::Hold(low),
                _ => bracket.done(SearchEnd::Generator),
            });
        }
        tried.last().filter(|last| last.outcome == Outcome::Spoilt).map(|last| Next::Hold(last.rate))
    }

    fn narrow(&self, tried: &[Tried], bracket: Bracket) -> Next {
        let is_confirmed = |rate| Standing::of(tried, rate) == (Standing::Holds { confirmed: true });
        let broke_once = |rate| Standing::of(tried, rate) == Standing::BrokeOnce;
        match (bracket.low, bracket.high) {
            (None, None) => Next::Hold(self.from),
            (None, Some(high)) if broke_once(high) => Next::Hold(high),
            (None, Some(_)) => bracket.done(SearchEnd::Nothing),
            (Some(low), None) if low < self.to => Next::Hold((2.0 * low).min(self.to)),
            (Some(low), None) if is_confirmed(low) => bracket.done(SearchEnd::Top),
            (Some(low), None) => Next::Hold(low),
            (Some(low), Some(high)) => match between(low, high).filter(|_| high / low > 1.0 + self.precision) {
                Some(middle) => Next::Hold(middle),
                None if !is_confirmed(low) => Next::Hold(low),
                None if broke_once(high) => Next::Hold(high),
                None => bracket.done(SearchEnd::Found),
            },
        }
    }
}

/// The highest rate that holds below the lowest that breaks, and that.
#[derive(Debug, Clone, Copy)]
struct Bracket {
    low: Option<f64>,
    high: Option<f64>,
}

impl Bracket {
    fn of(tried: &[Tried]) -> Self {
        let of = |is: fn(Standing) -> bool| {
            tried.iter().map(|tried| tried.rate).filter(move |rate| is(Standing::of(tried, *rate)))
        };
        let high = of(Standing::breaks).reduce(f64::min);
        let low = of(Standing::holds).filter(|rate| high.is_none_or(|high| *rate < high)).reduce(f64::max);
        Self { low, high }
    }

    fn done(self, end: SearchEnd) -> Next {
        Next::Done(Answer { capacity: self.low, breaks_at: self.high, end })
    }
}

/// The geometric mean, with three digits where they are enough to lie between the two; none where nothing does.
fn between(low: f64, high: f64) -> Option<f64> {
    let exact = (low * high).sqrt();
    let unit = 10f64.powf(exact.log10().floor() - 2.0);
    let round = (exact / unit).round() * unit;
    let lies_between = |rate: f64| low < rate && rate < high;
    [round, exact].into_iter().find(|rate| lies_between(*rate))
}

fn is_same(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits()
}
