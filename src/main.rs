//! The `loadgate` binary: what was typed, carried out; its exit status.

use std::process::ExitCode;

use loadgate::cli::Cli;
use loadgate::commands;

fn main() -> ExitCode {
    ExitCode::from(commands::execute(Cli::typed()).status())
}
