//! A batch of gates: every kind in turn, so that a batch that was stopped is balanced all the same.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::busy::Busy;
use super::kind::Kind;
use super::play::Workshop;
use super::state::{self, Record};
use super::table::table;
use crate::document::write_section;

/// What of each kind to play, and against what.
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// Duets of each kind, unchanged and slower.
    #[arg(long, value_name = "N", default_value_t = 20)]
    duets: u32,
    /// Gates against the stored baseline of each kind, each of up to three runs [default: as many as duets].
    #[arg(long, value_name = "N")]
    runs: Option<u32>,
    /// Jobs in the stored baseline; recorded first where there are fewer.
    #[arg(long, value_name = "N", default_value_t = 10)]
    baseline_jobs: usize,
    /// Threads that compete for the machine.
    #[arg(long, value_name = "N", default_value_t = 1)]
    busy: u32,
    /// Only these kinds.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    only: Vec<Kind>,
    /// The most time of one duet.
    #[arg(long, value_name = "TIME", default_value = "5m")]
    budget: String,
    /// Seed of the first gate.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Where each gate is a line; those that are there are not played again.
    #[arg(long, value_name = "FILE", default_value = "target/lab/live.jsonl")]
    state: PathBuf,
    /// The folder of descriptions, baseline and results.
    #[arg(long, value_name = "DIR", default_value = "target/lab/live")]
    folder: PathBuf,
    /// The binary under test.
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_loadgate"))]
    binary: PathBuf,
    /// Play nothing: the table of what was played.
    #[arg(long)]
    report: bool,
    /// Write the table into docs/trust.md.
    #[arg(long)]
    write: bool,
}

/// Plays what is not played yet, and prints the table.
pub(crate) fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    if !flags.report {
        play(flags)?;
    }
    let records = state::read(&flags.state)?;
    let text = table(&records);
    write!(io::stdout(), "{text}")?;
    if flags.write {
        write_section(Path::new("docs/trust.md"), "live", &text)?;
    }
    Ok(())
}

fn play(flags: &Flags) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = flags.state.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let workshop = Workshop::open(flags.binary.clone(), &flags.folder, &flags.budget)?;
    let done = state::read(&flags.state)?;
    let left: Vec<(u32, Kind)> =
        schedule(flags).filter(|gate| !done.iter().any(|record| (record.number, record.kind) == *gate)).collect();
    writeln!(io::stderr(), "{} gates played, {} to play", done.len(), left.len())?;
    let _competition = Busy::start(flags.busy, flags.seed);
    if left.iter().any(|(_, kind)| !kind.is_duet()) {
        record_baseline(&workshop, flags)?;
    }
    for (number, kind) in left {
        let record = workshop.play(kind, number, flags.busy, seed_of(flags.seed, number, kind))?;
        state::append(&flags.state, &record)?;
        tell(&record)?;
    }
    Ok(())
}

/// Every gate of the batch, in the order of play.
fn schedule(flags: &Flags) -> impl Iterator<Item = (u32, Kind)> {
    let (duets, runs) = (flags.duets, flags.runs.unwrap_or(flags.duets));
    let most = move |kind: Kind| if kind.is_duet() { duets } else { runs };
    let wanted = |kind: &Kind| flags.only.is_empty() || flags.only.contains(kind);
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(wanted).collect();
    (1..=duets.max(runs)).flat_map(move |number| {
        kinds.clone().into_iter().filter(move |kind| number <= most(*kind)).map(move |kind| (number, kind))
    })
}

fn record_baseline(workshop: &Workshop, flags: &Flags) -> Result<(), Box<dyn Error>> {
    for job in workshop.baseline_jobs()..flags.baseline_jobs {
        writeln!(io::stderr(), "baseline: job {} of {}", job + 1, flags.baseline_jobs)?;
        workshop.record_baseline(flags.seed.wrapping_add(1_000_000 + job as u64))?;
    }
    Ok(())
}

/// No two gates share a draw, whatever the number of the first.
fn seed_of(first: u64, number: u32, kind: Kind) -> u64 {
    let place = Kind::ALL.iter().position(|other| *other == kind).unwrap_or(0) as u64;
    first.wrapping_mul(1_000_003).wrapping_add(u64::from(number) * 1_000 + place * 100)
}

fn tell(record: &Record) -> Result<(), Box<dyn Error>> {
    let Record { kind, number, verdict, units, seconds, headline, .. } = record;
    let what = if kind.is_duet() { "blocks" } else { "runs" };
    Ok(writeln!(
        io::stderr(),
        "{:<11} {number:>3}  {verdict:<12} {units:>2} {what:<6} {seconds:>5.0} s  {headline}",
        kind.name()
    )?)
}
