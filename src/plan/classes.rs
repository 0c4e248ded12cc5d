//! Kinds of users beside each other: who has a fixed number, who a share, and who comes late.
//!
//! In: `count`, `weight` and `start_after` of each `[[user]]` that is played, and the profile's shape. Out: what does not
//! fit together. Who takes which place in the crowd is `load`'s.

use super::fault::{Fault, Flaw};
use super::shape::Shape;
use super::tags::Tags;
use crate::config::{self, Config, KeyPath};
use crate::units::Span;

/// Checks all kinds of users that are played against the profile.
pub(super) fn check(config: &Config, tags: &Tags<'_>, shape: &Shape) -> Result<(), Fault> {
    let at = KeyPath::root().key("user");
    let places = config.user.iter().enumerate().map(|(index, user)| (at.index(index), user));
    let played: Vec<(KeyPath, &config::User)> = places.filter(|(_, user)| tags.play_one_of(user)).collect();
    for (at, user) in &played {
        check_one(user, shape, at)?;
    }
    let counts: u64 = played.iter().filter_map(|(_, user)| user.count).map(u64::from).sum();
    let all_counted = played.iter().all(|(_, user)| user.count.is_some());
    match (shape, played.last()) {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 users")]
        (Shape::Users(stages), Some((at, _))) if all_counted && stages.peak() > counts as f64 => {
            let flaw = Flaw::new(
                format!("the profile has {:.0} users, and the counts name {counts}", stages.peak()),
                "raise a `count`, or leave it away at one [[user]]: it takes the rest",
            );
            Err(flaw.at(&at.key("count")))
        }
        _ => Ok(()),
    }
}

fn check_one(user: &config::User, shape: &Shape, at: &KeyPath) -> Result<(), Fault> {
    let flaw = match (user.count, user.weight, shape) {
        (Some(0), _, _) => Some(Flaw::new("0 users of a kind do nothing", "write 1 or more, or leave the user away")),
        (Some(_), Some(_), _) => {
            Some(Flaw::new("`count` and `weight` are two shares", "keep `count` for so many users, or `weight`"))
        }
        (Some(_), None, Shape::Rate { .. }) => {
            Some(Flaw::new("arrivals are shared by weight", "write `weight`, or play a profile with `users`"))
        }
        _ => None,
    };
    if let Some(flaw) = flaw {
        return Err(flaw.at(&at.key("count")));
    }
    let total = shape.stages().total();
    match user.start_after {
        Some(after) if after.0 >= total => {
            let message = format!("the run is over after {}, before these users come", Span(total));
            Err(Flaw::new(message, "write a shorter `start_after`").at(&at.key("start_after")))
        }
        _ => Ok(()),
    }
}
