//! `loadgate gate`: play, compare with the baseline, repeat while suspect or let a duet decide, report, exit by the verdict.

use std::path::Path;

use super::baseline;
use super::duet::{Encounter, nothing_measured};
use super::error::Error;
use super::exit::Exit;
use super::history;
use super::output::Output;
use super::recordings;
use super::report::publish;
use super::session::{self, Session};
use crate::baseline::File;
use crate::cli;
use crate::gate::{self, Comparison, Context, Policy};
use crate::plan::DuetChoice;

pub(super) async fn gate(typed: cli::Gate, output: Output) -> Result<Exit, Error> {
    let session = Session::open(typed.play, &typed.out.out, output)?.streaming(&typed.streams)?;
    let Session { config, plan, .. } = &session;
    let policy = session::policy(config, &session.source, plan)?;
    let windows = policy.window_limits(&plan.endpoints);
    let encounter = encounter(&session, &policy)?;
    let file = baseline::file(config, &session.source, &plan.profile, typed.against.baseline.as_deref());
    let baseline = file.read()?;
    let kept = history::kept_file(typed.kept.history.as_deref(), &plan.profile);
    kept.as_ref().map(File::read).transpose()?;
    recordings::prepare(&typed.out.out)?;

    let (mut runs, mut paths) = (Vec::new(), Vec::new());
    loop {
        let number = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        let recording = session.play(number).await?;
        paths.push(recordings::write(&typed.out.out, number, &recording)?);
        history::keep(kept.as_ref(), &recording)?;
        runs.push(recording.run_over(&windows));
        let context = Context {
            seed: session.seed(),
            profile: &plan.profile,
            load: &plan.load,
            baseline_path: Some(file.path()),
            recordings: &paths,
            endpoints: &plan.certain_endpoints(),
        };
        let judged = policy.clone().with_leak(&recording.facts.leak);
        let comparison =
            gate::compare(&runs, &recording.summary(), baseline.as_ref(), &judged, &context).picturing(&recording);
        if comparison.suspect()
            && !session.is_stopping()
            && let Some(encounter) = &encounter
        {
            return escalate(encounter, &comparison, &session, &typed.out.out, typed.against.all, output).await;
        }
        let is_last = session.is_stopping() || number + 1 >= policy.max_runs || !comparison.suspect();
        if is_last {
            publish(&comparison, &typed.out.out, typed.against.all, output)?;
            return Ok(if recording.facts.interrupted { Exit::Interrupted } else { Exit::of_comparison(&comparison) });
        }
        output.note(&format!("{}; run {} of at most {}", comparison.headline, number + 2, policy.max_runs));
    }
}

/// The duet that decides where the gate is suspect; checked before anything is sent.
fn encounter<'a>(session: &'a Session, policy: &Policy) -> Result<Option<Encounter<'a>>, Error> {
    if !policy.duet_when_suspect {
        return Ok(None);
    }
    let choice = DuetChoice { target: session.typed.target.clone(), ..DuetChoice::default() };
    Encounter::new(&session.config, &session.source, &session.typed, session.seed(), &choice).map(Some)
}

/// The stored baseline has screened, cheaply; the duet decides.
async fn escalate(
    encounter: &Encounter<'_>,
    screened: &Comparison,
    session: &Session,
    out: &Path,
    all: bool,
    output: Output,
) -> Result<Exit, Error> {
    output.note(&format!("{}; a duet decides", screened.headline));
    let folder = out.join("duet");
    recordings::prepare(&folder)?;
    let Some((mut comparison, exit)) = Box::pin(encounter.decide(session.stop.clone(), &folder, output)).await? else {
        publish(screened, out, all, output)?;
        return Ok(nothing_measured(output));
    };
    comparison.reasons.insert(0, format!("against the stored baseline: {}", screened.headline));
    publish(&comparison, out, all, output)?;
    Ok(exit)
}
