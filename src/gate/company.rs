//! What a cell moved by itself, beyond what all latencies of its run moved together.
//!
//! In: the runs of both sides, and the latencies that decide. Out: for each of them how likely it would stand out so far from
//! its company if nothing had changed. Decides nothing.
//!
//! A machine's luck moves the latencies of a run together; a change of the code mostly moves one or a few. So the movement
//! of a run is taken out, the median over its cells of `ln(value)` against the cell's mean in the baseline, and what is left
//! is judged by the same rules as the whole. It is evidence besides the cell's own movement and never instead of it: where
//! everything became slower nothing stands out, and that is a regression all the same.

use std::collections::BTreeMap;

use super::cell::{Key, estimate};
use super::noise::{Pool, Side};
use super::stats::t_tail;
use crate::measure::{Estimate, Job, Run};

/// Latencies from which on their median is the machine's and not one endpoint's.
const FEWEST: usize = 8;

/// For each of `family`, latencies that both sides have, the probability of standing out at least as far; none where they are
/// too few to be each other's company.
pub(super) fn p_values(candidate: &[&Run], baseline: &[&Run], family: &[&Key]) -> BTreeMap<Key, f64> {
    if family.len() < FEWEST {
        return BTreeMap::new();
    }
    let centres: Vec<(&Key, f64)> = family
        .iter()
        .map(|key| {
            let before: Vec<(&Job, Estimate)> =
                baseline.iter().filter_map(|run| Some((&run.origin.job, estimate(run, key)?))).collect();
            (*key, Side::new(&before, 1.0).mean())
        })
        .collect();
    let [now, before] = [candidate, baseline].map(|runs| movements(runs, &centres));
    let sides: Vec<[Side; 2]> =
        family.iter().map(|key| [left_over(candidate, &now, key), left_over(baseline, &before, key)]).collect();
    let pool = Pool::of(&sides);
    let p_value = |[now, before]: &[Side; 2]| {
        let error = pool.error(now, before);
        let change = now.mean() - before.mean();
        if error.value > 0.0 { t_tail(error.freedom, change / error.value) } else { 1.0 }
    };
    family.iter().zip(&sides).map(|(key, sides)| ((*key).clone(), p_value(sides))).collect()
}

/// What the latencies of each run moved together: the median, which one that changed hardly moves.
fn movements(runs: &[&Run], centres: &[(&Key, f64)]) -> Vec<f64> {
    let movement = |run: &&Run| {
        let mut moved: Vec<f64> =
            centres.iter().filter_map(|(key, centre)| Some(estimate(run, key)?.value.ln() - centre)).collect();
        moved.sort_by(f64::total_cmp);
        let middle = |place: usize| moved.get(place).copied().unwrap_or(0.0);
        f64::midpoint(middle(moved.len().saturating_sub(1) / 2), middle(moved.len() / 2))
    };
    runs.iter().map(movement).collect()
}

/// A cell's values with the movement of their runs taken out.
fn left_over(runs: &[&Run], movements: &[f64], key: &Key) -> Side {
    let observed: Vec<(&Job, Estimate)> = runs
        .iter()
        .zip(movements)
        .filter_map(|(run, movement)| {
            let estimate = estimate(run, key)?;
            Some((&run.origin.job, Estimate { value: estimate.value * (-movement).exp(), ..estimate }))
        })
        .collect();
    Side::new(&observed, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::support::{Builder, run};
    use crate::measure::Metric;

    /// Ten endpoints of a job in which all is slower by the factor `luck`, and the first by `change` besides.
    fn job(number: u32, luck: f64, change: f64) -> Run {
        (0..10).fold(run(number), |run, endpoint| {
            let own = if endpoint == 0 { change } else { 1.0 } * f64::from(endpoint + number % 3).mul_add(0.001, 1.0);
            run.with(&format!("endpoint {endpoint}"), Metric::P50, 50_000.0 * luck * own)
        })
    }

    fn found(candidate: &Run, endpoints: u32) -> Vec<f64> {
        let keys: Vec<Key> = (0..endpoints)
            .map(|endpoint| Key { endpoint: format!("endpoint {endpoint}"), metric: Metric::P50 })
            .collect();
        let baseline: Vec<Run> =
            [0.9, 1.0, 1.1, 0.95, 1.05, 1.0].into_iter().zip(0..).map(|(luck, n)| job(n, luck, 1.0)).collect();
        let family: Vec<&Key> = keys.iter().collect();
        p_values(&[candidate], &baseline.iter().collect::<Vec<_>>(), &family).into_values().collect()
    }

    #[test]
    fn one_cell_stands_out_whatever_the_machine_did_to_all() {
        for luck in [0.8, 1.0, 1.3] {
            let p_values = found(&job(9, luck, 1.3), 10);
            assert!(p_values[0] < 1e-4, "{p_values:?}");
            assert!(p_values[1..].iter().all(|p_value| *p_value > 0.3), "{p_values:?}");
        }
    }

    #[test]
    fn nothing_stands_out_where_all_moved() {
        assert!(found(&job(9, 1.4, 1.0), 10).iter().all(|p_value| *p_value > 0.3));
    }

    #[test]
    fn a_few_cells_are_no_company() {
        assert_eq!(found(&job(9, 1.0, 1.3), 7), [0.0; 0]);
    }

    /// By hand: all runs of a side alike, so that the error is that of the default noise alone: 8 cells of 2 + 1 jobs,
    /// `s0^2 = 0.04 / (4 + 8)`, `s^2 = 6 s0^2 / 7`, `SE^2 = 1.5 s^2`, `t = ln 1.2 / SE = 2.7850` with 7 degrees of freedom:
    /// `scipy.stats.t.sf(t, 7)`.
    #[test]
    fn what_is_left_over_is_judged_as_the_whole_is() {
        let plain = |number: u32, first: f64| {
            (0..8).fold(run(number), |run, endpoint| {
                let value = if endpoint == 0 { first } else { 1_000.0 };
                run.with(&format!("endpoint {endpoint}"), Metric::P50, value)
            })
        };
        let keys: Vec<Key> =
            (0..8).map(|endpoint| Key { endpoint: format!("endpoint {endpoint}"), metric: Metric::P50 }).collect();
        let family: Vec<&Key> = keys.iter().collect();
        let (now, one, other) = (plain(9, 1_200.0), plain(1, 1_000.0), plain(2, 1_000.0));
        let found = p_values(&[&now], &[&one, &other], &family);
        assert!((found[&keys[0]] - GOLDEN).abs() < 1e-9, "{}", found[&keys[0]]);
    }

    const GOLDEN: f64 = 0.013_551_125_097_985_776;
}
