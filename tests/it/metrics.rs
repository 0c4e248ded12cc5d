//! `--metrics`: what is scraped, pushed and written while a run goes on, and what becomes of a receiver that fails.

use std::io::{Read, Write};
use std::net::TcpStream;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use prost::Message;
use serde_json::Value;

use crate::support::{Act, Answer, Finished, Project, Server, closed_port};

/// A folder that plays one endpoint for a few seconds against a server that fails every tenth request.
fn project(server: &Server) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{}\"\n\n[[user]]\nname = \"reader\"\n[[user.task]]\nname = \"read, \\\"it\\\"\"\nget = \"/\"\n\n\
         [profile.load]\nrate = \"100/s\"\nmax_users = 20\nduration = \"4s\"\nwarmup = \"1s\"\n",
        server.url()
    ))
}

fn target() -> Server {
    Server::scripted(|request| Answer::status(if request.number % 10 == 0 { 500 } else { 200 }, "hello"))
}

fn run(project: &Project, metrics: &str) -> Finished {
    project.loadgate("run --profile load --metrics").arg(metrics).run()
}

/// Requests of the measured window, as the recording has them.
fn measured(project: &Project) -> u64 {
    project.json("loadgate-report/recording.json")["summary"]["endpoints"]["(all)"]["requests"].as_u64().unwrap()
}

#[test]
fn files_hold_every_request_of_the_run() {
    let server = target();
    let project = project(&server);
    run(&project, "csv=streams/seconds.csv,jsonl=seconds.jsonl").exits(0);
    let text = project.read("streams/seconds.csv");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let heads = rows.headers().unwrap().clone();
    let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let (mut all, mut window, mut failed) = (0, 0, 0);
    for row in rows.records().map(Result::unwrap).filter(|row| &row[at("endpoint")] == "read, \"it\"") {
        let requests: u64 = row[at("requests")].parse().unwrap();
        all += requests;
        failed += row[at("failed")].parse::<u64>().unwrap();
        window += if &row[at("phase")] == "window" { requests } else { 0 };
    }
    assert_eq!((all, window), (server.requests(), measured(&project)));
    assert_eq!(failed, server.requests().div_ceil(10));
    let lines: Vec<Value> =
        project.read("seconds.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seconds: Vec<u64> = lines.iter().map(|line| line["second"].as_u64().unwrap()).collect();
    assert!(seconds.len() >= 4 && seconds.is_sorted(), "{seconds:?}");
    let counted = |line: &Value| line["errors"]["read, \"it\""]["status 500"].as_u64().unwrap_or_default();
    assert_eq!(lines.iter().map(counted).sum::<u64>(), failed);
}

#[test]
fn prometheus_can_scrape_while_the_run_goes_on() {
    let server = target();
    let (project, port) = (project(&server), closed_port());
    let running = project.loadgate("run --profile load --metrics").arg(format!("prometheus=127.0.0.1:{port}")).start();
    server.wait_for_requests(300);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    running.finish().exits(0);
    assert!(text.contains("content-type: text/plain; version=0.0.4"), "{text}");
    let line =
        text.lines().find(|line| line.starts_with("loadgate_requests_total{") && line.contains("window")).unwrap();
    assert!(line.contains(r#"endpoint="read, \"it\"",phase="window",profile="load""#), "{line}");
    let told: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(told > 0.0, "{line}");
}

#[test]
fn otlp_tells_the_whole_run_at_its_end() {
    let (server, collector) = (target(), Server::answering(Answer::ok("")));
    let project = project(&server);
    run(&project, &format!("otlp={}", collector.url())).exits(0);
    let last = collector.received().pop().unwrap();
    assert_eq!((last.path.as_str(), last.header("content-type")), ("/v1/metrics", Some("application/x-protobuf")));
    let told = ExportMetricsServiceRequest::decode(last.bytes.as_slice()).unwrap();
    let metrics = &told.resource_metrics[0].scope_metrics[0].metrics;
    let requests = metrics.iter().find(|metric| metric.name == "loadgate_requests").unwrap();
    let Some(metric::Data::Sum(sum)) = &requests.data else { panic!("{requests:?}") };
    let total: f64 = sum
        .data_points
        .iter()
        .map(|point| match point.value {
            Some(number_data_point::Value::AsDouble(value)) => value,
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(total.to_string(), server.requests().to_string());
}

#[test]
fn a_push_carries_its_credentials_and_no_output_does() {
    let (server, receiver) = (target(), Server::answering(Answer::status(204, "")));
    let project = project(&server);
    let url = receiver.url().replace("http://", "http://user:hunter2%21@");
    let finished = run(&project, &format!("remote-write={url}/api/v1/write")).exits(0);
    let first = receiver.received().swap_remove(0);
    assert_eq!(first.header("authorization"), Some("Basic dXNlcjpodW50ZXIyIQ=="));
    assert_eq!(first.header("content-encoding"), Some("snappy"));
    assert_eq!(first.header("x-prometheus-remote-write-version"), Some("0.1.0"));
    assert!(!format!("{}{}", finished.stdout, finished.stderr).contains("hunter2"));

    let bearer = project.loadgate("run --profile load --metrics").arg(format!("otlp={}", receiver.url()));
    let finished = bearer.env("LOADGATE_METRICS_AUTHORIZATION", "Bearer hunter2").run().exits(0);
    assert_eq!(receiver.received().pop().unwrap().header("authorization"), Some("Bearer hunter2"));
    assert!(!format!("{}{}", finished.stdout, finished.stderr).contains("hunter2"));
}

#[test]
fn a_receiver_that_refuses_is_a_warning_and_changes_no_verdict() {
    let server = target();
    let refusing = Server::answering(Answer::status(400, "out of order\u{1b}[31m"));
    let finished = run(&project(&server), &format!("remote-write={}", refusing.url())).exits(0);
    let finished = finished.complains_of(&["warning: metrics to remote-write=", "status 400: out of order␛[31m"]);
    // What is refused is not sent again: there were as many requests as deliveries.
    let told = format!("{0} of {0} deliveries failed", refusing.requests());
    assert!(finished.stderr.contains(&told), "{told}: {}", finished.transcript());
}

#[test]
fn a_receiver_that_is_busy_for_a_moment_is_asked_again() {
    let server = target();
    let busy = Server::scripted(|request| Answer::status(if request.number < 2 { 503 } else { 204 }, ""));
    let finished = run(&project(&server), &format!("remote-write={}", busy.url())).exits(0);
    assert!(!finished.stderr.contains("warning"), "{}", finished.transcript());
    assert!(busy.requests() >= 4, "{}", busy.requests());
}

#[test]
fn a_receiver_that_never_answers_holds_up_the_end_for_seconds_only() {
    let server = target();
    let silent = Server::answering(Answer { acts: vec![Act::Silence] });
    let project = project(&server);
    let finished = run(&project, &format!("otlp={}", silent.url())).exits(0);
    finished.complains_of(&["warning: metrics to otlp=", "not taken within 5 s"]);
    assert!(measured(&project) > 0);
}

#[test]
fn what_can_not_be_used_is_said_before_anything_is_sent() {
    let server = target();
    let project = project(&server).file("taken", "");
    let busy = server.url().replace("http://", "prometheus=");
    for (typed, said) in [
        ("promethues=127.0.0.1:9464", "did you mean `prometheus`?"),
        ("csv=-", "standard output carries the result"),
        ("jsonl=taken/metrics.jsonl", "can't be written"),
        (busy.as_str(), "can't be listened on"),
    ] {
        run(&project, typed).exits(2).complains_of(&["--metrics", said]);
    }
    assert_eq!(server.requests(), 0);
}
