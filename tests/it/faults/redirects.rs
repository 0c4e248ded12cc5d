//! Redirects that lead nowhere, elsewhere, or where nothing may be sent.

use super::row::{Kept, Row};
use super::servers::page;
use crate::support::{Answer, Server};

fn redirecting(to: &str) -> Answer {
    Answer::raw(format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
}

#[test]
fn in_a_loop() {
    let server = Server::answering(redirecting("/"));
    let project = page(&server.url(), "redirects = 5", "", "duration = \"500ms\"");
    let row = Row {
        fault: "a redirect loop",
        exit: Some(0),
        says: "too many redirects",
        recording: Kept::Valid(&["too many redirects"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn to_another_host() {
    let other = Server::answering(Answer::ok("there"));
    let server = Server::answering(redirecting(&other.url()));
    let project = page(
        &server.url(),
        "redirects = 1\nheaders = { Authorization = \"Bearer s3cret\" }",
        "",
        "duration = \"500ms\"",
    );
    let row = Row {
        fault: "a redirect to another host, which is told no credentials",
        exit: Some(0),
        says: "page (redirected)",
        recording: Kept::Valid(&[]),
    };
    row.holds(&project.loadgate("run").run(), &project);
    assert!(other.received().iter().all(|request| request.header("authorization").is_none()));
    assert!(server.received().iter().all(|request| request.header("authorization") == Some("Bearer s3cret")));
}

#[test]
fn to_a_host_that_may_not_be_loaded() {
    // TEST-NET-3: nobody has it.
    let server = Server::answering(redirecting("http://203.0.113.7/"));
    let project = page(&server.url(), "redirects = 1", "", "duration = \"500ms\"");
    let row = Row {
        fault: "a redirect to a host that may not be sent load",
        exit: Some(0),
        says: "forbidden address",
        recording: Kept::Valid(&["forbidden address"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}
