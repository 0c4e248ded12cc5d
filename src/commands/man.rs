//! `loadgate man`: the man pages, for packages.

use std::io::{self, Write};

use super::error::Error;
use super::exit::Exit;
use super::output::Output;
use crate::{baseline, cli};

pub(super) fn man(typed: &cli::Man, output: Output) -> Result<Exit, Error> {
    let pages = cli::man_pages()?;
    let Some(folder) = &typed.out else {
        if let Some(main) = pages.first() {
            io::stdout().write_all(&main.text)?;
        }
        return Ok(Exit::Pass);
    };
    for page in &pages {
        baseline::write_atomically(&folder.join(&page.file), &page.text)?;
    }
    output.note(&format!("{} pages in {}", pages.len(), folder.display()))?;
    Ok(Exit::Pass)
}
