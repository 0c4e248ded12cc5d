//! Recordings on disk: written whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::baseline::write_atomically;
use crate::intake;
use crate::measure::{Duet, Recording};

/// Makes sure that results can be written, before anything is sent.
pub(super) fn prepare(out: &Path) -> Result<(), Error> {
    let cannot =
        |source| Error::Typed(format!("cannot write to {}: {source}; name another folder with --out", out.display()));
    fs::create_dir_all(out).map_err(cannot)?;
    tempfile::tempfile_in(out).map(drop).map_err(cannot)
}

/// Writes a run's recording: `recording.json` for the first, `recording-2.json` for the next. The first takes the
/// place of all that an earlier command left, so that none of those is taken for a repeat of it.
pub(super) fn write(out: &Path, number: u32, recording: &Recording) -> Result<PathBuf, Error> {
    let path = path(out, number);
    write_atomically(&path, &recording.to_json()?)?;
    if number == 0 {
        let earlier = (1..).map(|number| self::path(out, number));
        earlier.take_while(|path| path.exists()).try_for_each(fs::remove_file)?;
    }
    Ok(path)
}

/// Where a run's recording is.
pub(super) fn path(out: &Path, number: u32) -> PathBuf {
    out.join(if number == 0 { "recording.json".to_owned() } else { format!("recording-{}.json", number + 1) })
}

/// Reads a recording.
pub(super) fn read(path: &Path) -> Result<Recording, Error> {
    Ok(Recording::from_json(&intake::read(path, intake::RECORDING)?, path)?)
}

/// Reads a duet; none where the file is something else.
pub(super) fn read_duet(path: &Path) -> Result<Option<Duet>, Error> {
    Ok(Duet::from_json(&intake::read(path, intake::DUET)?, path)?)
}
