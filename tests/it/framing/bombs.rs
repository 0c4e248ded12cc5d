//! Answers without end or measure: memory stays bounded, and the timeout holds while bytes keep coming.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use socket2::SockRef;

use super::OK;
use crate::support::{Act, Answer, Project, Server};

/// Far above what loadgate needs, and far below what the bombs send.
const MEMORY: u64 = 200 * 1024 * 1024;

const BLOCK: usize = 64 * 1024;

/// Plays an answer to one request within [`MEMORY`], and gives the errors.
#[track_caller]
fn errors(answer: Answer, flags: &str) -> Value {
    let server = Server::answering(answer);
    let started = Project::empty().loadgate("hit --json -n 1 -u 1 -d 80s").arg(server.url()).args(flags).start();
    #[cfg(target_os = "linux")]
    started.limit_memory(MEMORY);
    let finished = started.finish();
    let figures = &finished.json()["endpoints"]["(all)"];
    assert_eq!(figures["requests"], 1, "{}", finished.transcript());
    figures["errors"].clone()
}

/// A loadgate.toml of one POST with a large body, to whoever listens on a port.
fn upload(port: u16, http: &str, task: &str) -> Project {
    // More than the client's socket holds; the server's is small.
    let body = "b".repeat(8 * 1024 * 1024);
    let config = format!(
        "[target]\nurl = \"http://127.0.0.1:{port}\"\n[http]\n{http}\n[[user]]\nthink = {{ constant = \"1s\" }}\n\
         [[user.task]]\nname = \"upload\"\npost = \"/\"\nbody_file = \"body\"\n{task}\n\
         [profile.short]\nusers = 1\nduration = \"500ms\"\n"
    );
    Project::with(&config).file("body", body)
}

/// A listener that does this with each connection once a request's head has come, reading no body.
fn listener(act: impl Fn(BufReader<TcpStream>) + Send + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    SockRef::from(&listener).set_recv_buffer_size(BLOCK).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut stream = BufReader::with_capacity(1, stream);
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            act(stream);
        }
    });
    port
}

#[test]
fn heads_without_end_are_refused_at_their_limit() {
    let block = "x".repeat(BLOCK);
    let starts = [
        ("a reason", "HTTP/1.1 200 ", block.clone()),
        ("a header", "HTTP/1.1 200 OK\r\nX: ", block.clone()),
        ("a folded header", "HTTP/1.1 200 OK\r\nX: ", " y\r\n".repeat(BLOCK / 4)),
        ("empty lines", "", "\r\n".repeat(BLOCK / 2)),
        ("interim answers", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(BLOCK / 40)),
        ("chunk sizes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0".repeat(BLOCK)),
        ("chunk extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", block),
        ("trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n".repeat(BLOCK / 6)),
    ];
    for (name, start, endless) in starts {
        assert_eq!(
            errors(Answer::raw(start).then_endlessly(endless), "--timeout 60s"),
            json!({"protocol": 1}),
            "{name}"
        );
    }
}

#[test]
fn a_long_head_is_refused_however_it_comes() {
    let head = |length: usize| format!("{OK}Content-Length: 0\r\nX: {}\r\n\r\n", "y".repeat(length));
    for (length, expected) in [(200 * 1024, json!({})), (10 * 1024 * 1024, json!({"protocol": 1}))] {
        assert_eq!(errors(Answer::raw(head(length)), "--timeout 60s"), expected, "{length} bytes at once");
    }
    assert_eq!(errors(Answer::raw(head(20 * 1024)).dripped(), "--timeout 60s"), json!({}), "byte by byte");
}

#[test]
fn a_large_body_that_nobody_wants_is_dropped_as_it_comes() {
    let blocks = 1024 * 1024 * 1024 / BLOCK;
    let body = Act::Repeat(blocks, vec![Act::Send(vec![b'x'; BLOCK])]);
    let with_length = Answer::raw(format!("{OK}Content-Length: {}\r\n\r\n", blocks * BLOCK)).then([body.clone()]);
    assert_eq!(errors(with_length, "--timeout 80s"), json!({}));
}

#[test]
fn a_body_without_end_that_someone_wants_is_refused_at_its_limit() {
    let starts = ["\r\n", "Content-Length: 99999999999\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n"];
    for start in starts {
        let server = Server::answering(Answer::raw(format!("{OK}{start}")).then_endlessly(vec![b'x'; BLOCK]));
        let config = format!(
            "[target]\nurl = \"{}\"\n[http]\ntimeout = \"60s\"\n[[user]]\nthink = {{ constant = \"60s\" }}\n\
             [[user.task]]\nname = \"page\"\nget = \"/\"\nexpect = {{ body = {{ contains = \"y\" }} }}\n\
             [profile.short]\nusers = 1\nduration = \"300ms\"\n",
            server.url()
        );
        let project = Project::with(&config);
        let started = project.loadgate("run").start();
        #[cfg(target_os = "linux")]
        started.limit_memory(MEMORY);
        started.finish().exits_with_one_of(&[1, 3]);
        let summary = &project.json("loadgate-report/recording.json")["summary"];
        assert_eq!(summary["endpoints"]["page"]["errors"], json!({"body too large": 1}), "{start:?}");
    }
}

#[test]
fn the_timeout_holds_while_bytes_keep_coming() {
    let body = format!("{OK}Content-Length: 999999999999\r\n\r\n");
    let flood = Answer::raw(body.clone()).then_endlessly(vec![b'x'; BLOCK]);
    assert_eq!(errors(flood, "--timeout 300ms"), json!({"timeout": 1}), "as fast as they are read");
    let trickle = vec![Act::Send(b"x".to_vec()), Act::Take(Duration::from_millis(5))];
    for start in [body.as_str(), "HTTP/1.1 200 OK\r\nX: "] {
        let drip = Answer::raw(start).then([Act::Repeat(usize::MAX, trickle.clone())]);
        assert_eq!(errors(drip, "--timeout 300ms"), json!({"timeout": 1}), "slowly behind {start:?}");
    }
}

#[test]
fn a_request_that_nobody_reads_meets_its_timeout() {
    let (kept, keeper) = std::sync::mpsc::channel();
    let port = listener(move |stream| kept.send(stream).unwrap());
    let project = upload(port, "timeout = \"300ms\"", "");
    project.loadgate("run").run().exits_with_one_of(&[1, 3]);
    let summary = &project.json("loadgate-report/recording.json")["summary"];
    assert_eq!(summary["endpoints"]["upload"]["errors"], json!({"timeout": 1}));
    assert!(keeper.recv().is_ok(), "the connection was held open");
}

#[test]
fn an_answer_before_the_request_was_read_is_the_answer() {
    let port = listener(|mut stream| {
        let refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno";
        stream.get_mut().write_all(refusal).unwrap();
    });
    let project = upload(port, "", "expect = { status = 413 }");
    project.loadgate("run").run().exits(0);
    let summary = &project.json("loadgate-report/recording.json")["summary"];
    assert_eq!(summary["endpoints"]["upload"]["errors"], json!({}));
}
