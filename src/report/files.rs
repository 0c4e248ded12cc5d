//! The files a gate leaves behind, as names and bytes.
//!
//! In: a [`Comparison`]. Out: what belongs into the folder of reports. Writes nothing itself.

use std::io;
use std::path::Path;

use crate::gate::Comparison;

use super::{View, html, json, junit, markdown};

/// The file that holds the comparison itself.
pub const COMPARISON: &str = "comparison.json";

/// Every report that is a file, by its name in `folder`, that of the reports.
///
/// # Errors
/// When the comparison can't be told in a format: see [`json::render`] and [`junit::render`].
pub fn files(comparison: &Comparison, folder: &Path) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let view = View::of_file(comparison, &folder.join(COMPARISON));
    let [mut comparison_json, mut report_md, mut report_html, mut junit_xml] = [(); 4].map(|()| Vec::new());
    json::render(comparison, &mut comparison_json)?;
    markdown::render(&view, markdown::COMMENT_BUDGET, &mut report_md)?;
    junit::render(&view, &mut junit_xml)?;
    html::render(&view, &mut report_html)?;
    Ok(vec![
        (COMPARISON, comparison_json),
        ("report.md", report_md),
        ("report.html", report_html),
        ("junit.xml", junit_xml),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn every_sample_becomes_every_file() {
        for (name, comparison) in samples::all() {
            let files = files(&comparison, Path::new("reports")).unwrap();
            let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["comparison.json", "report.md", "report.html", "junit.xml"]);
            assert!(files.iter().all(|(_, bytes)| bytes.ends_with(b"\n")), "{name}");
        }
    }
}
