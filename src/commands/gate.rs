//! `loadgate gate`: play, compare with the baseline, repeat while suspect, report, exit by the verdict.

use super::baseline;
use super::error::Error;
use super::exit::Exit;
use super::output::Output;
use super::recordings;
use super::report::publish;
use super::session::Session;
use crate::cli;
use crate::gate::{self, Context, Policy};
use crate::plan::Shape;

pub(super) async fn gate(typed: cli::Gate, output: Output) -> Result<Exit, Error> {
    let session = Session::open(typed.play, output)?;
    let Session { config, plan, .. } = &session;
    let is_open_model = matches!(plan.shape, Shape::Rate { .. });
    let policy =
        Policy::compile(&config.gate, &config.baseline, &plan.endpoints, is_open_model, Some(&session.source))?;
    let file = baseline::file(config, &session.source, &plan.profile, typed.against.baseline.as_deref());
    let baseline = file.read()?;
    recordings::prepare(&typed.out.out)?;

    let (mut runs, mut paths) = (Vec::new(), Vec::new());
    loop {
        let number = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        let recording = session.play(number).await?;
        paths.push(recordings::write(&typed.out.out, number, &recording)?);
        runs.push(recording.run());
        let context = Context {
            seed: session.seed(),
            profile: &plan.profile,
            load: &plan.load,
            baseline_path: Some(file.path()),
            recordings: &paths,
            endpoints: &plan.endpoints,
        };
        let comparison = gate::compare(&runs, &recording.summary(), baseline.as_ref(), &policy, &context);
        let is_last = session.is_stopping() || number + 1 >= policy.max_runs || !comparison.suspect();
        if is_last {
            publish(&comparison, &typed.out.out, typed.against.all, output)?;
            return Ok(if recording.facts.interrupted { Exit::Interrupted } else { Exit::of_comparison(&comparison) });
        }
        output.note(&format!("{}; run {} of at most {}", comparison.headline, number + 2, policy.max_runs))?;
    }
}
