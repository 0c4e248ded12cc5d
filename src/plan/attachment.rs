//! Files that requests send as they are.
//!
//! In: a path as typed. Out: the file's bytes, and the `Content-Type` its name speaks of. Looks into no file for it.

use std::fs;
use std::path::Path;

use super::fault::Flaw;
use super::files;

/// Most bytes of a file: each request that is not the same each time holds a copy.
const MOST: u64 = 64 * 1024 * 1024;

/// Reads `file`, relative to `base`.
pub(super) fn read(file: &Path, base: &Path) -> Result<Vec<u8>, Flaw> {
    let shown = file.display();
    let unreadable = |error: std::io::Error| {
        let help = format!("the file is looked for in {}", base.display());
        Flaw::new(format!("cannot read {shown}: {error}"), help)
    };
    let path = files::inside(file, base, unreadable)?;
    let facts = fs::metadata(&path).map_err(unreadable)?;
    if !facts.is_file() {
        return Err(Flaw::new(format!("{shown} is no file"), "name a regular file"));
    }
    if facts.len() > MOST {
        return Err(Flaw::new(format!("{shown} has {} bytes", facts.len()), "send a file of 64 MiB at most"));
    }
    fs::read(&path).map_err(unreadable)
}

/// The media type that a file's extension stands for.
pub(super) fn content_type(file: &Path) -> &'static str {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "json" => "application/json",
        "xml" => "application/xml",
        "txt" => "text/plain",
        "html" => "text/html",
        "csv" => "text/csv",
        _ => "application/octet-stream",
    }
}
