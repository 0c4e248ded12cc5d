//! A loadgate.toml ready to be played, once or several times.
//!
//! In: what was typed. Out: a recording for each time it is played. A target that is started here is
//! started anew each time: a run is one process lifetime of its target.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use super::audience::Watchers;
use super::error::Error;
use super::interrupt::Keys;
use super::keeper::Keeper;
use super::output::Output;
use super::{demo, interrupt, recordings, search};
use crate::cli;
use crate::config::{self, Config, Source};
use crate::gate::Policy;
use crate::load::{self, Observed, Stop};
use crate::measure::Recording;
use crate::plan::{Choice, Plan, Resources, Server, Shape};
use crate::publish::metrics::{Destination, Metrics, Told};
use crate::target::{self, Running, Sampler, Surroundings};
use crate::{baseline, lint, live};

/// A loadgate.toml ready to be played.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) source: Source,
    /// The plan as it was checked before anything was started.
    pub(super) plan: Plan,
    pub(super) typed: cli::Play,
    server: Server,
    /// The folder of its recordings, and of what the target says.
    out: PathBuf,
    seed: u64,
    pub(super) stop: watch::Receiver<Stop>,
    keys: Keys,
    /// The page that shows its runs, and the levels asked for there.
    pub(super) company: Option<(live::web::Show, load::Wanted)>,
    /// Where metrics go.
    metrics: Vec<Destination>,
    output: Output,
}

impl Session {
    /// Reads and checks everything a run needs; starts and sends nothing. What is measured, and what a target
    /// says that is started here, will be kept in the folder `out`.
    pub(super) fn open(typed: cli::Play, out: &Path, output: Output) -> Result<Self, Error> {
        let (config, source) = config::load(&typed.described.config)?;
        Self::of(config, source, typed, out, output)
    }

    /// The same of a description that was read.
    pub(super) fn of(
        config: Config,
        source: Source,
        typed: cli::Play,
        out: &Path,
        output: Output,
    ) -> Result<Self, Error> {
        demo::parse_faults(&typed.demo_fault)?;
        let seed = typed.seed.unwrap_or_else(rand::random);
        let server = Server::under_test(&config, &source, typed.target.as_deref())?;
        let plan = compile(&config, &source, &typed, seed, &server.url_to_come())?;
        if server != Server::Demo && !typed.demo_fault.is_empty() {
            return Err(Error::Typed("--demo-fault works on the demo API only: set [target] url = \"demo\"".into()));
        }
        let out = std::path::absolute(out)?;
        let (stop, keys) = interrupt::listen();
        Ok(Self {
            config,
            source,
            plan,
            typed,
            server,
            out,
            seed,
            stop,
            keys,
            company: None,
            metrics: Vec::new(),
            output,
        })
    }

    /// The same, telling metrics while it plays.
    pub(super) fn streaming(mut self, streams: &cli::Streams) -> Result<Self, Error> {
        let parsed = streams.metrics.iter().map(|typed| typed.parse::<Destination>());
        self.metrics = parsed.collect::<Result<_, _>>()?;
        if self.plan.search.is_some() && !self.metrics.is_empty() {
            let profile = &self.plan.profile;
            return Err(Error::Typed(format!(
                "profile `{profile}` is a search, of which no metrics are told: run it without --metrics"
            )));
        }
        Ok(self)
    }

    /// Plays the profile; `number` counts the session's runs from 0, each with draws of its own.
    pub(super) async fn play(&self, number: u32) -> Result<Recording, Error> {
        let seed = self.seed.wrapping_add(u64::from(number));
        let metrics = self.metrics(number).await?;
        // Before anything is started that would be waited for.
        load::ask_permission(&self.plan).await?;
        let mut started = self.start(number, seed).await?;
        let url = started.as_ref().map_or_else(|| self.server.url_to_come(), |running| running.url.clone());
        let plan = compile(&self.config, &self.source, &self.typed, seed, &url)?;
        let (tell, ended) = oneshot::channel();
        let observed = self.observed(started.as_ref(), ended);
        let stop = self.stop.clone();
        let played = Box::pin(async {
            if let Some(search) = plan.search.clone() {
                return search::play(plan, search, self.typed.workers, stop, self.output).await;
            }
            let (page, wanted) = self.company.clone().unzip();
            // Who looks at a page needs no screen, which would hide where the page is.
            let keys = page.is_none().then(|| self.keys.clone());
            let keeper = Keeper::start(recordings::path(&self.out, number));
            let watchers = watchers(&plan, keys, self.output).and_page(page).and_metrics(metrics).and_keeper(keeper);
            let run = load::Run { wanted, ..to_play(plan, self.typed.workers, observed, stop) };
            play(run, watchers, self.output).await
        });
        let recording = tokio::select! {
            recording = played => recording,
            never = tell_of_end(started.as_mut(), tell) => match never {},
        };
        if let Some(running) = started {
            running.stop().await;
        }
        let mut recording = recording?;
        if self.plan.resources.is_some() && recording.resources().is_empty() {
            let reason = match self.plan.search {
                None => {
                    "nothing was read of what the target uses: check that [target] resources names what runs, on Linux"
                }
                Some(_) => "what the target uses is not read in a search: play the rate that holds by itself to see it",
            };
            recording.facts.reasons.push(reason.to_owned());
        }
        recording.facts.lint = lint::notes(&self.config, &self.source, &self.plan, &recording);
        Ok(recording)
    }

    /// The ways out for metrics of a run.
    async fn metrics(&self, number: u32) -> Result<Option<Metrics>, Error> {
        if self.metrics.is_empty() {
            return Ok(None);
        }
        let authorization = std::env::var("LOADGATE_METRICS_AUTHORIZATION").ok().filter(|value| !value.is_empty());
        let told = Told { profile: self.plan.profile.clone(), run: number };
        Ok(Some(Metrics::open(&self.metrics, &told, authorization.as_deref()).await?))
    }

    /// What is observed of the target while it is played.
    fn observed(&self, started: Option<&Running>, ended: oneshot::Receiver<String>) -> Observed {
        let of_started = || started.map(Running::place);
        let place = match &self.plan.resources {
            None | Some(Resources::Command) => of_started(),
            Some(Resources::Process(id)) => Some(target::Place::Process(*id)),
            Some(Resources::PidFile(path)) => Some(target::Place::PidFile(path.clone())),
            Some(Resources::Cgroup(path)) => Some(target::Place::Cgroup(path.clone())),
            Some(Resources::Prometheus { url, series }) => {
                Some(target::Place::Prometheus { url: url.clone(), series: series.clone() })
            }
        };
        let ended = started.map(|_| ended);
        match place.map(Sampler::of) {
            Some(mut sampler) => Observed::new(move || sampler.read(), ended),
            None => Observed::nothing(),
        }
    }

    /// Starts the target, where that is loadgate's to do.
    async fn start(&self, number: u32, seed: u64) -> Result<Option<Running>, Error> {
        let launch = match &self.server {
            Server::Url(_) => return Ok(None),
            Server::Demo => return demo::start(&self.typed.demo_fault, seed).await.map(Some),
            Server::Command(launch) => launch,
        };
        let folder = std::path::absolute(Path::new(".").join(self.source.folder()))?;
        let log = if number == 0 { "target.log".to_owned() } else { format!("target-{}.log", number + 1) };
        let log = self.out.join(log);
        let surroundings = Surroundings { folder: &folder, log: &log, env: &BTreeMap::new() };
        let mut stop = self.stop.clone();
        tokio::select! {
            started = Box::pin(target::launch(launch, surroundings)) => Ok(Some(started?)),
            // Giving the start up kills what was started.
            Ok(_) = stop.wait_for(|stop| *stop != Stop::No) => Err(Error::Interrupted),
        }
    }

    /// Seed of the first run; each further one has the next.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Worker threads of its runs.
    pub(super) fn workers(&self) -> usize {
        self.typed.workers.map_or_else(cores, usize::from)
    }

    /// Whether the run was told to stop.
    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow() != Stop::No
    }
}

pub(super) fn compile(
    config: &Config,
    source: &Source,
    typed: &cli::Play,
    seed: u64,
    started: &str,
) -> Result<Plan, Error> {
    Ok(Plan::compile(config, source, &choice(source, typed, seed, started))?)
}

/// Tells how the target ended, if it does.
async fn tell_of_end(started: Option<&mut Running>, tell: oneshot::Sender<String>) -> Infallible {
    if let Some(running) = started {
        // A run that is over needs no telling.
        let _over = tell.send(running.until_ended().await);
    }
    std::future::pending().await
}

/// What was typed, as a plan needs it.
pub(super) fn choice(source: &Source, typed: &cli::Play, seed: u64, started: &str) -> Choice {
    Choice {
        profile: typed.profile.clone(),
        only: typed.only.clone(),
        skip: typed.skip.clone(),
        target: typed.target.clone(),
        seed,
        base: source.folder().to_owned(),
        started_url: Some(started.to_owned()),
        environment: |name| std::env::var(name).ok(),
    }
}

/// The gate's rules for a plan. Those of endpoints that tags leave out are known, and hold nothing.
pub(super) fn policy(config: &Config, source: &Source, plan: &Plan) -> Result<Policy, Error> {
    let is_open_model = matches!(plan.shape, Shape::Rate { .. });
    let known = plan.known_endpoints();
    let mut policy = Policy::compile(&config.gate, &config.baseline, &known, is_open_model, Some(source))?;
    policy.endpoints.retain(|endpoint, _| !plan.left_out.contains(endpoint));
    Ok(if plan.search.is_some() { policy.for_search() } else { policy })
}

/// Who watches a plan being played: whoever looks at stderr. Where there are keys to end it by, there may be a screen.
pub(super) fn watchers(plan: &Plan, keys: Option<Keys>, output: Output) -> Watchers {
    let screen = keys.and_then(|keys| screen(plan, keys, output));
    let kind = if screen.is_some() { live::Kind::Silent } else { output.liveness() };
    Watchers::new(live::Line::new(kind, plan.shape.stages().total(), plan.warmup), screen)
}

/// A plan, ready to be played on this machine.
pub(super) fn to_play(plan: Plan, workers: Option<u16>, observed: Observed, stop: watch::Receiver<Stop>) -> load::Run {
    let origin = baseline::here(&plan.fingerprint);
    let workers = workers.map_or_else(cores, usize::from);
    load::Run { plan: Arc::new(plan), origin, workers, stop, observed, wanted: None }
}

/// Plays it before those who watch.
pub(super) async fn play(run: load::Run, mut watchers: Watchers, output: Output) -> Result<Recording, Error> {
    let recording = load::play(run, &mut watchers).await;
    for warning in watchers.finish().await {
        output.note(&format!("warning: {warning}"));
    }
    Ok(recording?)
}

/// The screen of a run, where there is to be one and the terminal lets itself be taken.
fn screen(plan: &Plan, keys: Keys, output: Output) -> Option<live::Screen> {
    let total = plan.shape.stages().total();
    let (host, port) = (&plan.target.host, plan.target.port);
    let played = live::Played {
        profile: plan.profile.clone(),
        load: plan.load.clone(),
        target: if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") },
        total,
        warmup: plan.warmup,
        endpoints: plan.endpoints.clone(),
    };
    let is_wanted = output.has_screen(total);
    is_wanted.then(|| live::Screen::start(played, output.color(), move || keys.press()).ok()).flatten()
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
