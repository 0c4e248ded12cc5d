//! Answers that are too large, never end, or say that it is too much.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::row::{Kept, Row};
use super::servers::page;
use crate::support::{Act, Answer, Received, Server};

const MEBIBYTE: usize = 1024 * 1024;

/// An answer of a hundred MiB.
fn hundred_mebibytes() -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 100 * MEBIBYTE);
    Answer::raw(head).then([Act::Repeat(100, vec![Act::Send(vec![b'x'; MEBIBYTE])])])
}

#[test]
#[cfg(target_os = "linux")]
fn a_body_of_100_mb() {
    let server = Server::answering(hundred_mebibytes());
    let project = page(&server.url(), "timeout = \"60s\"", "", "users = 1\nduration = \"1s\"").file(
        "loadgate.toml",
        format!(
            "[target]\nurl = \"{}\"\n[http]\ntimeout = \"60s\"\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
             [profile.short]\nusers = 1\nduration = \"1s\"\nstop_within = \"60s\"\n",
            server.url()
        ),
    );
    let row = Row {
        fault: "a body of 100 MB, which nothing looks at",
        exit: Some(0),
        says: "recording in",
        recording: Kept::Valid(&[]),
    };
    let running = project.loadgate("run --workers 1").start();
    // Not a body of them would fit.
    running.limit_memory(80 * MEBIBYTE as u64);
    row.holds(&running.finish(), &project);
    let received = &project.json("loadgate-report/recording.json")["summary"]["endpoints"]["(all)"]["bytes_received"];
    assert!(received.as_u64() > Some(100 * MEBIBYTE as u64), "{received}");
}

#[test]
fn a_body_of_100_mb_that_is_looked_at() {
    let server = Server::answering(hundred_mebibytes());
    let task = "expect = { body = { contains = \"needle\" } }";
    let project = page(&server.url(), "timeout = \"60s\"", task, "duration = \"500ms\"\nstop_within = \"60s\"");
    let row = Row {
        fault: "a body of 100 MB, of which an expectation wants to see all",
        exit: Some(3),
        says: "body too large",
        recording: Kept::Invalid(&["body too large"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn a_gzip_bomb() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; MEBIBYTE];
    for _ in 0..200 {
        gzip.write_all(&zeros).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let server = Server::answering(Answer::raw([head.as_bytes(), &bomb].concat()));
    let task = "expect = { body = { contains = \"needle\" } }";
    let project = page(&server.url(), "timeout = \"60s\"", task, "duration = \"500ms\"\nstop_within = \"60s\"");
    let row = Row {
        fault: "200 KB of gzip that are 200 MB",
        exit: Some(3),
        says: "body too large",
        recording: Kept::Invalid(&["body too large"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

#[test]
fn headers_without_an_end() {
    let server =
        Server::answering(Answer::raw("HTTP/1.1 200 OK\r\nX-More: ").then_endlessly("and more, ".repeat(1000)));
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let row = Row {
        fault: "headers that never end",
        exit: Some(3),
        says: "protocol",
        recording: Kept::Invalid(&["protocol"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

/// Every second answer says that it is too much, and when to come back.
fn overloaded(status: u16) -> impl Fn(&Received) -> Answer + Send + Sync {
    move |request| match request.number % 2 {
        0 => Answer::ok("here"),
        _ => Answer::raw(format!("HTTP/1.1 {status} X\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n")),
    }
}

#[test]
fn too_many_requests() {
    let server = Server::scripted(overloaded(429));
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let row = Row {
        fault: "429 with Retry-After: the load goes on as described, and each is a failure",
        exit: Some(0),
        says: "status 429",
        recording: Kept::Valid(&["status 429"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
    assert!(server.requests() > 4, "nobody waits for an hour");
}

#[test]
fn service_unavailable() {
    let server = Server::scripted(overloaded(503));
    let project = page(&server.url(), "", "", "duration = \"500ms\"");
    let row = Row {
        fault: "503 with Retry-After: the load goes on as described, and each is a failure",
        exit: Some(0),
        says: "status 503",
        recording: Kept::Valid(&["status 503"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
    assert!(server.requests() > 4, "nobody waits for an hour");
}
