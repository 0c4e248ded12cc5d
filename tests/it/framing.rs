//! Every answer a server can send, in tables: each is a right answer or a failure with a name, within its timeout and
//! in bounded memory; and what the fuzzer checks, on its corpus.

mod bombs;
mod properties;

use crate::support::{Act, Answer, Project, Server, check_corpus};

/// What becomes of the connection of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connection {
    /// It carries the next request.
    Kept,
    /// The next request gets one of its own.
    Replaced,
}

use Connection::{Kept, Replaced};

const OK: &str = "HTTP/1.1 200 OK\r\n";

/// Plays an answer to two requests of one user, and asserts what each was counted as (`ok` or the name of a failure).
#[track_caller]
fn plays(name: &str, answer: Answer, flags: &str, counted_as: &str, connection: Connection) {
    let server = Server::answering(answer);
    let finished = Project::empty().loadgate("hit --json -n 2 -u 1").arg(server.url()).args(flags).run();
    let figures = finished.json()["endpoints"]["(all)"].clone();
    let errors = match counted_as {
        "ok" => serde_json::json!({}),
        failure => serde_json::json!({ failure: 2 }),
    };
    assert_eq!((&figures["requests"], &figures["errors"]), (&2.into(), &errors), "{name}\n{}", finished.transcript());
    let connections = if connection == Kept { 1 } else { 2 };
    assert_eq!(server.connections(), connections, "{name}: connections");
}

/// Plays a table of answers, each in one piece and byte by byte.
#[track_caller]
fn table(flags: &str, rows: &[(&str, &str, Connection)]) {
    for (wire, counted_as, connection) in rows {
        plays(&format!("{wire:?}"), Answer::raw(*wire), flags, counted_as, *connection);
        plays(&format!("{wire:?}, dripped"), Answer::raw(*wire).dripped(), flags, counted_as, *connection);
    }
}

/// The same rows, each behind a status line of 200.
#[track_caller]
fn table_of_200(rows: &[(&str, &str, Connection)]) {
    let wires: Vec<String> = rows.iter().map(|(wire, ..)| format!("{OK}{wire}")).collect();
    let rows: Vec<_> = wires.iter().zip(rows).map(|(wire, row)| (wire.as_str(), row.1, row.2)).collect();
    table("", &rows);
}

#[test]
fn lengths_agree_or_the_answer_is_refused() {
    table_of_200(&[
        ("Content-Length: 2, 2\r\n\r\nok", "ok", Kept),
        ("Content-Length: 2\r\ncontent-length:2\r\n\r\nok", "ok", Kept),
        ("Content-Length : 002 \r\n\r\nok", "ok", Kept),
        ("Content-Length:\r\n 2\r\n\r\nok", "ok", Kept),
        ("Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", "protocol", Replaced),
        ("Content-Length: 2\r\n 2\r\n\r\nok", "protocol", Replaced),
        ("Content-Length: -2\r\n\r\nok", "protocol", Replaced),
        ("Content-Length: 0x2\r\n\r\nok", "protocol", Replaced),
        ("Content-Length:\r\n\r\nok", "protocol", Replaced),
        ("Content-Length: 18446744073709551616\r\n\r\nok", "protocol", Replaced),
    ]);
}

#[test]
fn codings_end_a_body_or_the_connection_does() {
    table_of_200(&[
        ("Transfer-Encoding: gzip,\r\n\tChunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", Kept),
        ("Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", "ok", Kept),
        ("Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", Replaced),
        ("Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "protocol", Replaced),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "protocol", Replaced),
    ]);
    let old = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    table("", &[(old, "ok", Replaced)]);
    let outermost_unknown = Answer::raw(format!("{OK}Transfer-Encoding: chunked, gzip\r\n\r\nany bytes")).then_close();
    plays("chunked within gzip", outermost_unknown, "", "ok", Replaced);
}

#[test]
fn chunks_are_framed_to_the_letter_but_for_bare_line_feeds_and_padding() {
    let chunked = |body: &str| format!("Transfer-Encoding: chunked\r\n\r\n{body}");
    let right = ["2;a=\"b;c\";d\r\nok\r\n0;e\r\n\r\n", "02  \r\nok\r\n000\r\nDigest: x\r\n y\r\n\r\n", "2\nok\n0\n\n"];
    let wrong = [
        "2\rok\r\n0\r\n\r\n",
        "2;a\rb\r\nok\r\n0\r\n\r\n",
        "2 2\r\nok\r\n0\r\n\r\n",
        "-2\r\nok\r\n0\r\n\r\n",
        "0x2\r\nok\r\n0\r\n\r\n",
        "\r\nok\r\n0\r\n\r\n",
        "2\r\nokay\r\n0\r\n\r\n",
        "10000000000000000\r\nok\r\n0\r\n\r\n",
    ];
    for body in right {
        table_of_200(&[(&chunked(body), "ok", Kept)]);
    }
    for body in wrong {
        table_of_200(&[(&chunked(body), "protocol", Replaced)]);
    }
}

#[test]
fn heads_are_read_as_servers_write_them() {
    table(
        "",
        &[
            ("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok", Kept),
            ("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "ok", Kept),
            ("HTTP/1.1 200 \u{d6}K\r\nX: \u{ff}\r\nContent-Length: 2\r\n\r\nok", "ok", Kept),
            ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "ok", Kept),
            ("\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", Kept),
            ("HTTP/1.1 200 OK\r\nX: a\r\n Content-Length: 99\r\nContent-Length: 2\r\n\r\nok", "ok", Kept),
            ("HTTP/1.1 200 OK\r\nConnection: close, keep-alive\r\nContent-Length: 2\r\n\r\nok", "ok", Replaced),
            ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", "ok", Kept),
            ("HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok", "status 999", Kept),
            ("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "ok", Kept),
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "ok", Replaced),
            ("HTTP/1.1 000 Nothing\r\nContent-Length: 2\r\n\r\nok", "protocol", Replaced),
            ("HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok", "protocol", Replaced),
            ("HTTP/1.1 200 OK\rContent-Length: 2\r\rok", "protocol", Replaced),
            ("HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok", "protocol", Replaced),
            ("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok", "protocol", Replaced),
            ("HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 2\r\n\r\nok", "protocol", Replaced),
            ("HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 2\r\n\r\nok", "protocol", Replaced),
        ],
    );
    for (lines, counted_as, connection) in [(127, "ok", Kept), (128, "protocol", Replaced)] {
        let head = format!("{OK}Content-Length: 2\r\n{}\r\nok", "X: y\r\n".repeat(lines));
        plays(&format!("{lines} lines more"), Answer::raw(head), "", counted_as, connection);
    }
}

#[test]
fn a_body_where_there_is_none_is_not_read_and_ends_the_connection() {
    for status in ["204 No Content", "304 Not Modified"] {
        let announced = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n");
        plays(status, Answer::raw(announced.clone()), "", "ok", Kept);
        plays(status, Answer::raw(format!("{announced}ok")), "", "ok", Replaced);
    }
    let announced = format!("{OK}Transfer-Encoding: chunked\r\n\r\n");
    plays("HEAD", Answer::raw(announced.clone()), "-m HEAD", "ok", Kept);
    plays("HEAD with a body", Answer::raw(format!("{announced}2\r\nok\r\n0\r\n\r\n")), "-m HEAD", "ok", Replaced);
}

#[test]
fn what_comes_behind_an_answer_answers_nothing() {
    let answer = format!("{OK}Content-Length: 2\r\n\r\nok");
    plays("junk", Answer::raw(format!("{answer}junk")), "", "ok", Replaced);
    plays("a second answer", Answer::raw(format!("{answer}{answer}")), "", "ok", Replaced);
    let chunked = format!("{OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    plays("an empty line", Answer::raw(format!("{chunked}\r\n")), "", "ok", Replaced);
}

#[test]
fn strangers_on_the_port_are_told_at_once() {
    let strangers: [(&str, &[u8]); 6] = [
        ("HTTP/0.9", b"<html>hello</html>"),
        ("HTTP/2 settings", b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80"),
        ("HTTP/2 in words", b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x46"),
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("SMTP", b"220 mail.example ESMTP\r\n"),
    ];
    for (name, greeting) in strangers {
        plays(name, Answer::raw(greeting), "", "protocol", Replaced);
        // It waits for the client to speak its language.
        plays(name, Answer::raw(greeting).dripped().then([Act::Silence]), "", "protocol", Replaced);
    }
}

#[test]
fn an_answer_that_breaks_off_says_how() {
    let ends = [("closed early", Act::Close), ("reset", Act::Reset)];
    let halves = ["HTTP/1.1 2", "Content-Length: 9\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"];
    for (counted_as, end) in ends {
        for half in halves {
            let wire = if half.starts_with("HTTP") { half.to_owned() } else { format!("{OK}{half}") };
            plays(&wire, Answer::raw(wire.clone()).then([end.clone()]), "", counted_as, Replaced);
        }
        let until_close = Answer::raw(format!("{OK}\r\nall of it")).then([end]);
        plays("until close", until_close, "", if counted_as == "reset" { "reset" } else { "ok" }, Replaced);
    }
    let interim = Answer::raw("HTTP/1.1 103 Early Hints\r\n\r\n").then_close();
    plays("only an interim answer", interim, "", "closed early", Replaced);
}

#[test]
fn the_corpus_of_the_fuzzer_holds_what_the_fuzzer_checks() {
    for target in ["answer", "chunked"] {
        check_corpus(target, properties::check);
    }
}
