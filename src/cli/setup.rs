//! The commands that set things up: `init` for a project, `completions` and `man` for shells and packages.
//!
//! Plain data: what was typed, checked no further than its own text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `init`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --from, the file plays the demo API that is built into loadgate: it runs as it is.\n\n\
    With --from, each operation of an OpenAPI 3 document becomes a task. The document is a file, or a URL on this machine \
    or a private network:\n  \
    loadgate init --from http://127.0.0.1:8000        # looks for /openapi.json there\n  \
    loadgate init --from openapi.json --schema        # and writes loadgate.schema.json, for editors"
)]
pub struct Init {
    /// An OpenAPI 3 document to make tasks from: a JSON file, or an http:// URL.
    #[arg(long, value_name = "URL|FILE")]
    pub from: Option<String>,
    /// The file to write.
    #[arg(long, value_name = "FILE", default_value = "loadgate.toml", env = "LOADGATE_INIT_OUT")]
    pub out: PathBuf,
    /// Write over files that exist.
    #[arg(long)]
    pub force: bool,
    /// Write the JSON Schema of loadgate.toml beside the file, and name it there: editors then explain and complete keys.
    #[arg(long)]
    pub schema: bool,
}

/// `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Where they go:\n  \
    bash        loadgate completions bash > ~/.local/share/bash-completion/completions/loadgate\n  \
    zsh         loadgate completions zsh > \"${fpath[1]}/_loadgate\"\n  \
    fish        loadgate completions fish > ~/.config/fish/completions/loadgate.fish\n  \
    powershell  loadgate completions powershell >> $PROFILE\n  \
    elvish      loadgate completions elvish >> ~/.config/elvish/rc.elv")]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A shell that completes what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// Z shell.
    Zsh,
    /// fish.
    Fish,
    /// Windows `PowerShell`, and `PowerShell` elsewhere.
    Powershell,
    /// Elvish.
    Elvish,
}

/// `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for each command into this folder, instead of the main page to standard output.
    #[arg(long, value_name = "DIR", env = "LOADGATE_MAN_OUT")]
    pub out: Option<PathBuf>,
}
