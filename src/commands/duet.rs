//! `loadgate duet`: both builds side by side until the verdict is sure; and how a suspect gate has one decide.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use tokio::sync::watch;

use super::error::Error;
use super::exit::Exit;
use super::output::Output;
use super::report::publish;
use super::session::{compile, cores, policy};
use super::{demo, interrupt, recordings};
use crate::baseline::{here, write_atomically};
use crate::cli;
use crate::config::{self, Config, Source};
use crate::duet::{self, Contestant, Doing, Next, Played, Progress, Workshop};
use crate::gate::{self, Comparison, Context, Policy};
use crate::live;
use crate::load::{self, Stop};
use crate::measure::{self, Origin, Side};
use crate::plan::{self, DuetChoice, Plan, Server};
use crate::report::standing;

/// Where no load goes: plans are checked against it before any build is started.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Every block, in the folder of results.
const DUET: &str = "duet.json";

/// What stands for the port of a build that is not started yet.
const SOME_PORT: &str = "1";

pub(super) async fn duet(typed: cli::Duet, output: Output) -> Result<Exit, Error> {
    let (config, source) = config::load(&typed.play.described.config)?;
    let choice = DuetChoice {
        baseline_ref: typed.baseline_ref,
        budget: typed.budget.map(|budget| budget.0),
        target: typed.play.target.clone(),
    };
    let seed = typed.play.seed.unwrap_or_else(rand::random);
    let encounter = Encounter::new(&config, &source, &typed.play, seed, &choice)?;
    recordings::prepare(&typed.out.out)?;
    let Some((comparison, exit)) = encounter.decide(interrupt::listen().0, &typed.out.out, output).await? else {
        return Ok(nothing_measured(output));
    };
    publish(&comparison, &typed.out.out, typed.all, output)?;
    Ok(exit)
}

/// How a duet ends that was stopped before its first block was over.
pub(super) fn nothing_measured(output: Output) -> Exit {
    output.note("interrupted before a block was over: nothing was measured");
    Exit::Interrupted
}

/// A duet that can be played: everything checked, nothing started.
#[derive(Debug)]
pub(super) struct Encounter<'a> {
    config: &'a Config,
    source: &'a Source,
    typed: cli::Play,
    seed: u64,
    duet: plan::Duet,
    /// The users, as they were checked.
    plan: Plan,
    /// The same against where each build will be: permission is asked before anything is built, started or waited for.
    asked: Vec<Plan>,
    policy: Policy,
}

impl<'a> Encounter<'a> {
    /// Reads and checks everything; starts and sends nothing.
    pub(super) fn new(
        config: &'a Config,
        source: &'a Source,
        typed: &cli::Play,
        seed: u64,
        choice: &DuetChoice,
    ) -> Result<Self, Error> {
        demo::parse_faults(&typed.demo_fault)?;
        let duet = plan::Duet::compile(config, source, choice)?;
        if !typed.demo_fault.is_empty() && duet.candidate.server != Server::Demo {
            return Err(Error::Typed("--demo-fault works on the demo API only, and the candidate is another".into()));
        }
        let against = |url: &str| {
            let typed = cli::Play { target: Some(url.to_owned()), ..typed.clone() };
            compile(config, source, &typed, seed, NOWHERE)
        };
        let mut asked = Vec::new();
        for build in [&duet.baseline, &duet.candidate] {
            match &build.server {
                Server::Url(url) => asked.push(against(url)?),
                Server::Command(launch) => asked.push(against(&launch.url.replace("{port}", SOME_PORT))?),
                Server::Demo => {}
            }
        }
        let plan = against(NOWHERE)?;
        if plan.search.is_some() {
            let message = format!("a duet plays one load, and the profile `{}` searches for one", plan.profile);
            return Err(Error::Typed(format!("{message}: choose another with --profile")));
        }
        let policy = policy(config, source, &plan)?;
        Ok(Self { config, source, typed: typed.clone(), seed, duet, plan, asked, policy })
    }

    /// Plays it until the verdict is sure, and writes down what was played; none where it was interrupted before anything
    /// was.
    pub(super) async fn decide(
        &self,
        stop: watch::Receiver<Stop>,
        out: &Path,
        output: Output,
    ) -> Result<Option<(Comparison, Exit)>, Error> {
        for plan in &self.asked {
            load::ask_permission(plan).await?;
        }
        let origin = here(&self.plan.fingerprint);
        let mut told = stop.clone();
        let contestants = tokio::select! {
            contestants = self.prepare(&origin, out, output) => contestants?,
            _ = told.wait_for(|told| *told != Stop::No) => return Ok(None),
        };
        let played = self.play(contestants, origin, stop, out, output).await?;
        let paths = write(out, &played)?;
        let duet = played.duet;
        if duet.blocks.is_empty() {
            return match duet.reasons.into_iter().next() {
                Some(reason) if !duet.interrupted => Err(Error::NothingPlayed(reason)),
                _ => Ok(None),
            };
        }
        let comparison = self.compare(&duet, &paths);
        let exit = if duet.interrupted { Exit::Interrupted } else { Exit::of_comparison(&comparison) };
        Ok(Some((comparison, exit)))
    }

    fn compare(&self, duet: &measure::Duet, recordings: &[PathBuf]) -> Comparison {
        let context = Context {
            seed: self.seed,
            profile: &self.plan.profile,
            load: &self.plan.load,
            baseline_path: None,
            recordings,
            endpoints: &self.plan.certain_endpoints(),
        };
        gate::duet(duet, &self.policy, &context)
    }

    async fn play(
        &self,
        [baseline, candidate]: [Contestant; 2],
        origin: Origin,
        stop: watch::Receiver<Stop>,
        out: &Path,
        output: Output,
    ) -> Result<Played, Error> {
        let plan = |url: &str, seed: u64| {
            let typed = cli::Play { target: Some(url.to_owned()), ..self.typed.clone() };
            Plan::compile(self.config, self.source, &super::session::choice(self.source, &typed, seed, NOWHERE))
        };
        let setup = duet::Setup {
            duet: self.duet.clone(),
            baseline,
            candidate,
            plan: &plan,
            origin,
            workers: self.typed.workers.map_or_else(cores, usize::from),
            seed: self.seed,
            stop,
        };
        let line = RefCell::new(live::DuetLine::new(output.liveness(), self.duet.most_blocks()));
        let mut watch = |progress: &Progress| line.borrow_mut().update(&turn(progress));
        let mut judge = |duet: &measure::Duet| {
            // Lest this process be killed. At the end it is written again, and a failure told.
            let _kept = duet.to_json().map(|bytes| write_atomically(&out.join(DUET), &bytes));
            let comparison = self.compare(duet, &[]);
            line.borrow_mut().learn(standing(&comparison));
            let is_settled = comparison.duet.is_some_and(|duet| duet.settled);
            if is_settled { Next::Enough } else { Next::GoOn }
        };
        let played = duet::play(setup, &mut watch, &mut judge).await;
        line.into_inner().finish();
        Ok(played?)
    }

    /// Both builds, checked out and made.
    async fn prepare(&self, origin: &Origin, out: &Path, output: Output) -> Result<[Contestant; 2], Error> {
        let folder = self.source.folder();
        let workshop = Workshop { folder, logs: out, origin, demo_faults: &self.typed.demo_fault };
        // Where even stderr is closed there is nobody to tell.
        let say = |text: &str| output.note(text);
        Ok([
            Contestant::prepare(Side::Baseline, &self.duet.baseline, workshop, &say).await?,
            Contestant::prepare(Side::Candidate, &self.duet.candidate, workshop, &say).await?,
        ])
    }
}

/// Writes down what was played: the blocks, and each side's slots as a recording.
fn write(out: &Path, played: &Played) -> Result<Vec<PathBuf>, Error> {
    write_atomically(&out.join(DUET), &played.duet.to_json()?)?;
    if let Some(baseline) = &played.baseline {
        write_atomically(&out.join("recording-baseline.json"), &baseline.to_json()?)?;
    }
    match &played.candidate {
        Some(candidate) => Ok(vec![recordings::write(out, 0, candidate)?]),
        None => Ok(Vec::new()),
    }
}

fn turn(progress: &Progress) -> live::Turn {
    live::Turn {
        elapsed: progress.elapsed,
        block: progress.block,
        most_blocks: progress.most_blocks,
        share: progress.share,
        doing: match progress.doing {
            Doing::Starting => "starting both".to_owned(),
            Doing::WarmingUp(side) => format!("warming up the {side}"),
            Doing::Playing { slot, slots, side } => format!("slot {slot} of {slots}, {side}"),
        },
    }
}
