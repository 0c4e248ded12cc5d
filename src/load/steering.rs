//! A load changed by hand while it is played.
//!
//! In: the levels that someone asks for, and when. Out: the schedule that workers play from then on, and what a recording
//! must say of it. Checks no level: whoever asks knows the limits by [`most_level`](super::most_level).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::measure::RunFacts;
use crate::plan::{Shape, Stages};

/// Between the order and the change. All workers must have heard of it by then, so that their shares change at one moment.
const NOTICE: Duration = Duration::from_millis(250);

/// Changes that are told one by one.
const TOLD: usize = 5;

/// What levels are asked for: none as long as nobody has asked for one.
pub type Wanted = watch::Receiver<Option<f64>>;

/// The load as it stands, and as it was changed.
#[derive(Debug)]
pub(super) struct Steering {
    wanted: Option<Wanted>,
    schedule: watch::Sender<Arc<Stages>>,
    changes: Vec<Change>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Change {
    at: Duration,
    from: f64,
    to: f64,
}

impl Steering {
    pub(super) fn new(stages: &Stages, wanted: Option<Wanted>) -> Self {
        Self { wanted, schedule: watch::Sender::new(Arc::new(stages.clone())), changes: Vec::new() }
    }

    /// The load as it stands, for a worker.
    pub(super) fn schedule(&self) -> watch::Receiver<Arc<Stages>> {
        self.schedule.subscribe()
    }

    /// The stages that were played, or will have been.
    pub(super) fn stages(&self) -> Arc<Stages> {
        Arc::clone(&self.schedule.borrow())
    }

    /// The next level that someone asks for.
    pub(super) async fn asked(&mut self) -> f64 {
        if let Some(wanted) = &mut self.wanted {
            while wanted.changed().await.is_ok() {
                if let Some(level) = *wanted.borrow_and_update() {
                    return level;
                }
            }
        }
        std::future::pending().await
    }

    /// Changes the load to `level`, from shortly after `now` on.
    pub(super) fn steer(&mut self, level: f64, now: Duration) {
        let at = now + NOTICE;
        let stages = self.stages();
        if at >= stages.total() {
            return;
        }
        self.changes.push(Change { at, from: stages.level_at(at), to: level });
        self.schedule.send_replace(Arc::new(stages.changed(at, level)));
    }

    /// Marks the recording of a run that was changed: it says so, and it is no run of its profile any more, so nothing
    /// compares it with one.
    pub(super) fn mark(&self, facts: &mut RunFacts, shape: &Shape) {
        let Some(changes) = self.told(shape) else { return };
        facts.load.push_str(", changed by hand");
        let profile = &mut facts.origin.environment.profile;
        *profile = format!("{profile} changed by hand: {changes}");
        facts.reasons.push(format!("the load was changed by hand, so this is no run of its profile: {changes}"));
    }

    /// The changes in words; none where there were none.
    fn told(&self, shape: &Shape) -> Option<String> {
        let unit = match shape {
            Shape::Users(_) => " users",
            Shape::Rate { .. } => "/s",
        };
        let told = |change: &Change| format!("{}{unit} at {:.0} s", number(change.to), change.at.as_secs_f64());
        let mut changes: Vec<String> = self.changes.iter().take(TOLD).map(told).collect();
        let left_out = self.changes.len().saturating_sub(TOLD);
        if left_out > 0 {
            changes.push(format!("{left_out} more"));
        }
        Some(format!("{} -> {}", number(self.changes.first()?.from), changes.join(" -> ")))
    }
}

/// A level without needless digits.
fn number(level: f64) -> String {
    if level.fract().abs() < 0.05 { format!("{level:.0}") } else { format!("{level:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Stage;

    fn stages(level: f64, seconds: u64) -> Stages {
        Stages(vec![Stage { level, ramp: Duration::ZERO, hold: Duration::from_secs(seconds) }])
    }

    #[test]
    fn a_change_holds_from_shortly_after_the_order() {
        let mut steering = Steering::new(&stages(200.0, 60), None);
        let schedule = steering.schedule();
        steering.steer(300.0, Duration::from_secs(12));
        let played = Arc::clone(&schedule.borrow());
        let at = |millis| played.level_at(Duration::from_millis(millis));
        assert_eq!((at(12_200), at(12_300), played.total()), (200.0, 300.0, Duration::from_secs(60)));
        assert_eq!(steering.told(&Shape::Users(stages(200.0, 60))).as_deref(), Some("200 -> 300 users at 12 s"));
    }

    #[test]
    fn who_changes_often_is_told_of_briefly() {
        let mut steering = Steering::new(&stages(10.0, 600), None);
        (1..=9).for_each(|n| steering.steer(10.5 * f64::from(n), Duration::from_secs(10 * u64::try_from(n).unwrap())));
        assert_eq!(
            steering.told(&Shape::Users(stages(10.0, 600))).as_deref(),
            Some(
                "10 -> 10.5 users at 10 s -> 21 users at 20 s -> 31.5 users at 30 s -> 42 users at 40 s -> 52.5 users at 50 s \
                 -> 4 more"
            )
        );
    }

    #[test]
    fn what_nobody_touched_stays_as_it_is() {
        let mut steering = Steering::new(&stages(10.0, 60), None);
        steering.steer(20.0, Duration::from_millis(59_900));
        assert_eq!(steering.told(&Shape::Users(stages(10.0, 60))), None);
        assert_eq!(*steering.stages(), stages(10.0, 60));
    }
}
