//! `search` of a profile, checked: between which rates a ceiling is looked for, and what has to hold.
//!
//! In: what was typed, in the file and on the command line. Out: a [`Search`] that can come to an answer, and plans of
//! single holds. Which rate comes next is `ceiling`'s.

use std::fmt;
use std::time::Duration;

use super::checks::positive;
use super::error::Error;
use super::fault::{Fault, Flaw, Place};
use super::model::{Plan, User};
use super::profile;
use super::shape::{Shape, Stage, Stages};
pub use crate::config::Slo;
use crate::config::{self, Config, KeyPath, Leak, Source, nearest};
use crate::units::{Rate, Ratio, Span};

const FROM: f64 = 10.0;
const TO: f64 = 20_000.0;
const HOLD: Duration = Duration::from_secs(10);
const PRECISION: f64 = 0.05;

/// Errors that are let pass where the objective does not speak of them: a target that only fails fast bears nothing.
const ERROR_RATE: Ratio = Ratio(0.01);

/// The p95 of a search that nothing is written of.
const P95: Span = Span(Duration::from_millis(500));

/// The profile of a search that is typed and not written.
const TYPED: &str = "ceiling";

/// The part of a hold that is left out: queues need time to show.
const SETTLING: u32 = 5;

/// Time that is left out of a hold that has twice as much.
const LEAST_SETTLING: Duration = Duration::from_secs(1);

/// A search that can come to an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Task starts a second to begin with; above 0.
    pub from: f64,
    /// Most task starts a second to try; above `from`.
    pub to: f64,
    /// How long each rate is held, settling included.
    pub hold: Duration,
    /// How far the lowest rate that breaks the objective may be from the highest that holds, as a share; above 0.
    pub precision: f64,
    /// What has to hold; always with an error rate.
    pub slo: Slo,
}

impl Search {
    /// The part of a hold that is left out of its figures.
    #[must_use]
    pub fn settle(&self) -> Duration {
        (self.hold / SETTLING).max(LEAST_SETTLING.min(self.hold / 2))
    }

    /// The part of a hold that is measured.
    #[must_use]
    pub fn measured(&self) -> Duration {
        self.hold.saturating_sub(self.settle())
    }

    /// The load in words.
    pub(super) fn load(&self) -> String {
        format!("search {} to {}", Rate(self.from), Rate(self.to))
    }

    /// Everything a search's answer depends on, for the hash of what is played.
    pub(super) fn identity(&self) -> String {
        let hold = self.hold.as_micros();
        format!("{} {} {hold} {} {}", self.from, self.to, self.precision, Objective(&self.slo))
    }

    /// What the first hold plays.
    pub(super) fn first_stages(&self) -> Vec<Stage> {
        stages(self.from, self.settle(), self.measured())
    }

    /// The objective in words: `p95 < 500ms, error_rate < 1%`.
    #[must_use]
    pub fn objective(&self) -> String {
        Objective(&self.slo).to_string()
    }
}

impl Plan {
    /// The same users at one rate: they arrive in the first half of `settle`, which is left out as a warm-up is, `ready_users`
    /// of them before they are needed. A start that finds nobody is made by a new user, who has to log in first: where a target
    /// is near its limit that is work enough to push it over.
    #[must_use]
    pub fn into_hold(self, rate: f64, settle: Duration, measured: Duration, ready_users: u32) -> Self {
        let stages = Stages(stages(rate, settle, measured));
        let shape = match self.shape {
            Shape::Rate { arrivals, max_users, .. } => Shape::Rate { stages, arrivals, max_users },
            users @ Shape::Users(_) => users,
        };
        let users = self.users.into_iter().map(|user| User { start_after: Duration::ZERO, ..user }).collect();
        // A hold ends by its own objective.
        let (iterations, abort, leak) = (None, Vec::new(), Leak::default());
        Self { shape, users, warmup: settle, ready_users, iterations, abort, leak, ..self }
    }
}

fn stages(rate: f64, settle: Duration, measured: Duration) -> Vec<Stage> {
    let ramp = settle / 2;
    vec![Stage { level: rate, ramp, hold: settle.saturating_sub(ramp).saturating_add(measured) }]
}

/// The search of the profile typed at `at`, if it is one.
pub(super) fn compile(profile: &config::Profile, at: &KeyPath) -> Result<Option<Search>, Fault> {
    let Some(typed) = &profile.search else { return Ok(None) };
    check_alone(profile, at)?;
    let at = at.key("search");
    let rate = |key: &str, rate: Option<Rate>, default| match rate.map_or(default, |rate| rate.0) {
        rate if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err(Flaw::new("a search has rates above 0", "write one such as \"50/s\"").at(&at.key(key))),
    };
    let (from, to) = (rate("from", typed.from, FROM)?, rate("to", typed.to, TO)?);
    if from >= to {
        let flaw = Flaw::new(
            format!("the search ends at {}, where it begins or before: {}", Rate(to), Rate(from)),
            "write a `from` that surely holds, and a `to` beyond what you hope for",
        );
        return Err(flaw.at(&at.key(if typed.to.is_some() { "to" } else { "from" })));
    }
    let precision = typed.precision.map_or(PRECISION, |precision| precision.0);
    if precision <= 0.0 {
        let flaw = Flaw::new("a precision of 0 is never reached", "write one such as \"5%\"");
        return Err(flaw.at(&at.key("precision")));
    }
    let hold = typed.hold.map_or(Ok(HOLD), |hold| positive(hold, &at.key("hold")))?;
    Ok(Some(Search { from, to, hold, precision, slo: objective(&typed.slo, &at.key("slo"))? }))
}

/// Refuses another load beside a search.
fn check_alone(profile: &config::Profile, at: &KeyPath) -> Result<(), Fault> {
    let others = [
        ("users", profile.users.is_some()),
        ("rate", profile.rate.is_some()),
        ("stages", !profile.stages.is_empty()),
        ("duration", profile.duration.is_some()),
        ("ramp", profile.ramp.is_some()),
    ];
    match others.into_iter().find(|(_, is_typed)| *is_typed) {
        Some((key, _)) => {
            let flaw = Flaw::new(
                format!("a search finds its own rates, and has no `{key}`"),
                "leave it away, or move it to a profile without `search`",
            );
            Err(flaw.at(&at.key(key)))
        }
        None => Ok(()),
    }
}

fn objective(typed: &Slo, at: &KeyPath) -> Result<Slo, Fault> {
    if *typed == Slo::default() {
        let flaw = Flaw::new(
            "the search has nothing that has to hold",
            "write slo = { p95 = \"500ms\", error_rate = \"1%\" }",
        );
        return Err(flaw.at(at));
    }
    for (name, limit) in latencies(typed) {
        if let Some(limit) = limit {
            positive(limit, &at.key(name))?;
        }
    }
    Ok(Slo { error_rate: Some(typed.error_rate.unwrap_or(ERROR_RATE)), ..*typed })
}

fn latencies(slo: &Slo) -> [(&'static str, Option<Span>); 7] {
    [
        ("p50", slo.p50),
        ("p90", slo.p90),
        ("p95", slo.p95),
        ("p99", slo.p99),
        ("p999", slo.p999),
        ("max", slo.max),
        ("mean", slo.mean),
    ]
}

/// An objective in words.
struct Objective<'a>(&'a Slo);

impl fmt::Display for Objective<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::with_capacity(8);
        for (name, limit) in latencies(self.0) {
            parts.extend(limit.map(|limit| format!("{name} < {limit}")));
        }
        parts.extend(self.0.error_rate.map(|limit| format!("error_rate < {limit}")));
        out.write_str(&parts.join(", "))
    }
}

/// What was typed after `ceiling`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchChoice {
    /// The profile.
    pub profile: Option<String>,
    /// Instead of `from`.
    pub from: Option<Rate>,
    /// Instead of `to`.
    pub to: Option<Rate>,
    /// Instead of `hold`.
    pub hold: Option<Span>,
    /// Instead of `precision`.
    pub precision: Option<Ratio>,
    /// Parts of the objective, instead of those of the same name: `p95<500ms`.
    pub slo: Vec<String>,
}

impl SearchChoice {
    /// Puts what was typed into the description, and gives the name of the profile that searches: the one asked for, else
    /// the only one with a `search`, else one of the flags and the defaults.
    ///
    /// # Errors
    /// There is no such profile or it does not search, several do, or what was typed makes no search.
    pub fn apply(&self, config: &mut Config, source: &Source) -> Result<String, Error> {
        self.put_into(config).map_err(|fault| fault.in_file(source))
    }

    fn put_into(&self, config: &mut Config) -> Result<String, Fault> {
        let name = self.choose(config)?;
        let at = KeyPath::root().key("profile").key(&name);
        let profile = config.profile.entry(name.clone()).or_default();
        let is_written = profile.search.is_some();
        let search = profile.search.get_or_insert_default();
        search.from = self.from.or(search.from);
        search.to = self.to.or(search.to);
        search.hold = self.hold.or(search.hold);
        search.precision = self.precision.or(search.precision);
        for part in self.slo.iter().flat_map(|typed| typed.split(',')) {
            put_limit(part, &mut search.slo).map_err(|flaw| flaw.of("--slo"))?;
        }
        if !is_written && search.slo == Slo::default() {
            search.slo.p95 = Some(P95);
        }
        compile(profile, &at).map_err(|fault| self.place(fault, &at))?;
        Ok(name)
    }

    fn choose(&self, config: &Config) -> Result<String, Fault> {
        let searching: Vec<&String> =
            config.profile.iter().filter(|(_, profile)| profile.search.is_some()).map(|(name, _)| name).collect();
        if self.profile.is_some() {
            let name = profile::choose(config, self.profile.as_deref())?;
            if searching.iter().any(|searching| *searching == name) {
                return Ok(name.to_owned());
            }
            let message = format!("the profile `{name}` searches for no ceiling");
            let help = "write search = { from = \"50/s\", to = \"20000/s\", slo = { p95 = \"500ms\" } } there, or leave \
                        --profile away";
            return Err(Flaw::new(message, help).of("--profile"));
        }
        match searching.as_slice() {
            [] => Ok(TYPED.to_owned()),
            [only] => Ok((*only).clone()),
            several => {
                let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
                let message = format!("several profiles search for a ceiling: {}", names.join(", "));
                Err(Flaw::new(message, "choose one: --profile NAME").at(&KeyPath::root().key("profile")))
            }
        }
    }

    /// A flaw of a value belongs to the flag it was typed with.
    fn place(&self, fault: Fault, at: &KeyPath) -> Fault {
        let at = at.key("search");
        let flags = [
            ("from", "--from", self.from.is_some()),
            ("to", "--to", self.to.is_some()),
            ("hold", "--hold", self.hold.is_some()),
            ("precision", "--precision", self.precision.is_some()),
        ];
        let flag = match &fault.place {
            Place::Key(path) => flags.into_iter().find(|(key, _, is_typed)| *is_typed && at.key(key) == *path),
            Place::Flag(_) => None,
        };
        match flag {
            Some((_, flag, _)) => fault.flaw.of(flag),
            None => fault,
        }
    }
}

/// Reads one part of an objective as it is typed: `p95<500ms`, `error_rate<1%`.
fn put_limit(part: &str, slo: &mut Slo) -> Result<(), Flaw> {
    const NAMES: [&str; 8] = ["p50", "p90", "p95", "p99", "p999", "max", "mean", "error_rate"];
    let Some((name, limit)) = part.split_once(['<', '=']) else {
        return Err(Flaw::new(format!("`{part}` is no objective"), "write one such as 'p95<500ms' or 'error_rate<1%'"));
    };
    let (name, limit) = (name.trim(), limit.trim_start_matches('=').trim());
    let wrong = |error: &dyn fmt::Display| {
        let example = if name == "error_rate" { "error_rate<1%" } else { "p95<500ms" };
        Flaw::new(format!("{name}: {error}"), format!("a whole one reads '{example}'"))
    };
    let latency = match name {
        "p50" => &mut slo.p50,
        "p90" => &mut slo.p90,
        "p95" => &mut slo.p95,
        "p99" => &mut slo.p99,
        "p999" => &mut slo.p999,
        "max" => &mut slo.max,
        "mean" => &mut slo.mean,
        "error_rate" => {
            slo.error_rate = Some(limit.parse().map_err(|error| wrong(&error))?);
            return Ok(());
        }
        unknown => {
            let help = match nearest(unknown, NAMES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("an objective is of {}", NAMES.join(", ")),
            };
            return Err(Flaw::new(format!("there is no metric `{unknown}`"), help));
        }
    };
    *latency = Some(limit.parse().map_err(|error| wrong(&error))?);
    Ok(())
}
