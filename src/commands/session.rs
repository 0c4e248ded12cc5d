//! A loadgate.toml ready to be played, once or several times.
//!
//! In: what was typed. Out: a recording for each time it is played. The demo API is started anew each time: a run is
//! one process lifetime of its target.

use std::num::NonZero;
use std::sync::Arc;

use tokio::sync::watch;

use super::error::Error;
use super::output::Output;
use super::{demo, interrupt};
use crate::cli;
use crate::config::{self, Config, Source};
use crate::gate::Policy;
use crate::load::{self, Stop};
use crate::measure::Recording;
use crate::plan::{Choice, Plan, Shape};
use crate::target::Running;
use crate::{baseline, lint, live};

/// What stands for the demo API's address while nothing is started: only checked, never dialled.
const DEMO_TO_COME: &str = "http://127.0.0.1:1";

/// A loadgate.toml ready to be played.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) source: Source,
    /// The plan as it was checked before anything was started.
    pub(super) plan: Plan,
    pub(super) typed: cli::Play,
    seed: u64,
    pub(super) stop: watch::Receiver<Stop>,
    output: Output,
}

impl Session {
    /// Reads and checks everything a run needs; starts and sends nothing.
    pub(super) fn open(typed: cli::Play, output: Output) -> Result<Self, Error> {
        let (config, source) = config::load(&typed.described.config)?;
        demo::parse_faults(&typed.demo_fault)?;
        let seed = typed.seed.unwrap_or_else(rand::random);
        let plan = compile(&config, &source, &typed, seed, DEMO_TO_COME)?;
        let session = Self { config, source, plan, typed, seed, stop: interrupt::listen(), output };
        if !session.plays_demo() && !session.typed.demo_fault.is_empty() {
            return Err(Error::Typed("--demo-fault works on the demo API only: set [target] url = \"demo\"".into()));
        }
        Ok(session)
    }

    /// Plays the profile; `number` counts the session's runs from 0, each with draws of its own.
    pub(super) async fn play(&self, number: u32) -> Result<Recording, Error> {
        let seed = self.seed.wrapping_add(u64::from(number));
        // Before anything is started that would be waited for.
        load::ask_permission(&self.plan).await?;
        let demo = if self.plays_demo() { Some(demo::start(&self.typed.demo_fault, seed).await?) } else { None };
        let url = demo.as_ref().map_or(DEMO_TO_COME, |demo| demo.url.as_str());
        let plan = compile(&self.config, &self.source, &self.typed, seed, url)?;
        let recording = play(plan, self.typed.workers, self.stop.clone(), self.output).await;
        if let Some(demo) = demo {
            Running::stop(demo).await;
        }
        let mut recording = recording?;
        recording.facts.lint = lint::notes(&self.config, &self.source, &self.plan, &recording);
        Ok(recording)
    }

    /// Seed of the first run; each further one has the next.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether the run was told to stop.
    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow() != Stop::No
    }

    fn plays_demo(&self) -> bool {
        self.typed.target.as_deref().or(self.config.target.url.as_deref()) == Some("demo")
    }
}

pub(super) fn compile(
    config: &Config,
    source: &Source,
    typed: &cli::Play,
    seed: u64,
    demo: &str,
) -> Result<Plan, Error> {
    Ok(Plan::compile(config, source, &choice(source, typed, seed, demo))?)
}

/// What was typed, as a plan needs it.
pub(super) fn choice(source: &Source, typed: &cli::Play, seed: u64, demo: &str) -> Choice {
    Choice {
        profile: typed.profile.clone(),
        only: typed.only.clone(),
        skip: typed.skip.clone(),
        target: typed.target.clone(),
        seed,
        base: source.folder().to_owned(),
        demo_url: Some(demo.to_owned()),
        environment: |name| std::env::var(name).ok(),
    }
}

/// The gate's rules for a plan. Those of endpoints that tags leave out are known, and hold nothing.
pub(super) fn policy(config: &Config, source: &Source, plan: &Plan) -> Result<Policy, Error> {
    let is_open_model = matches!(plan.shape, Shape::Rate { .. });
    let known = plan.known_endpoints();
    let mut policy = Policy::compile(&config.gate, &config.baseline, &known, is_open_model, Some(source))?;
    policy.endpoints.retain(|endpoint, _| !plan.left_out.contains(endpoint));
    Ok(policy)
}

/// Plays a plan with a live line on stderr.
pub(super) async fn play(
    plan: Plan,
    workers: Option<u16>,
    stop: watch::Receiver<Stop>,
    output: Output,
) -> Result<Recording, Error> {
    let origin = baseline::here(&plan.fingerprint);
    let workers = workers.map_or_else(cores, usize::from);
    let mut line = live::Line::new(output.liveness(), plan.shape.stages().total(), plan.warmup);
    let run = load::Run { plan: Arc::new(plan), origin, workers, stop };
    let mut show = |watch: &load::Watch| {
        line.update(&live::Now {
            elapsed: watch.elapsed,
            users: watch.users,
            rps: watch.progress.rps,
            p95_us: watch.progress.p95_us,
            error_rate: watch.progress.error_rate,
            stopping: watch.stopping,
        });
    };
    let recording = load::play(run, &mut show).await;
    line.finish();
    Ok(recording?)
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
