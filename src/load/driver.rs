//! A run from start to end: workers started, slices collected, stopped in time, the recording made.
//!
//! In: a [`Run`]. Out: a `Recording`. What the answers were is never an error here.

use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::abort;
use super::audience::{Audience, Look};
use super::audit;
use super::ending::Ending;
use super::error::Error;
use super::observed::Observed;
use super::steering::{Steering, Wanted};
use super::thread;
use super::vitals::Vitals;
use super::worker::{Assignment, Report, Stop};
use crate::client::{Connections, Network, Refusal, Version};
use crate::measure::{Collector, GeneratorSlice, Metric, Model, Origin, Pulse, Recording, RunFacts, Stage};
use crate::plan::{self, Leak, Plan, Shape};

/// Time for all workers to be ready before the first request is due.
const LEAD: Duration = Duration::from_millis(5);

/// How often the generator is observed.
const SECOND: Duration = Duration::from_secs(1);

/// How often what was measured so far is kept: with the second that is still being measured and the time to write it, no
/// more than 10 s are lost.
const CHECKPOINT: Duration = Duration::from_secs(8);

/// How often watchers are told.
const LOOK: Duration = Duration::from_millis(250);

/// Files this process needs beside connections: standard streams, reports, a runtime, the demo's pipes.
const FILES_OF_OUR_OWN: usize = 24;

/// Files a worker needs beside connections: its runtime's and its clock's.
const FILES_OF_A_WORKER: usize = 6;

/// Slices on their way to the driver, at most.
const SLICES_ON_THE_WAY: usize = 64;

/// What is to be played.
#[derive(Debug)]
pub struct Run {
    /// What to play.
    pub plan: Arc<Plan>,
    /// Where the recording comes from.
    pub origin: Origin,
    /// Worker threads; at least one is used.
    pub workers: usize,
    /// Tells the run to stop before its time.
    pub stop: watch::Receiver<Stop>,
    /// What is observed of the target beside its answers.
    pub observed: Observed,
    /// The levels that someone asks for by hand, where that is allowed.
    pub wanted: Option<Wanted>,
}

/// Plays a plan and records it, telling an audience how it goes.
///
/// # Errors
/// The target takes no connection before the run, or this machine lacks what a worker needs.
pub async fn play(run: Run, audience: &mut dyn Audience) -> Result<Recording, Error> {
    check_open_files(&run)?;
    ask_permission(&run.plan).await?;
    let mut driver = Driver::start(run, audience.wants_pulses())?;
    driver.drive(audience).await;
    driver.finish(audience)
}

pub(super) struct Driver {
    run: Run,
    epoch: Instant,
    reports: mpsc::Receiver<Report>,
    users: Arc<AtomicU32>,
    threads: Vec<JoinHandle<io::Result<()>>>,
    workers: usize,
    collector: Collector,
    /// Virtual users alive when the generator was last observed.
    alive: u32,
    vitals: Vitals,
    /// Longest time in which this process was not heard of.
    standstill: Duration,
    stop_workers: watch::Sender<Stop>,
    steering: Steering,
    ending: Ending,
}

impl Driver {
    pub(super) fn start(mut run: Run, tells_pulses: bool) -> Result<Self, Error> {
        let steering = Steering::new(run.plan.shape.stages(), run.wanted.take());
        let epoch = Instant::now() + LEAD;
        let workers = run.workers.clamp(1, most_users(&run.plan.shape));
        let (stop_workers, stop) = watch::channel(Stop::No);
        let (sender, reports) = mpsc::channel(SLICES_ON_THE_WAY);
        let users = Arc::new(AtomicU32::new(0));
        let assignment = |number| Assignment {
            plan: Arc::clone(&run.plan),
            number,
            workers,
            epoch,
            stop: stop.clone(),
            schedule: steering.schedule(),
            reports: sender.clone(),
            users: Arc::clone(&users),
        };
        let threads = (0..workers).map(|number| thread::spawn(assignment(number)).map_err(Error::Worker));
        let threads = threads.collect::<Result<_, _>>()?;
        let collector = Collector::new(run.plan.endpoints.clone(), run.plan.labels.clone())
            .looking_back(abort::look_back_s(&run.plan), abort::endpoints(&run.plan))
            .with_occasional(&run.plan.occasional)
            .for_a_run_of(run.plan.shape.stages().total());
        Ok(Self {
            epoch,
            reports,
            users,
            threads,
            workers,
            collector: if tells_pulses { collector.telling_pulses() } else { collector },
            alive: 0,
            vitals: Vitals::now(),
            standstill: Duration::ZERO,
            stop_workers,
            steering,
            ending: Ending::default(),
            run,
        })
    }

    /// Collects until every worker is done.
    pub(super) async fn drive(&mut self, audience: &mut dyn Audience) {
        let mut look = interval_at(self.epoch + LOOK, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut observe = interval_at(self.epoch + SECOND, SECOND);
        observe.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut checkpoint = interval_at(self.epoch + CHECKPOINT, CHECKPOINT);
        checkpoint.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // The run may have been told to stop before it began.
        self.run.stop.mark_changed();
        loop {
            tokio::select! {
                due = observe.tick() => {
                    self.standstill = self.standstill.max(due.elapsed());
                    self.observe();
                    self.end_if_hopeless();
                }
                obituary = self.run.observed.ended() => {
                    self.ending.obituary = Some(obituary);
                    self.stop_workers_at_least(Stop::Gracefully);
                }
                report = self.reports.recv() => match report {
                    Some(report) => self.take(report),
                    None => return,
                },
                _ = look.tick() => {
                    audience.look(&self.look());
                    self.tell_pulses(audience);
                }
                _ = checkpoint.tick(), if audience.wants_checkpoints() => audience.checkpoint(self.so_far()),
                level = self.steering.asked() => self.steering.steer(level, self.epoch.elapsed()),
                Ok(()) = self.run.stop.changed() => {
                    let told = *self.run.stop.borrow();
                    self.ending.interrupted |= told != Stop::No;
                    self.stop_workers_at_least(told);
                }
            }
        }
    }

    pub(super) fn take(&mut self, report: Report) {
        match report {
            Report::Slice(slice) => self.collector.absorb(slice),
            Report::Exhausted(data) => {
                self.ending.exhausted = Some(data);
                self.stop_workers_at_least(Stop::Gracefully);
            }
            Report::Unreachable(failure) => {
                self.ending.unreachable.push(failure);
                if self.ending.unreachable.len() == self.threads.len() {
                    self.stop_workers_at_least(Stop::Gracefully);
                }
            }
            Report::Panicked => {
                self.ending.panicked = true;
                self.stop_workers_at_least(Stop::Gracefully);
            }
            Report::Done { stopped, last_answer, panicked, unplayed } => {
                self.ending.unplayed += unplayed;
                self.ending.panicked |= panicked;
                self.ending.stopped = self.ending.stopped.max(stopped);
                self.ending.last_answer = self.ending.last_answer.max(last_answer);
            }
        }
    }

    fn observe(&mut self) {
        let second = self.epoch.elapsed().as_secs().saturating_sub(1);
        self.collector.observe_target(second, &self.run.observed.read());
        let now = Vitals::now();
        let now_alive = self.users.load(Ordering::Relaxed);
        let users = now_alive.max(self.alive);
        self.alive = now_alive;
        self.collector.observe(GeneratorSlice { users, ..now.since(&self.vitals, self.epoch) });
        self.vitals = now;
    }

    /// Spares the target, and whoever waits, the rest of a run that has failed already.
    fn end_if_hopeless(&mut self) {
        if *self.stop_workers.borrow() == Stop::No
            && let Some(abort) = abort::judge(&self.run.plan, &self.collector, self.epoch.elapsed())
        {
            self.ending.aborted = Some(abort);
            self.stop_workers_at_least(Stop::Gracefully);
        }
    }

    fn stop_workers_at_least(&self, stop: Stop) {
        self.stop_workers.send_if_modified(|told| {
            let is_more = stop > *told;
            *told = stop.max(*told);
            is_more
        });
    }

    /// Tells of the seconds that every worker has handed over by now.
    fn tell_pulses(&mut self, audience: &mut dyn Audience) {
        let passed = self.epoch.elapsed().saturating_sub(LOOK / 2).as_secs();
        while let Some(pulse) = self.collector.take_pulse(passed) {
            self.tell(pulse, audience);
        }
    }

    fn tell(&self, pulse: Pulse, audience: &mut dyn Audience) {
        let users = self.users.load(Ordering::Relaxed);
        audience.pulse(&Pulse { users, ..pulse });
    }

    fn look(&self) -> Look {
        let elapsed = self.epoch.elapsed();
        Look {
            elapsed,
            users: self.users.load(Ordering::Relaxed),
            progress: self.collector.progress(),
            stopping: *self.stop_workers.borrow() != Stop::No || elapsed >= self.run.plan.shape.stages().total(),
        }
    }

    /// What is known of the run while it goes on.
    fn facts(&self) -> RunFacts {
        let plan = &self.run.plan;
        RunFacts {
            profile: plan.profile.clone(),
            load: plan.load.clone(),
            model: match plan.shape {
                Shape::Users(_) => Model::Closed,
                Shape::Rate { .. } => Model::Open,
            },
            seed: plan.seed,
            origin: self.run.origin.clone(),
            window_s: 0.0,
            warmup_s: plan.warmup.as_secs_f64(),
            valid: true,
            reasons: Vec::new(),
            interrupted: false,
            aborted: None,
            lint: Vec::new(),
            once_a_user: plan.once_a_user(),
            stages: stages(&self.steering.stages()),
            workers: u32::try_from(self.workers).unwrap_or(u32::MAX),
            leak: leak(&plan.leak),
        }
    }

    /// What the run is if it is cut off here: the seconds that every worker has handed over, and no verdict.
    fn so_far(&self) -> Recording {
        let passed = Duration::from_secs(self.epoch.elapsed().as_secs());
        let mut facts = RunFacts {
            window_s: passed.saturating_sub(self.run.plan.warmup).as_secs_f64(),
            valid: false,
            interrupted: true,
            reasons: vec![format!("loadgate was ended {} s into the run, before it could finish it", passed.as_secs())],
            ..self.facts()
        };
        self.steering.mark(&mut facts, &self.run.plan.shape);
        self.collector.recording(facts)
    }

    pub(super) fn finish(mut self, audience: &mut dyn Audience) -> Result<Recording, Error> {
        self.observe();
        self.tell_pulses(audience);
        if let Some(rest) = self.collector.take_last_pulse() {
            self.tell(rest, audience);
        }
        for thread in mem::take(&mut self.threads) {
            // A panic was told by the worker itself.
            thread.join().unwrap_or(Ok(())).map_err(Error::Worker)?;
        }
        let plan = &self.run.plan;
        let mut facts = RunFacts {
            window_s: self.ending.length(plan).saturating_sub(plan.warmup).as_secs_f64(),
            interrupted: self.ending.is_cut_short(plan),
            ..self.facts()
        };
        let summary = self.collector.recording(facts.clone()).summary();
        let mut findings = self.ending.judge(plan, &summary);
        findings.add(audit::judge(&summary, facts.model, self.standstill));
        // A generator that was not fit weighs more: what it saw may be its own doing.
        let (aborted, is_sound) = (self.ending.aborted, findings.invalid.is_empty());
        let told = if is_sound { &mut findings.invalid } else { &mut findings.notes };
        told.extend(aborted.iter().map(ToString::to_string));
        facts.aborted = aborted.filter(|_| is_sound);
        facts.valid = findings.invalid.is_empty();
        facts.reasons = findings.invalid.into_iter().chain(findings.notes).collect();
        self.steering.mark(&mut facts, &plan.shape);
        Ok(self.collector.recording(facts))
    }
}

/// What may not grow, as a recording keeps it.
fn leak(limits: &Leak) -> BTreeMap<Metric, f64> {
    let Leak { memory, open_files, connections, latency } = *limits;
    let all = [
        (Metric::MemoryGrowth, memory),
        (Metric::OpenFilesGrowth, open_files),
        (Metric::ConnectionsGrowth, connections),
        (Metric::LatencyGrowth, latency),
    ];
    all.into_iter().filter_map(|(metric, limit)| Some((metric, limit?.0))).collect()
}

/// The stages of the load, as a recording keeps them: of one stage there is nothing to tell.
fn stages(plan::Stages(stages): &plan::Stages) -> Vec<Stage> {
    let kept = |stage: &plan::Stage| Stage {
        level: stage.level,
        ramp_s: stage.ramp.as_secs_f64(),
        hold_s: stage.hold.as_secs_f64(),
    };
    if stages.len() < 2 { Vec::new() } else { stages.iter().map(kept).collect() }
}

/// Most virtual users there can be at once: more workers than that would have none.
fn most_users(shape: &Shape) -> usize {
    let users = match shape {
        Shape::Users(stages) => stages.peak().ceil(),
        Shape::Rate { max_users, .. } => f64::from(*max_users),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a plan's level is a u32 at most")]
    let users = users as usize;
    users.max(1)
}

/// Refuses a target that is production, or beyond private ranges and not allowed. Sends nothing.
///
/// # Errors
/// [`Error::Production`] or [`Error::Forbidden`].
pub async fn ask_permission(plan: &Plan) -> Result<(), Error> {
    let network = Network::new(plan.target.clone()).map_err(Error::Worker)?;
    network.ask_permission().await.map_err(|Refusal { host, production }| match production {
        Some(entry) => Error::Production { host, entry },
        None => Error::Forbidden { host },
    })
}

/// Refuses a crowd that this process has no files for: its requests would fail for want of a connection. How many
/// users the open model comes to need, only the run can tell.
fn check_open_files(run: &Run) -> Result<(), Error> {
    let users = most_users(&run.plan.shape);
    let own = own_files(run.workers.clamp(1, users));
    match raised_open_files_limit().filter(|_| needs_a_connection_for_each_user(&run.plan)) {
        Some(limit) if users + own > limit => {
            Err(Error::OpenFiles { users, limit, needed: users + own, most: limit.saturating_sub(own) })
        }
        _ => Ok(()),
    }
}

/// The highest level that a plan may be changed to while so many workers play it.
#[must_use]
pub fn most_level(plan: &Plan, workers: usize) -> f64 {
    /// Of users, or starts a second: beyond, this machine is what would be measured.
    const MOST: usize = 1_000_000;
    let limit = raised_open_files_limit().filter(|_| needs_a_connection_for_each_user(plan));
    let most = limit.map_or(MOST, |limit| limit.saturating_sub(own_files(workers)).min(MOST));
    u32::try_from(most).map_or(f64::INFINITY, f64::from)
}

fn needs_a_connection_for_each_user(plan: &Plan) -> bool {
    matches!(plan.shape, Shape::Users(_)) && plan.target.version != Version::Http2(Connections::Shared)
}

/// Files that so many workers need beside connections.
fn own_files(workers: usize) -> usize {
    FILES_OF_OUR_OWN + FILES_OF_A_WORKER * workers
}

/// Each virtual user holds a connection, and the soft limit on open files is made for less: raises it to the hard
/// one. Gives the limit that stands then, if there is one.
#[must_use]
#[cfg(unix)]
pub fn raised_open_files_limit() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Refused: the limit that stands may do.
    let _raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current.map(|files| usize::try_from(files).unwrap_or(usize::MAX))
}

#[must_use]
#[cfg(not(unix))]
pub fn raised_open_files_limit() -> Option<usize> {
    None
}
