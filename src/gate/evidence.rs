//! What two sides say about the change of one cell: how large, between which bounds, and how surely beyond a margin.
//!
//! In: both sides' values and their noise. Out: numbers where **positive is worse**, and their form for reports.
//! Knows no tolerance but the margin it is asked about, and decides nothing.

use super::cell::to_nine_digits;
use super::comparison::Worth;
use super::noise::{Pool, Side, StandardError};
use super::stats::{LEVEL, Share, bisect, newcombe, newcombe_p_value, t_quantile, t_tail};

/// The measured change of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Evidence {
    /// Of a positive quantity, as a difference of logarithms.
    Log {
        /// Positive is worse.
        change: f64,
        error: StandardError,
        /// -1 where less is worse (throughput), else 1.
        sign: f64,
    },
    /// Of a share, as a difference.
    Share {
        candidate: Share,
        baseline: Share,
        /// Standard errors that the bounds are away.
        z: f64,
    },
    /// Of a positive quantity in the blocks of a duet, as a difference of logarithms.
    Paired {
        /// Positive is worse.
        change: f64,
        /// The bounds of the change; infinite where so few blocks have none.
        low: f64,
        high: f64,
        /// -1 where less is worse (throughput), else 1.
        sign: f64,
    },
}

impl Evidence {
    /// The evidence of a cell on the log scale. `sign` is the one the sides were made with.
    pub(super) fn log(candidate: &Side, baseline: &Side, pool: &Pool, sign: f64) -> Self {
        let change = candidate.mean() - baseline.mean();
        Self::Log { change, error: pool.error(candidate, baseline), sign }
    }

    /// The change, positive where it is worse: the scale on which it is held against a margin.
    pub(super) fn worse_by(&self) -> f64 {
        match self {
            Self::Log { change, .. } | Self::Paired { change, .. } => *change,
            Self::Share { candidate, baseline, .. } => candidate.value - baseline.value,
        }
    }

    /// The one-sided bounds of [`Evidence::worse_by`]: 95%, in a duet over all its looks.
    pub(super) fn bounds(&self) -> (f64, f64) {
        match self {
            Self::Log { change, error, .. } => {
                let reach = t_quantile(error.freedom, LEVEL) * error.value;
                (change - reach, change + reach)
            }
            Self::Share { candidate, baseline, z } => newcombe(*candidate, *baseline, *z),
            Self::Paired { low, high, .. } => (*low, *high),
        }
    }

    /// How likely a change at least this bad would be if there were none. Of pairs that takes the blocks themselves, and
    /// the company of other cells.
    pub(super) fn p_value(&self) -> f64 {
        match self {
            Self::Log { change, error, .. } if error.value > 0.0 => t_tail(error.freedom, change / error.value),
            Self::Log { change, .. } if *change > 0.0 => 0.0,
            Self::Share { candidate, baseline, .. } => newcombe_p_value(*candidate, *baseline, 0.0),
            Self::Log { .. } | Self::Paired { .. } => 1.0,
        }
    }

    /// The smallest worsening that these runs could have told from no change, on the scale of
    /// [`Evidence::worse_by`]; infinite where none could be.
    pub(super) fn detectable(&self) -> f64 {
        match self {
            Self::Log { error, .. } => t_quantile(error.freedom, LEVEL) * error.value,
            Self::Share { candidate, baseline, z } => {
                let hidden = |rise: f64| {
                    let risen = Share { value: (baseline.value + rise).min(1.0), ..*candidate };
                    newcombe(risen, *baseline, *z).0 <= 0.0
                };
                bisect(0.0, 1.0 - baseline.value, hidden)
            }
            Self::Paired { change, low, .. } => change - low,
        }
    }

    /// How many independent requests the sides of a share are worth.
    pub(super) fn worth(&self) -> Option<Worth> {
        match self {
            Self::Share { candidate, baseline, .. } => Some(Worth {
                baseline: to_nine_digits(baseline.effective),
                candidate: to_nine_digits(candidate.effective),
            }),
            Self::Log { .. } | Self::Paired { .. } => None,
        }
    }

    /// A point of the scale of [`Evidence::worse_by`] in the form reports show: relative (0.21 = +21%),
    /// negative for throughput that falls; for shares a difference.
    pub(super) fn shown(&self, worse_by: f64) -> f64 {
        match self {
            Self::Log { sign, .. } | Self::Paired { sign, .. } if worse_by.is_finite() => (sign * worse_by).exp_m1(),
            Self::Log { .. } | Self::Share { .. } | Self::Paired { .. } => worse_by,
        }
    }

    /// The bounds in the form reports show, lower first.
    pub(super) fn shown_bounds(&self) -> (f64, f64) {
        let (low, high) = self.bounds();
        let (a, b) = (self.shown(low), self.shown(high));
        (a.min(b), a.max(b))
    }
}
