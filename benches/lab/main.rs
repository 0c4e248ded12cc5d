//! The lab: the gate tested like an instrument.
//!
//! In: `synthetic` or `live`, and flags. Out: how often each rule cries wolf, how often it sees one, and how often it can't
//! tell, as tables in docs/trust.md. Exits 1 where the gate misses a target. Ships in no binary.

mod document;
mod live;
mod synthetic;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The gate tested like an instrument.
#[derive(Debug, Parser)]
#[command(name = "lab")]
struct Typed {
    #[command(subcommand)]
    part: Option<Part>,
    /// Added by cargo to every bench.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Services whose noise is drawn, judged by loadgate and by the rules of other gates.
    Synthetic(synthetic::Flags),
    /// The built binary on its own demo API, under a competing load: duets and stored gates, unchanged and slower.
    Live(live::Flags),
}

fn main() -> ExitCode {
    let ended = match Typed::parse().part {
        Some(Part::Synthetic(flags)) => synthetic::run(&flags),
        Some(Part::Live(flags)) => live::run(&flags).map(|()| true),
        None => idle().map(|()| true),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Standard error that is gone has no other place to be told.
            let _unsaid = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A plain `cargo bench` runs every bench, and the lab takes too long for that.
fn idle() -> Result<(), Box<dyn Error>> {
    Ok(writeln!(io::stdout(), "lab: `just lab-small` and `just lab` test the gate, `just lab-live` its binary")?)
}
