//! `loadgate run --web`: runs started, watched, changed and stopped on a page.
//!
//! Each is what `run` plays, with its recording in `--out` and its report on stdout. Signals end the run under way, and then
//! the page.

use std::net::SocketAddr;
use std::pin::pin;

use tokio::sync::watch;

use super::error::Error;
use super::execute::with_causes;
use super::exit::Exit;
use super::output::Output;
use super::run;
use super::session::Session;
use crate::gate::Comparison;
use crate::live::web::{About, Download, Ending, Load, LoadUnit, Order, Page, Phase};
use crate::load::{Stop, most_level};
use crate::measure::Recording;
use crate::plan::Shape;
use crate::{cli, report};

pub(super) async fn web(
    mut session: Session,
    typed: &cli::Run,
    address: SocketAddr,
    output: Output,
) -> Result<Exit, Error> {
    if session.plan.search.is_some() {
        let profile = &session.plan.profile;
        return Err(Error::Typed(format!(
            "profile `{profile}` is a search, which moves the load by itself: run it without --web"
        )));
    }
    let page = Page::open(address, about(&session)).await.map_err(|refused| Error::Typed(refused.to_string()))?;
    output.note(&format!("open {}\nand press Start there; Ctrl-C ends", page.url()));
    let (stop, told) = watch::channel(Stop::No);
    let signals = std::mem::replace(&mut session.stop, told);
    let mut stage = Stage { session, page, typed, output, stop, signals };
    let mut last = Exit::Pass;
    for number in 0.. {
        if !stage.is_started().await {
            break;
        }
        last = stage.play(number).await?;
        if *stage.signals.borrow() != Stop::No {
            break;
        }
    }
    Ok(last)
}

/// What the page shows before anything is played.
fn about(session: &Session) -> About {
    let plan = &session.plan;
    let target = session.typed.target.as_ref().or(session.config.target.url.as_ref());
    let target = target.map_or("a target that is started for each run", String::as_str);
    About {
        profile: report::sentence(&plan.profile),
        target: if target == "demo" { "the demo API".to_owned() } else { report::sentence(target) },
        load: Load {
            told: plan.load.clone(),
            unit: match plan.shape {
                Shape::Users(_) => LoadUnit::Users,
                Shape::Rate { .. } => LoadUnit::PerSecond,
            },
            level: plan.shape.stages().peak(),
            most: most_level(plan, session.workers()),
            may_change: plan.iterations.is_none(),
        },
        duration_s: plan.shape.stages().total().as_secs_f64(),
        warmup_s: plan.warmup.as_secs_f64(),
        endpoints: plan.endpoints.clone(),
    }
}

/// The page, and the session whose runs it shows.
struct Stage<'a> {
    session: Session,
    page: Page,
    typed: &'a cli::Run,
    output: Output,
    /// Stops the run under way.
    stop: watch::Sender<Stop>,
    signals: watch::Receiver<Stop>,
}

impl Stage<'_> {
    /// Waits for Start; false where a signal comes first.
    async fn is_started(&mut self) -> bool {
        loop {
            let asked = tokio::select! {
                asked = self.page.asked() => asked,
                Ok(_) = self.signals.wait_for(|told| *told != Stop::No) => return false,
            };
            if asked.order == Order::Start {
                asked.answer(Ok(()));
                return true;
            }
            asked.answer(Err("no run is under way".to_owned()));
        }
    }

    /// Plays one run, and keeps what it measured.
    async fn play(&mut self, number: u32) -> Result<Exit, Error> {
        let show = self.page.show();
        show.starting();
        show.level(self.session.plan.shape.stages().peak());
        self.stop.send_replace(Stop::No);
        let (level, wanted) = watch::channel(None);
        self.session.company = Some((show.clone(), wanted));
        let played = {
            let mut played = pin!(self.session.play(number));
            loop {
                let asked = tokio::select! {
                    played = &mut played => break played,
                    asked = self.page.asked() => asked,
                    Ok(()) = self.signals.changed() => {
                        self.stop.send_replace(*self.signals.borrow_and_update());
                        continue;
                    }
                };
                let answer = match asked.order {
                    Order::Start => Err("a run is under way: stop it first".to_owned()),
                    Order::Stop => {
                        let further = if *self.stop.borrow() == Stop::No { Stop::Gracefully } else { Stop::Now };
                        self.stop.send_replace(further);
                        Ok(())
                    }
                    Order::Level(asked) => self.change(asked).map(|asked| {
                        level.send_replace(Some(asked));
                        show.level(asked);
                    }),
                };
                asked.answer(answer);
            }
        };
        match played {
            Ok(recording) => {
                let (ending, files) = self.ending(&recording)?;
                show.over(ending, files);
                run::keep_and_show(&recording, number, self.typed, self.output)
            }
            Err(error) => {
                let headline = with_causes(&error);
                self.output.note(&format!("error: {headline}"));
                let headline = report::sentence(&headline);
                let ending = Ending { headline, phase: Phase::Failed, reasons: Vec::new(), files: Vec::new() };
                show.over(ending, Vec::new());
                Ok(Exit::from(&error))
            }
        }
    }

    /// A level that was asked for, where it may be played.
    fn change(&self, level: f64) -> Result<f64, String> {
        let plan = &self.session.plan;
        let most = most_level(plan, self.session.workers());
        if plan.iterations.is_some() {
            return Err("this profile plays a fixed number of iterations, which were dealt out to its users".to_owned());
        }
        if *self.stop.borrow() != Stop::No {
            return Err("the run is stopping".to_owned());
        }
        if level > most {
            let why = match plan.shape {
                Shape::Users(_) => "more users than this process may open files for; raise `ulimit -n`",
                Shape::Rate { .. } => "more starts than one machine makes",
            };
            return Err(format!("{most} is the most: beyond are {why}"));
        }
        Ok(match plan.shape {
            Shape::Users(_) => level.round(),
            Shape::Rate { .. } => level,
        })
    }

    /// How a run ended, and its reports.
    fn ending(&self, recording: &Recording) -> Result<(Ending, Vec<Download>), Error> {
        let comparison = Comparison::alone(recording);
        let mut files = vec![Download { name: "recording.json", bytes: recording.to_json()? }];
        let reports = report::files(&comparison, &self.typed.out.out)?;
        files.extend(reports.into_iter().map(|(name, bytes)| Download { name, bytes }));
        let facts = &recording.facts;
        let (phase, headline) = match (facts.interrupted, facts.valid) {
            (true, _) => (Phase::Stopped, "stopped before its time".to_owned()),
            (false, true) => (Phase::Done, comparison.headline.clone()),
            (false, false) => (Phase::Failed, "these figures can't be used".to_owned()),
        };
        let ending = Ending {
            headline,
            phase,
            reasons: facts.reasons.iter().map(|reason| report::sentence(reason)).collect(),
            files: files.iter().map(|file| file.name).collect(),
        };
        Ok((ending, files))
    }
}
