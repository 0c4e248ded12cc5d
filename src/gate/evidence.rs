//! What two sides say about the change of one cell: how large, between which bounds, and how surely beyond a margin.
//!
//! In: both sides' values and their noise. Out: numbers where **positive is worse**, and their form for reports.
//! Knows no tolerance but the margin it is asked about, and decides nothing.

use super::noise::{Pool, Side, StandardError};
use super::stats::{LEVEL, Share, bisect, newcombe, newcombe_p_value, normal_quantile, t_quantile, t_tail};

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
    Share { candidate: Share, baseline: Share },
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
            Self::Log { change, .. } => *change,
            Self::Share { candidate, baseline } => candidate.value - baseline.value,
        }
    }

    /// The one-sided 95% bounds of [`Evidence::worse_by`].
    pub(super) fn bounds(&self) -> (f64, f64) {
        match self {
            Self::Log { change, error, .. } => {
                let reach = t_quantile(error.freedom, LEVEL) * error.value;
                (change - reach, change + reach)
            }
            Self::Share { candidate, baseline } => newcombe(*candidate, *baseline, normal_quantile(LEVEL)),
        }
    }

    /// How likely a change at least this bad would be if the true one were `margin`.
    pub(super) fn p_value(&self, margin: f64) -> f64 {
        match self {
            Self::Log { change, error, .. } => {
                let beyond = change - margin;
                if error.value > 0.0 {
                    t_tail(error.freedom, beyond / error.value)
                } else if beyond > 0.0 {
                    0.0
                } else {
                    1.0
                }
            }
            Self::Share { candidate, baseline } => newcombe_p_value(*candidate, *baseline, margin),
        }
    }

    /// The smallest worsening that these runs could have told from no change, on the scale of
    /// [`Evidence::worse_by`].
    pub(super) fn detectable(&self) -> f64 {
        match self {
            Self::Log { error, .. } => t_quantile(error.freedom, LEVEL) * error.value,
            Self::Share { candidate, baseline } => {
                let z = normal_quantile(LEVEL);
                let hidden = |rise: f64| {
                    let risen = Share { value: (baseline.value + rise).min(1.0), ..*candidate };
                    newcombe(risen, *baseline, z).0 <= 0.0
                };
                bisect(0.0, 1.0 - baseline.value, hidden)
            }
        }
    }

    /// A point of the scale of [`Evidence::worse_by`] in the form reports show: relative (0.21 = +21%),
    /// negative for throughput that falls; for shares a difference.
    pub(super) fn shown(&self, worse_by: f64) -> f64 {
        match self {
            Self::Log { sign, .. } => (sign * worse_by).exp_m1(),
            Self::Share { .. } => worse_by,
        }
    }

    /// The bounds in the form reports show, lower first.
    pub(super) fn shown_bounds(&self) -> (f64, f64) {
        let (low, high) = self.bounds();
        let (a, b) = (self.shown(low), self.shown(high));
        (a.min(b), a.max(b))
    }
}
