//! The target is not there, goes, comes back, or leaves processes behind.

use std::time::Duration;

use super::row::{Kept, Row};
use super::servers::{Mortal, can, page, until};
use crate::support::{Project, closed_port};

#[test]
fn down_at_the_start() {
    let project = page(&format!("http://127.0.0.1:{}", closed_port()), "", "", "duration = \"2s\"");
    let row = Row {
        fault: "the target is down at the start",
        exit: Some(3),
        says: "(connect refused): is it running, and is its URL right?",
        recording: Kept::Invalid(&["connect refused"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn dies_in_the_middle() {
    let server = Mortal::dying_after(30, None);
    let project = page(&server.url(), "", "", "duration = \"2s\"");
    let row = Row {
        fault: "the target dies in the middle",
        exit: Some(0),
        says: "connect refused",
        recording: Kept::Hurt(&["connect refused"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn dies_in_the_middle_of_a_gate() {
    let server = Mortal::dying_after(30, None);
    let project = page(&server.url(), "", "", "duration = \"2s\"\n[gate]\nerror_rate = { limit = \"1%\" }\n");
    let row = Row {
        fault: "the target dies in the middle of a gate",
        exit: Some(1),
        says: "error_rate is over its limit",
        recording: Kept::Hurt(&["connect refused"]),
    };
    row.holds(&project.loadgate("gate --profile short").run(), &project);
}

#[test]
fn dies_and_comes_back() {
    let server = Mortal::dying_after(30, Some(Duration::from_millis(1500)));
    let project = page(&server.url(), "", "", "duration = \"5s\"");
    let row = Row {
        fault: "the target dies and comes back",
        exit: Some(0),
        says: "connect refused",
        recording: Kept::Hurt(&["connect refused"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
    let figures = project.json("loadgate-report/recording.json")["summary"]["endpoints"]["(all)"].clone();
    let (requests, refused) = (figures["requests"].as_u64().unwrap(), figures["errors"]["connect refused"].as_u64());
    assert!(requests - refused.unwrap() > 30, "it is played again once it is back: {figures:#}");
}

#[test]
fn a_command_ends_in_the_middle() {
    let project = Project::with(
        "[target]\ncommand = [\"sh\", \"-c\", \"\\\"$LOADGATE\\\" demo --listen 127.0.0.1:{port} & sleep 1; kill -9 $!; exit 7\"]\n\
         env = { LOADGATE = \"@\" }\nready = { get = \"/health\" }\n\
         [[user]]\nthink = { constant = \"10ms\" }\n[[user.task]]\nget = \"/health\"\n\
         [profile.short]\nusers = 2\nduration = \"60s\"\n"
            .replace('@', env!("CARGO_BIN_EXE_loadgate"))
            .as_str(),
    );
    let row = Row {
        fault: "the target, which loadgate has started, dies in the middle",
        exit: Some(3),
        says: "s into the run: it exited (exit status: 7)",
        recording: Kept::Invalid(&[]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
#[cfg(target_os = "linux")]
fn leaves_daemons_that_hear_nothing() {
    if !can("setsid true", "daemons") {
        return;
    }
    // Each of them writes its process id: one in the target's group, one in a session of its own.
    let script = "trap '' TERM HUP; sleep 1000 & echo $! > here.pid; \
                  setsid sh -c 'trap \\\"\\\" TERM HUP; echo $$ > away.pid; while :; do sleep 1000; done' & \
                  exec \\\"$LOADGATE\\\" demo --listen 127.0.0.1:{port}";
    let project = Project::with(&format!(
        "[target]\ncommand = [\"sh\", \"-c\", \"{script}\"]\nenv = {{ LOADGATE = \"{}\" }}\nready = {{ get = \"/health\" }}\n\
         [[user]]\nthink = {{ constant = \"10ms\" }}\n[[user.task]]\nget = \"/health\"\n\
         [profile.short]\nusers = 2\nduration = \"1s\"\n",
        env!("CARGO_BIN_EXE_loadgate")
    ));
    let row = Row {
        fault: "the target leaves children and daemons that ignore SIGTERM",
        exit: Some(0),
        says: "recording in",
        recording: Kept::Valid(&[]),
    };
    row.holds(&project.loadgate("run").run(), &project);
    for file in ["here.pid", "away.pid"] {
        let id = project.read(file);
        let stat = format!("/proc/{}/stat", id.trim());
        // Init may take its time to take note of their end.
        until("a process of the target ends", || {
            std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z "))
                || !std::path::Path::new(&stat).exists()
        });
    }
}
