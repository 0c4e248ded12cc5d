//! This machine runs out of something, or its clock jumps.

#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::row::{Kept, Row};
use super::servers::{can, page, until};
use crate::support::{Answer, Project, Server};

const FEW_FILES: &str = r#"ulimit -n 100; exec "$0" "$@""#;

#[test]
fn too_few_files_to_begin_with() {
    let server = Server::answering(Answer::ok("here"));
    for limit in [6, 7, 8, 12, 15] {
        let project = page(&server.url(), "", "", "duration = \"1s\"");
        let script = format!(r#"ulimit -n {limit}; exec "$0" "$@""#);
        let row = Row {
            fault: "this process may open fewer than 16 files",
            exit: Some(3),
            says: "files and needs 16: raise its hard limit",
            recording: Kept::Nothing,
        };
        row.holds(&project.loadgate("run").in_shell(&script).run(), &project);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn too_few_files_for_the_crowd() {
    let server = Server::answering(Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"1s\"\n[profile.crowd]\nusers = 500\nduration = \"1s\"\n");
    let row = Row {
        fault: "this process may open fewer files than there are users",
        exit: Some(3),
        says: "500 virtual users need as many connections, and this process may open 100 files",
        recording: Kept::Nothing,
    };
    let crowd = project.loadgate("run --profile crowd").in_shell(FEW_FILES).run();
    row.holds(&crowd, &project);
    assert_eq!(server.connections(), 0);
}

#[test]
fn no_file_left_in_the_middle() {
    let server = Server::answering(Answer::silence());
    let project = page(
        &server.url(),
        "timeout = \"5s\"",
        "",
        "duration = \"1s\"\n[profile.open]\nrate = \"300/s\"\nduration = \"2s\"\n",
    );
    let row = Row {
        fault: "arrivals need more files than this process may open",
        exit: Some(3),
        says: "ran out of open files",
        recording: Kept::Invalid(&["too many open files"]),
    };
    row.holds(&project.loadgate("run --profile open").in_shell(FEW_FILES).run(), &project);
}

#[test]
fn no_port_left() {
    let few = "ip link set lo up && echo 40000 40020 > /proc/sys/net/ipv4/ip_local_port_range";
    if !can(&format!("unshare -rn sh -c '{few}'"), "running out of ports") {
        return;
    }
    let project =
        page("http://127.0.0.1:8000", "", "", "duration = \"1s\"\n[profile.crowd]\nusers = 100\nduration = \"2s\"\n");
    let script = format!(
        r#"exec unshare -rn sh -c '{few}
            mkfifo ready
            "$0" demo --listen 127.0.0.1:8000 > ready &
            read line < ready
            "$0" "$@"; status=$?
            kill $!; exit $status' "$0" "$@""#
    );
    let row = Row {
        fault: "this machine has no port left to connect from",
        exit: Some(3),
        says: "ran out of ports to connect from",
        recording: Kept::Invalid(&["no free port"]),
    };
    row.holds(&project.loadgate("run --profile crowd").in_shell(&script).run(), &project);
}

#[test]
fn no_memory_left() {
    let is_heavy = Arc::new(AtomicBool::new(false));
    let heavy = Arc::clone(&is_heavy);
    let server = Server::scripted(move |_| {
        if heavy.load(Ordering::SeqCst) { Answer::ok(&"x".repeat(30 << 20)) } else { Answer::ok("needle") }
    });
    let project =
        page(&server.url(), "timeout = \"60s\"", "expect = { body = { contains = \"needle\" } }", "duration = \"80s\"");
    let running = project.loadgate("run --workers 1").start();
    let recording = project.path("loadgate-report/recording.json");
    until("a checkpoint", || recording.exists());
    running.limit_memory(16 << 20);
    is_heavy.store(true, Ordering::SeqCst);
    let row = Row {
        fault: "this process may have no more memory",
        exit: None,
        says: "memory allocation of",
        recording: Kept::CutOff,
    };
    row.holds(&running.finish(), &project);
}

#[test]
fn a_clock_that_jumps() {
    let may = "faketime -f '+1h' true";
    if !can(may, "a clock that jumps") {
        return;
    }
    let server = Server::answering(Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"3s\"").file("clock", "+0");
    let clock = project.path("clock");
    let running = project
        .loadgate("run")
        .in_shell(
            r#"export FAKETIME_TIMESTAMP_FILE="$PWD/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
               library=$(faketime -f '+0' sh -c 'echo $LD_PRELOAD')
               export LD_PRELOAD="${library%.so.1}MT.so.1"
               exec "$0" "$@""#,
        )
        .start();
    server.wait_for_requests(20);
    std::fs::write(&clock, "+3h").unwrap();
    server.wait_for_requests(80);
    std::fs::write(&clock, "-1d").unwrap();
    let row = Row {
        fault: "the clock is set forward by hours, and back by a day",
        exit: Some(0),
        says: "recording in",
        recording: Kept::Valid(&[]),
    };
    row.holds(&running.finish(), &project);
    let summary = project.json("loadgate-report/recording.json")["summary"].clone();
    assert_eq!(summary["window_s"], 3.0);
    assert!(summary["endpoints"]["(all)"]["response_us"]["max"].as_u64() < Some(60_000_000), "{summary:#}");
}

#[test]
fn a_disk_that_is_full() {
    let mount = "mount -t tmpfs -o size=4k none loadgate-report";
    if !can(
        "cd $(mktemp -d) && mkdir loadgate-report && unshare -rm mount -t tmpfs -o size=4k none loadgate-report",
        "a small disk",
    ) {
        return;
    }
    let server = Server::answering(Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let script = format!(r#"mkdir loadgate-report; exec unshare -rm sh -c '{mount} && exec "$0" "$@"' "$0" "$@""#);
    let row = Row {
        fault: "the disk is full when the recording is written",
        exit: Some(3),
        says: "recording.json: cannot be written; check free space",
        recording: Kept::Nothing,
    };
    let finished = project.loadgate("run").in_shell(&script).run();
    row.holds(&finished, &project);
    assert!(finished.stdout.contains("page"), "the figures are shown all the same\n{}", finished.transcript());
}

#[test]
fn a_folder_that_is_read_only() {
    let mount = "mount --bind loadgate-report loadgate-report && mount -o remount,ro,bind loadgate-report";
    if !can(&format!("cd $(mktemp -d) && mkdir loadgate-report && unshare -rm sh -c '{mount}'"), "a read-only folder") {
        return;
    }
    let server = Server::answering(Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let script = format!(r#"mkdir loadgate-report; exec unshare -rm sh -c '{mount} && exec "$0" "$@"' "$0" "$@""#);
    let row = Row {
        fault: "the folder for the recording is read-only",
        exit: Some(2),
        says: "name another folder with --out",
        recording: Kept::Nothing,
    };
    row.holds(&project.loadgate("run").in_shell(&script).run(), &project);
    assert_eq!(server.connections(), 0, "nothing is sent");
}

#[test]
fn memory_that_ends_while_workers_start_is_no_panic() {
    let server = Server::answering(Answer::ok("here"));
    let project = Project::empty();
    let hit = project.loadgate("hit -u 4 -n 8 --workers 4").arg(server.url());
    // Address space for the program itself, and not for the stack of every thread.
    let finished = hit.in_shell(r#"ulimit -v 24000; exec "$0" "$@""#).run();
    assert!(finished.status != Some(101) && finished.status != Some(0), "{}", finished.transcript());
}
