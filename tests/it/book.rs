//! docs/book: every link leads somewhere, every loadgate.toml in it is one, and its reference is the schema's.

mod pages;
mod reference;

use std::collections::BTreeSet;
use std::path::Path;

use loadgate::config::parse;
use loadgate::plan::{Choice, Plan};

use crate::support::Project;
use pages::{Page, linked_pages, pages, source_folder};

#[test]
fn every_page_is_in_the_summary_and_every_page_of_the_summary_exists() {
    let summary = std::fs::read_to_string(source_folder().join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<String> = linked_pages(&summary).into_iter().map(|link| link.target).collect();
    let standing: BTreeSet<String> = pages().into_iter().map(|page| page.name).collect();
    let missing: Vec<_> = listed.difference(&standing).collect();
    assert!(missing.is_empty(), "SUMMARY.md lists pages that don't exist: write them or take them out: {missing:?}");
    let unlisted: Vec<_> = standing.difference(&listed).filter(|name| *name != "SUMMARY.md").collect();
    assert!(unlisted.is_empty(), "pages that SUMMARY.md does not list, so that nobody finds them: {unlisted:?}");
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading_that_exist() {
    let mut broken = Vec::new();
    for page in pages() {
        for link in linked_pages(&page.text) {
            let (file, heading) = link.target.split_once('#').unwrap_or((&link.target, ""));
            let target = if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            if !target.is_file() {
                broken.push(format!("{}:{}: {} does not exist", page.name, link.line, link.target));
                continue;
            }
            if !heading.is_empty() && !pages::read(&target).is_ok_and(|text| pages::headings(&text).contains(heading)) {
                broken.push(format!("{}:{}: {file} has no heading #{heading}", page.name, link.line));
            }
        }
    }
    assert!(broken.is_empty(), "{} broken links:\n{}", broken.len(), broken.join("\n"));
}

/// A block of the book as a whole loadgate.toml: what a page leaves out is put around it.
fn completed(block: &str) -> String {
    let starts_with_key = block.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let mut file = if starts_with_key.is_some_and(|line| !line.starts_with('[')) {
        format!("[[user]]\n[[user.task]]\n{block}")
    } else if block.contains("[[user.") && !block.contains("[[user]]") {
        format!("[[user]]\n{block}")
    } else {
        block.to_owned()
    };
    if !file.contains("[target]") && !file.contains("target.url") {
        file = format!("{file}\n[target]\nurl = \"http://127.0.0.1:8000\"\n");
    }
    if !file.contains("[[user]]") {
        file.push_str("\n[[user]]\n[[user.task]]\nget = \"/\"\n");
    }
    if !file.contains("[profile.") {
        file.push_str("\n[profile.of_the_test]\nusers = 1\nduration = \"10s\"\n");
    }
    file
}

/// Compiles every profile of a block.
fn compiled(page: &Page, block: &pages::Block, project: &Project) -> Result<(), String> {
    let at = format!("{}:{}", page.name, block.line);
    let text = completed(&block.text);
    let (config, source) = parse(&text, &project.path("loadgate.toml")).map_err(|error| format!("{at}: {error}"))?;
    for profile in config.profile.keys() {
        let choice = Choice {
            profile: Some(profile.clone()),
            target: None,
            seed: 1,
            base: project.path("."),
            only: Vec::new(),
            skip: Vec::new(),
            started_url: Some("http://127.0.0.1:1".to_owned()),
            environment: |_| Some("x".to_owned()),
        };
        Plan::compile(&config, &source, &choice).map_err(|error| format!("{at}: {error}"))?;
    }
    Ok(())
}

/// A block that is no whole thought is marked ```` ```toml,fragment ````, so that the mark is a decision.
#[test]
fn every_loadgate_toml_of_the_book_compiles() {
    let project = Project::empty()
        .file("data/products.csv", "id,name,price,stock\n11,lamp,9.5,3\n")
        .file("data/accounts.csv", "email,password\nann@example.com,x\n")
        .file("data/terms.jsonl", "{\"q\": \"lamp\"}\n");
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        for block in page.blocks("toml") {
            count += 1;
            wrong.extend(compiled(&page, &block, &project).err());
        }
    }
    assert!(count >= 5, "{count} blocks");
    assert!(
        wrong.is_empty(),
        "{} blocks are not loadgate.toml (or fragments, to be marked so):\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Commands that the book shows.
#[test]
fn every_command_of_the_book_exists_with_its_flags() {
    let mut wrong = Vec::new();
    let mut helps = std::collections::BTreeMap::new();
    for page in pages() {
        for block in page.blocks("sh") {
            for line in block.text.lines() {
                let line = line.split(" #").next().unwrap().trim();
                let Some(typed) = line.strip_prefix("loadgate ") else { continue };
                let words: Vec<&str> = typed.split_whitespace().collect();
                let depth = if words.first() == Some(&"baseline") { 2 } else { 1 };
                let command = words.iter().take(depth).copied().collect::<Vec<_>>().join(" ");
                let help = helps.entry(command.clone()).or_insert_with(|| {
                    let finished = Project::empty().loadgate(&command).arg("--help").run();
                    (finished.status == Some(0)).then_some(finished.stdout)
                });
                let Some(help) = help else {
                    wrong.push(format!("{}:{}: there is no `loadgate {command}`", page.name, block.line));
                    continue;
                };
                let known: BTreeSet<&str> =
                    help.split_whitespace().map(|word| word.trim_matches([',', '[', ']'])).collect();
                let flags = words.iter().filter(|word| word.starts_with('-') && word.len() > 1);
                let unknown = flags.filter(|flag| !known.contains(flag.split('=').next().unwrap()));
                wrong.extend(
                    unknown.map(|flag| format!("{}:{}: `loadgate {command}` has no {flag}", page.name, block.line)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_of_commands_names_every_command_and_exit_status() {
    let page = std::fs::read_to_string(source_folder().join("commands.md")).unwrap();
    let help = Project::empty().loadgate("--help").run().exits(0).stdout;
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}")), "commands.md does not speak of `{name}`");
    }
    for status in ["0", "1", "2", "3", "4", "130"] {
        assert!(page.contains(&format!("| {status} |")), "commands.md has no exit status {status}");
    }
}

#[test]
fn the_reference_is_what_the_schema_says() {
    let schema = Project::empty().loadgate("schema").run().exits(0).json();
    let fresh = reference::render(&schema);
    let path = source_folder().join("reference.md");
    if std::env::var_os("LOADGATE_WRITE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "{} has drifted from the schema: just refresh-reference", path.display());
}

#[test]
fn the_reference_has_every_key_with_its_type_and_an_example() {
    let text = std::fs::read_to_string(source_folder().join("reference.md")).unwrap();
    for row in [
        "| `timeout` | duration |",
        "| `users` | whole number |",
        "| `rate` | rate |",
        "| `pick` | `\"random\"`, `\"cycle\"` or `\"unique\"` |",
    ] {
        assert!(text.contains(row), "the reference has no row {row}");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let links = linked_pages(
        "see [a](a.md#b), [site](https://example.com) and `[no](link.md)`\n```\n[x](y.md)\n```\n[c](../c.md)",
    );
    let found: Vec<(usize, &str)> = links.iter().map(|link| (link.line, link.target.as_str())).collect();
    assert_eq!(found, [(1, "a.md#b"), (5, "../c.md")]);
    assert!(pages::headings("# What `loadgate` does\n## It's 2nd, here").contains("what-loadgate-does"));
    assert!(pages::headings("# What\n## It's 2nd, here").contains("its-2nd-here"));
    assert!(Path::new("x").is_relative());
}

#[test]
fn every_input_of_the_action_is_explained() {
    let action = include_str!("../../action.yml");
    let inputs = action.split("\ninputs:\n").nth(1).unwrap().split("\noutputs:\n").next().unwrap();
    let names = inputs.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> =
        names.map(|line| line.trim().trim_end_matches(':')).filter(|name| *name != "token").collect();
    assert!(names.len() >= 8, "{names:?}");
    let page = include_str!("../../docs/book/src/ci.md");
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "docs/book/src/ci.md says nothing of the input {name}");
    }
}
