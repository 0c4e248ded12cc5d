//! `loadgate init`: a loadgate.toml to start from.

use std::path::Path;

use super::error::Error;
use super::exit::Exit;
use super::output::Output;
use crate::import::{self, Imported};
use crate::{baseline, cli, client, config, intake, target};

/// The schema beside the file, where it is asked for.
const SCHEMA: &str = "loadgate.schema.json";

pub(super) async fn init(typed: &cli::Init, output: Output) -> Result<Exit, Error> {
    let schema = typed.schema.then(|| typed.out.with_file_name(SCHEMA));
    if !typed.force {
        [Some(&typed.out), schema.as_ref()].into_iter().flatten().try_for_each(|path| unless_there(path))?;
    }
    let imported = match &typed.from {
        Some(from) => Some(import(from).await?),
        None => None,
    };
    let text = imported.as_ref().map_or(import::STARTER, |imported| &imported.text);
    let text = if schema.is_some() { import::with_schema(text, SCHEMA) } else { text.to_owned() };
    // Whatever a document held, no file is written that is not the language.
    config::parse(&text, &typed.out)?;
    if let Some(path) = &schema {
        baseline::write_atomically(path, format!("{:#}\n", config::schema()).as_bytes())?;
    }
    baseline::write_atomically(&typed.out, text.as_bytes())?;
    output.note(&next(&typed.out, imported.as_ref()))?;
    Ok(Exit::Pass)
}

fn unless_there(path: &Path) -> Result<(), Error> {
    match path.symlink_metadata() {
        Ok(_) => {
            let path = path.display();
            Err(Error::Typed(format!(
                "{path} is there already; name another file with --out, or write over it with --force"
            )))
        }
        Err(_) => Ok(()),
    }
}

/// Makes tasks from a document: at a URL, or in a file.
async fn import(from: &str) -> Result<Imported, Error> {
    if !from.contains("://") {
        let bytes = intake::read(Path::new(from), intake::OPENAPI)
            .map_err(|error| Error::Typed(format!("{error}; give a file or an http:// URL")))?;
        return Ok(import::openapi(&bytes, from, None)?);
    }
    let mut last = None;
    for address in import::addresses(from) {
        let tried = match target::fetch(&address, client::is_private).await {
            Ok(bytes) => import::openapi(&bytes, &address, Some(&address)).map_err(Error::from),
            Err(error) => Err(error.into()),
        };
        match tried {
            Ok(imported) => return Ok(imported),
            Err(error) => last = Some(last.unwrap_or(error)),
        }
    }
    Err(last.unwrap_or_else(|| Error::Typed(format!("`{from}` is no URL"))))
}

/// What was written, and what to do with it.
fn next(path: &Path, imported: Option<&Imported>) -> String {
    let file = path.display();
    let config = if path == Path::new("loadgate.toml") { String::new() } else { format!(" --config {file}") };
    let mut lines = vec![format!("wrote {file}")];
    if let Some(Imported { tasks, commented_out, left_out, environment, .. }) = imported {
        lines.push(format!(
            "  {tasks} tasks, {commented_out} commented out, {left_out} left out: look through them first"
        ));
        lines.extend(environment.iter().map(|name| format!("  {name} must be set in the environment")));
    }
    lines.extend([
        format!("next: loadgate run --profile smoke{config}        # does every request succeed?"),
        format!("      loadgate baseline record --runs 2{config}   # what is normal, from two runs"),
        format!("      loadgate gate{config}                       # exits by the verdict"),
    ]);
    lines.join("\n")
}
