//! Connections that are taken and come to nothing.

use std::time::Duration;

use super::row::{Kept, Row};
use super::servers::page;
use crate::support::{Act, Answer, Project, Received, Server};

#[test]
fn nothing_is_ever_answered() {
    let server = Server::answering(Answer::silence());
    let project = page(&server.url(), "timeout = \"200ms\"", "", "duration = \"1s\"");
    let row = Row {
        fault: "the target takes connections and never answers",
        exit: Some(3),
        says: "timeout",
        recording: Kept::Invalid(&["timeout"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn a_byte_a_second() {
    let byte = |byte: u8| [Act::Send(vec![byte]), Act::Take(Duration::from_secs(1))];
    let acts = Answer::ok("here").acts.into_iter().flat_map(|act| match act {
        Act::Send(bytes) => bytes.into_iter().flat_map(byte).collect(),
        other => vec![other],
    });
    let server = Server::answering(Answer { acts: acts.collect() });
    let project = page(&server.url(), "timeout = \"300ms\"", "", "duration = \"1s\"");
    let row = Row {
        fault: "an answer drips a byte a second",
        exit: Some(3),
        says: "timeout",
        recording: Kept::Invalid(&["timeout"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn reset_in_the_body() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it";
    let server = Server::answering(Answer::raw(half).then([Act::Take(Duration::from_millis(20)), Act::Reset]));
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let row = Row {
        fault: "a connection is reset in the middle of a body",
        exit: Some(3),
        says: "reset",
        recording: Kept::Invalid(&["reset"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn closed_in_the_body() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it";
    let server = Server::answering(Answer::raw(half).then_close());
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let row = Row {
        fault: "a connection is closed in the middle of a body",
        exit: Some(3),
        says: "closed early",
        recording: Kept::Invalid(&["closed early"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn closed_after_each_answer() {
    // It says nothing of the close, and closes when the connection is in use again.
    let server = Server::answering(Answer::ok("here").then([Act::Take(Duration::from_millis(2)), Act::HalfClose]));
    let project = Project::with(&format!(
        "[target]\nurl = \"{}\"\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
         [profile.short]\nusers = 2\nduration = \"500ms\"\n",
        server.url()
    ));
    let row = Row {
        fault: "the target closes each connection after its answer",
        exit: Some(0),
        says: "recording in",
        recording: Kept::Valid(&[]),
    };
    row.holds(&project.loadgate("run").run(), &project);
    assert!(server.connections() >= server.requests() && server.requests() > 2);
}

#[test]
fn half_open() {
    let once = |request: &Received| if request.on_connection == 0 { Answer::ok("here") } else { Answer::silence() };
    let server = Server::scripted(once);
    let project = page(&server.url(), "timeout = \"150ms\"", "", "duration = \"1s\"");
    let row = Row {
        fault: "connections are half-open: kept, and dead at the other end",
        exit: Some(0),
        says: "timeout",
        recording: Kept::Valid(&["timeout"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
    assert!(server.connections() > 2, "a connection that has timed out is not used again");
}
