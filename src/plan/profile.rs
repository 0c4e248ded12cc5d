//! Which profile is played, and its shape.
//!
//! In: `[profile.*]`, and which one was asked for. Out: a [`Profile`] whose shape has load in it and lasts longer
//! than its warm-up. Which users play it is `journey`'s.

use std::time::Duration;

use super::checks::positive;
use super::error::Error;
use super::fault::{Fault, Flaw};
use super::model::Iterations;
use super::ready_made::{NAMES, typed};
use super::search::{self, Search};
use super::shape::{Shape, Stage, Stages};
use crate::config::{self, Config, KeyPath, Source, nearest};
use crate::units::{Rate, Span};

/// A profile, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Profile {
    pub(super) shape: Shape,
    pub(super) warmup: Duration,
    pub(super) stop_within: Duration,
    pub(super) iterations: Option<Iterations>,
    pub(super) search: Option<Search>,
}

/// A profile that was chosen, and which model it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// Whether arrivals wait for no answer.
    pub is_open_model: bool,
    /// Whether it searches for a ceiling.
    pub searches: bool,
}

impl Chosen {
    /// The profile that `asked` names; else the gate's, the only one, or `load`.
    ///
    /// # Errors
    /// There is no such profile, or none can be told from the others.
    pub fn of(config: &Config, source: &Source, asked: Option<&str>) -> Result<Self, Error> {
        let choose = || {
            let name = choose(config, asked)?;
            let typed = typed(config, name).unwrap_or_default();
            let shape = shape(&typed, &KeyPath::root().key("profile").key(name))?;
            Ok(Self {
                name: name.to_owned(),
                is_open_model: matches!(shape, Shape::Rate { .. }),
                searches: typed.search.is_some(),
            })
        };
        choose().map_err(|fault: Fault| fault.in_file(source))
    }
}

/// The name of the profile to play: the one asked for, the gate's, the only one, or `load`.
pub(super) fn choose<'a>(config: &'a Config, asked: Option<&'a str>) -> Result<&'a str, Fault> {
    let known = || config.profile.keys().map(String::as_str);
    let ready = || NAMES.into_iter().filter(|name| !config.profile.contains_key(*name));
    let unknown = |name: &str| {
        let help = match nearest(name, known().chain(ready())) {
            Some(near) => format!("did you mean `{near}`?"),
            None if config.profile.is_empty() => EXAMPLE.to_owned(),
            None => format!(
                "the profiles are {}; ready-made ones are {}",
                known().collect::<Vec<_>>().join(", "),
                ready().collect::<Vec<_>>().join(", ")
            ),
        };
        Flaw::new(format!("there is no profile `{name}`"), help)
    };
    let at = KeyPath::root();
    let flag = |flaw: Flaw| flaw.of("--profile");
    let key = |flaw: Flaw| flaw.at(&at.key("gate").key("profile"));
    let checked = |name: &'a str| if typed(config, name).is_some() { Ok(name) } else { Err(unknown(name)) };
    match (asked, config.gate.profile.as_deref(), known().next()) {
        (Some(name), _, _) => checked(name).map_err(flag),
        (None, Some(name), _) => checked(name).map_err(key),
        (None, None, None) => Err(Flaw::new("there is no profile", EXAMPLE).at(&at.key("profile"))),
        (None, None, Some(only)) if config.profile.len() == 1 => Ok(only),
        (None, None, _) if config.profile.contains_key("load") => Ok("load"),
        (None, None, _) => {
            let message = format!("there are several profiles: {}", known().collect::<Vec<_>>().join(", "));
            Err(Flaw::new(message, "choose one: --profile NAME, or `profile` in [gate]").at(&at.key("profile")))
        }
    }
}

const EXAMPLE: &str = "write one: [profile.load] with users = 20 and duration = \"1m\"; or play a ready-made one: --profile smoke \
                       (load, stress, spike, soak)";

/// The most time that iterations may take where the profile does not say.
const ITERATIONS_WITHIN: Duration = Duration::from_secs(600);

impl Profile {
    /// Compiles the profile typed at `at`.
    pub(super) fn compile(profile: &config::Profile, at: &KeyPath) -> Result<Self, Fault> {
        let shape = shape(profile, at)?;
        let iterations = iterations(profile, at)?;
        let search = search::compile(profile, at)?;
        let total = shape.stages().total();
        let warmup = profile.warmup.map_or(Duration::ZERO, |warmup| warmup.0);
        if warmup >= total && search.is_none() {
            let flaw = Flaw::new(
                format!("the warm-up leaves nothing of the {} to measure", Span(total)),
                "write a shorter `warmup`; it is part of the run",
            );
            return Err(flaw.at(&at.key(if profile.warmup.is_some() { "warmup" } else { "duration" })));
        }
        let stop_within = profile.stop_within.map_or(Duration::from_secs(10), |within| within.0);
        Ok(Self { shape, warmup, stop_within, iterations, search })
    }

    /// The load in words: `200 users`, `20 -> 1000 users`, `500/s`.
    pub(super) fn load(&self) -> String {
        if let Some(search) = &self.search {
            return search.load();
        }
        let stages = self.shape.stages();
        let mut levels: Vec<String> = stages.0.iter().map(|stage| self.level(stage.level)).collect();
        levels.dedup();
        let levels = match levels.len() {
            0..=4 => levels.join(" -> "),
            _ => format!("{} stages, up to {}", stages.0.len(), self.level(stages.peak())),
        };
        let load = match self.shape {
            Shape::Users(_) if levels == "1" => "1 user".to_owned(),
            Shape::Users(_) => format!("{levels} users"),
            Shape::Rate { .. } => levels,
        };
        match self.iterations {
            None => load,
            Some(Iterations::Shared(tasks)) => format!("{load}, {tasks} iterations"),
            Some(Iterations::PerUser(tasks)) => format!("{load}, {tasks} iterations each"),
        }
    }

    fn level(&self, level: f64) -> String {
        match self.shape {
            Shape::Users(_) => format!("{level:.0}"),
            Shape::Rate { .. } => Rate(level).to_string(),
        }
    }
}

fn shape(profile: &config::Profile, at: &KeyPath) -> Result<Shape, Fault> {
    if let Some(search) = search::compile(profile, at)? {
        return open(profile, search.first_stages(), at);
    }
    let kinds =
        [("users", profile.users.is_some()), ("rate", profile.rate.is_some()), ("stages", !profile.stages.is_empty())];
    let mut typed = kinds.into_iter().filter_map(|(key, is_typed)| is_typed.then_some(key));
    let help = "keep one of `users`, `rate` and `stages`";
    match (typed.next(), typed.next()) {
        (None, _) => Err(Flaw::new("the profile says no load", "write users = 20, rate = \"200/s\", or stages").at(at)),
        (Some(first), Some(second)) => {
            Err(Flaw::new(format!("`{first}` and `{second}` are two loads"), help).at(&at.key(second)))
        }
        (Some(_), None) if profile.stages.is_empty() => level_shape(profile, at),
        (Some(_), None) => staged_shape(profile, at),
    }
}

/// One level, perhaps after a ramp.
fn level_shape(profile: &config::Profile, at: &KeyPath) -> Result<Shape, Fault> {
    let within = iterations_key(profile).map(|_| Span(ITERATIONS_WITHIN));
    let Some(duration) = profile.duration.or(within) else {
        return Err(Flaw::new("the profile has no duration", "write one: duration = \"1m\"").at(at));
    };
    let duration = positive(duration, &at.key("duration"))?;
    let ramp = profile.ramp.map_or(Duration::ZERO, |ramp| ramp.0);
    let Some(hold) = duration.checked_sub(ramp) else {
        let flaw =
            Flaw::new("the ramp is longer than the whole run", "write a longer `duration`: the ramp is part of it");
        return Err(flaw.at(&at.key("ramp")));
    };
    let level = |key, level| checked_level(level, &at.key(key));
    match (profile.users, profile.rate) {
        (_, Some(rate)) => open(profile, vec![Stage { level: level("rate", rate.0)?, ramp, hold }], at),
        (users, None) => {
            closed(profile, vec![Stage { level: level("users", f64::from(users.unwrap_or(0)))?, ramp, hold }], at)
        }
    }
}

/// The key that says how many iterations there are.
fn iterations_key(profile: &config::Profile) -> Option<&'static str> {
    let typed = [("iterations", profile.iterations), ("iterations_per_user", profile.iterations_per_user)];
    typed.into_iter().find_map(|(key, tasks)| tasks.map(|_| key))
}

/// How many tasks are played before the run ends, where it is no time alone that ends it.
fn iterations(profile: &config::Profile, at: &KeyPath) -> Result<Option<Iterations>, Fault> {
    let Some(key) = iterations_key(profile) else { return Ok(None) };
    let flaw = if profile.iterations.is_some() && profile.iterations_per_user.is_some() {
        let help = "keep `iterations` for all users together, or `iterations_per_user` for each";
        Flaw::new("`iterations` and `iterations_per_user` are two ends of one run", help)
            .at(&at.key("iterations_per_user"))
    } else if profile.rate.is_some() || !profile.stages.is_empty() {
        Flaw::new(format!("`{key}` needs a fixed number of users"), "write `users`, or `duration` for `iterations`")
            .at(&at.key(key))
    } else if profile.warmup.is_some_and(|warmup| !warmup.0.is_zero()) {
        Flaw::new(
            format!("a warm-up would use up some of the `{key}` that are to be measured"),
            "leave it away, or write `duration` alone: a run of some length can be warmed up",
        )
        .at(&at.key("warmup"))
    } else {
        return match (profile.iterations, profile.iterations_per_user) {
            (Some(0), _) | (_, Some(0)) => {
                Err(Flaw::new("no iteration is nothing", "write 1 or more").at(&at.key(key)))
            }
            (Some(tasks), _) => Ok(Some(Iterations::Shared(tasks))),
            (None, tasks) => Ok(tasks.map(Iterations::PerUser)),
        };
    };
    Err(flaw)
}

fn checked_level(level: f64, at: &KeyPath) -> Result<f64, Fault> {
    if level > 0.0 && level.is_finite() {
        return Ok(level);
    }
    Err(Flaw::new("this makes no load", "write more than 0").at(at))
}

/// Levels one after the other.
fn staged_shape(profile: &config::Profile, at: &KeyPath) -> Result<Shape, Fault> {
    for (key, is_typed) in [("duration", profile.duration.is_some()), ("ramp", profile.ramp.is_some())] {
        if is_typed {
            let flaw = Flaw::new(format!("stages have no `{key}` together"), "write `for` and `ramp` in each stage");
            return Err(flaw.at(&at.key(key)));
        }
    }
    let at_stages = at.key("stages");
    let is_open = profile.stages.iter().any(|stage| stage.rate.is_some());
    let mut stages = Vec::new();
    for (index, typed) in profile.stages.iter().enumerate() {
        let at = at_stages.index(index);
        stages.push(stage(typed, is_open, &at)?);
    }
    if stages.iter().all(|stage| stage.level <= 0.0) {
        return Err(Flaw::new("no stage makes any load", "give one a level above 0").at(&at_stages));
    }
    if is_open { open(profile, stages, at) } else { closed(profile, stages, at) }
}

fn stage(typed: &config::Stage, is_open: bool, at: &KeyPath) -> Result<Stage, Fault> {
    let level = match (typed.users, typed.rate) {
        (Some(users), None) if !is_open => f64::from(users),
        (None, Some(rate)) if rate.0 >= 0.0 && rate.0.is_finite() => rate.0,
        (None, Some(_)) => {
            return Err(Flaw::new("a rate is 0 or more", "write one such as \"200/s\"").at(&at.key("rate")));
        }
        (None, None) => {
            return Err(Flaw::new("the stage has no level", "write `users` or `rate` in each stage").at(at));
        }
        (Some(_), _) => {
            let flaw =
                Flaw::new("stages by users and by rate do not mix", "write `users` in all stages, or `rate` in all");
            return Err(flaw.at(&at.key("users")));
        }
    };
    let span = |span: Option<Span>| span.map_or(Duration::ZERO, |span| span.0);
    let stage = Stage { level, ramp: span(typed.ramp), hold: span(typed.hold) };
    if stage.ramp.saturating_add(stage.hold).is_zero() {
        return Err(Flaw::new("the stage takes no time", "say how long: for = \"1m\"").at(at));
    }
    Ok(stage)
}

fn closed(profile: &config::Profile, stages: Vec<Stage>, at: &KeyPath) -> Result<Shape, Fault> {
    for (key, is_typed) in [("arrivals", profile.arrivals.is_some()), ("max_users", profile.max_users.is_some())] {
        if is_typed {
            let flaw = Flaw::new(format!("`{key}` is for loads by rate"), "leave it away, or write `rate` for `users`");
            return Err(flaw.at(&at.key(key)));
        }
    }
    Ok(Shape::Users(Stages(stages)))
}

fn open(profile: &config::Profile, stages: Vec<Stage>, at: &KeyPath) -> Result<Shape, Fault> {
    let max_users = profile.max_users.unwrap_or(1_000);
    if max_users == 0 {
        return Err(
            Flaw::new("arrivals need users", "write 1 or more, or leave it away: 1000").at(&at.key("max_users"))
        );
    }
    Ok(Shape::Rate { stages: Stages(stages), arrivals: profile.arrivals.unwrap_or_default(), max_users })
}
