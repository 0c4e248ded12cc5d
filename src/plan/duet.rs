//! `[duet]`, checked: which two builds are played, and how often for how long.
//!
//! In: `[duet]` and what was typed. Out: a [`Duet`] that can come to a verdict: enough blocks within its time, builds that
//! can run beside each other. Starts nothing; the users and the load of a slot are the plan's.

use std::time::Duration;

use super::error::Error;
use super::fault::{Fault, Flaw};
use super::model::{Plan, User};
use super::server::{Server, Typed};
use super::shape::{Shape, Stage, Stages};
use crate::config::{self, Config, KeyPath, Leak, Source};
use crate::units::Span;

/// Fewer blocks tell nothing beyond doubt, however different the builds are.
const FEWEST_BLOCKS: u32 = 10;

/// Blocks after which to look where nothing is configured.
const LOOKS: [u32; 3] = [8, 16, 24];

const SLOT: Duration = Duration::from_secs(5);
const WARMUP: Duration = Duration::from_secs(10);
const PAIRS: u32 = 3;

/// What a restart of both builds takes, about.
const RESTART: Duration = Duration::from_millis(500);

/// The part of a slot that is played before it, unmeasured: time for users to arrive.
const LEAD: u32 = 4;

/// A duet that can be played.
#[derive(Debug, Clone, PartialEq)]
pub struct Duet {
    /// The build that is known.
    pub baseline: Build,
    /// The build in question.
    pub candidate: Build,
    /// Measured length of a slot.
    pub slot: Duration,
    /// What is played before it, unmeasured, while the users arrive.
    pub lead: Duration,
    /// How long each build is warmed up in each block.
    pub warmup: Duration,
    /// Pairs of slots in a block; at least one.
    pub pairs: u32,
    /// After how many blocks to look for a verdict, ascending; the last is the most that are played.
    pub looks: Vec<u32>,
    /// The most time to take.
    pub budget: Option<Duration>,
}

/// A build, and how it comes to serve.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    /// The commit, branch or tag to check out and build there.
    pub reference: Option<String>,
    /// How it is made, by a shell.
    pub make: Option<String>,
    /// How it comes to serve.
    pub server: Server,
}

/// What was typed beside `[duet]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DuetChoice {
    /// The commit, branch or tag of the known build.
    pub baseline_ref: Option<String>,
    /// The most time to take.
    pub budget: Option<Duration>,
    /// The URL that serves the build in question, or `"demo"`.
    pub target: Option<String>,
}

impl Duet {
    /// Checks `[duet]`.
    ///
    /// # Errors
    /// A side is missing or can't run beside the other, or the blocks are too few or do not fit into the budget.
    pub fn compile(config: &Config, source: &Source, choice: &DuetChoice) -> Result<Self, Error> {
        compile(config, choice).map_err(|fault| fault.in_file(source))
    }

    /// How long a block takes, about.
    #[must_use]
    pub fn block(&self) -> Duration {
        RESTART + self.warmup * 2 + (self.lead + self.slot) * (2 * self.pairs)
    }

    /// Most blocks that are played.
    #[must_use]
    pub fn most_blocks(&self) -> u32 {
        self.looks.last().copied().unwrap_or_default()
    }
}

impl Build {
    /// What reports call it: its command, or its URL.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.server {
            Server::Demo => "demo".to_owned(),
            Server::Url(url) => url.clone(),
            Server::Command(launch) => launch.command.join(" "),
        }
    }

    /// Whether it is started anew for each block.
    #[must_use]
    pub fn restarts(&self) -> bool {
        !matches!(self.server, Server::Url(_))
    }
}

impl Plan {
    /// The same users at the highest level of the profile, after a `lead` in which they arrive: what a slot of a duet plays.
    #[must_use]
    pub fn into_slot(self, lead: Duration, length: Duration) -> Self {
        let held = |stages: &Stages| Stages(vec![Stage { level: stages.peak(), ramp: lead, hold: length }]);
        let shape = match self.shape {
            Shape::Users(stages) => Shape::Users(held(&stages)),
            Shape::Rate { stages, arrivals, max_users } => Shape::Rate { stages: held(&stages), arrivals, max_users },
        };
        let users = self.users.into_iter().map(|user| User { start_after: Duration::ZERO, ..user }).collect();
        // What ends a run says nothing of a slot, which is too short for a window.
        Self { shape, users, warmup: lead, iterations: None, abort: Vec::new(), leak: Leak::default(), ..self }
    }
}

fn compile(config: &Config, choice: &DuetChoice) -> Result<Duet, Fault> {
    let (typed, at) = (&config.duet, KeyPath::root().key("duet"));
    let candidate = match (&choice.target, &typed.candidate) {
        (Some(url), _) => config::Build { url: Some(url.clone()), ..config::Build::default() },
        (None, Some(candidate)) => candidate.clone(),
        (None, None) => demo(config, "candidate", &at)?,
    };
    let baseline = baseline(config, choice, &candidate, &at)?;
    let slot = length(typed.slot, SLOT, &at.key("slot"))?;
    let pairs = typed.pairs.unwrap_or(PAIRS);
    if pairs == 0 {
        return Err(
            Flaw::new("a block has at least one pair of slots", "write 3, or leave it away").at(&at.key("pairs"))
        );
    }
    let mut duet = Duet {
        baseline: build(&baseline, typed.build.as_deref(), &at.key("baseline"))?,
        candidate: build(&candidate, typed.build.as_deref(), &at.key("candidate"))?,
        slot,
        lead: slot / LEAD,
        warmup: typed.warmup.map_or(WARMUP, |warmup| warmup.0),
        pairs,
        looks: looks(typed.blocks.as_deref(), &at.key("blocks"))?,
        budget: choice.budget.or(typed.budget.map(|budget| budget.0)),
    };
    check_ports(&duet, &at)?;
    fit_budget(&mut duet, choice, &at)?;
    Ok(duet)
}

/// The side that nothing was typed for: the demo API, where it is the target.
fn demo(config: &Config, side: &str, at: &KeyPath) -> Result<config::Build, Fault> {
    if config.target.url.as_deref() == Some("demo") {
        return Ok(config::Build { url: Some("demo".to_owned()), ..config::Build::default() });
    }
    let flaw = Flaw::new(
        format!("there is no {side} to play"),
        format!(
            "write in [duet]: {side} = {{ command = [\"target/release/shop\", \"--port\", \"{{port}}\"] }}, or {{ url = \"…\" }}"
        ),
    );
    Err(flaw.at(at))
}

/// The known build: as typed, another commit of the candidate's, or the demo.
fn baseline(
    config: &Config,
    choice: &DuetChoice,
    candidate: &config::Build,
    at: &KeyPath,
) -> Result<config::Build, Fault> {
    let mut baseline = config.duet.baseline.clone().unwrap_or_default();
    if let Some(reference) = &choice.baseline_ref {
        baseline.reference = Some(reference.clone());
    }
    if baseline == config::Build::default() {
        return demo(config, "baseline", at);
    }
    if baseline.reference.is_some() && baseline.command.is_none() {
        baseline = config::Build {
            reference: baseline.reference,
            build: baseline.build.or_else(|| candidate.build.clone()),
            env: if baseline.env.is_empty() { candidate.env.clone() } else { baseline.env },
            ready: baseline.ready.or_else(|| candidate.ready.clone()),
            url: baseline.url.or_else(|| candidate.url.clone()),
            command: candidate.command.clone(),
        };
        if baseline.command.is_none() {
            let flaw = Flaw::new(
                "a commit is served by a command, and neither side has one",
                "write candidate = { command = [\"target/release/shop\", \"--port\", \"{port}\"] }",
            );
            return Err(flaw.at(at));
        }
    }
    Ok(baseline)
}

fn build(typed: &config::Build, make: Option<&str>, at: &KeyPath) -> Result<Build, Fault> {
    let server = Server::of(Typed::of(typed), at)?;
    if let (None, Some(_)) = (&typed.command, &typed.reference) {
        let flaw = Flaw::new("what is served at a URL can't be checked out", "write a `command` instead of `url`");
        return Err(flaw.at(&at.key("ref")));
    }
    let make = typed.build.as_deref().or(make).filter(|_| typed.command.is_some());
    Ok(Build { reference: typed.reference.clone(), make: make.map(str::to_owned), server })
}

fn length(typed: Option<Span>, default: Duration, at: &KeyPath) -> Result<Duration, Fault> {
    typed.map_or(Ok(default), |typed| super::checks::positive(typed, at))
}

fn looks(typed: Option<&[u32]>, at: &KeyPath) -> Result<Vec<u32>, Fault> {
    let looks = typed.unwrap_or(&LOOKS).to_vec();
    let help = "write numbers of blocks such as [8, 16, 24]";
    if !looks.is_sorted_by(|one, next| one < next) || looks.first() == Some(&0) {
        return Err(Flaw::new("the looks must be ascending numbers of blocks", help).at(at));
    }
    if looks.last().is_none_or(|last| *last < FEWEST_BLOCKS) {
        let message = format!("fewer than {FEWEST_BLOCKS} blocks can tell nothing beyond doubt");
        return Err(Flaw::new(message, help).at(at));
    }
    Ok(looks)
}

/// Both builds run at the same time: they can't be started on one port.
fn check_ports(duet: &Duet, at: &KeyPath) -> Result<(), Fault> {
    let (Server::Command(one), Server::Command(other)) = (&duet.baseline.server, &duet.candidate.server) else {
        return Ok(());
    };
    if one.url != other.url || one.url.contains("{port}") {
        return Ok(());
    }
    let flaw = Flaw::new(
        format!("both builds would serve {} at the same time", one.url),
        "write {port} where the port stands, in `url` and `command`: loadgate finds a free one for each",
    );
    Err(flaw.at(&at.key("candidate")))
}

/// Leaves out the looks that the budget has no time for.
fn fit_budget(duet: &mut Duet, choice: &DuetChoice, at: &KeyPath) -> Result<(), Fault> {
    let Some(budget) = duet.budget else { return Ok(()) };
    let block = duet.block();
    let fitting = u32::try_from(budget.as_millis() / block.as_millis().max(1)).unwrap_or(u32::MAX);
    if fitting < FEWEST_BLOCKS {
        let flaw = Flaw::new(
            format!("a block takes about {}, so {} hold {fitting} of them", rounded(block), Span(budget)),
            format!(
                "at least {FEWEST_BLOCKS} are needed: allow {}, or write a shorter `slot`, a shorter `warmup` or fewer `pairs`",
                rounded(block * FEWEST_BLOCKS)
            ),
        );
        return Err(if choice.budget.is_some() { flaw.of("--budget") } else { flaw.at(&at.key("budget")) });
    }
    if fitting < duet.most_blocks() {
        duet.looks.retain(|look| *look < fitting);
        duet.looks.push(fitting);
    }
    Ok(())
}

fn rounded(time: Duration) -> Span {
    Span(Duration::from_secs(time.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)))
}
