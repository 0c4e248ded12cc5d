//! Duets, drawn slot by slot: two servers, the machine they share, and the order they are played in.
//!
//! In: a scenario and draws. Out: blocks. The noise of a scenario is that of a block's difference between both servers:
//! most of it is what each server's process happened to be given, the rest is that of the slots.

use loadgate::measure::{Block, Side};

use super::draw::{Draw, Drift};
use super::jobs::noise_of;
use super::scenario::{CELLS, Noise, Scenario};
use super::world;

/// After how many blocks the verdict is looked for.
pub(super) const LOOKS: [u32; 3] = [8, 16, 24];
/// Pairs of slots in a block.
pub(super) const PAIRS: u32 = 3;
/// The part of a block's variance that is the processes': the rest is that of its slots.
const OF_PROCESS: f64 = 0.75;
/// How much the machine itself wanders, where it does; in how many slots it is another one.
const MACHINE: (f64, f64) = (0.12, 6.0);
/// By how much everything becomes slower, suddenly or little by little.
const SLOWER: f64 = 0.2;
/// The chance that a slot is slow throughout, and by how much.
const SLOW: (f64, f64) = (0.1, 0.3);

/// A duet as it is played.
#[derive(Debug)]
pub(super) struct Blocks {
    scenario: Scenario,
    machine: Drift,
    /// The slot from which on everything is slower, in a scenario with a step.
    step: f64,
    slot: u32,
    played: u32,
}

impl Blocks {
    pub(super) fn new(scenario: Scenario, draw: &mut Draw) -> Self {
        let machine = Drift::new(MACHINE.1, draw);
        Self { scenario, machine, step: draw.uniform() * slots(), slot: 0, played: 0 }
    }

    /// Plays the next block.
    pub(super) fn next(&mut self, draw: &mut Draw) -> Block {
        self.played += 1;
        let luck = |draw: &mut Draw| self.luck(draw);
        let mut sides = [luck(draw), luck(draw)];
        let mut order = Vec::new();
        for _ in 0..PAIRS {
            let mut pair = [Side::Baseline, Side::Candidate];
            if draw.chance(0.5) {
                pair.reverse();
            }
            for side in pair {
                let slot = self.play(draw);
                let [baseline, candidate] = &mut sides;
                let logs = if side == Side::Baseline { baseline } else { candidate };
                for (log, slot) in logs.iter_mut().zip(slot) {
                    *log += slot / f64::from(PAIRS);
                }
                order.push(side);
            }
        }
        let [_, [first, ..]] = &mut sides;
        *first += self.scenario.log_change();
        let [baseline, candidate] = &sides;
        world::block(self.played, order, [baseline, candidate])
    }

    /// What a server's process was given in this block: half of the variance of a difference is either server's.
    fn luck(&self, draw: &mut Draw) -> [f64; CELLS] {
        let sd = self.scenario.sd() * (OF_PROCESS / 2.0).sqrt();
        let shared = self.scenario.noise != Noise::Independent;
        let of_server = draw.normal();
        std::array::from_fn(|cell| {
            let own = draw.normal();
            sd * noise_of(cell) * if shared { 0.5f64.sqrt() * (of_server + own) } else { own }
        })
    }

    /// One slot: what the machine does in it, which both servers meet in turn, and each cell's own luck.
    fn play(&mut self, draw: &mut Draw) -> [f64; CELLS] {
        let now = f64::from(self.slot);
        self.slot += 1;
        let machine = match self.scenario.noise {
            Noise::Drifting => MACHINE.0 * self.machine.next(draw),
            Noise::Bursts if draw.chance(SLOW.0) => SLOW.1,
            Noise::Trend => SLOWER * now / slots(),
            Noise::Step if now >= self.step => SLOWER,
            _ => 0.0,
        };
        let sd = self.scenario.sd() * ((1.0 - OF_PROCESS) / 2.0 * f64::from(PAIRS)).sqrt();
        std::array::from_fn(|cell| machine + sd * noise_of(cell) * draw.normal())
    }
}

/// Slots of a whole duet.
fn slots() -> f64 {
    f64::from(LOOKS.into_iter().max().unwrap_or(0) * PAIRS * 2)
}
