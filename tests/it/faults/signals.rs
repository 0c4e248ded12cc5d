//! loadgate is told to end, made to stand still, killed, or nobody listens any more.

#![cfg(target_os = "linux")]

use std::time::Duration;

use rustix::process::Signal;

use super::row::{Kept, Row};
use super::servers::{page, until};
use crate::support::{Answer, Project, Running, Server};

/// A run that takes longer than any of these tests, under way.
fn long(server: &Server) -> (Project, Running) {
    let project = page(&server.url(), "timeout = \"60s\"", "", "duration = \"80s\"\nstop_within = \"60s\"");
    let running = project.loadgate("run").start();
    server.wait_for_requests(20);
    (project, running)
}

fn ended_by(signal: Signal, fault: &'static str) {
    let server = Server::answering(Answer::ok("here"));
    let (project, running) = long(&server);
    running.signal(signal);
    let row = Row { fault, exit: Some(130), says: "interrupted", recording: Kept::CutOff };
    row.holds(&running.finish(), &project);
}

#[test]
fn terminated() {
    ended_by(Signal::TERM, "SIGTERM");
}

#[test]
fn interrupted_once() {
    ended_by(Signal::INT, "SIGINT");
}

#[test]
fn hung_up() {
    ended_by(Signal::HUP, "SIGHUP: the terminal is closed");
}

#[test]
fn interrupted_twice() {
    let server = Server::scripted(|request| if request.number < 20 { Answer::ok("here") } else { Answer::silence() });
    let project = page(&server.url(), "timeout = \"1h\"", "", "duration = \"1h\"\nstop_within = \"1h\"");
    let running = project.loadgate("run").start();
    server.wait_for_requests(22);
    let row = Row {
        fault: "SIGINT twice, while answers are waited for",
        exit: Some(130),
        says: "interrupted",
        recording: Kept::CutOff,
    };
    row.holds(&running.interrupt_until_it_ends(), &project);
}

#[test]
fn nobody_reads() {
    let failing = Server::answering(Answer::status(500, "broken"));
    let project = page(&failing.url(), "", "", "duration = \"500ms\"");
    project.loadgate("run").with_closed_stdout().run().exits(3);
    let server = Server::answering(Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let row = Row {
        fault: "whoever reads its output leaves, as `head` does",
        exit: Some(0),
        says: "recording in",
        recording: Kept::Valid(&[]),
    };
    row.holds(&project.loadgate("run").with_closed_stdout().run(), &project);
}

#[test]
fn stopped_for_ten_seconds() {
    let server = Server::answering(Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"13s\"");
    let running = project.loadgate("run").start();
    server.wait_for_requests(20);
    running.signal(Signal::STOP);
    // How long it stands still is what is tested, and not how long something takes.
    std::thread::sleep(Duration::from_secs(10));
    running.signal(Signal::CONT);
    let row = Row {
        fault: "SIGSTOP, and SIGCONT after 10 s",
        exit: Some(3),
        says: "the generator stood still for",
        recording: Kept::Invalid(&[]),
    };
    row.holds(&running.finish(), &project);
}

#[test]
fn killed() {
    let server = Server::answering(Answer::ok("here"));
    let (project, running) = long(&server);
    let recording = project.path("loadgate-report/recording.json");
    until("a checkpoint", || recording.exists());
    running.signal(Signal::KILL);
    let row = Row { fault: "SIGKILL, or the kernel's want of memory", exit: None, says: "", recording: Kept::CutOff };
    row.holds(&running.finish(), &project);
    let facts = project.json("loadgate-report/recording.json")["facts"].clone();
    assert!(facts["window_s"].as_f64() >= Some(7.0), "{facts:#}");
    let shown = project.loadgate("report loadgate-report/recording.json").run().exits(0);
    assert!(shown.stdout.contains("s into the run, before it could finish it"), "{}", shown.transcript());
}
