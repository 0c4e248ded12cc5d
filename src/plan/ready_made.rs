//! Profiles that are there without being written: one for each kind of load test.
//!
//! In: a name. Out: a profile as it would have been typed. One that is written under the same name wins wholly; which
//! profile is played is `profile`'s to choose.

use std::time::Duration;

use crate::config::{Config, Profile, Stage};
use crate::units::Span;

/// What they are called.
pub(super) const NAMES: [&str; 5] = ["smoke", "load", "stress", "spike", "soak"];

/// The profile of a name: as it is written, or else ready-made.
pub(super) fn typed(config: &Config, name: &str) -> Option<Profile> {
    config.profile.get(name).cloned().or_else(|| ready_made(name))
}

fn ready_made(name: &str) -> Option<Profile> {
    Some(match name {
        // Does it work at all?
        "smoke" => {
            Profile { users: Some(5), duration: Some(seconds(30)), warmup: Some(seconds(5)), ..Profile::default() }
        }
        // How does it do on an ordinary day?
        "load" => Profile {
            users: Some(50),
            ramp: Some(seconds(30)),
            duration: Some(minutes(5)),
            warmup: Some(minutes(1)),
            ..Profile::default()
        },
        // From which level on does it do badly?
        "stress" => Profile {
            stages: [50, 100, 200, 400].map(|users| stage(users, seconds(15), minutes(1))).into(),
            ..Profile::default()
        },
        // Does it survive a rush, and recover?
        "spike" => Profile {
            stages: vec![
                stage(10, seconds(0), minutes(1)),
                stage(200, seconds(5), minutes(1)),
                stage(10, seconds(0), minutes(2)),
            ],
            ..Profile::default()
        },
        // Does it leak?
        "soak" => {
            Profile { users: Some(50), duration: Some(minutes(60)), warmup: Some(minutes(5)), ..Profile::default() }
        }
        _ => return None,
    })
}

fn stage(users: u32, ramp: Span, hold: Span) -> Stage {
    Stage { users: Some(users), rate: None, ramp: Some(ramp), hold: Some(hold) }
}

fn seconds(seconds: u64) -> Span {
    Span(Duration::from_secs(seconds))
}

fn minutes(minutes: u64) -> Span {
    seconds(60 * minutes)
}
