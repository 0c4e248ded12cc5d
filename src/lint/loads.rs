//! Mistakes of how much load there is, and of what it is made.
//!
//! In: the profile and the data. Out: findings about warm-up, users and rows. What users do is `journeys`'.

use std::time::Duration;

use super::finding::Finding;
use super::ground::{Ground, body, expressions, request};
use crate::config::{KeyPath, Mistake, Pick};
use crate::plan::Shape;
use crate::units::{Rate, Span};

/// Shorter runs have no room for a warm-up.
const SHORTEST: Duration = Duration::from_secs(6);

/// The share of the timeout that answers may take before users run out.
const SHARE_OF_TIMEOUT: f64 = 0.1;

/// A gate whose figures hold its warm-up.
pub(super) fn no_warmup(ground: &Ground<'_>) -> Option<Finding> {
    if !ground.plan.warmup.is_zero() || !ground.is_gated() {
        return None;
    }
    let total = ground.plan.shape.stages().total();
    let write = if total < SHORTEST {
        "write duration = \"30s\" and warmup = \"5s\"".to_owned()
    } else {
        format!(
            "write warmup = \"{}\": it is part of the run",
            Span(Duration::from_secs((total.as_secs() / 6).min(60)))
        )
    };
    let message = "the gate's profile has no warm-up: cold caches, compilers and connections are in its figures";
    Some(ground.finding(Mistake::NoWarmup, &ground.profile_at(), message, write))
}

/// Arrivals that are missed as soon as answers take a little longer.
pub(super) fn few_users(ground: &Ground<'_>) -> Option<Finding> {
    let Shape::Rate { stages, max_users, .. } = &ground.plan.shape else { return None };
    let timeout = ground.config.http.timeout.0;
    let needed = (stages.peak() * timeout.as_secs_f64() * SHARE_OF_TIMEOUT).ceil();
    let users = f64::from(*max_users);
    if users >= needed {
        return None;
    }
    let enough_for =
        Span(Duration::from_millis(Duration::from_secs_f64(users / stages.peak()).as_millis().try_into().ok()?));
    let message = format!(
        "at {} all of {max_users} users wait once answers take {enough_for}, and arrivals beyond that are missed",
        Rate(stages.peak())
    );
    let write =
        format!("write max_users = {needed:.0} or more: the rate times a tenth of the timeout of {}", Span(timeout));
    Some(ground.finding(Mistake::FewUsers, &ground.profile_at().key("max_users"), message, write))
}

/// Rows that run out before every user has had one.
pub(super) fn few_rows(ground: &Ground<'_>) -> Vec<Finding> {
    let Shape::Users(stages) = &ground.plan.shape else { return Vec::new() };
    let users = stages.peak();
    let is_unique = |name: &str| ground.config.data.get(name).is_some_and(|data| data.pick == Pick::Unique);
    let sets = ground.plan.data.iter().filter(|set| is_unique(set.name()) && is_used(ground, set.name()));
    sets.filter(|set| rows(set.len()) < users)
        .map(|set| {
            let at = KeyPath::root().key("data").key(set.name()).key("pick");
            let message = format!(
                "{users:.0} users draw from the {} rows of `{}`, each once: the run ends before all have had one",
                set.len(),
                set.name()
            );
            let write = format!("write pick = \"cycle\", or give it {users:.0} rows and more");
            ground.finding(Mistake::FewRows, &at, message, write)
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "rows fit into memory, and so into 2^53")]
fn rows(count: usize) -> f64 {
    count as f64
}

/// Whether any request of a user names a column of a data set.
pub(super) fn is_used(ground: &Ground<'_>, data: &str) -> bool {
    let column = format!("{data}.");
    let starts = ground.config.user.iter().flat_map(|user| user.start.iter().chain(&user.stop));
    let steps = ground.task_requests().into_iter().map(|(_, step)| step).chain(starts);
    let texts = steps.map(|step| format!("{}\n{}", request(step).map_or("", |(_, path)| path), body(step)));
    texts.into_iter().any(|text| expressions(&text).any(|expression| expression.starts_with(&column)))
}
