//! A campaign: every scenario once, on all cores, and what follows from them.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use super::journal::Journal;
use super::scenario::{self, Scenario};
use super::tally::{Rule, Tally};
use super::targets::{self, Target};
use super::{chart, tables, trial};
use crate::document::write_section;

/// How much to simulate, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// Gates of the scenarios that targets are about; others take a part of that.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    gates: u32,
    /// The targets and runs from samples alone: a few minutes.
    #[arg(long)]
    small: bool,
    /// Only scenarios whose names hold this text, such as `Duet Shared`.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Threads [default: one for each CPU].
    #[arg(long, value_name = "N")]
    threads: Option<u32>,
    /// The folder of the journal: what is in it is not simulated again.
    #[arg(long, value_name = "DIR", default_value = "target/lab")]
    out: PathBuf,
    /// Write tables and picture into docs/.
    #[arg(long)]
    write: bool,
}

/// Simulates what is not simulated yet. False where a target is missed.
pub(crate) fn run(flags: &Flags) -> Result<bool, Box<dyn Error>> {
    let scenarios = if flags.small { scenario::small(flags.gates) } else { scenario::full(flags.gates) };
    let scenarios: Vec<Scenario> = scenarios.into_iter().filter(|one| one.key().contains(&flags.only)).collect();
    let mut journal = Journal::open(&flags.out)?;
    let mut found: Vec<(Scenario, Tally)> = Vec::new();
    for (number, scenario) in (1..).zip(&scenarios) {
        let tally = if let Some(known) = journal.find(scenario) {
            known.clone()
        } else {
            let started = Instant::now();
            let tally = simulate(*scenario, flags.threads)?;
            journal.add(*scenario, tally.clone())?;
            tell(number, scenarios.len(), scenario, &tally, started.elapsed().as_secs_f64())?;
            tally
        };
        found.push((*scenario, tally));
    }
    if flags.write {
        write(&found)?;
    }
    let targets = targets::all(&found);
    write!(io::stdout(), "{}", targets::text(&targets))?;
    Ok(targets.iter().all(Target::holds))
}

/// All gates of a scenario, dealt to threads. Counts add up to the same, whoever counted.
fn simulate(scenario: Scenario, threads: Option<u32>) -> Result<Tally, Box<dyn Error>> {
    let cpus = || thread::available_parallelism().ok().and_then(|cpus| u32::try_from(cpus.get()).ok());
    let threads = threads.or_else(cpus).unwrap_or(1).max(1);
    let deal = |first: u32| -> Result<Tally, Box<dyn Error + Send + Sync>> {
        let mut tally = Tally::default();
        for number in (first..scenario.gates).step_by(usize::try_from(threads)?) {
            tally.add(&trial::play(scenario, number)?);
        }
        Ok(tally)
    };
    thread::scope(|scope| {
        let dealt: Vec<_> = (0..threads).map(|first| scope.spawn(move || deal(first))).collect();
        let mut all = Tally::default();
        for thread in dealt {
            let tally = thread.join().map_err(|_panic| "a thread of the lab panicked")?;
            all.add(&tally.map_err(|error| error.to_string())?);
        }
        Ok(all)
    })
}

fn tell(number: usize, of: usize, scenario: &Scenario, tally: &Tally, seconds: f64) -> io::Result<()> {
    let told = |rule| tally.rules.get(&rule).map_or(0.0, |verdicts| verdicts.failing() * 100.0);
    let ours = [Rule::Stored, Rule::Repeated, Rule::Duet].map(told).into_iter().fold(0.0, f64::max);
    writeln!(
        io::stderr(),
        "{number}/{of} {}: {} gates in {seconds:.1} s, FAIL {ours:.2}%",
        scenario.key(),
        scenario.gates
    )
}

fn write(found: &[(Scenario, Tally)]) -> Result<(), Box<dyn Error>> {
    let document = Path::new("docs/trust.md");
    for (section, text) in tables::sections(found) {
        write_section(document, section, &text)?;
    }
    Ok(std::fs::write("docs/images/power.svg", chart::power(found))?)
}
