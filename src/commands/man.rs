//! `loadgate man`: the man pages, for packages.

use std::io::Write as _;

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use crate::{baseline, cli};

pub(super) fn man(typed: &cli::Man, output: Output) -> Result<Exit, Error> {
    let pages = cli::man_pages()?;
    let Some(folder) = &typed.out else {
        if let Some(main) = pages.first() {
            stdout().write_all(&main.text)?;
        }
        return Ok(Exit::Pass);
    };
    for page in &pages {
        baseline::write_atomically(&folder.join(&page.file), &page.text)?;
    }
    output.note(&format!("{} pages in {}", pages.len(), folder.display()));
    Ok(Exit::Pass)
}
