//! Tables in a document, between markers: `<!-- name:begin -->` and `<!-- name:end -->`.
//!
//! In: the document, a section's name, its new text. Out: the document with that section alone replaced. Knows no table.

use std::error::Error;
use std::fs;
use std::path::Path;

/// Replaces a section of the document at `path`.
pub(crate) fn write_section(path: &Path, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let document = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let parts =
        document.split_once(&begin).and_then(|(before, rest)| rest.split_once(&end).map(|(_, after)| (before, after)));
    let Some((before, after)) = parts else {
        return Err(format!("{}: no section {name}: write {}{end} there", path.display(), begin.trim_end()).into());
    };
    Ok(fs::write(path, format!("{before}{begin}{}\n{end}{after}", text.trim_end()))?)
}
/// A share as reports say it: whole percent from 10 on, more digits below.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        none if none <= 0.0 => "0".to_owned(),
        all if all >= 100.0 => "100%".to_owned(),
        some if some < 0.995 => format!("{some:.2}%"),
        some if !(9.95..=99.0).contains(&some) => format!("{some:.1}%"),
        some => format!("{some:.0}%"),
    }
}
