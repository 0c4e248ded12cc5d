//! `loadgate comment`: a comparison as the comment of a pull request.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use crate::cli;
use crate::gate::Comparison;
use crate::intake;
use crate::publish::github::{Access, Api, Comment, Event, Place, Published, Pull};
use crate::report::View;

pub(super) async fn comment(typed: cli::Comment, output: Output) -> Result<Exit, Error> {
    let path = &typed.comparison;
    let bytes = intake::read(path, intake::COMPARISON)?;
    let comparison = Comparison::from_json(&bytes, path)?.ok_or_else(|| {
        Error::Typed(format!("{} is no comparison.json; `gate`, `compare` and `duet` write one", path.display()))
    })?;
    let comment = Comment::of(&View::of_file(&comparison, path))?;
    if typed.dry_run {
        stdout().write_all(comment.body.as_bytes())?;
        return Ok(Exit::Pass);
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let place = place(&typed, &comparison, &variable)?;
    let api = Api::open(Access::detect(variable)?, Duration::from_secs(typed.timeout))?;
    match comment.publish(&api, &place).await? {
        Published::Created(address) => writeln!(stdout(), "created {address}")?,
        Published::Updated(address) => writeln!(stdout(), "updated {address}")?,
        Published::Unchanged(address) => writeln!(stdout(), "unchanged {address}")?,
        Published::Outdated { measured, head } => output.note(&format!(
            "nothing published: {measured} was measured, and the pull request is at {head} by now; its own run will comment"
        )),
        Published::NoPull(branch) => {
            output.note(&format!("nothing published: there is no open pull request from {branch}"));
        }
    }
    Ok(Exit::Pass)
}

/// Where the comment belongs: what was typed, else what the workflow runs for.
fn place(
    typed: &cli::Comment,
    comparison: &Comparison,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<Place, Error> {
    let repository = typed.repo.clone().or_else(|| variable("GITHUB_REPOSITORY"));
    let event = match variable("GITHUB_EVENT_PATH") {
        Some(path) => Event::read(&intake::read(Path::new(&path), intake::EVENT)?),
        None => Event::default(),
    };
    let pull = typed.pr.map(Pull::Number).or(event.pull);
    Ok(Place {
        repository: repository.ok_or_else(|| {
            Error::Typed("which repository? Give --repo owner/name; in GitHub Actions GITHUB_REPOSITORY says it".to_owned())
        })?,
        pull: pull.ok_or_else(|| {
            Error::Typed(
                "which pull request? Give --pr N; a workflow that runs on `pull_request`, or on `workflow_run` after one, \
                 knows it"
                    .to_owned(),
            )
        })?,
        commit: typed.commit.clone().or(event.head).or_else(|| comparison.candidate.commit.clone()),
        author: typed.author.clone(),
    })
}
