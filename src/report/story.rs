//! The story of a load by stages, as a person would tell it.
//!
//! In: the levels of a [`Summary`] and what they tell together. Out: a [`StoryFigures`]: a row for each level and a few
//! sentences. Finds nothing itself.

use crate::measure::{Knee, LevelSummary, Model, Recovery, Story, Summary, Unit, Usl};

use super::number;

/// Errors are worth a sentence from this share on.
const WORTH_SAYING: f64 = 0.01;

/// A figure that was this much higher before has not come back.
const COME_BACK: f64 = 1.1;

/// A peak predicted beyond this multiple of the highest load is a guess.
const FURTHEST_PREDICTION: f64 = 2.0;

/// The levels of a run in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryFigures {
    /// What a level counts: `users`, or `arrivals`.
    pub load: &'static str,
    /// The levels in order of time.
    pub levels: Vec<LevelFigures>,
    /// What happened, in sentences; none where nothing can be told.
    pub told: Vec<String>,
}

/// One level in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelFigures {
    /// The level: `300`, or `500/s`.
    pub level: String,
    /// Requests finished per second.
    pub rate: String,
    /// Median response time.
    pub p50: String,
    /// 95th percentile of response time.
    pub p95: String,
    /// Failed requests as a share of all.
    pub error_rate: String,
    /// Cores that the target used; empty where that was not sampled.
    pub cpu: String,
}

impl StoryFigures {
    /// The story of a run; none of a run of one level.
    pub(super) fn of(summary: &Summary) -> Option<Self> {
        let levels = summary.levels.as_slice();
        (levels.len() > 1).then(|| Self {
            load: match summary.model {
                Model::Closed => "users",
                Model::Open => "arrivals",
            },
            levels: levels.iter().map(|level| row(level, summary.model)).collect(),
            told: Teller { levels, model: summary.model, story: summary.story.unwrap_or_default() }.tell(),
        })
    }
}

fn row(level: &LevelSummary, model: Model) -> LevelFigures {
    let latency = |us: Option<u64>| number::value(Unit::Microseconds, us.map(number::float));
    LevelFigures {
        level: match model {
            Model::Closed => number::whole(level.level),
            Model::Open => number::rate(level.level),
        },
        rate: number::rate(level.rps),
        p50: latency(level.p50_us),
        p95: latency(level.p95_us),
        error_rate: number::share(level.error_rate),
        cpu: level.cpu_cores.map(|cores| format!("{cores:.2} cores")).unwrap_or_default(),
    }
}

struct Teller<'a> {
    levels: &'a [LevelSummary],
    model: Model,
    story: Story,
}

impl Teller<'_> {
    fn tell(&self) -> Vec<String> {
        let Story { inflection, plateau, usl, recovery } = self.story;
        let mut told = Vec::new();
        told.extend(match inflection {
            Some(knee) => Some(self.takes_off(&knee)),
            None => self.stays(),
        });
        told.extend(plateau.map(|knee| self.stops_growing(&knee)));
        told.extend(self.errors());
        told.extend(usl.and_then(|usl| self.predicted(&usl)));
        told.extend(recovery.map(|recovery| self.comes_back(&recovery)));
        told
    }

    fn takes_off(&self, knee: &Knee) -> String {
        let highest = self.highest().and_then(|level| Some((level.level, level.p95_us?)));
        let to = highest.map(|(level, p95)| format!(", to {} at {}", latency(number::float(p95)), self.load(level)));
        format!(
            "Up to about {} p95 stays near {}; from there on it climbs{}.",
            self.about(knee.load),
            latency(knee.plateau),
            to.unwrap_or_default()
        )
    }

    /// Latency that never took off; nothing where it rose without a knee that could be told.
    fn stays(&self) -> Option<String> {
        let first = number::float(self.levels.first()?.p95_us?);
        let highest = self.highest()?;
        let last = number::float(highest.p95_us?);
        (last < first * 1.25).then(|| {
            let load = self.load(highest.level);
            format!("p95 stays near {} up to {load}: if it takes off, it does beyond.", latency(last))
        })
    }

    fn stops_growing(&self, knee: &Knee) -> String {
        let (rate, load) = (number::rate(knee.plateau), self.about(knee.load));
        match self.model {
            Model::Closed => {
                format!("Throughput grows up to about {load}, then stays at {rate}: more users only wait longer.")
            }
            Model::Open => {
                format!(
                    "Throughput follows arrivals up to about {load}, then stays at {rate}: what arrives beyond waits."
                )
            }
        }
    }

    fn errors(&self) -> Option<String> {
        let failing = |level: &&LevelSummary| level.error_rate >= WORTH_SAYING;
        let first = self.levels.iter().find(failing)?;
        let worst = self.levels.iter().max_by(|one, other| one.error_rate.total_cmp(&other.error_rate))?;
        let begin =
            format!("Errors begin at {}: {} of requests fail", self.load(first.level), number::share(first.error_rate));
        Some(if worst.error_rate > first.error_rate * 1.5 {
            format!("{begin}, {} at {}.", number::share(worst.error_rate), self.load(worst.level))
        } else {
            format!("{begin}.")
        })
    }

    fn predicted(&self, usl: &Usl) -> Option<String> {
        let highest = self.highest()?.level;
        let rps = number::rate(usl.peak_rps?);
        let fitted = format!("The Universal Scalability Law fits this (R² {:.2})", usl.r_squared);
        match usl.peak_load {
            Some(peak) if peak <= highest * FURTHEST_PREDICTION => {
                Some(format!("{fitted}: it puts the peak at about {}, with {rps}.", self.about(peak)))
            }
            Some(_) => None,
            None => Some(format!("{fitted}: it sees no peak, and {rps} as the most with ever more users.")),
        }
    }

    fn comes_back(&self, recovery: &Recovery) -> String {
        let (before, after) = (number::float(recovery.before_us), number::float(recovery.after_us));
        let back = format!("Back at {} p95 is {}", self.load(recovery.level), latency(after));
        if after <= before * COME_BACK {
            format!("{back}, as before the peak ({}).", latency(before))
        } else {
            format!("{back}; before the peak it was {}: it has not recovered.", latency(before))
        }
    }

    fn highest(&self) -> Option<&LevelSummary> {
        self.levels.iter().max_by(|one, other| one.level.total_cmp(&other.level))
    }

    /// A level that was played: `300 users`.
    fn load(&self, level: f64) -> String {
        match self.model {
            Model::Closed => format!("{} users", number::whole(level)),
            Model::Open => number::rate(level),
        }
    }

    /// A load that was reckoned, to two digits: no knee is known better.
    fn about(&self, load: f64) -> String {
        let digits = 10_f64.powf(load.max(1.0).log10().floor() - 1.0).max(1.0);
        self.load((load / digits).round() * digits)
    }
}

fn latency(us: f64) -> String {
    number::value(Unit::Microseconds, Some(us))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, level};
    use super::*;

    fn told(levels: Vec<LevelSummary>, story: Story) -> Vec<String> {
        StoryFigures::of(&Summary { levels, story: Some(story), ..samples::summary() }).unwrap().told
    }

    #[test]
    fn a_stress_test_is_told_as_a_person_would() {
        let story = Story {
            inflection: Some(Knee { load: 371.0, plateau: 65_300.0 }),
            plateau: Some(Knee { load: 384.2, plateau: 2_561.0 }),
            usl: Some(Usl {
                lambda: 7.0,
                sigma: 0.0001,
                kappa: 1e-6,
                r_squared: 0.973,
                peak_load: Some(912.0),
                peak_rps: Some(2_703.0),
            }),
            recovery: None,
        };
        let levels = vec![
            level(150.0, 65_000, 1_050.0, 0.0),
            level(300.0, 66_000, 2_090.0, 0.0),
            level(450.0, 82_000, 2_550.0, 0.012),
            level(600.0, 140_000, 2_560.0, 0.034),
        ];
        assert_eq!(
            told(levels, story),
            [
                "Up to about 370 users p95 stays near 65.3 ms; from there on it climbs, to 140 ms at 600 users.",
                "Throughput grows up to about 380 users, then stays at 2,561/s: more users only wait longer.",
                "Errors begin at 450 users: 1.20% of requests fail, 3.40% at 600 users.",
                "The Universal Scalability Law fits this (R² 0.97): it puts the peak at about 910 users, with 2,703/s.",
            ]
        );
    }

    #[test]
    fn a_spike_is_told_by_its_recovery() {
        let story = |after_us| Story {
            recovery: Some(Recovery { level: 20.0, before_us: 65_000, after_us }),
            ..Story::default()
        };
        let levels = || {
            vec![level(20.0, 65_000, 140.0, 0.0), level(600.0, 300_000, 2_500.0, 0.0), level(20.0, 66_000, 140.0, 0.0)]
        };
        assert_eq!(told(levels(), story(66_000)), ["Back at 20 users p95 is 66.0 ms, as before the peak (65.0 ms)."]);
        assert_eq!(
            told(levels(), story(250_000)),
            ["Back at 20 users p95 is 250 ms; before the peak it was 65.0 ms: it has not recovered."]
        );
    }

    #[test]
    fn where_nothing_happens_that_is_said() {
        let levels = vec![level(100.0, 65_000, 700.0, 0.0), level(200.0, 66_000, 1_400.0, 0.0)];
        assert_eq!(
            told(levels, Story::default()),
            ["p95 stays near 66.0 ms up to 200 users: if it takes off, it does beyond."]
        );
    }

    #[test]
    fn arrivals_are_told_by_their_rate() {
        let summary = Summary {
            model: Model::Open,
            levels: vec![level(100.0, 65_000, 100.0, 0.0), level(800.0, 900_000, 610.0, 0.0)],
            story: Some(Story { plateau: Some(Knee { load: 612.0, plateau: 609.0 }), ..Story::default() }),
            ..samples::summary()
        };
        let figures = StoryFigures::of(&summary).unwrap();
        assert_eq!(figures.levels[1].level, "800/s");
        assert_eq!(
            figures.told,
            ["Throughput follows arrivals up to about 610/s, then stays at 609/s: what arrives beyond waits."]
        );
    }

    #[test]
    fn one_level_is_no_story() {
        let summary = Summary { levels: vec![level(100.0, 65_000, 700.0, 0.0)], ..samples::summary() };
        assert_eq!(StoryFigures::of(&summary), None);
    }
}
