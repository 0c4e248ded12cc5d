//! What chance decides in a block.
//!
//! In: the duet's seed and the block's number. Out: who comes first when, and the seeds of what is played. The same seed
//! draws the same blocks, however many are played.

use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::measure::Side;

/// A block as it was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draw {
    /// Who is started first.
    pub(super) starts: [Side; 2],
    /// Who is warmed up first.
    pub(super) warms: [Side; 2],
    /// Seed of each side's server, where it takes one.
    pub(super) server_seeds: [u64; 2],
    /// Bytes by which each side's environment is longer: where memory comes to lie depends on it, and with it speed
    /// (Mytkowicz et al., "Producing wrong data without doing anything obviously wrong", 2009).
    pub(super) paddings: [usize; 2],
    /// Seed of the warm-up, the same for both sides.
    pub(super) warmup_seed: u64,
    /// Whose slot comes when, and with which seed: both slots of a pair are played the same requests.
    pub(super) slots: Vec<Slot>,
}

/// A slot as it was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) side: Side,
    pub(super) seed: u64,
}

/// One more than the longest padding: a page.
const PADDINGS: usize = 4_096;

impl Draw {
    /// The block `number` of a duet with `pairs` pairs of slots.
    ///
    /// Half of the pairs are played in either order, the odd one in one that is drawn, and the pairs are shuffled: a drift
    /// over the block can't favour one side (a fixed order would be biased by it).
    pub(super) fn of(seed: u64, number: u32, pairs: u32) -> Self {
        let mut random =
            Xoshiro256PlusPlus::seed_from_u64(seed ^ u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut either = || if random.random() { SIDES } else { reversed(SIDES) };
        let (starts, warms, odd) = (either(), either(), either());
        let mut orders = [SIDES, reversed(SIDES)].repeat(usize::try_from(pairs / 2).unwrap_or_default());
        if pairs % 2 == 1 {
            orders.push(odd);
        }
        orders.shuffle(&mut random);
        let slots = orders.into_iter().flat_map(|order| {
            let seed = random.random();
            order.map(|side| Slot { side, seed })
        });
        let slots: Vec<Slot> = slots.collect();
        Self {
            starts,
            warms,
            slots,
            server_seeds: [random.random(), random.random()],
            paddings: [random.random_range(0..PADDINGS), random.random_range(0..PADDINGS)],
            warmup_seed: random.random(),
        }
    }
}

const SIDES: [Side; 2] = [Side::Baseline, Side::Candidate];

fn reversed([one, other]: [Side; 2]) -> [Side; 2] {
    [other, one]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_of_pairs(draw: &Draw) -> Vec<Side> {
        draw.slots.iter().step_by(2).map(|slot| slot.side).collect()
    }

    #[test]
    fn each_pair_has_a_slot_of_each_side_with_one_seed() {
        for number in 1..200 {
            let draw = Draw::of(7, number, 3);
            assert_eq!(draw.slots.len(), 6);
            for pair in draw.slots.chunks(2) {
                assert_ne!(pair[0].side, pair[1].side);
                assert_eq!(pair[0].seed, pair[1].seed);
            }
        }
    }

    #[test]
    fn orders_are_balanced_within_a_block_and_over_blocks() {
        let mut firsts = Vec::new();
        for number in 1..=400 {
            let first = first_of_pairs(&Draw::of(7, number, 3));
            let baseline = first.iter().filter(|side| **side == Side::Baseline).count();
            assert!((1..=2).contains(&baseline));
            firsts.extend(first);
        }
        // 1200 firsts: four standard deviations are 69 at most.
        let baseline = firsts.iter().filter(|side| **side == Side::Baseline).count();
        assert!((531..=669).contains(&baseline), "{baseline}");
        let even = first_of_pairs(&Draw::of(7, 1, 4));
        assert_eq!(even.iter().filter(|side| **side == Side::Baseline).count(), 2);
    }

    #[test]
    fn the_same_seed_draws_the_same_block_and_another_number_another() {
        assert_eq!(Draw::of(7, 3, 3), Draw::of(7, 3, 3));
        assert_ne!(Draw::of(7, 3, 3), Draw::of(7, 4, 3));
        assert_ne!(Draw::of(7, 3, 3), Draw::of(8, 3, 3));
    }

    #[test]
    fn either_side_is_started_and_warmed_up_first() {
        let draws: Vec<Draw> = (1..100).map(|number| Draw::of(1, number, 1)).collect();
        for side in SIDES {
            assert!(draws.iter().any(|draw| draw.starts[0] == side) && draws.iter().any(|draw| draw.warms[0] == side));
        }
    }
}
