//! The commands that send load, or serve it: `gate`, `duet`, `run`, `hit`, `demo`.
//!
//! Plain data: what was typed, checked no further than its own text.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::flags::{Against, Kept, Out, Play, Progress, Streams};
use crate::units::{Rate, Span};

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
    /// Where metrics go.
    #[command(flatten)]
    pub streams: Streams,
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
    /// Where metrics go.
    #[command(flatten)]
    pub streams: Streams,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
    /// Start, watch, change and stop the run on a page at this loopback address [default: 127.0.0.1:8089].
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:8089")]
    pub web: Option<SocketAddr>,
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
    /// A host beyond this machine and private networks that may be sent load; repeatable, and never taken from the
    /// environment.
    #[arg(long, value_name = "HOST")]
    pub allow: Vec<String>,
    /// Worker threads [default: one for each CPU].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub workers: Option<u16>,
    /// Seed of every random draw.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How progress is shown on standard error; `auto` is never a screen here.
    #[arg(long, value_enum, default_value_t)]
    pub progress: Progress,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
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
