//! `loadgate lint`: the classic mistakes of a loadgate.toml, with the lines to write; nothing is sent.

use std::io::Write as _;

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use crate::plan::{Choice, Plan};
use crate::report::json;
use crate::{cli, config, lint};

/// What stands for a target that is not there yet: no load goes anywhere.
const NOWHERE: &str = "http://127.0.0.1:1";

pub(super) fn lint(typed: cli::Lint, output: Output) -> Result<Exit, Error> {
    let (config, source) = config::load(&typed.described.config)?;
    let choice = Choice {
        profile: typed.profile,
        target: config.target.url.is_none().then(|| NOWHERE.to_owned()),
        seed: 0,
        base: source.folder().to_owned(),
        only: Vec::new(),
        skip: Vec::new(),
        started_url: Some(NOWHERE.to_owned()),
        environment: |name| std::env::var(name).ok(),
    };
    let plan = Plan::compile(&config, &source, &choice)?;
    let findings = lint::inspect(&config, &source, &plan, None);
    let mut stdout = stdout();
    if typed.json {
        json::render(&findings, &mut stdout)?;
    } else {
        findings.iter().try_for_each(|finding| writeln!(stdout, "{}\n", finding.shown()))?;
        output.note(&match findings.len() {
            0 => format!("{}: no classic mistake in profile {}", source.path().display(), plan.profile),
            1 => "1 classic mistake; one that is meant is allowed by its name: [lint] allow".to_owned(),
            many => format!("{many} classic mistakes; those that are meant are allowed by name: [lint] allow"),
        });
    }
    Ok(if typed.strict && !findings.is_empty() { Exit::Fail } else { Exit::Pass })
}
