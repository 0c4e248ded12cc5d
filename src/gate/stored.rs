//! comparison.json, read: by whoever renders it again, from whoever wrote it.
//!
//! In: bytes. Out: a [`Comparison`] with which everything can be done that is done with one, or why it is none. Judges
//! no cell anew.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};

use super::comparison::{Basis, Cell, Comparison, DuetFacts, FORMAT};
use crate::intake;

/// Most that a figure is: what is computed of some thousands of them is finite.
const MOST: f64 = 1e30;

/// Most blocks of a duet, and values that a cell rests on: all pairs of them are looked at.
const MOST_BLOCKS: usize = 1_000;

/// Why a comparison.json can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A newer loadgate wrote it.
    #[error("{}: written in comparison format {found}, and this loadgate reads up to {FORMAT}; update loadgate", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it is in.
        found: u64,
    },
    /// It is not whole, or not as loadgate wrote it.
    #[error("{}: a damaged comparison; make it again with `loadgate compare`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where reading ended.
        source: serde_json::Error,
    },
}

/// What tells a comparison from other JSON.
#[derive(Deserialize)]
struct Mark {
    verdict: Option<IgnoredAny>,
    format: Option<u64>,
}

impl Comparison {
    /// Reads the bytes of a comparison.json; none where they are something else. `path` is only named in errors.
    ///
    /// # Errors
    /// A comparison of a newer format, or a damaged one.
    pub fn from_json(bytes: &[u8], path: &Path) -> Result<Option<Self>, Error> {
        match serde_json::from_slice(bytes) {
            Ok(Mark { verdict: Some(_), format: Some(found) }) if found > u64::from(FORMAT) => {
                Err(Error::Newer { path: path.to_owned(), found })
            }
            Ok(Mark { verdict: Some(_), .. }) => {
                read(bytes).map(Some).map_err(|source| Error::Damaged { path: path.to_owned(), source })
            }
            Ok(_) | Err(_) => Ok(None),
        }
    }
}

fn read(bytes: &[u8]) -> Result<Comparison, serde_json::Error> {
    intake::look_over(bytes, intake::COMPARISON, &mut |_| Ok(()))?;
    let comparison: Comparison = serde_json::from_slice(bytes)?;
    check(&comparison).map_err(serde_json::Error::custom)?;
    Ok(comparison)
}

/// What is wrong with a comparison that was read, if anything.
fn check(comparison: &Comparison) -> Result<(), String> {
    if comparison.format == 0 {
        return Err("its format is 0".to_owned());
    }
    comparison.duet.as_ref().map_or(Ok(()), check_duet)?;
    for cell in &comparison.cells {
        check_cell(cell).map_err(|why| format!("{} of {:?}: {why}", cell.metric, cell.endpoint))?;
    }
    Ok(())
}

fn check_duet(duet: &DuetFacts) -> Result<(), String> {
    if usize::try_from(duet.blocks).is_ok_and(|blocks| blocks > MOST_BLOCKS) || duet.looks.len() > MOST_BLOCKS {
        return Err(format!("a duet of more than {MOST_BLOCKS} blocks"));
    }
    figure("the level of the bounds", duet.level, 0.0..=1.0)?;
    [duet.slot_s, duet.warmup_s, duet.block_s].into_iter().try_for_each(|span_s| figure("a span", span_s, 0.0..=MOST))
}

fn check_cell(cell: &Cell) -> Result<(), String> {
    if cell.unit != cell.metric.unit() {
        return Err("it has the unit of another metric".to_owned());
    }
    for value in cell.base.into_iter().chain(cell.candidate) {
        figure("its value", value, cell.metric.figures())?;
    }
    cell.basis.as_ref().map_or(Ok(()), |basis| check_basis(cell, basis))
}

fn check_basis(cell: &Cell, basis: &Basis) -> Result<(), String> {
    let values = || basis.baseline.iter().chain(&basis.candidate).flatten();
    if values().count() > 2 * MOST_BLOCKS || basis.baseline.len() + basis.candidate.len() > 2 * MOST_BLOCKS {
        return Err(format!("it rests on more than {} values", 2 * MOST_BLOCKS));
    }
    for value in values() {
        figure("a value that it rests on", *value, cell.metric.figures())?;
    }
    if let Some(noise) = &basis.noise {
        let deviations =
            [noise.pooled_sd, noise.repeat_sd, noise.within_run_sd, noise.assumed_sd, noise.standard_error];
        for value in deviations.into_iter().chain([noise.own_freedom, noise.freedom]).chain(noise.own_sd) {
            figure("its noise", value, 0.0..=MOST)?;
        }
    }
    for value in basis.worth.iter().flat_map(|worth| [worth.baseline, worth.candidate]) {
        figure("what its requests are worth", value, 0.0..=MOST)?;
    }
    basis.chance.map_or(Ok(()), |chance| figure("its chance", chance, 0.0..=1.0))
}

fn figure(what: &str, value: f64, range: RangeInclusive<f64>) -> Result<(), String> {
    if range.contains(&value) { Ok(()) } else { Err(format!("{what} is {value}")) }
}
