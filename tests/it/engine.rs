//! The engine, through `hit`: every way a server may frame its answers, connections kept and lost, load in both models.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Answer, Certificate, Project, Received, Server};

/// Runs `hit --json` against a server and gives the figures of the whole run.
#[track_caller]
fn hit(server: &Server, flags: &str) -> Value {
    let finished = Project::empty().loadgate("hit --json").arg(server.url()).args(flags).run().exits(0);
    finished.json()["endpoints"]["(all)"].clone()
}

/// Asserts that so many requests were made and none failed.
#[track_caller]
fn all_succeeded(figures: &Value, requests: u64) {
    assert_eq!(figures["requests"], requests, "{figures:#}");
    assert_eq!(figures["error_rate"], 0.0, "{figures:#}");
    assert_eq!(figures["errors"], serde_json::json!({}), "{figures:#}");
}

#[test]
fn an_answer_with_a_length_is_read_to_its_end_and_its_connection_kept() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world".as_slice();
    let server = Server::answering(Answer::raw(answer));
    let figures = hit(&server, "-n 20 -u 1");
    all_succeeded(&figures, 20);
    assert_eq!(figures["bytes_received"], 20 * answer.len());
    assert_eq!((server.requests(), server.connections()), (20, 1));
}

#[test]
fn an_answer_that_comes_a_byte_at_a_time_is_the_same_answer() {
    let server = Server::answering(Answer::ok("in pieces").dripped());
    all_succeeded(&hit(&server, "-n 5 -u 1"), 5);
    assert_eq!(server.connections(), 1);
}

#[test]
fn chunks_with_extensions_and_trailers_are_read_to_their_end() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5\r\nhello\r\n6;name=value\r\n world\r\n0\r\nDigest: abc\r\n\r\n";
    for answer in [Answer::raw(chunked), Answer::raw(chunked).dripped()] {
        let server = Server::answering(answer);
        let figures = hit(&server, "-n 10 -u 1");
        all_succeeded(&figures, 10);
        assert_eq!(figures["bytes_received"], 10 * chunked.len());
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn an_empty_chunked_answer_is_an_answer() {
    let server = Server::answering(Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    all_succeeded(&hit(&server, "-n 5 -u 1"), 5);
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_head_answer_announces_a_body_and_has_none() {
    let server = Server::answering(Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
    all_succeeded(&hit(&server, "-n 5 -u 1 -m HEAD"), 5);
    assert_eq!(server.connections(), 1);
    assert!(server.received().iter().all(|request| request.method == "HEAD"));
}

#[test]
fn statuses_without_a_body_have_none_whatever_they_announce() {
    for head in ["204 No Content\r\n\r\n", "304 Not Modified\r\nContent-Length: 1000\r\n\r\n"] {
        let server = Server::answering(Answer::raw(format!("HTTP/1.1 {head}")));
        all_succeeded(&hit(&server, "-n 5 -u 1"), 5);
        assert_eq!(server.connections(), 1, "{head}");
    }
}

#[test]
fn interim_answers_are_passed_over() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let answer = format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    for answer in [Answer::raw(answer.clone()), Answer::raw(answer).dripped()] {
        let server = Server::answering(answer);
        all_succeeded(&hit(&server, "-n 5 -u 1"), 5);
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn an_answer_without_a_length_ends_with_its_connection() {
    let server = Server::answering(Answer::raw("HTTP/1.1 200 OK\r\n\r\nuntil the end").then_close());
    all_succeeded(&hit(&server, "-n 3 -u 1"), 3);
    assert_eq!((server.requests(), server.connections()), (3, 3));
}

#[test]
fn a_server_that_announces_the_close_is_dialled_anew() {
    let heads = ["HTTP/1.1 200 OK\r\nConnection: close\r\n", "HTTP/1.0 200 OK\r\n"];
    for head in heads {
        // The connection stays open on the server's side: only the announcement tells.
        let server = Server::answering(Answer::raw(format!("{head}Content-Length: 2\r\n\r\nok")));
        all_succeeded(&hit(&server, "-n 3 -u 1"), 3);
        assert_eq!((server.requests(), server.connections()), (3, 3), "{head}");
    }
}

#[test]
fn an_idle_connection_closed_by_the_server_is_no_error() {
    let server = Server::answering(Answer::ok("ok").then_close());
    all_succeeded(&hit(&server, "-n 5 -u 1"), 5);
    assert_eq!(server.connections(), 5);
}

#[test]
fn a_connection_found_closed_when_it_is_used_again_is_no_error() {
    let hang_up_on_reuse = |request: &Received| match request.on_connection {
        0 => Answer::ok("ok"),
        _ => Answer::hang_up(),
    };
    let server = Server::scripted(hang_up_on_reuse);
    all_succeeded(&hit(&server, "-n 5 -u 1"), 5);
    assert_eq!((server.requests(), server.connections()), (9, 5), "each of the last four was sent twice");
}

#[test]
fn each_user_keeps_one_connection() {
    let server = Server::answering(Answer::ok("ok").taking(Duration::from_millis(20)));
    all_succeeded(&hit(&server, "-n 40 -u 4"), 40);
    assert_eq!(server.connections(), 4);
}

#[test]
fn a_request_is_sent_as_it_was_typed() {
    let server = Server::answering(Answer::ok("ok"));
    let finished = Project::empty()
        .loadgate("hit --json -n 1 -m PUT -H X-Trace:abc --body")
        .arg("two words")
        .arg(format!("{}/things?page=2", server.url()))
        .run()
        .exits(0);
    assert_eq!(finished.json()["endpoints"]["(all)"]["requests"], 1);
    let request = &server.received()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("PUT", "/things?page=2"));
    assert_eq!(request.header("x-trace"), Some("abc"));
    assert_eq!(request.header("host").map(|host| format!("http://{host}")), Some(server.url()));
    assert_eq!(request.body, "two words");
}

#[test]
fn tls_is_spoken_once_for_each_connection() {
    let server = Server::over_tls(&Certificate::generate(), Answer::ok("secret"));
    let figures = hit(&server, "-n 5 -u 1 --insecure");
    all_succeeded(&figures, 5);
    assert_eq!(server.connections(), 1);
    assert!(figures["phases_us"]["tls"]["max"].as_u64() > Some(0), "{figures:#}");
}

#[test]
fn a_certificate_is_trusted_where_its_authority_is_named() {
    let certificate = Certificate::generate();
    let server = Server::over_tls(&certificate, Answer::ok("secret"));
    let config = format!(
        "[target]\nurl = \"{}\"\n[http]\ntls = {{ ca = \"ca.pem\" }}\n\
         [[user]]\n[[user.task]]\nget = \"/\"\n[profile.short]\nusers = 1\nduration = \"300ms\"\n",
        server.url()
    );
    Project::with(&config).file("ca.pem", &certificate.pem).loadgate("run").run().exits(0);
    assert!(server.requests() > 0);
}

#[test]
fn users_without_think_time_end_with_the_window_and_send_nothing_behind_it() {
    let server = Server::answering(Answer::ok("ok"));
    for _ in 0..5 {
        let before = server.requests();
        let finished = Project::empty().loadgate("hit --json -u 4 -d 200ms").arg(server.url()).run().exits(0);
        let made = finished.json()["endpoints"]["(all)"]["requests"].as_u64().unwrap();
        assert_eq!(server.requests() - before, made);
    }
}

#[test]
fn the_open_model_accounts_for_every_start_that_was_due() {
    let server = Server::answering(Answer::ok("ok"));
    let finished =
        Project::empty().loadgate("hit --json -r 200/s -d 1s").arg(server.url()).run().exits_with_one_of(&[0, 3]);
    let summary = finished.json();
    let made = summary["endpoints"]["(all)"]["requests"].as_u64().unwrap();
    let missed = summary["generator"]["missed_starts"].as_u64().unwrap();
    assert!((199..=201).contains(&(made + missed)), "{made} made, {missed} missed\n{summary:#}");
    assert_eq!(server.requests(), made);
}

#[test]
fn a_stall_shows_in_the_response_time_of_everyone_who_waited_behind_it() {
    const STALL: Duration = Duration::from_millis(400);
    let server = Server::scripted(|request| match request.number {
        0 => Answer::ok("slow").taking(STALL),
        _ => Answer::ok("fast"),
    });
    let config = format!(
        "[target]\nurl = \"{}\"\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
         [profile.one]\nrate = \"50/s\"\nmax_users = 1\nduration = \"600ms\"\n",
        server.url()
    );
    let project = Project::with(&config);
    project.loadgate("run").run().exits_with_one_of(&[0, 3]);
    let summary = &project.json("loadgate-report/recording.json")["summary"];
    let page = &summary["endpoints"]["page"];
    // 20 starts were due while the only user waited; the median of 30 was due about 300 ms before it started.
    assert!(page["response_us"]["p50"].as_u64() > Some(20_000), "{page:#}");
    assert!(page["response_us"]["p50"].as_u64() > page["service_us"]["p50"].as_u64(), "{page:#}");
    assert!(summary["generator"]["late_starts"].as_u64() >= Some(10), "{summary:#}");
}

#[test]
fn the_warm_up_is_in_no_figure() {
    let server = Server::scripted(|request| match request.number {
        0..5 => Answer::status(500, "cold").taking(Duration::from_millis(20)),
        _ => Answer::ok("warm").taking(Duration::from_millis(2)),
    });
    let figures = hit(&server, "-u 1 -d 1s --warmup 500ms");
    assert_eq!(figures["error_rate"], 0.0, "{figures:#}");
    assert!(figures["requests"].as_u64().unwrap() < server.requests(), "{figures:#}");
}
