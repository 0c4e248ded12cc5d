//! The blocks of a duet, one after the other.
//!
//! In: a [`Setup`]. Out: what was [`Played`]. Stops when told, when the time is up, or when whoever judges has seen enough.

use std::fmt;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::contestant::{Contestant, Server};
use super::draw::{Draw, Slot};
use crate::load::{self, Stop};
use crate::measure::{ALL, Block, Duet, Metric, Model, Origin, Recording, Run, Side, Summary};
use crate::plan::{self, Plan, Shape};
use crate::target;

/// Everything a duet needs.
pub struct Setup<'a> {
    /// What to play.
    pub duet: plan::Duet,
    /// The known build.
    pub baseline: Contestant,
    /// The build in question.
    pub candidate: Contestant,
    /// Makes the plan of the users against a URL, with a seed.
    pub plan: &'a dyn Fn(&str, u64) -> Result<Plan, plan::Error>,
    /// Where the candidate's runs come from.
    pub origin: Origin,
    /// Worker threads.
    pub workers: usize,
    /// Seed of every draw.
    pub seed: u64,
    /// Tells it to stop before its time.
    pub stop: watch::Receiver<Stop>,
}

impl fmt::Debug for Setup<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Setup").field("duet", &self.duet).field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// What a duet left behind.
#[derive(Debug)]
pub struct Played {
    /// What the gate compares.
    pub duet: Duet,
    /// All slots of the known build as one recording; none where no block was played whole.
    pub baseline: Option<Recording>,
    /// The same of the build in question.
    pub candidate: Option<Recording>,
}

/// A duet under way, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Since the first block began.
    pub elapsed: Duration,
    /// The block that is played, from 1.
    pub block: u32,
    /// Most blocks there will be.
    pub most_blocks: u32,
    /// What goes on.
    pub doing: Doing,
    /// How much of the block is done, between 0 and 1, about.
    pub share: f64,
}

/// What goes on in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Both builds are started.
    Starting,
    /// A build is warmed up.
    WarmingUp(Side),
    /// A slot is played.
    Playing {
        /// Its place in the block, from 1.
        slot: u32,
        /// Slots of the block.
        slots: u32,
        /// Whose it is.
        side: Side,
    },
}

/// Whether to play one more block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is more to find out.
    GoOn,
    /// More blocks would change nothing.
    Enough,
}

/// Why a duet could not be played.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A build did not start.
    #[error("the {side} can't be played: {source}")]
    Start {
        /// Which build.
        side: Side,
        /// Why not.
        source: Box<target::Error>,
    },
    /// The users can't be played against a build.
    #[error(transparent)]
    Plan(#[from] plan::Error),
    /// A slot could not be played.
    #[error(transparent)]
    Load(#[from] load::Error),
}

/// Plays blocks until `judge` has seen enough, the last look is reached, the budget has no time for one more, or it is told to
/// stop. `watch` is told a few times a second how it goes.
///
/// # Errors
/// A build can't be started, or can't be played, in the first block. Later that ends the duet, which is not valid then and
/// keeps its blocks.
pub async fn play(
    setup: Setup<'_>,
    watch: &mut dyn FnMut(&Progress),
    judge: &mut dyn FnMut(&Duet) -> Next,
) -> Result<Played, Error> {
    let mut stage = Stage { found: setup.blank()?, slots: [Vec::new(), Vec::new()], doubtful: 0, setup, watch };
    let begun = Instant::now();
    let most = stage.setup.duet.most_blocks();
    for number in 1..=most {
        if !stage.has_time(begun.elapsed(), number - 1) {
            break;
        }
        let whole = match stage.block(number, begun).await {
            Ok(whole) => whole,
            Err(error) if stage.found.blocks.is_empty() => return Err(error),
            Err(error) => {
                // What was played before is kept, and says nothing of a build that then failed to start.
                stage.found.valid = false;
                stage.found.reasons.push(format!("in block {number} {error}"));
                break;
            }
        };
        stage.found.block_s = begun.elapsed().as_secs_f64() / f64::from(number);
        if !whole || judge(&stage.found) == Next::Enough {
            break;
        }
    }
    Ok(stage.finish())
}

struct Stage<'a, 'w> {
    setup: Setup<'a>,
    watch: &'w mut dyn FnMut(&Progress),
    found: Duet,
    /// The slots of whole blocks, of the known build and of the other.
    slots: [Vec<Recording>; 2],
    /// Slots in which the generator was not fit.
    doubtful: usize,
}

/// Knows how far a block is.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// When the first block began.
    begun: Instant,
    /// When this one did.
    block: Instant,
    /// How long a block takes, about.
    length: Duration,
    progress: Progress,
}

impl Clock {
    fn now(&self) -> Progress {
        let share = self.block.elapsed().as_secs_f64() / self.length.as_secs_f64().max(f64::MIN_POSITIVE);
        Progress { elapsed: self.begun.elapsed(), share: share.min(1.0), ..self.progress }
    }
}

impl Setup<'_> {
    /// The duet before its first block. Compiles the plan once, so that what is wrong with it is known before anything starts.
    fn blank(&self) -> Result<Duet, Error> {
        let plan = (self.plan)("http://127.0.0.1:1", self.seed)?;
        Ok(Duet {
            format: Duet::FORMAT,
            profile: plan.profile.clone(),
            load: plan.load.clone(),
            model: match plan.shape {
                Shape::Users(_) => Model::Closed,
                Shape::Rate { .. } => Model::Open,
            },
            seed: self.seed,
            baseline: self.baseline.build.clone(),
            candidate: self.candidate.build.clone(),
            restarted: self.duet.baseline.restarts() && self.duet.candidate.restarts(),
            warmup_s: self.duet.warmup.as_secs_f64(),
            slot_s: self.duet.slot.as_secs_f64(),
            pairs: self.duet.pairs,
            block_s: self.duet.block().as_secs_f64(),
            looks: self.duet.looks.clone(),
            blocks: Vec::new(),
            valid: true,
            reasons: Vec::new(),
            interrupted: false,
            summary: Summary::default(),
        })
    }

    fn contestant(&self, side: Side) -> &Contestant {
        match side {
            Side::Baseline => &self.baseline,
            Side::Candidate => &self.candidate,
        }
    }

    fn is_stopping(&self) -> bool {
        *self.stop.borrow() != Stop::No
    }
}

impl Stage<'_, '_> {
    /// Whether the budget holds one more block, as long as those before it.
    fn has_time(&self, elapsed: Duration, blocks: u32) -> bool {
        let Some(budget) = self.setup.duet.budget else { return true };
        blocks == 0 || elapsed + elapsed / blocks <= budget
    }

    /// Plays a block; false where it is not to be gone on.
    async fn block(&mut self, number: u32, begun: Instant) -> Result<bool, Error> {
        let draw = Draw::of(self.setup.seed, number, self.setup.duet.pairs);
        let progress = Progress {
            elapsed: begun.elapsed(),
            block: number,
            most_blocks: self.setup.duet.most_blocks(),
            doing: Doing::Starting,
            share: 0.0,
        };
        (self.watch)(&progress);
        let mut servers = self.start(&draw).await?;
        let clock = Clock { begun, block: Instant::now(), length: self.setup.duet.block(), progress };
        let played = self.block_on(&mut servers, &draw, clock).await;
        let [baseline, candidate] = servers;
        tokio::join!(baseline.stop(), candidate.stop());
        let Some(slots) = played? else {
            self.found.interrupted = true;
            return Ok(false);
        };
        Ok(self.keep(number, &draw, slots))
    }

    /// Starts both builds, one after the other in the order that was drawn.
    async fn start(&self, draw: &Draw) -> Result<[Server; 2], Error> {
        let [first, second] = draw.starts;
        let mut one = self.start_one(first, draw).await?;
        one.pause();
        let mut other = match self.start_one(second, draw).await {
            Ok(other) => other,
            Err(error) => {
                one.stop().await;
                return Err(error);
            }
        };
        other.pause();
        Ok(if first == Side::Baseline { [one, other] } else { [other, one] })
    }

    async fn start_one(&self, side: Side, draw: &Draw) -> Result<Server, Error> {
        let ([seed, other_seed], [padding, other_padding]) = (draw.server_seeds, draw.paddings);
        let (seed, padding) = if side == Side::Baseline { (seed, padding) } else { (other_seed, other_padding) };
        let started = self.setup.contestant(side).start(seed, padding).await;
        started.map_err(|source| Error::Start { side, source: Box::new(source) })
    }

    /// Warms both builds up and plays the slots; none where it was told to stop.
    async fn block_on(
        &mut self,
        servers: &mut [Server; 2],
        draw: &Draw,
        mut clock: Clock,
    ) -> Result<Option<[Vec<Recording>; 2]>, Error> {
        let plan::Duet { lead, slot, warmup, pairs, .. } = self.setup.duet;
        if !warmup.is_zero() {
            for side in draw.warms {
                clock.progress.doing = Doing::WarmingUp(side);
                let drawn = Slot { side, seed: draw.warmup_seed };
                if self.play_on(servers, drawn, (Duration::ZERO, warmup), clock).await?.is_none() {
                    return Ok(None);
                }
            }
        }
        let mut played = [Vec::new(), Vec::new()];
        for (place, drawn) in (1..).zip(&draw.slots) {
            clock.progress.doing = Doing::Playing { slot: place, slots: 2 * pairs, side: drawn.side };
            let Some(recording) = self.play_on(servers, *drawn, (lead, slot), clock).await? else { return Ok(None) };
            let [baseline, candidate] = &mut played;
            if drawn.side == Side::Baseline { baseline } else { candidate }.push(recording);
        }
        self.note_deaths(servers);
        Ok(Some(played))
    }

    /// Plays one side while the other stands still; none where it was told to stop.
    async fn play_on(
        &mut self,
        servers: &mut [Server; 2],
        slot: Slot,
        (lead, length): (Duration, Duration),
        clock: Clock,
    ) -> Result<Option<Recording>, Error> {
        let [baseline, candidate] = servers;
        let server = if slot.side == Side::Baseline { baseline } else { candidate };
        let plan = (self.setup.plan)(&server.url, slot.seed)?.into_slot(lead, length);
        let build = &self.setup.contestant(slot.side).build;
        let origin =
            Origin { commit: build.commit.clone(), reference: build.reference.clone(), ..self.setup.origin.clone() };
        let run = load::Run {
            plan: plan.into(),
            origin,
            workers: self.setup.workers,
            stop: self.setup.stop.clone(),
            observed: load::Observed::nothing(),
            wanted: None,
        };
        server.resume();
        let recording = load::play(run, &mut |_: &load::Look| (self.watch)(&clock.now())).await;
        server.pause();
        let recording = recording?;
        Ok((!recording.facts.interrupted && !self.setup.is_stopping()).then_some(recording))
    }

    /// Takes a block in; false where its figures can't be used, and no further ones could.
    fn keep(&mut self, number: u32, draw: &Draw, slots: [Vec<Recording>; 2]) -> bool {
        let [baseline, candidate] = [0, 1].map(|side: usize| slots.get(side).and_then(|slots| Run::of_slots(slots)));
        let (Some(baseline), Some(candidate)) = (baseline, candidate) else { return false };
        if !has_success(&baseline) {
            let why = slots.iter().flatten().flat_map(|slot| &slot.facts.reasons).next();
            let why = why.map_or_else(|| "every request failed".to_owned(), Clone::clone);
            self.found.valid = false;
            self.found.reasons.push(format!("the baseline gave no good answer in block {number}: {why}"));
            return false;
        }
        self.doubtful += slots.iter().flatten().filter(|slot| !slot.facts.valid).count();
        let job = |run: Run| {
            let mut run = Run { valid: true, ..run };
            run.origin.job.run = format!("{} block {number}", run.origin.job.run);
            run
        };
        let order = draw.slots.iter().map(|slot| slot.side).collect();
        self.found.blocks.push(Block { number, order, baseline: job(baseline), candidate: job(candidate) });
        for (all, new) in self.slots.iter_mut().zip(slots) {
            all.extend(new);
        }
        true
    }

    /// A build that ended while it was played: its failed requests are in the figures, and this says why.
    fn note_deaths(&mut self, servers: &mut [Server; 2]) {
        for (side, server) in [Side::Baseline, Side::Candidate].into_iter().zip(servers) {
            if let Some(obituary) = server.obituary() {
                let reason = format!("the {side} did not live through its block: {obituary}");
                if !self.found.reasons.contains(&reason) {
                    self.found.reasons.push(reason);
                }
            }
        }
    }

    fn finish(mut self) -> Played {
        let [baseline, candidate] = &self.slots;
        let all = baseline.len() + candidate.len();
        let reason = [baseline, candidate].into_iter().flatten().find(|slot| !slot.facts.valid);
        let reason = reason.and_then(|slot| slot.facts.reasons.first());
        if let Some(reason) = reason {
            // Either side suffers from a generator that was late, so it is noise and not bias; but too much is too much.
            self.found.reasons.push(format!("in {} of {all} slots {reason}", self.doubtful));
            self.found.valid &= self.doubtful * 2 <= all;
        }
        let one = |slots: &[Recording]| {
            let mut recording = Recording::of_slots(slots)?;
            recording.facts.valid = self.found.valid;
            recording.facts.reasons.clone_from(&self.found.reasons);
            recording.facts.interrupted = self.found.interrupted;
            Some(recording)
        };
        let (baseline, candidate) = (one(baseline), one(candidate));
        self.found.summary = candidate.as_ref().map(Recording::summary).unwrap_or_default();
        Played { baseline, candidate, duet: self.found }
    }
}

fn has_success(run: &Run) -> bool {
    let errors = run.cells.get(ALL).and_then(|cells| cells.get(&Metric::ErrorRate));
    errors.is_some_and(|errors| errors.samples > 0 && errors.value < 1.0)
}
