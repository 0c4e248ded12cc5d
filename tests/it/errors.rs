//! Requests that fail: each kind under its own name, and a run of nothing else never exits 0.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Answer, Certificate, Finished, Project, Received, Server, closed_port, full_listener};

/// Asserts that every request of a finished `hit --json` failed as `label`, and that the exit status says so.
#[track_caller]
fn all_failed_as(label: &str, finished: Finished) -> Value {
    let finished = finished.exits_with_one_of(&[1, 3]);
    let figures = finished.json()["endpoints"]["(all)"].clone();
    let failed = figures["errors"][label].as_u64();
    assert!(failed > Some(0), "no failure is called {label:?}\n{}", finished.transcript());
    assert_eq!(figures["requests"].as_u64(), failed, "{figures:#}");
    assert_eq!(figures["error_rate"], 1.0, "{figures:#}");
    figures
}

/// `hit --json` with three requests of one user.
#[track_caller]
fn hit(url: &str, flags: &str) -> Finished {
    Project::empty().loadgate("hit --json -n 3 -u 1").arg(url).args(flags).run()
}

/// A loadgate.toml of one GET, with what is given added to its `[http]` and to its task.
fn config(url: &str, http: &str, task: &str) -> String {
    format!(
        "[target]\nurl = \"{url}\"\n[http]\n{http}\n[[user]]\nthink = {{ constant = \"20ms\" }}\n\
         [[user.task]]\nname = \"page\"\nget = \"/\"\n{task}\n[profile.short]\nusers = 1\nduration = \"300ms\"\n"
    )
}

/// Plays that loadgate.toml and gives the errors of its endpoint.
#[track_caller]
fn errors_of_run(config: &str) -> Value {
    let project = Project::with(config);
    project.loadgate("run").run().exits_with_one_of(&[1, 3]);
    project.json("loadgate-report/recording.json")["summary"]["endpoints"]["page"]["errors"].clone()
}

#[test]
fn nobody_listening_is_a_refused_connection() {
    all_failed_as("connect refused", hit(&format!("http://127.0.0.1:{}", closed_port()), ""));
}

#[test]
fn a_name_that_does_not_resolve_is_a_dns_error() {
    all_failed_as("dns", hit("http://nobody.invalid", ""));
}

#[test]
#[cfg(target_os = "linux")]
fn a_handshake_without_an_answer_is_a_connect_timeout() {
    let (address, _full) = full_listener();
    let errors = errors_of_run(&config(&format!("http://{address}"), "connect_timeout = \"100ms\"", ""));
    assert!(errors["connect timeout"].as_u64() > Some(0), "{errors:#}");
}

#[test]
fn no_answer_in_time_is_a_timeout_and_recorded_at_its_limit() {
    let server = Server::answering(Answer::silence());
    let figures = all_failed_as("timeout", hit(&server.url(), "--timeout 200ms"));
    // The histogram keeps three significant digits.
    assert!(figures["failed_us"]["p50"].as_u64() >= Some(199_000), "{figures:#}");
    assert_eq!(figures["response_us"]["max"], 0, "{figures:#}");
}

#[test]
fn half_an_answer_in_time_is_a_timeout() {
    let mut half = Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    half.acts.extend(Answer::silence().acts);
    let server = Server::answering(half);
    all_failed_as("timeout", hit(&server.url(), "--timeout 200ms"));
}

#[test]
fn a_connection_reset_instead_of_an_answer_is_a_reset() {
    let server = Server::answering(Answer::reset());
    all_failed_as("reset", hit(&server.url(), ""));
}

#[test]
fn a_new_connection_closed_instead_of_an_answer_is_closed_early() {
    let server = Server::answering(Answer::hang_up());
    all_failed_as("closed early", hit(&server.url(), ""));
    assert_eq!(server.requests(), 3, "a request on a new connection is not tried again");
}

#[test]
fn an_answer_cut_short_is_closed_early() {
    let cuts = [
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly so much",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ];
    for cut in cuts {
        let server = Server::answering(Answer::raw(cut).then_close());
        all_failed_as("closed early", hit(&server.url(), ""));
    }
}

#[test]
fn a_certificate_nobody_vouches_for_is_a_tls_error() {
    let server = Server::over_tls(&Certificate::generate(), Answer::ok("secret"));
    all_failed_as("tls", hit(&server.url(), ""));
    assert_eq!(server.requests(), 0);
}

#[test]
fn what_is_not_http_is_a_protocol_error() {
    let strangers = [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    ];
    for stranger in strangers {
        let server = Server::answering(Answer::raw(stranger));
        all_failed_as("protocol", hit(&server.url(), ""));
    }
}

#[test]
fn a_status_of_400_or_more_fails_under_its_number() {
    for status in [400, 404, 500, 503] {
        let server = Server::answering(Answer::status(status, "no"));
        all_failed_as(&format!("status {status}"), hit(&server.url(), ""));
        assert_eq!(server.connections(), 1, "the connection of a failed answer is as good as any");
    }
}

#[test]
fn a_status_that_was_expected_is_a_success() {
    let server = Server::answering(Answer::status(404, "no"));
    let project = Project::with(&config(&server.url(), "", "expect = { status = 404 }"));
    project.loadgate("run").run().exits(0);
    assert_eq!(project.json("loadgate-report/recording.json")["summary"]["endpoints"]["page"]["error_rate"], 0.0);
}

#[test]
fn an_expectation_that_fails_is_named() {
    let expectations = [
        ("expect = { json = { \"$.id\" = 7 } }", "expect json $.id"),
        ("expect = { header = { X-Cache = \"hit\" } }", "expect header X-Cache"),
        ("expect = { body = { contains = \"welcome\" } }", "expect body"),
        ("expect = { status = 201 }", "expect status"),
        ("expect = { time = \"1ms\" }", "expect time"),
        ("extract = { token = \"json:$.token\" }", "extract token"),
    ];
    for (task, label) in expectations {
        let server = Server::answering(Answer::ok("{\"id\": 8}").taking(Duration::from_millis(5)));
        let errors = errors_of_run(&config(&server.url(), "", task));
        let named = errors.as_object().unwrap().iter().any(|(name, count)| name.starts_with(label) && *count != 0);
        assert!(named, "{task}: no failure is called {label:?}: {errors:#}");
    }
}

#[test]
fn failures_among_successes_are_counted_apart() {
    let every_fourth = |request: &Received| match request.number % 4 {
        3 => Answer::status(503, "busy"),
        _ => Answer::ok("ok"),
    };
    let server = Server::scripted(every_fourth);
    let finished = Project::empty().loadgate("hit --json -n 40 -u 1").arg(server.url()).run();
    let figures = &finished.json()["endpoints"]["(all)"];
    assert_eq!((&figures["requests"], &figures["errors"]["status 503"]), (&40.into(), &10.into()));
    assert_eq!(figures["error_rate"], 0.25);
}
