//! Single values of a journey, checked: methods, weights, pauses and limits.
//!
//! In: what was typed. Out: what can be run, or what is wrong with it.
//! What depends on other steps is `journey`'s.

use std::time::Duration;

use super::fault::{Fault, Flaw};
use super::model::Think;
use super::step::Step;
use crate::client::Method;
use crate::config::{self, KeyPath};
use crate::units::Span;

/// The method of a step, its key, and its path.
pub(super) fn method<'a>(step: &'a config::Step, at: &KeyPath) -> Result<(Method, &'static str, &'a str), Fault> {
    let mut typed = methods(step).into_iter().filter_map(|(method, key, path)| Some((method, key, path?)));
    let Some(first) = typed.next() else {
        let flaw = Flaw::new("there is no request", "write one, such as get = \"/path\"; or several as steps");
        return Err(flaw.at(at));
    };
    match typed.next() {
        None => Ok(first),
        Some((_, second, _)) => {
            let message = format!("`{}` and `{second}` are two requests", first.1);
            Err(Flaw::new(message, "keep one of them, or write a step for each").at(&at.key(second)))
        }
    }
}

/// How many runs a baseline keeps.
pub(super) fn keeps_runs(baseline: &config::Baseline) -> Result<(), Fault> {
    if baseline.keep == Some(0) {
        let flaw = Flaw::new("a baseline keeps at least one run", "write 1 or more, or leave `keep` away for 20");
        return Err(flaw.at(&KeyPath::root().key("baseline").key("keep")));
    }
    Ok(())
}

/// A key that describes a request, if there is one.
pub(super) fn request_key(step: &config::Step) -> Option<&'static str> {
    let method = methods(step).into_iter().find_map(|(_, key, path)| path.map(|_| key));
    let others = [
        ("query", !step.query.is_empty()),
        ("headers", !step.headers.is_empty()),
        ("auth", step.auth.is_some()),
        ("json", step.json.is_some()),
        ("form", step.form.is_some()),
        ("multipart", step.multipart.is_some()),
        ("graphql", step.graphql.is_some()),
        ("body", step.body.is_some()),
        ("body_file", step.body_file.is_some()),
        ("timeout", step.timeout.is_some()),
        ("redirects", step.redirects.is_some()),
        ("extract", !step.extract.is_empty()),
        ("expect", step.expect.is_some()),
        ("think", step.think.is_some()),
    ];
    method.or_else(|| others.into_iter().find_map(|(key, is_typed)| is_typed.then_some(key)))
}

fn methods(step: &config::Step) -> [(Method, &'static str, Option<&str>); 7] {
    [
        (Method::Get, "get", step.get.as_deref()),
        (Method::Post, "post", step.post.as_deref()),
        (Method::Put, "put", step.put.as_deref()),
        (Method::Patch, "patch", step.patch.as_deref()),
        (Method::Delete, "delete", step.delete.as_deref()),
        (Method::Head, "head", step.head.as_deref()),
        (Method::Options, "options", step.options.as_deref()),
    ]
}

/// A weight of at least 1.
pub(super) fn weight(weight: Option<u32>, at: &KeyPath) -> Result<u32, Fault> {
    match weight {
        Some(0) => {
            let flaw = Flaw::new("a weight of 0 is never drawn", "write 1 or more, or leave it away altogether");
            Err(flaw.at(&at.key("weight")))
        }
        other => Ok(other.unwrap_or(1)),
    }
}

/// A duration that is not 0.
pub(super) fn positive(span: Span, at: &KeyPath) -> Result<Duration, Fault> {
    if span.0.is_zero() {
        return Err(Flaw::new("a duration of 0 leaves no time", "write one such as \"10s\"").at(at));
    }
    Ok(span.0)
}

/// The pause between tasks.
pub(super) fn think(think: Option<&config::Think>, at: &KeyPath) -> Result<Think, Fault> {
    Ok(match think {
        None | Some(config::Think::Constant(Span(Duration::ZERO))) => Think::None,
        Some(config::Think::Constant(pause)) => Think::Constant(pause.0),
        Some(config::Think::Between([least, most])) if least > most => {
            return Err(
                Flaw::new("the shortest pause is longer than the longest", "write the shorter one first").at(at)
            );
        }
        Some(config::Think::Between([least, most])) => Think::Between(least.0, most.0),
        Some(config::Think::Exponential(mean)) => Think::Exponential(positive(*mean, at)?),
        Some(config::Think::Pacing(interval)) => Think::Pacing(positive(*interval, at)?),
    })
}

/// The pause after a step.
pub(super) fn step_think(step: &config::Step, at: &KeyPath) -> Result<Think, Fault> {
    let at = at.key("think");
    match think(step.think.as_ref(), &at)? {
        Think::Pacing(_) => {
            let flaw =
                Flaw::new("`pacing` is from one task's start to the next", "write it as the `think` of the user");
            Err(flaw.at(&at))
        }
        pause => Ok(pause),
    }
}

/// Refuses to read the body of an answer that never has one.
pub(super) fn check_reads(step: &Step, method: Method, at: &KeyPath) -> Result<(), Fault> {
    if method == Method::Head && step.wants().body {
        let flaw = Flaw::new("an answer to HEAD has no body to read", "use `get`, or leave away what reads the body");
        return Err(flaw.at(&at.key("head")));
    }
    Ok(())
}
