//! What is named as a file and is none, or is one without an end; and loadgate.toml and what it names.

use crate::support::{Project, Shelf};

/// Every command that reads a file someone names.
const COMMANDS: [&str; 13] = [
    "report FILE",
    "compare FILE",
    "compare steady.json FILE",
    "compare steady.json --baseline FILE",
    "explain FILE",
    "comment FILE --dry-run",
    "history --history FILE",
    "history FILE",
    "baseline accept FILE",
    "baseline show --baseline FILE",
    "gate --baseline FILE",
    "lint --config FILE",
    "init --force --from FILE",
];

/// A configuration that names a file in a task, in its data or in its certificates.
fn naming(http: &str, task: &str, more: &str) -> String {
    format!(
        "[target]\nurl = \"https://127.0.0.1:1\"\n[http]\n{http}\n[[user]]\nthink = {{ constant = \"1s\" }}\n\
         [[user.task]]\nname = \"page\"\n{task}\n[profile.short]\nusers = 1\nduration = \"1s\"\n{more}\n"
    )
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_no_file_or_has_no_end_is_not_read() {
    let shelf = Shelf::new("").file("folder/file", "");
    let pipe = shelf.project.path("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let endless = std::fs::File::create(shelf.project.path("endless")).unwrap();
    endless.set_len(1 << 40).unwrap();
    let things = [
        ("pipe", "it is a pipe"),
        ("folder", "it is a directory"),
        ("/dev/zero", "it is a device"),
        ("endless", "larger than"),
    ];
    for (thing, complaint) in things {
        for command in COMMANDS {
            let finished = super::said_of(&shelf, &command.replace("FILE", thing));
            finished.exits(2).complains_of(&["cannot read", thing, complaint]);
        }
        let toml = |http: &str, task: &str, more: &str| {
            let [http, task, more] = [http, task, more].map(|text| text.replace("FILE", thing));
            std::fs::write(shelf.project.path("named.toml"), naming(&http, &task, &more)).unwrap();
            let finished = super::said_of(&shelf, "lint --config named.toml");
            finished.exits(2).complains_of(&["cannot read", complaint]);
        };
        toml("tls = { ca = \"FILE\" }", "get = \"/\"", "");
        toml("", "post = \"/\"\nbody_file = \"FILE\"", "");
    }
    // An extension tells how rows are read.
    rustix::fs::mkfifoat(rustix::fs::CWD, shelf.project.path("pipe.csv"), rustix::fs::Mode::RWXU).unwrap();
    std::fs::write(
        shelf.project.path("named.toml"),
        naming("", "get = \"/{{rows.id}}\"", "[data]\nrows = { file = \"pipe.csv\" }"),
    )
    .unwrap();
    super::said_of(&shelf, "lint --config named.toml").exits(2).complains_of(&["cannot read pipe.csv", "it is a pipe"]);
}

#[test]
fn a_configuration_without_a_bottom_or_an_end_to_its_lines_is_refused_in_few_words() {
    let deep = [
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{b=".repeat(200_000)),
        format!("[{}a]", "a.".repeat(200_000)),
        format!("{}a = 1", "a.".repeat(200_000)),
    ];
    for text in deep {
        let finished = Project::with(&text).loadgate("lint").run().exits(2).complains_of(&["nested too deeply"]);
        assert!(finished.stderr.len() < 2_000, "{} bytes", finished.stderr.len());
    }
    let long = format!("[target]\nurl = \"http://127.0.0.1:1\" {}", "x".repeat(3_000_000));
    let finished = Project::with(&long).loadgate("lint").run().exits(2);
    assert!(finished.stderr.len() < 2_000, "{} bytes", finished.stderr.len());
}

#[test]
fn a_configuration_that_speaks_to_the_terminal_is_quoted_without_obeying() {
    let text = "[target]\nurl = \"http://127.0.0.1:1\"\n\"\\u001b[31m\\u202e\" = 1\n# \u{202e}\n";
    let finished = Project::with(text).loadgate("lint").run().exits(2);
    assert!(!finished.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", finished.stderr);
}

#[test]
fn rows_that_make_more_cells_than_their_file_has_bytes_are_refused() {
    use std::fmt::Write as _;

    let config = |file: &str| naming("", "get = \"/{{rows.c1}}\"", &format!("[data]\nrows = {{ file = \"{file}\" }}"));
    let (mut sparse, mut list) = (String::new(), "[".to_owned());
    for row in 0..20_000 {
        writeln!(sparse, "{{\"c{row}\": 1}}").unwrap();
        write!(list, "{{\"c{}\": 1}},", row % 900).unwrap();
    }
    list.push_str("{}]");
    let wide: String = (0..1_001).map(|column| format!("c{column},")).collect::<Vec<_>>().concat() + "last\n1\n";
    for (file, text, complaint) in [
        ("rows.jsonl", sparse, "names more than 1000 columns"),
        ("rows.json", list, "has more than 10000000 cells"),
        ("rows.csv", wide, "names more than 1000 columns"),
        ("deep.json", "[".repeat(100_000), "recursion limit"),
        ("twice.jsonl", "{\"c1\": 1, \"c1\": 2}".to_owned(), "the key \"c1\" twice"),
    ] {
        let project = Project::with(&config(file)).file(file, text);
        project.loadgate("lint").run().exits(2).complains_of(&[file, complaint]);
    }
}

#[test]
fn a_document_without_a_bottom_or_that_refers_to_itself_ends() {
    let around = r##"{"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": [{"$ref": "#/x"}],
        "responses": {"200": {"$ref": "#/x"}}}}, "/b": {"$ref": "#/paths/~1b"}}, "x": {"$ref": "#/x"}}"##;
    let project = Project::empty().file("around.json", around).file("deep.json", "[".repeat(100_000));
    project.loadgate("init --from around.json").run().exits_with_one_of(&[0, 2]);
    project.loadgate("init --force --from deep.json").run().exits(2).complains_of(&["deep.json:1:128", "recursion"]);
}
