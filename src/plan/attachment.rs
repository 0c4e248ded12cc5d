//! Files that requests send as they are.
//!
//! In: a path as typed. Out: the file's bytes, and the `Content-Type` its name speaks of. Looks into no file for it.

use std::path::Path;

use super::fault::Flaw;
use super::files;
use crate::intake;

/// Reads `file`, relative to `base`.
pub(super) fn read(file: &Path, base: &Path) -> Result<Vec<u8>, Flaw> {
    let unreadable = |why: String| {
        let help = format!("the file is looked for in {}", base.display());
        Flaw::new(format!("cannot read {}: {why}", file.display()), help)
    };
    let path = files::inside(file, base, |error| unreadable(error.to_string()))?;
    intake::read(&path, intake::ATTACHMENT).map_err(|error| unreadable(error.why.to_string()))
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
