//! From what was typed to an exit: the right command on a runtime, its error said.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::Error;
use super::exit::Exit;
use super::output::Output;
use super::{
    baseline, bug, ceiling, comment, compare, completions, demo, duet, explain, gate, history, hit, init, lint, man,
    report, run, schema,
};
use crate::cli::{Cli, Command};
use crate::load;
use crate::report::lines;

/// Carries out what was typed. Errors are said on stderr. A bug that ends it is one too.
#[must_use]
pub fn execute(cli: Cli) -> Exit {
    bug::report_in_place_of_the_default();
    // The demo has no secrets, and is looked into as a target.
    if !matches!(cli.command, Command::Demo(_)) {
        bug::leave_no_core_file();
    }
    catch_unwind(AssertUnwindSafe(|| carry_out(cli))).unwrap_or(Exit::Invalid)
}

fn carry_out(cli: Cli) -> Exit {
    let output = Output::new(cli.quiet, cli.no_color, cli.command.progress());
    match dispatch(cli.command, output) {
        Ok(exit) => exit,
        Err(error) => {
            // What an error quotes may come from anyone. Where even stderr is closed there is nobody to tell.
            let _unheard = writeln!(io::stderr(), "error: {}", lines(&with_causes(&error)));
            Exit::from(&error)
        }
    }
}

/// Files that any command needs; with fewer, tokio panics.
const FEWEST_FILES: usize = 16;

fn dispatch(command: Command, output: Output) -> Result<Exit, Error> {
    if let Some(limit) = load::raised_open_files_limit().filter(|limit| *limit < FEWEST_FILES) {
        let text = format!(
            "this process may open {limit} files and needs {FEWEST_FILES}: raise its hard limit (`ulimit -Hn 1024`)"
        );
        return Err(Error::System(io::Error::other(text)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Gate(typed) => gate::gate(typed, output).await,
            Command::Run(typed) => run::run(typed, output).await,
            Command::Duet(typed) => duet::duet(typed, output).await,
            Command::Ceiling(typed) => ceiling::ceiling(typed, output).await,
            Command::Hit(typed) => hit::hit(typed, output).await,
            Command::Compare(typed) => compare::compare(&typed, output),
            Command::Baseline(typed) => baseline::baseline(typed, output).await,
            Command::History(typed) => history::history(&typed, output),
            Command::Explain(typed) => explain::explain(&typed, output),
            Command::Lint(typed) => lint::lint(typed, output),
            Command::Report(typed) => report::report(&typed, output),
            Command::Demo(typed) => demo::demo(typed, output).await,
            Command::Schema(typed) => schema::schema(&typed),
            Command::Comment(typed) => comment::comment(typed, output).await,
            Command::Init(typed) => init::init(&typed, output).await,
            Command::Completions(typed) => completions::completions(&typed),
            Command::Man(typed) => man::man(&typed, output),
        }
    })
}

/// The error and what caused it, where the cause is not part of its text already.
pub(super) fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}
