//! How likely some cell of an unchanged service would look this much worse: Westfall and Young's step-down max-T.
//!
//! In: the differences of every cell, block by block. Out: one adjusted p-value a cell, for "no worse".
//! Knows no tolerance and names no cell.
//!
//! Without a change a block may as well have been played with the builds' names swapped, which turns the signs of the
//! differences of *all* its cells together. So the signs of whole blocks are flipped, in every way or in many drawn
//! ones, and a cell's p-value is the share of flips in which any cell that looks no worse than it, itself included,
//! looks at least as bad (Westfall & Young, *Resampling-Based Multiple Testing*, 1993, algorithm 2.8). That keeps the
//! chance of any false finding at its level, and loses little where cells move together.
//!
//! A cell looks as bad as its standardised differences: `T = sum of d_k / sqrt(sum of d_k^2)`, which orders flips as
//! Student's t does. A difference counts up to three times the median size, so that one block gone astray can't drown the
//! others. Ranks would resist it too, but with them every cell can look as bad as every other, if only in the flip that
//! turns all its signs one way: of few blocks there are too few flips for that.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use sha2::{Digest, Sha256};

use super::super::stats::count;

/// Blocks up to which every flip is tried: 65,536 of them.
const ALL_FLIPS: usize = 16;

/// Flips that are tried of more blocks, the one that was played included.
const FLIPS: usize = 1 << ALL_FLIPS;

/// Sizes beyond so many medians count as that.
const MEDIANS: f64 = 3.0;

/// Scores to the largest size: whole numbers, so that sums are the same in whatever order.
const SCORES: f64 = 1_048_576.0;

/// Statistics that differ by less are equal: scores are rounded.
const TIE: f64 = 1e-4;

/// The adjusted p-values of `cells`, each with its differences in the order of blocks, positive where it is worse, and 0
/// in a block that the cell lacks. The order of cells does not matter, nor does any scale.
pub(in crate::gate) fn adjusted_p_values(cells: &[Vec<f64>]) -> Vec<f64> {
    let blocks = cells.iter().map(Vec::len).max().unwrap_or(0);
    let scored: Vec<Scores> = cells.iter().map(|differences| Scores::of(differences)).collect();
    let flips = if blocks <= ALL_FLIPS { Flips::all(blocks) } else { Flips::drawn(blocks, seed(&scored)) };
    step_down(&scored, &flips)
}

fn step_down(cells: &[Scores], flips: &Flips) -> Vec<f64> {
    let mut least_bad_first: Vec<(usize, &Scores)> = cells.iter().enumerate().collect();
    least_bad_first.sort_by(|(_, one), (_, other)| one.statistic().total_cmp(&other.statistic()));
    let mut worst = vec![f64::NEG_INFINITY; flips.number];
    let mut shares = Vec::with_capacity(cells.len());
    for (place, cell) in least_bad_first {
        let (observed, spread) = (cell.statistic(), cell.spread());
        let mut as_bad = 0;
        for (worst, sum) in worst.iter_mut().zip(cell.sums(flips)) {
            *worst = worst.max(f64::from(sum) / spread);
            as_bad += usize::from(*worst >= observed - TIE);
        }
        shares.push((place, count(as_bad) / count(flips.number)));
    }
    let mut p_values = vec![1.0; cells.len()];
    let mut least = 0.0_f64;
    for (place, share) in shares.into_iter().rev() {
        least = least.max(share);
        if let Some(p_value) = p_values.get_mut(place) {
            *p_value = least;
        }
    }
    p_values
}

/// A cell's differences as whole numbers, each with the sign of its difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Scores(Vec<i32>);

impl Scores {
    fn of(differences: &[f64]) -> Self {
        let mut sizes: Vec<f64> =
            differences.iter().map(|difference| difference.abs()).filter(|size| *size > 0.0).collect();
        sizes.sort_by(f64::total_cmp);
        let most = MEDIANS * sizes.get(sizes.len() / 2).copied().unwrap_or(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "at most SCORES, either way")]
        let score = |difference: &f64| ((difference / most).clamp(-1.0, 1.0) * SCORES).round() as i32;
        Self(differences.iter().map(score).collect())
    }

    fn statistic(&self) -> f64 {
        f64::from(self.0.iter().sum::<i32>()) / self.spread()
    }

    /// What a sum of scores is divided by; whatever it is, nothing but zeros sums to 0.
    fn spread(&self) -> f64 {
        self.0.iter().map(|score| f64::from(*score).powi(2)).sum::<f64>().sqrt().max(1.0)
    }

    /// The sum of scores under every flip.
    fn sums(&self, flips: &Flips) -> Vec<i32> {
        let mut sums = vec![0; flips.number];
        for (octet, scores) in flips.octets.iter().zip(self.0.chunks(8)) {
            let table = sums_of_octet(scores);
            for (sum, flipped) in sums.iter_mut().zip(octet) {
                *sum += table.get(usize::from(*flipped)).copied().unwrap_or_default();
            }
        }
        sums
    }
}

/// The sum of up to eight scores, for every way to flip them: a bit that is set turns the sign of its score.
fn sums_of_octet(scores: &[i32]) -> Vec<i32> {
    scores.iter().fold(vec![0], |sums, score| {
        let kept = sums.iter().map(|sum| sum + score);
        kept.chain(sums.iter().map(|sum| sum - score)).collect()
    })
}

/// Ways to flip the signs of blocks, the one that was played first.
#[derive(Debug)]
struct Flips {
    number: usize,
    /// For every eight blocks the bits of every flip.
    octets: Vec<Vec<u8>>,
}

impl Flips {
    /// Every way there is.
    fn all(blocks: usize) -> Self {
        let number = 1 << blocks;
        let octets = (0..blocks.div_ceil(8)).map(|octet| (0..number).map(|flip| byte(flip, octet)).collect()).collect();
        Self { number, octets }
    }

    /// As many as are tried of more blocks, drawn from `seed`.
    fn drawn(blocks: usize, seed: [u8; 32]) -> Self {
        let mut random = Xoshiro256PlusPlus::from_seed(seed);
        let octets = (0..blocks).step_by(8).map(|first| {
            let mut drawn = vec![0; FLIPS];
            random.fill_bytes(drawn.get_mut(1..).unwrap_or_default());
            // Beyond the last block there is nothing to flip: those bits must not reach past the table.
            let used = u8::MAX >> (8 - (blocks - first).min(8));
            for bits in &mut drawn {
                *bits &= used;
            }
            drawn
        });
        Self { number: FLIPS, octets: octets.collect() }
    }
}

fn byte(flip: usize, octet: usize) -> u8 {
    flip.to_le_bytes().get(octet).copied().unwrap_or_default()
}

/// A seed that is the same for the same scores, in whatever order the cells come.
fn seed(cells: &[Scores]) -> [u8; 32] {
    let mut sorted: Vec<&Scores> = cells.iter().collect();
    sorted.sort();
    let mut hash = Sha256::new();
    for score in sorted.into_iter().flat_map(|cell| &cell.0) {
        hash.update(score.to_le_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn assert_close(found: &[f64], expected: &[f64]) {
        let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12);
        assert!(close && found.len() == expected.len(), "{found:?} is not {expected:?}");
    }

    /// One way in eight looks as bad as three blocks that all got worse.
    #[test]
    fn a_cell_alone_has_the_p_value_of_the_exact_test() {
        assert_close(&adjusted_p_values(&[vec![1.0, 2.0, 3.0]]), &[0.125]);
        assert_close(&adjusted_p_values(&[vec![-1.0, -2.0, -3.0]]), &[1.0]);
    }

    /// By hand, T in units of sqrt(14) for the flips +++ ++- +-+ +-- -++ -+- --+ ---:
    /// `(1, 2, -3)`: 0 6 -4 2 -2 4 -6 0; `(3, 2, 1)`: 6 4 2 0 0 -2 -4 -6. The second is worse: in 2 flips either reaches
    /// 6. The first reaches 0 by itself in 5.
    #[test]
    fn cells_are_judged_by_the_worst_of_those_that_look_no_worse() {
        assert_close(&adjusted_p_values(&[vec![1.0, 2.0, -3.0], vec![3.0, 2.0, 1.0]]), &[0.625, 0.25]);
    }

    /// numpy over `itertools.product([1, -1], repeat=K)`; ties, zeros, an empty cell, differences beyond three medians.
    #[test]
    fn p_values_are_those_of_an_enumeration_with_numpy() {
        let five = [
            vec![0.3, 0.1, 0.2, 0.4, 0.5],
            vec![0.1, -0.2, 0.3, 0.05, 0.02],
            vec![0.0, 0.0, 0.1, 0.1, -0.3],
            vec![0.0; 5],
        ];
        assert_close(&adjusted_p_values(&five), &[0.031_25, 0.531_25, 1.0, 1.0]);
        let ten = [
            vec![0.18, 0.23, 0.18, 0.02, 0.24, 0.19, 0.1, 0.21, 0.19, 0.18],
            vec![0.05, 0.1, -0.02, 0.03, 0.0, 0.11, 0.05, 0.02, -0.03, 0.02],
            vec![0.0, -0.03, 0.13, 0.1, -0.27, -0.19, -0.02, -0.04, 0.02, 0.02],
            vec![0.16, -0.16, -0.09, 0.15, 0.01, 0.02, -0.1, -0.21, -0.03, -0.04],
        ];
        let expected = [0.000_976_562_5, 0.086_914_062_5, 0.847_656_25, 0.847_656_25];
        assert_close(&adjusted_p_values(&ten), &expected);
    }

    #[test]
    fn drawn_flips_come_near_to_all_of_them() {
        let cells = Scores::of(&[0.5, -0.1, 0.4, 0.2, -0.05, 0.3, 0.1, -0.2, 0.15, 0.25, 0.35, -0.12, 0.01]);
        let (all, drawn) = (Flips::all(13), Flips::drawn(13, [7; 32]));
        let p_values = [&all, &drawn].map(|flips| step_down(std::slice::from_ref(&cells), flips)[0]);
        assert!((p_values[0] - p_values[1]).abs() < 0.002, "{p_values:?}");
    }

    #[test]
    fn no_flip_reaches_beyond_the_last_block() {
        for blocks in [17, 20, 24, 31] {
            let last = Flips::drawn(blocks, [1; 32]).octets.pop().unwrap();
            let used = (blocks - 1) % 8 + 1;
            assert_eq!(last.iter().map(|bits| bits.leading_zeros()).min(), Some(8 - u32::try_from(used).unwrap()));
            assert_eq!(last[0], 0);
        }
    }

    /// With ranks it would be 4/256 or more: each of the others reaches the highest sum of ranks in a flip of its own.
    #[test]
    fn eight_blocks_are_enough_for_a_change_beyond_all_noise() {
        let noise = |turn: usize| {
            (0..8).map(move |block| 0.02 * [1.0, -2.0, 0.5, -0.3, 1.4, -0.9, 0.2, -1.1][(block + turn) % 8])
        };
        let mut cells: Vec<Vec<f64>> = (0..8).map(|turn| noise(turn).collect()).collect();
        cells.push((0..8).map(|block| 0.7 + 0.01 * f64::from(block)).collect());
        assert_close(&adjusted_p_values(&cells)[8..], &[1.0 / 256.0]);
    }

    #[test]
    fn one_block_gone_astray_does_not_drown_the_others() {
        let mut differences = vec![0.18; 15];
        differences.push(5.0);
        assert!(adjusted_p_values(&[differences])[0] < 0.001);
    }

    #[test]
    fn nothing_has_no_p_value() {
        assert_eq!(adjusted_p_values(&[]), [0.0; 0]);
        assert_eq!(adjusted_p_values(&[Vec::new()]), [1.0]);
    }

    /// The share of 300 duets without a change, of 12 cells that share half of their noise, in which some p-value is at
    /// most `alpha`.
    fn share_of_false_findings(blocks: usize, alpha: f64) -> f64 {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(20_260_101);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let found = (0..300).filter(|_| {
            let shared: Vec<f64> = (0..blocks).map(|_| normal()).collect();
            let cells: Vec<Vec<f64>> =
                (0..12).map(|_| shared.iter().map(|shared| shared + normal()).collect()).collect();
            adjusted_p_values(&cells).iter().any(|p_value| *p_value <= alpha)
        });
        count(found.count()) / 300.0
    }

    #[test]
    fn some_cell_of_an_unchanged_service_is_found_as_often_as_the_level_says() {
        let share = share_of_false_findings(10, 0.2);
        assert!((0.14..=0.26).contains(&share), "{share}");
    }

    fn any_cells(blocks: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
        let difference = prop_oneof![Just(0.0), -0.3f64..0.5, Just(0.1), Just(-0.1)];
        prop::collection::vec(prop::collection::vec(difference, blocks), 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn company_never_makes_a_p_value_smaller(cells in (1usize..9).prop_flat_map(any_cells)) {
            let together = adjusted_p_values(&cells);
            for (cell, together) in cells.iter().zip(together) {
                let alone = adjusted_p_values(std::slice::from_ref(cell))[0];
                prop_assert!(together >= alone && together <= 1.0, "{together} {alone}");
            }
        }

        #[test]
        fn the_order_of_cells_never_matters(cells in prop_oneof![any_cells(7), any_cells(18)]) {
            let mut back = cells.clone();
            back.reverse();
            let mut found = adjusted_p_values(&back);
            found.reverse();
            prop_assert_eq!(found, adjusted_p_values(&cells));
        }

        #[test]
        fn scale_never_matters(cells in any_cells(7), power in -6i32..7) {
            let scaled: Vec<Vec<f64>> = cells
                .iter()
                .map(|cell| cell.iter().map(|difference| difference * 2f64.powi(power)).collect())
                .collect();
            prop_assert_eq!(adjusted_p_values(&scaled), adjusted_p_values(&cells));
        }
    }
}
