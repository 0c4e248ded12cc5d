//! What is made from the command line's own description: shell completions and man pages.
//!
//! In: the commands and flags as clap knows them. Out: text. Installs nothing.

use clap::CommandFactory;
use clap_complete::Shell as Completer;
use clap_mangen::Man;

use super::root::{Cli, with_environment};
use super::setup::Shell;

/// A man page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManPage {
    /// Its file name: `loadgate-gate.1`.
    pub file: String,
    /// Its text, as roff.
    pub text: Vec<u8>,
}

/// The script that makes a shell complete loadgate's commands and flags.
#[must_use]
pub fn completions(shell: Shell) -> Vec<u8> {
    let completer = match shell {
        Shell::Bash => Completer::Bash,
        Shell::Zsh => Completer::Zsh,
        Shell::Fish => Completer::Fish,
        Shell::Powershell => Completer::PowerShell,
        Shell::Elvish => Completer::Elvish,
    };
    let mut text = Vec::new();
    clap_complete::generate(completer, &mut command(), "loadgate", &mut text);
    text
}

/// The man pages: loadgate's own first, then one for each command.
///
/// # Errors
/// None in practice: they are written to memory.
pub fn man_pages() -> std::io::Result<Vec<ManPage>> {
    let mut command = command();
    command.build();
    let mut pages = Vec::new();
    append(&command, &mut pages)?;
    Ok(pages)
}

fn append(command: &clap::Command, pages: &mut Vec<ManPage>) -> std::io::Result<()> {
    let page = Man::new(command.clone()).manual("loadgate").source(concat!("loadgate ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render(&mut text)?;
    pages.push(ManPage { file: page.get_filename(), text });
    command.get_subcommands().filter(|it| !it.is_hide_set()).try_for_each(|below| append(below, pages))
}

fn command() -> clap::Command {
    with_environment(Cli::command())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    /// Every command, with the words that lead to it.
    fn commands() -> Vec<clap::Command> {
        fn below(command: &clap::Command, all: &mut Vec<clap::Command>) {
            all.push(command.clone());
            command.get_subcommands().for_each(|it| below(it, all));
        }
        let mut root = command();
        root.build();
        let mut all = Vec::new();
        below(&root, &mut all);
        all
    }

    fn flags(command: &clap::Command) -> Vec<String> {
        let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
        shown.filter_map(|argument| argument.get_long()).map(str::to_owned).collect()
    }

    #[test]
    fn the_completions_of_every_shell_name_every_command_and_flag() {
        assert!(commands().len() > 10);
        for shell in Shell::value_variants() {
            let script = String::from_utf8(completions(*shell)).unwrap();
            for command in commands() {
                let name = command.get_name();
                assert!(script.contains(name), "{shell:?} does not know {name}");
                for flag in flags(&command) {
                    // fish names flags without their dashes.
                    assert!(script.contains(&flag), "{shell:?} does not know --{flag} of {name}");
                }
            }
        }
    }

    #[test]
    fn there_is_a_man_page_for_every_command_with_every_flag() {
        let pages = man_pages().unwrap();
        assert_eq!(pages[0].file, "loadgate.1");
        for command in commands() {
            let file = format!("{}.1", command.get_display_name().unwrap_or_else(|| command.get_name()));
            let page = pages.iter().find(|page| page.file == file).unwrap_or_else(|| panic!("there is no {file}"));
            let text = String::from_utf8(page.text.clone()).unwrap().replace("\\-", "-");
            for flag in flags(&command) {
                assert!(text.contains(&format!("--{flag}")), "{file} does not speak of --{flag}");
            }
            for below in command.get_subcommands() {
                let name = below.get_name();
                assert!(text.contains(name), "{file} does not speak of {name}");
            }
        }
    }

    #[test]
    fn no_two_pages_have_one_name() {
        let mut files: Vec<String> = man_pages().unwrap().into_iter().map(|page| page.file).collect();
        assert!(files.contains(&"loadgate-baseline-record.1".to_owned()), "{files:?}");
        let pages = files.len();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), pages);
    }
}
