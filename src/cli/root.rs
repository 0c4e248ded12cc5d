//! The command line as a whole: which command, and what holds for all of them.
//!
//! In: the process's arguments and environment. Out: a [`Cli`]. Every flag has its environment form from its name here.

use std::io::Write;

use clap::builder::FalseyValueParser;
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::baselines::Baseline;
use super::ceiling::Ceiling;
use super::comment::Comment;
use super::flags::Progress;
use super::played::{Demo, Duet, Gate, Hit, Run};
use super::results::{Compare, Explain, History, Lint, Report, Schema};
use super::setup::{Completions, Init, Man};

/// The performance gate for a pipeline: plays an API's users, compares with a baseline, gives a verdict to trust.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, disable_help_subcommand = true)]
#[command(
    after_help = "Exit status: 0 pass, 1 regression or broken limit, 2 usage or configuration (nothing was sent),\n\
    3 the run is not valid, 4 no verdict, 130 interrupted.\n\n\
    Every flag but --allow can be given in the environment: --no-color as LOADGATE_NO_COLOR=1, --profile as LOADGATE_PROFILE=smoke."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Say nothing on stderr but errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Use no colour. `NO_COLOR` does the same.
    #[arg(long, global = true)]
    pub no_color: bool,
}

impl Cli {
    /// What was typed. Wrong usage is explained on stderr and ends the process with status 2; nothing at all is met by the
    /// first steps.
    #[must_use]
    pub fn typed() -> Self {
        if std::env::args_os().len() < 2 {
            // Where even stderr is closed there is nobody to tell.
            let _unheard = std::io::stderr().write_all(FIRST_STEPS.as_bytes());
            std::process::exit(2);
        }
        let matches = with_environment(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// What a newcomer reads first. One who has used it for a year knows what is missing.
const FIRST_STEPS: &str = "\
loadgate plays your API's users, compares with a baseline, and gives a verdict to trust.

One URL, without a file:
  loadgate hit http://127.0.0.1:8000/

A gate, in four steps:
  loadgate init                   writes a loadgate.toml; it plays a demo API until you name yours
  loadgate run --profile smoke    does every request succeed?
  loadgate baseline record        what is normal?
  loadgate gate                   plays, compares, and exits by the verdict

loadgate --help lists every command, loadgate COMMAND --help explains one.
";

/// Flags without an environment form. Permission to load a host is one: it would outlive what it was given for.
const NOT_IN_ENVIRONMENT: [&str; 3] = ["help", "version", "allow"];

/// Gives every flag its environment form: `LOADGATE_` and its name, `-` as `_`; unless it names one itself.
pub(super) fn with_environment(command: clap::Command) -> clap::Command {
    let in_environment = |argument: Arg| {
        let Some(flag) = argument.get_long().filter(|flag| !NOT_IN_ENVIRONMENT.contains(flag)) else {
            return argument;
        };
        let name = format!("LOADGATE_{}", flag.to_uppercase().replace('-', "_"));
        let name = argument.get_env().map_or_else(|| name.into(), ToOwned::to_owned);
        let argument = argument.env(name).hide_env(true);
        if matches!(argument.get_action(), ArgAction::SetTrue) {
            argument.value_parser(FalseyValueParser::new())
        } else {
            argument
        }
    };
    command.mut_args(in_environment).mut_subcommands(with_environment)
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a loadgate.toml to start from, or one from an OpenAPI document.
    Init(Init),
    /// Measure one URL, no file needed.
    Hit(Hit),
    /// Measure only: play a profile and write the recording.
    Run(Run),
    /// Record, accept, show and prune baselines.
    #[command(subcommand)]
    Baseline(Baseline),
    /// Play a profile, compare with the baseline, exit by the verdict.
    ///
    /// The main job: a suspect run is repeated, or decided by a duet; reports are written for people and for machines.
    Gate(Gate),
    /// Play the old build and the new one in turn until the verdict is sure.
    ///
    /// No stored baseline is needed: both builds run on this machine, so its noise meets both.
    Duet(Duet),
    /// Search the highest rate at which response times and errors keep an objective.
    Ceiling(Ceiling),
    /// The verdict on recordings that exist; nothing is sent.
    Compare(Compare),
    /// How one verdict came about: the runs, the noise, what more would give.
    Explain(Explain),
    /// What has changed over many runs, and since which commits; informs, never fails.
    History(History),
    /// Point out the classic mistakes of a loadgate.toml; nothing is sent.
    Lint(Lint),
    /// Render a recording or a comparison again.
    Report(Report),
    /// Write a comparison as the comment of a GitHub pull request.
    ///
    /// The comment that is there is edited in place; there is one for each profile.
    Comment(Comment),
    /// Serve the built-in demo API.
    Demo(Demo),
    /// Print a JSON Schema.
    Schema(Schema),
    /// Print what makes a shell complete commands and flags.
    Completions(Completions),
    /// Print the man page, or write one for each command.
    Man(Man),
}

impl Command {
    /// How progress is to be shown.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match self {
            Self::Gate(gate) => gate.play.progress,
            Self::Duet(duet) => duet.play.progress,
            Self::Run(run) => run.play.progress,
            Self::Ceiling(ceiling) => ceiling.play.progress,
            Self::Baseline(Baseline::Record(record)) => record.play.progress,
            // Of one URL there is little to see.
            Self::Hit(hit) if hit.progress == Progress::Auto => Progress::Line,
            Self::Hit(hit) => hit.progress,
            _ => Progress::Auto,
        }
    }
}
