//! The pages of the book: their links, headings and blocks of code.
//!
//! In: Markdown. Out: what the tests look at. Understands no more of Markdown than the book uses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    /// Its path below `src/`.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    /// The line of its fence, from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

/// A relative link.
#[derive(Debug)]
pub(super) struct Link {
    /// Its line, from 1.
    pub(super) line: usize,
    pub(super) target: String,
}

pub(super) fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/book/src")
}

/// Every page, in the order of their names.
pub(super) fn pages() -> Vec<Page> {
    let files = std::fs::read_dir(source_folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<Page> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| Page {
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            text: read(&path).unwrap(),
            path,
        })
        .collect();
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    pages
}

/// A page's text; of one that includes another file, that file's.
pub(super) fn read(path: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    let included = text.strip_prefix("{{#include ").and_then(|rest| rest.trim_end().strip_suffix("}}"));
    match included {
        Some(included) => std::fs::read_to_string(path.with_file_name(included)),
        None => Ok(text),
    }
}

impl Page {
    /// The fenced blocks of exactly this language: one marked `toml,fragment` is not of `toml`.
    pub(super) fn blocks(&self, language: &str) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<(bool, Block)> = None;
        for (at, line) in self.text.lines().enumerate() {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => {
                    open = Some((info.trim() == language, Block { line: at + 1, text: String::new() }));
                }
                (Some(_), Some(_)) => blocks.extend(open.take().filter(|(wanted, _)| *wanted).map(|(_, block)| block)),
                (Some((_, block)), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block is never closed", self.name);
        blocks
    }
}

/// Lines outside of fenced blocks, with their numbers, code spans taken out.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            return None;
        }
        let spans: Vec<&str> = line.split('`').step_by(2).collect();
        (!inside).then(|| (at + 1, spans.join("")))
    })
}

/// The relative links of a page.
pub(super) fn linked_pages(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, prose) in prose(text) {
        for rest in prose.split("](").skip(1) {
            let target = rest.split(')').next().unwrap().to_owned();
            if !target.contains("://") && !target.starts_with("mailto:") {
                links.push(Link { line, target });
            }
        }
    }
    links
}

/// The anchors of a page's headings, as mdBook and GitHub make them.
pub(super) fn headings(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
            kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
        })
        .collect()
}
