//! Which of the baseline commands was typed.

use super::super::error::Error;
use super::super::exit::Exit;
use super::super::output::Output;
use super::{keep, show};
use crate::cli;

pub(in crate::commands) async fn baseline(typed: cli::Baseline, output: Output) -> Result<Exit, Error> {
    match typed {
        cli::Baseline::Record(typed) => keep::record(typed, output).await,
        cli::Baseline::Accept(typed) => keep::accept(&typed, output),
        cli::Baseline::Show(typed) => show::show(&typed, output),
        cli::Baseline::List(typed) => show::list(&typed),
        cli::Baseline::Prune(typed) => keep::prune(&typed, output),
    }
}
