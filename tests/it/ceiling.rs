//! `ceiling`, and other commands on a profile that searches: what is found, written, gated and refused.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, Project, Server, closed_port};

/// Users of one page, and a search with holds so short that a test bears them.
fn searching(url: &str, search: &str) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{url}\"\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
         [profile.ceiling]\nstop_within = \"1s\"\n\
         search = {{ {search}, precision = \"20%\", slo = {{ p95 = \"2s\", error_rate = \"1%\" }} }}\n\
         [gate]\nmax_runs = 1\n[baseline]\nenvironment = \"any\"\n"
    ))
}

/// A server that fails what comes faster than so many requests a second.
fn bearing(most: usize) -> Server {
    let recent: Mutex<VecDeque<Instant>> = Mutex::default();
    Server::scripted(move |_| {
        let mut recent = recent.lock().unwrap();
        let now = Instant::now();
        recent.push_back(now);
        while recent.front().is_some_and(|first| now.duration_since(*first) > Duration::from_secs(1)) {
            recent.pop_front();
        }
        if recent.len() > most { Answer::status(503, "busy") } else { Answer::ok("ok") }
    })
}

/// A server that fails every second request.
fn half_broken() -> Server {
    Server::scripted(
        |request| {
            if request.number.is_multiple_of(2) { Answer::status(500, "down") } else { Answer::ok("ok") }
        },
    )
}

fn recording(project: &Project) -> Value {
    project.json("loadgate-report/recording.json")
}

#[test]
fn the_rate_that_a_target_bears_is_found_and_written_down() {
    let server = bearing(90);
    let project = searching(&server.url(), r#"from = "40/s", to = "2000/s", hold = "1500ms""#);
    let finished = project.loadgate("ceiling").run();
    // A machine on which the generator itself is late ends the search with exit 3, and has written down as much.
    let finished = finished.exits_with_one_of(&[0, 3]);
    assert!(finished.stdout.contains("capacity"), "{}", finished.transcript());
    let recording = recording(&project);
    let curve = recording["ceiling"]["curve"].as_array().unwrap();
    let capacity = recording["summary"]["ceiling"].as_f64().unwrap();
    assert!((40.0..=120.0).contains(&capacity), "{:#}", recording["ceiling"]);
    let at_capacity: Vec<&Value> = curve.iter().filter(|hold| hold["offered"] == json!(capacity)).collect();
    assert!(at_capacity.iter().any(|hold| hold["held"] == true), "{curve:#?}");
    if finished.status == Some(0) {
        assert!(recording["ceiling"]["breaks_at"].as_f64().unwrap() <= capacity * 1.2 + 1e-9);
        assert!(curve.iter().any(|hold| hold["why"].as_str().is_some_and(|why| why.contains("requests failed"))));
    }
    let again = project.loadgate("report loadgate-report/recording.json").run().exits(0);
    assert!(again.stdout.contains("offered") && again.stdout.contains("capacity"), "{}", again.transcript());
}

#[test]
fn a_target_that_bears_not_even_the_first_rate_is_exit_1() {
    let server = half_broken();
    let project = searching(&server.url(), r#"from = "40/s", to = "80/s", hold = "600ms""#);
    let finished = project.loadgate("ceiling").run().exits(1);
    assert!(finished.stdout.contains("no rate held p95 < 2s"), "{}", finished.transcript());
    assert!(finished.stdout.contains("write a lower `from`"), "{}", finished.transcript());
    assert_eq!(recording(&project)["summary"]["ceiling"], Value::Null);
}

#[test]
fn the_search_is_printed_as_json() {
    let server = Server::answering(Answer::ok("ok"));
    let project = searching(&server.url(), r#"from = "20/s", to = "80/s", hold = "600ms""#);
    let finished = project.loadgate("ceiling --json --to 40/s --slo p99<4s").run().exits(0);
    let search = finished.json();
    assert_eq!((&search["capacity"], &search["end"]), (&json!(40.0), &json!("top")));
    assert_eq!(search["objective"], "p95 < 2s, p99 < 4s, error_rate < 1%");
    assert_eq!(search["curve"].as_array().unwrap().len(), 3, "20/s, 40/s and 40/s again");
}

#[test]
fn without_any_profile_flags_are_enough() {
    let server = Server::answering(Answer::ok("ok"));
    let config = format!("[target]\nurl = \"{}\"\n[[user]]\ntask = [{{ get = \"/\" }}]\n", server.url());
    let project = Project::with(&config);
    let finished = project.loadgate("ceiling --from 20/s --to 30/s --hold 600ms").run().exits(0);
    assert!(finished.stdout.contains("capacity at least 30.0/s"), "{}", finished.transcript());
}

#[test]
fn ctrl_c_leaves_what_was_measured() {
    let server = Server::answering(Answer::ok("ok"));
    let project = searching(&server.url(), r#"from = "100/s", to = "200/s", hold = "80s""#);
    let running = project.loadgate("ceiling").start();
    server.wait_for_requests(100);
    running.interrupt();
    running.finish().exits(130);
    let recording = recording(&project);
    assert_eq!((&recording["summary"]["valid"], &recording["ceiling"]["end"]), (&json!(false), &json!("stopped")));
    assert!(recording["summary"]["reasons"][0].as_str().unwrap().contains("interrupted"), "{:#}", recording["summary"]);
}

#[test]
fn a_target_that_is_not_there_is_an_invalid_run() {
    let url = format!("http://127.0.0.1:{}", closed_port());
    let project = searching(&url, r#"from = "20/s", to = "40/s", hold = "30s""#);
    let finished = project.loadgate("ceiling").run().exits(3);
    assert!(finished.stdout.contains("nothing answers at"), "{}", finished.transcript());
}

#[test]
fn a_gate_on_a_search_holds_its_ceiling_against_the_baseline() {
    static IS_DOWN: AtomicBool = AtomicBool::new(false);
    let server = Server::scripted(|request| {
        let fails = IS_DOWN.load(Ordering::SeqCst) && request.number.is_multiple_of(2);
        if fails { Answer::status(500, "down") } else { Answer::ok("ok") }
    });
    let project = searching(&server.url(), r#"from = "20/s", to = "80/s", hold = "600ms""#);
    project.loadgate("baseline record --runs 1").run().exits(0);
    project.loadgate("baseline show").run().exits(0);
    project.loadgate("gate").run().exits(0);
    let comparison = project.json("loadgate-report/comparison.json");
    let cells = comparison["cells"].as_array().unwrap();
    let gated: Vec<&Value> = cells.iter().filter(|cell| cell["gated"] == true).collect();
    assert_eq!(gated.len(), 1, "{gated:#?}");
    assert_eq!((&gated[0]["metric"], &gated[0]["candidate"]), (&json!("rps_ceiling"), &json!(80.0)));
    project.loadgate("compare loadgate-report/recording.json").run().exits(0);

    IS_DOWN.store(true, Ordering::SeqCst);
    let finished = project.loadgate("gate").run().exits(1);
    assert!(finished.stdout.contains("rps_ceiling"), "{}", finished.transcript());
}

#[test]
fn run_plays_the_search_of_its_profile() {
    let server = Server::answering(Answer::ok("ok"));
    let project = searching(&server.url(), r#"from = "20/s", to = "30/s", hold = "600ms""#);
    let finished = project.loadgate("run").run().exits(0);
    assert!(finished.stdout.contains("capacity at least 30.0/s"), "{}", finished.transcript());
}

#[test]
fn what_makes_no_search_is_refused_before_anything_is_sent() {
    let server = Server::answering(Answer::ok("ok"));
    let project = searching(&server.url(), r#"from = "20/s", to = "30/s", hold = "600ms""#);
    project.loadgate("ceiling --to 5/s").run().exits(2).complains_of(&["--to", "20/s"]);
    project.loadgate("ceiling --slo p96<5ms").run().exits(2).complains_of(&["--slo", "p96"]);
    project.loadgate("ceiling --profile lods").run().exits(2).complains_of(&["no profile `lods`"]);
    project.loadgate("ceiling --profile load").run().exits(2).complains_of(&["`load` searches for no ceiling"]);
    let (text, url) = (project.read("loadgate.toml"), server.url());
    let sides = format!("[duet]\nbaseline = {{ url = \"{url}\" }}\ncandidate = {{ url = \"{url}\" }}\n");
    let duet = Project::with(&format!("{text}{sides}")).loadgate("duet").run().exits(2);
    duet.complains_of(&["a duet plays one load", "--profile"]);
    assert_eq!(server.requests(), 0);
}

#[test]
fn what_is_written_of_a_search_keeps_to_the_schema() {
    let server = Server::answering(Answer::ok("ok"));
    let project = searching(&server.url(), r#"from = "20/s", to = "30/s", hold = "600ms""#);
    project.loadgate("ceiling").run().exits(0);
    let schema: Value = project.loadgate("schema recording").run().exits(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&recording(&project)).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn a_hold_that_can_not_come_back_is_given_up() {
    let server = Server::answering(Answer::ok("late").taking(Duration::from_millis(400)));
    let project = searching(&server.url(), r#"from = "20/s", to = "40/s", hold = "8s""#);
    project.loadgate("ceiling --slo p95<50ms").run().exits(1);
    let recording = recording(&project);
    let first = &recording["ceiling"]["curve"][0];
    assert!(first["why"].as_str().unwrap().contains("given up after"), "{first:#}");
    assert!(first["window_s"].as_f64().unwrap() < 6.0, "{first:#}");
    assert_eq!(recording["facts"]["interrupted"], false, "nobody asked for the end");
}

#[test]
fn users_that_are_too_few_are_no_ceiling_of_the_target() {
    let server = Server::answering(Answer::ok("late").taking(Duration::from_millis(300)));
    let project = searching(&server.url(), r#"from = "40/s", to = "80/s", hold = "2s""#);
    let few = project.read("loadgate.toml").replace("stop_within", "max_users = 2\nstop_within");
    let project = project.file("loadgate.toml", few);
    let finished = project.loadgate("ceiling --workers 1").run().exits(3);
    assert!(finished.stdout.contains("raise max_users"), "{}", finished.transcript());
    assert_eq!(recording(&project)["ceiling"]["end"], "generator");
}

#[test]
fn the_warm_up_comes_before_the_first_hold() {
    let server = Server::answering(Answer::ok("ok"));
    let project = searching(&server.url(), r#"from = "40/s", to = "80/s", hold = "600ms""#);
    let warm = project.read("loadgate.toml").replace("stop_within", "warmup = \"80s\"\nstop_within");
    let project = project.file("loadgate.toml", warm);
    let running = project.loadgate("ceiling").start();
    server.wait_for_requests(40);
    running.interrupt();
    running.finish().exits(130);
    assert_eq!(recording(&project)["ceiling"]["curve"], json!([]));
}

#[test]
fn users_are_there_before_they_are_needed() {
    // Slow in the first hold alone, so that many are expected to be busy afterwards and few are.
    let server = Server::scripted(|request| {
        Answer::ok("ok").taking(Duration::from_millis(if request.number < 130 { 400 } else { 10 }))
    });
    let project = searching(&server.url(), r#"from = "40/s", to = "80/s", hold = "2s""#);
    let start = "[[user]]\n[[user.start]]\nname = \"login\"\npost = \"/login\"\n";
    let with_login = project.read("loadgate.toml").replacen("[[user]]\n", start, 1);
    let project = project.file("loadgate.toml", with_login);
    project.loadgate("ceiling").run().exits(0);
    // 80/s of 0.4 s would keep 32 busy in each of the two holds at the top, and twice as many have come.
    let logins = server.received().iter().filter(|request| request.path == "/login").count();
    assert!(logins >= 110, "{logins} logins");
}
