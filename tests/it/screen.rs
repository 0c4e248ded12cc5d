//! The screen of a run: where it comes up, what its keys do, and that the terminal is given back as it was.

use crate::support::{Finished, Project, Server, Terminal, shop, shop_project};

/// What a program writes to have the terminal's other screen.
const ENTERS: &str = "\u{1b}[?1049h";

/// What it writes to give it back.
const LEAVES: &str = "\u{1b}[?1049l";

/// What it writes to show the cursor again.
const SHOWS_CURSOR: &str = "\u{1b}[?25h";

/// The terminal is as it was, and what was measured is kept.
#[track_caller]
fn is_given_back(terminal: &Terminal, project: &Project, finished: Finished, screens: usize) {
    let finished = finished.exits(130);
    terminal.wait_for(SHOWS_CURSOR, screens);
    assert_eq!((terminal.times(ENTERS), terminal.times(LEAVES)), (screens, screens));
    assert!(
        finished.stdout.contains("create_order") && !finished.stdout.contains('\u{1b}'),
        "{}",
        finished.transcript()
    );
    assert!(project.json("loadgate-report/recording.json")["summary"].is_object());
}

#[test]
fn a_key_stops_a_run_that_has_a_screen() {
    for key in ["q", "\u{3}", "\u{1b}"] {
        let (server, terminal) = (Server::scripted(shop), Terminal::new());
        let project = shop_project(&server.url(), "");
        let before = terminal.modes();
        let running = project.loadgate("run --profile long").on(&terminal).start();
        for drawn in [ENTERS, "all endpoints", "measuring"] {
            terminal.wait_for(drawn, 1);
        }
        server.wait_for_requests(20);
        assert_ne!(terminal.modes(), before, "keys come one by one");
        terminal.type_in(key);
        is_given_back(&terminal, &project, running.finish(), 1);
        assert_eq!(terminal.modes(), before);
    }
}

#[test]
fn other_keys_change_what_is_shown() {
    let (server, terminal) = (Server::scripted(shop), Terminal::new());
    let project = shop_project(&server.url(), "");
    let running = project.loadgate("run --profile long").on(&terminal).start();
    terminal.wait_for("traffic", 1);
    let seen = [("sss", "▴", 1), ("e", "since", 1), ("?", "Ctrl-Z", 1), ("\u{1b}", "▴", 2)];
    for (keys, drawn, times) in seen {
        terminal.type_in(keys);
        terminal.wait_for(drawn, times);
    }
    terminal.type_in("q");
    is_given_back(&terminal, &project, running.finish(), 1);
}

#[test]
fn sigterm_gives_the_terminal_back() {
    let (server, terminal) = (Server::scripted(shop), Terminal::new());
    let project = shop_project(&server.url(), "");
    let before = terminal.modes();
    let running = project.loadgate("run --profile long").on(&terminal).start();
    terminal.wait_for("measuring", 1);
    server.wait_for_requests(20);
    running.terminate();
    is_given_back(&terminal, &project, running.finish(), 1);
    assert_eq!(terminal.modes(), before);
}

#[test]
fn ctrl_z_leaves_the_terminal_to_the_shell_and_fg_brings_the_screen_back() {
    let (server, terminal) = (Server::scripted(shop), Terminal::new());
    let project = shop_project(&server.url(), "");
    let before = terminal.modes();
    // A shell with jobs; it goes on when the run is put aside, and waits for Enter.
    let script = "set -m; \"$0\" \"$@\"; echo put aside >&2; read -r enter; fg >/dev/null";
    let running = project.loadgate("run --profile long").in_shell(script).on(&terminal).start();
    terminal.wait_for("measuring", 1);
    server.wait_for_requests(20);
    terminal.type_in("\u{1a}");
    terminal.wait_for("put aside", 1);
    assert_eq!((terminal.modes(), terminal.times(LEAVES)), (before, 1));
    terminal.type_in("\n");
    terminal.wait_for(ENTERS, 2);
    terminal.wait_for("measuring", 2);
    terminal.type_in("q");
    is_given_back(&terminal, &project, running.finish(), 2);
    assert_eq!(terminal.modes(), before);
}

#[test]
fn a_screen_comes_up_only_where_someone_watches() {
    let cases = [
        ("run --profile long --progress line", "TERM", "xterm", "users"),
        ("run --profile long --quiet", "TERM", "xterm", ""),
        ("run --profile long --progress none", "TERM", "xterm", ""),
        ("run --profile long", "LOADGATE_PROGRESS", "line", "users"),
        ("run --profile long", "CI", "true", "users"),
        ("run --profile long", "TERM", "dumb", ""),
        ("run --profile short", "TERM", "xterm", ""),
    ];
    for (arguments, name, value, line) in cases {
        let (server, terminal) = (Server::scripted(shop), Terminal::new());
        let project = shop_project(&server.url(), "");
        let running = project.loadgate(arguments).env(name, value).on(&terminal).start();
        // A short run on a slow machine makes few.
        server.wait_for_requests(1);
        if !line.is_empty() {
            terminal.wait_for(line, 1);
        }
        terminal.type_in("\u{3}");
        running.finish().exits_with_one_of(&[0, 130]);
        assert_eq!(terminal.times(ENTERS), 0, "{arguments} {name}={value}");
    }
}

#[test]
fn a_short_run_and_a_pipeline_have_a_screen_where_it_is_asked_for() {
    for (arguments, name) in
        [("run --profile short --progress screen", "NO_COLOR"), ("run --profile long --progress screen", "CI")]
    {
        let (server, terminal) = (Server::scripted(shop), Terminal::new());
        let project = shop_project(&server.url(), "");
        let running = project.loadgate(arguments).env(name, "1").on(&terminal).start();
        terminal.wait_for(ENTERS, 1);
        // A short run on a slow machine makes few.
        server.wait_for_requests(1);
        terminal.type_in("q");
        running.finish().exits_with_one_of(&[0, 130]);
        terminal.wait_for(LEAVES, 1);
        assert_eq!(terminal.times("\u{1b}[38;5;") == 0, name == "NO_COLOR");
    }
}

#[test]
fn where_there_is_no_terminal_a_screen_is_plain_lines() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    let finished = project.loadgate("run --profile short --progress screen").env("TERM", "xterm").run().exits(0);
    assert!(!finished.stderr.contains('\u{1b}'), "{}", finished.transcript());
    project.loadgate("run --profile short --progress film").run().exits(2).complains_of(&["screen", "plain"]);
}
