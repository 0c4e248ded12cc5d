//! What can be typed: commands, flags and their environment forms.
//!
//! Plain data for `commands`; nothing here is checked beyond its own text.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Arg, ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::units::{Rate, Span};

/// The performance gate for a pipeline: plays an API's users, compares with a baseline, gives a verdict to trust.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(
    after_help = "Exit status: 0 pass, 1 regression or broken limit, 2 usage or configuration (nothing was sent),\n\
    3 the run is not valid, 4 no verdict, 130 interrupted.\n\n\
    Every flag can be given in the environment: --no-color as LOADGATE_NO_COLOR=1, --profile as LOADGATE_PROFILE=smoke.\n\n\
    First steps: `loadgate hit http://127.0.0.1:8000/` measures one URL without any file;\n\
    `loadgate gate` plays ./loadgate.toml and compares with baselines/."
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
    /// What was typed. Wrong usage is explained on stderr and ends the process with status 2.
    #[must_use]
    pub fn typed() -> Self {
        let matches = with_environment(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Gives every flag its environment form: `LOADGATE_` and its name, `-` as `_`.
fn with_environment(command: clap::Command) -> clap::Command {
    let in_environment = |argument: Arg| {
        let Some(flag) = argument.get_long().filter(|flag| !matches!(*flag, "help" | "version")) else {
            return argument;
        };
        let name = format!("LOADGATE_{}", flag.to_uppercase().replace('-', "_"));
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
    /// Play a profile, compare with the baseline, repeat while suspect, write reports, exit by the verdict.
    Gate(Gate),
    /// Play the old build and the new one in turn until the verdict is sure; no stored baseline needed.
    Duet(Duet),
    /// Measure only: play a profile and write the recording.
    Run(Run),
    /// Measure one URL, no file needed.
    Hit(Hit),
    /// The verdict on recordings that exist; nothing is sent.
    Compare(Compare),
    /// Record, accept, show and prune baselines.
    #[command(subcommand)]
    Baseline(Baseline),
    /// What has changed over the runs of a profile, and since which commits; informs, never fails.
    History(History),
    /// How one verdict came about: the runs, the noise, what more would give.
    Explain(Explain),
    /// Render a recording or a comparison again.
    Report(Report),
    /// Serve the built-in demo API.
    Demo(Demo),
    /// Print a JSON Schema.
    Schema(Schema),
}

/// Where users, load and rules are described.
#[derive(Debug, Clone, Args)]
pub struct Described {
    /// The file that describes users, load and rules.
    #[arg(long, value_name = "FILE", default_value = "loadgate.toml")]
    pub config: PathBuf,
}

/// What to play, and how.
#[derive(Debug, Clone, Args)]
pub struct Play {
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// The profile to play [default: `[gate] profile`, else the only one, else `load`].
    #[arg(long, short, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where to send requests, instead of `[target] url`.
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// Seed of every random draw [default: another each time; reports say which].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Worker threads [default: one for each CPU].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub workers: Option<u16>,
    /// A fault of the demo API, where it is the target; repeatable. See `loadgate demo --help`.
    #[arg(long, value_name = "SPEC")]
    pub demo_fault: Vec<String>,
}

/// Where results go.
#[derive(Debug, Clone, Args)]
pub struct Out {
    /// The folder for recordings and reports.
    #[arg(long, value_name = "DIR", default_value = "loadgate-report")]
    pub out: PathBuf,
}

/// What to compare with.
#[derive(Debug, Clone, Args)]
pub struct Against {
    /// The baseline to compare with [default: `<profile>.json` in `[baseline] store`].
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Show every cell, not only those that ask for attention.
    #[arg(long)]
    pub all: bool,
}

/// `gate`.
#[derive(Debug, Args)]
pub struct Gate {
    /// What to play.
    #[command(flatten)]
    pub play: Play,
    /// What to compare with.
    #[command(flatten)]
    pub against: Against,
    /// Where runs are kept for `history`.
    #[command(flatten)]
    pub kept: Kept,
    /// Where results go.
    #[command(flatten)]
    pub out: Out,
}

/// `duet`.
#[derive(Debug, Args)]
#[command(after_help = "What is played is in [duet] of loadgate.toml:\n\n  \
    [duet]\n  build = \"cargo build --release\"\n  candidate = { command = [\"target/release/shop\", \"--port\", \"{port}\"] }\n\n\
    and `loadgate duet --baseline-ref origin/main` plays it beside that commit. --target URL takes the candidate's place;\n\
    --demo-fault is for a candidate that is the demo API.")]
pub struct Duet {
    /// What to play.
    #[command(flatten)]
    pub play: Play,
    /// The commit, branch or tag to check out, build and play as the baseline.
    #[arg(long, value_name = "REF")]
    pub baseline_ref: Option<String>,
    /// The most time to take, builds not counted [default: as long as all blocks take].
    #[arg(long, value_name = "TIME")]
    pub budget: Option<Span>,
    /// Show every cell, not only those that ask for attention.
    #[arg(long)]
    pub all: bool,
    /// Where results go.
    #[command(flatten)]
    pub out: Out,
}

/// `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// What to play.
    #[command(flatten)]
    pub play: Play,
    /// Where results go.
    #[command(flatten)]
    pub out: Out,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
}

/// How to get to the target.
#[derive(Debug, Clone, Args)]
pub struct Way {
    /// Accept any TLS certificate.
    #[arg(long, short = 'k')]
    pub insecure: bool,
    /// Speak HTTP/2.
    #[arg(long)]
    pub http2: bool,
    /// The proxy to go through: http://, https://, socks5:// or socks5h://.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub proxy: Option<String>,
    /// The unix socket to connect to, instead of the URL's host and port.
    #[arg(long, value_name = "PATH")]
    pub unix_socket: Option<PathBuf>,
    /// The address to connect to, instead of looking the URL's host up.
    #[arg(long, value_name = "HOST=ADDRESS")]
    pub resolve: Option<String>,
}

/// `hit`.
#[derive(Debug, Args)]
pub struct Hit {
    /// The URL.
    pub url: String,
    /// Virtual users: each waits for its answer before it asks again.
    #[arg(long, short, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub users: u32,
    /// Arrival rate (open model), such as 500/s: starts do not wait for answers.
    #[arg(long, short, value_name = "RATE", conflicts_with = "users")]
    pub rate: Option<Rate>,
    /// Most virtual users that arrivals may use at once.
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "rate")]
    pub max_users: u32,
    /// How long to measure, warm-up included.
    #[arg(long, short, value_name = "TIME", default_value = "10s")]
    pub duration: Span,
    /// How long to leave out at the start.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub warmup: Span,
    /// Stop after so many requests.
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: Option<u64>,
    /// The method.
    #[arg(long, short, value_name = "METHOD", default_value = "GET")]
    pub method: String,
    /// A header, such as 'Accept: text/html'; repeatable.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// The body to send.
    #[arg(long, value_name = "TEXT")]
    pub body: Option<String>,
    /// Longest wait for an answer.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub timeout: Span,
    /// Longest wait for a connection.
    #[arg(long, value_name = "TIME", default_value = "3s")]
    pub connect_timeout: Span,
    /// Redirects to follow in a row, each recorded on its own.
    #[arg(long, short = 'L', value_name = "N", default_value_t = 0)]
    pub redirects: u32,
    /// Open a new connection for each request.
    #[arg(long)]
    pub no_keep_alive: bool,
    /// How to get there.
    #[command(flatten)]
    pub way: Way,
    /// Worker threads [default: one for each CPU].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub workers: Option<u16>,
    /// Seed of every random draw.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// Recordings of the candidate, one for each run; or the duet.json of a duet.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// What to compare with.
    #[command(flatten)]
    pub against: Against,
    /// Where results go.
    #[command(flatten)]
    pub out: Out,
}

/// `baseline …`.
#[derive(Debug, Subcommand)]
pub enum Baseline {
    /// Play the profile several times and accept the runs: for a first baseline, and after a release.
    Record(Record),
    /// Add recordings that exist.
    Accept(Accept),
    /// Show a baseline: its runs, and the smallest change it can tell from noise.
    Show(Stored),
    /// List the baselines.
    List(Described),
    /// Drop all but the newest runs.
    Prune(Prune),
}

/// `baseline record`.
#[derive(Debug, Args)]
pub struct Record {
    /// What to play.
    #[command(flatten)]
    pub play: Play,
    /// Where baselines are kept.
    #[command(flatten)]
    pub store: Store,
    /// Where recordings go.
    #[command(flatten)]
    pub out: Out,
    /// How often to play.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub runs: u32,
    /// Start the baseline anew instead of adding to it.
    #[arg(long)]
    pub replace: bool,
}

/// `baseline accept`.
#[derive(Debug, Args)]
pub struct Accept {
    /// Recordings to accept.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// Where baselines are kept.
    #[command(flatten)]
    pub store: Store,
    /// Start the baseline anew instead of adding to it.
    #[arg(long)]
    pub replace: bool,
}

/// The baseline of a profile: `baseline show`.
#[derive(Debug, Args)]
pub struct Stored {
    /// The profile [default: `[gate] profile`, else the only one, else `load`].
    #[arg(long, short, value_name = "NAME")]
    pub profile: Option<String>,
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// Where baselines are kept.
    #[command(flatten)]
    pub store: Store,
}

/// `baseline prune`.
#[derive(Debug, Args)]
pub struct Prune {
    /// The baseline.
    #[command(flatten)]
    pub stored: Stored,
    /// Runs to keep [default: `[baseline] keep`, else 20].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
}

/// Where a baseline is kept.
#[derive(Debug, Clone, Args)]
pub struct Store {
    /// The baseline's file [default: `<profile>.json` in `[baseline] store`].
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// Where the runs of a pipeline are kept.
#[derive(Debug, Clone, Args)]
pub struct Kept {
    /// The file in which `gate` keeps its valid runs and `history` finds them; it need not exist yet.
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
}

/// `history`.
#[derive(Debug, Args)]
pub struct History {
    /// Recordings to take in besides the runs that are kept.
    #[arg(value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The baseline whose accepted runs are taken in.
    #[command(flatten)]
    pub stored: Stored,
    /// Where the runs of the pipeline are kept.
    #[command(flatten)]
    pub kept: Kept,
    /// The tag, branch or commit to measure creep from [default: the last release, else the oldest jobs].
    #[arg(long, value_name = "REF")]
    pub anchor: Option<String>,
    /// This endpoint alone.
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    /// This metric alone [default: p50, p95, `error_rate`, rps and `rps_ceiling`].
    #[arg(long, value_name = "NAME")]
    pub metric: Option<String>,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
    /// Write a chart.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Show every row, not only those in which something was found.
    #[arg(long)]
    pub all: bool,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A comparison.json.
    pub comparison: PathBuf,
    /// The endpoint; `(all)` is the whole run [default: what the headline speaks of].
    pub endpoint: Option<String>,
    /// The metric, such as p95 or `error_rate` [default: the endpoint's most troubled].
    pub metric: Option<String>,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// A recording.json or a comparison.json.
    pub file: PathBuf,
    /// The form to give it.
    #[arg(long, short, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// Show every cell, not only those that ask for attention.
    #[arg(long)]
    pub all: bool,
}

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As `gate` and `run` print it.
    Terminal,
    /// As a pull-request comment.
    Markdown,
    /// As test results.
    Junit,
    /// As it is stored.
    Json,
}

/// `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Faults: ROUTE:EFFECT, where ROUTE is `*` or one such as `POST /orders`:\n  \
    'POST /orders:delay=x1.5'  'GET /products:delay=+30ms'  '*:tail=1%,x3'  'GET /products:errors=5%'\n  \
    '*:errors=20%,burst'  '*:pool=10'  '*:leak=64KiB'  '*:reset=1%'  '*:stall=1%'")]
pub struct Demo {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// A fault; repeatable.
    #[arg(long = "fault", value_name = "SPEC")]
    pub faults: Vec<String>,
    /// Seed of the simulated work.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Stop when standard input ends: for a parent that must not leave it behind.
    #[arg(long, hide = true)]
    pub watch_stdin: bool,
}

/// `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// What to describe.
    #[arg(value_enum, default_value_t = Shape::Loadgate)]
    pub shape: Shape,
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// loadgate.toml.
    Loadgate,
    /// recording.json.
    Recording,
    /// comparison.json.
    Comparison,
    /// A baseline.
    Baseline,
    /// duet.json.
    Duet,
}
