//! When a duet may be looked at, or a gate that is repeated: how sure each look has to be, so that all of them together
//! stay at one error rate.
//!
//! In: the planned looks and how many blocks there are. Out: the chance of error each bound may have at that point.
//! Reads no difference.
//!
//! O'Brien & Fleming's bounds (1979): with the last of `L` looks planned after `N` blocks, a look after `K` demands
//!
//! ```text
//! z = C(L, alpha) sqrt(N / K)
//! ```
//!
//! which is a constant height for the sum of the blocks' differences. `C` is that of looks in equal steps; of uneven
//! ones the errors add up to 5.3% instead of 5% at most. A duet that ends between two looks (its time is up, or it was
//! stopped) is looked at once by the same formula. That takes the place of a later look at a sum that spreads wider, so
//! the errors add up to less.

use super::cell::Facts;
use super::stats::{count, normal_quantile, normal_tail};

/// `C(L, 5%)`, one-sided, for 1 to 10 looks: Jennison & Turnbull, *Group Sequential Methods* (2000), table 2.3.
const ONE_IN_TWENTY: [f64; 10] = [1.645, 1.678, 1.710, 1.733, 1.751, 1.765, 1.776, 1.786, 1.794, 1.801];

/// How often an unchanged service may fail a duet, over all its looks. They share it evenly: a p-value that flips are
/// counted for is one in 65,536 at least, and an O'Brien-Fleming bound on it would put early looks beyond reach.
const ONE_IN_A_THOUSAND: f64 = 0.001;

/// `C(L, 0.3%)`, one-sided, by recursive numerical integration (Armitage, `McPherson` & Rowe 1969) with scipy, which gives
/// the table above to its last digit.
const THREE_IN_A_THOUSAND: [f64; 10] = [2.748, 2.750, 2.763, 2.775, 2.786, 2.796, 2.804, 2.811, 2.817, 2.823];

/// How often an unchanged service may fail a gate of at most `most` runs, over all of them: three in a thousand.
pub(super) const FALSE_ALARMS: f64 = 0.003;

/// The chance of a false alarm that the verdict after `runs` of at most `most` runs may take, so that the verdicts after all of
/// them together take [`FALSE_ALARMS`].
pub(super) fn false_alarms(runs: usize, most: usize) -> f64 {
    let most = most.max(runs).max(1);
    let early = (count(most) / count(runs.max(1))).sqrt();
    normal_tail(early * constant(&THREE_IN_A_THOUSAND, FALSE_ALARMS, most))
}

/// The most blocks any plan is searched up to.
const MOST: u32 = 1_000;

/// The looks of a duet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    looks: usize,
    last: u32,
}

/// How wrong a look may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Standard errors that a bound of 5% over all looks is away.
    pub(super) z: f64,
    /// The chance of error of such a bound at this look.
    pub(super) tail: f64,
    /// The chance of a false alarm, over all cells, that this look may take.
    pub(super) strict_tail: f64,
}

/// How far a duet has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Standing {
    /// How sure it has to be.
    pub(super) look: Look,
    /// The fewest blocks after which a bound exists.
    pub(super) fewest: u32,
}

impl Standing {
    /// Why a cell has no bounds, in words.
    pub(super) fn too_few(self, cell: &Facts) -> String {
        let blocks = cell.pairs.as_ref().map_or(0, |pairs| pairs.complete);
        format!("{blocks} blocks can't tell any change from noise; it takes {}", self.fewest)
    }
}

impl Plan {
    /// The plan to look after each of `planned` blocks, the last of which is the end. One that went on beyond it, or
    /// had no plan, is looked at in the end.
    pub(super) fn new(planned: &[u32], blocks: u32) -> Self {
        let beyond = planned.iter().all(|look| *look < blocks);
        let last = planned.iter().copied().max().unwrap_or(0).max(blocks).max(1);
        Self { looks: planned.len() + usize::from(beyond), last }
    }

    /// The look after `blocks` blocks, planned or not.
    fn look(self, blocks: u32) -> Look {
        let early = (f64::from(self.last) / f64::from(blocks.max(1))).sqrt();
        let z = early * constant(&ONE_IN_TWENTY, 0.05, self.looks);
        Look { z, tail: normal_tail(z), strict_tail: ONE_IN_A_THOUSAND / count(self.looks.max(1)) }
    }

    /// How far a duet of `blocks` blocks has come.
    pub(super) fn standing(self, blocks: u32) -> Standing {
        Standing { look: self.look(blocks), fewest: self.fewest_blocks() }
    }

    /// The fewest blocks after which a bound exists.
    fn fewest_blocks(self) -> u32 {
        super::duet::fewest_pairs(MOST, |blocks| self.look(blocks).tail).unwrap_or(MOST)
    }
}

/// `C` for so many looks. Beyond the table, that of looking all the time: a Brownian motion crosses it at all with a
/// chance of `alpha` (reflection principle).
fn constant(table: &[f64], alpha: f64, looks: usize) -> f64 {
    let known = table.get(looks.saturating_sub(1));
    known.copied().unwrap_or_else(|| normal_quantile(1.0 - alpha / 2.0))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn four_looks_are_those_of_the_design() {
        let plan = Plan::new(&[8, 16, 24, 32], 8);
        for (blocks, z) in [(8, 1.733 * 2.0), (16, 1.733 * 2f64.sqrt()), (32, 1.733)] {
            assert!((plan.look(blocks).z - z).abs() < 1e-12);
        }
        // scipy.stats.norm.sf(1.733)
        assert!((plan.look(32).tail - 0.041_547_834_396_463_756).abs() < 1e-9, "{:?}", plan.look(32));
        assert!((plan.look(16).strict_tail - 0.000_25).abs() < 1e-12, "{:?}", plan.look(16));
    }

    /// `scipy.stats.norm.sf(2.763 * sqrt(3 / k))`.
    #[test]
    fn early_runs_of_a_gate_have_to_be_surer_than_the_last() {
        for (runs, expected) in
            [(1, 8.521_471_255_798_794e-7), (2, 0.000_357_228_942_438_540_74), (3, 0.002_863_638_322_934_964_3)]
        {
            assert!((false_alarms(runs, 3) / expected - 1.0).abs() < 1e-6, "{runs}");
        }
        assert!((false_alarms(1, 1) - FALSE_ALARMS).abs() < 1e-5);
        assert!((false_alarms(5, 3) - false_alarms(5, 5)).abs() < 1e-12);
    }

    #[test]
    fn a_single_look_is_a_plain_test() {
        let look = Plan::new(&[], 12).look(12);
        assert!((look.tail - 0.05).abs() < 1e-4 && (look.strict_tail - 0.001).abs() < 1e-4, "{look:?}");
        assert_eq!(Plan::new(&[12], 12).look(12), look);
    }

    #[test]
    fn blocks_beyond_the_plan_are_a_look_more() {
        assert_eq!(Plan::new(&[8, 16], 20), Plan::new(&[8, 16, 20], 20));
    }

    #[test]
    fn looking_more_often_demands_more_and_never_more_than_looking_always() {
        for table in [&ONE_IN_TWENTY, &THREE_IN_A_THOUSAND] {
            assert!(table.is_sorted_by(|few, many| few < many));
        }
        assert!(constant(&ONE_IN_TWENTY, 0.05, 11) > 1.95 && constant(&THREE_IN_A_THOUSAND, FALSE_ALARMS, 11) > 2.96);
    }

    #[test]
    fn an_early_look_needs_more_blocks_than_it_has() {
        assert_eq!(Plan::new(&[8, 16, 24, 32], 8).fewest_blocks(), 11);
        assert_eq!(Plan::new(&[8], 8).fewest_blocks(), 6);
    }

    /// The share of 20,000 duets without any change whose sum of differences crosses a bound, where each may be stopped
    /// at a block of its own between two looks.
    fn share_crossing(planned: &[u32], stopped: bool) -> f64 {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(20_260_101);
        let last = planned[planned.len() - 1];
        let mut crossed = 0;
        for _ in 0..20_000 {
            let stop = if stopped { random.random_range(1..=last) } else { last };
            let mut sum = 0.0;
            for block in 1..=stop {
                let difference: f64 = StandardNormal.sample(&mut random);
                sum += difference;
                let tail = Plan::new(planned, block).look(block).tail;
                let looked = planned.contains(&block) || block == stop;
                if looked && normal_tail(sum / f64::from(block).sqrt()) < tail {
                    crossed += 1;
                    break;
                }
            }
        }
        f64::from(crossed) / 20_000.0
    }

    #[test]
    fn all_looks_together_are_wrong_as_often_as_one_may_be() {
        for (planned, least, most) in [(&[8, 16, 24, 32][..], 0.046, 0.054), (&[12, 16, 20, 24, 28, 32], 0.046, 0.057)]
        {
            let share = share_crossing(planned, false);
            assert!((least..=most).contains(&share), "{planned:?}: {share}");
        }
    }

    #[test]
    fn stopping_outside_the_plan_is_wrong_less_often() {
        let share = share_crossing(&[8, 16, 24, 32], true);
        assert!(share <= 0.045, "{share}");
    }
}
