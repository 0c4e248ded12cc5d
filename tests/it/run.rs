//! `run`: journeys as they are written, the recording they leave, and a run that is cut short.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, Project, Received, Server, shop, shop_project};

#[test]
fn a_journey_is_played_as_it_is_written() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("run --profile short").run().exits(0);

    let recording = project.json("loadgate-report/recording.json");
    let endpoints = recording["summary"]["endpoints"].as_object().unwrap();
    let names: Vec<&str> = endpoints.keys().map(String::as_str).collect();
    for name in ["(all)", "login", "view_product", "add_to_cart", "create_order", "missing_product"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    for (name, figures) in endpoints {
        assert_eq!(figures["errors"], json!({}), "{name}");
    }
    let received = server.received();
    let logins: Vec<&Received> = received.iter().filter(|request| request.path == "/auth/login").collect();
    assert_eq!(logins.len(), 2, "each user logs in once");
    let passwords = logins.iter().map(|login| serde_json::from_str::<Value>(&login.body).unwrap());
    assert!(passwords.clone().all(|body| body["password"] == "hunter2"));
    let emails: Vec<Value> = passwords.map(|body| body["email"].clone()).collect();
    assert_ne!(emails[0], emails[1], "each user has an index of its own");
    for path in ["/products/11", "/products/12"] {
        assert!(received.iter().any(|request| request.path == path), "{path} was never asked for");
    }
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_long_run_takes_the_memory_of_its_recording_at_its_start() {
    let resident = |minutes: u32| {
        let server = Server::answering(Answer::ok("here"));
        let project = Project::with(&format!(
            "[target]\nurl = \"{}\"\n[[user]]\nthink = {{ constant = \"1s\" }}\ntask = [{{ get = \"/\" }}]\n\
             [profile.long]\nusers = 1\nduration = \"{minutes}m\"\n",
            server.url()
        ));
        let running = project.loadgate("run --quiet --workers 1").start();
        server.wait_for_requests(1);
        let resident = running.resident();
        running.interrupt_until_it_ends();
        resident
    };
    // Of one endpoint, and of start lags: three times 640 KiB.
    let (long, short) = (resident(6), resident(4));
    assert!(long > short + (1 << 20), "{long} and {short}");
}

#[test]
fn every_request_the_server_saw_is_in_the_recording() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("run --profile short").run().exits(0);
    let recording = project.json("loadgate-report/recording.json");
    assert_eq!(recording["summary"]["endpoints"]["(all)"]["requests"], server.requests());
}

#[test]
fn a_secret_reaches_no_output() {
    const SECRET: &str = "correct-horse-battery";
    // The server repeats whatever it was told, in a failing answer.
    let server = Server::scripted(|request| Answer::status(500, &request.body));
    let project = shop_project(&server.url(), "");
    let finished = project.loadgate("run --profile short").env("SHOP_PASSWORD", SECRET).run();
    finished.status.expect("it ended by itself");
    assert!(server.received().iter().any(|request| request.body.contains(SECRET)), "it was sent");
    assert!(!finished.stdout.contains(SECRET) && !finished.stderr.contains(SECRET), "{}", finished.transcript());
    for entry in std::fs::read_dir(project.path("loadgate-report")).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains(SECRET), "{} holds the secret", path.display());
    }
}

#[test]
fn ctrl_c_leaves_a_readable_recording_of_what_was_measured() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    let running = project.loadgate("run --profile long").start();
    server.wait_for_requests(200);
    running.interrupt();
    running.finish().exits(130);

    let recording = project.json("loadgate-report/recording.json");
    let requests = recording["summary"]["endpoints"]["(all)"]["requests"].as_u64();
    assert!(requests > Some(0), "{:#}", recording["summary"]);
    let rendered = project.loadgate("report loadgate-report/recording.json --format terminal").run().exits(0);
    assert!(rendered.stdout.contains("create_order"), "{}", rendered.transcript());
}

#[test]
fn sigterm_is_a_first_ctrl_c() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    let running = project.loadgate("run --profile long").start();
    server.wait_for_requests(20);
    running.terminate();
    running.finish().exits(130);
    assert!(project.json("loadgate-report/recording.json")["summary"].is_object());
}

#[test]
fn a_first_ctrl_c_waits_for_the_answers_under_way() {
    let server = Server::answering(Answer::ok("late").taking(Duration::from_millis(500)));
    let config = format!(
        "[target]\nurl = \"{}\"\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
         [profile.long]\nusers = 1\nduration = \"60s\"\n",
        server.url()
    );
    let project = Project::with(&config);
    let running = project.loadgate("run").start();
    server.wait_for_requests(1);
    running.interrupt();
    running.finish().exits(130);
    let page = &project.json("loadgate-report/recording.json")["summary"]["endpoints"]["page"];
    assert_eq!((&page["requests"], &page["errors"]), (&json!(1), &json!({})), "{page:#}");
}

#[test]
fn a_second_ctrl_c_stops_at_once() {
    let server = Server::answering(Answer::silence());
    let config = format!(
        "[target]\nurl = \"{}\"\n[http]\ntimeout = \"80s\"\n[[user]]\n[[user.task]]\nget = \"/\"\n\
         [profile.long]\nusers = 1\nduration = \"80s\"\nstop_within = \"80s\"\n",
        server.url()
    );
    let project = Project::with(&config);
    let running = project.loadgate("run").start();
    server.wait_for_requests(1);
    // A signal that arrives while the first is being taken in is lost in it, so the second is repeated.
    running.interrupt_until_it_ends().exits(130);
}

#[test]
fn every_request_failing_is_never_a_good_run() {
    let server = Server::answering(Answer::status(500, "down"));
    let project = shop_project(&server.url(), "");
    let finished = project.loadgate("run --profile short").run().exits_with_one_of(&[1, 3]);
    assert!(finished.stderr.contains("500") || finished.stdout.contains("500"), "{}", finished.transcript());
}

#[test]
fn no_sample_is_never_a_good_run() {
    // The only user's first answer comes after the end.
    let server = Server::answering(Answer::ok("late").taking(Duration::from_millis(600)));
    let config = format!(
        "[target]\nurl = \"{}\"\n[[user]]\n[[user.task]]\nget = \"/\"\n\
         [profile.short]\nusers = 1\nduration = \"200ms\"\nstop_within = \"0s\"\n",
        server.url()
    );
    Project::with(&config).loadgate("run").run().exits_with_one_of(&[1, 3]);
}

#[test]
fn rows_that_are_used_once_end_the_run_when_they_run_out() {
    let server = Server::answering(Answer::ok("ok"));
    let config = format!(
        "[target]\nurl = \"{}\"\n[data.rows]\nfile = \"rows.jsonl\"\npick = \"unique\"\n\
         [[user]]\n[[user.task]]\nname = \"row\"\nget = \"/{{{{ rows.id }}}}\"\n\
         [profile.long]\nusers = 1\nduration = \"80s\"\n",
        server.url()
    );
    let project = Project::with(&config).file("rows.jsonl", "{\"id\": 1}\n{\"id\": 2}\n{\"id\": 3}\n");
    project.loadgate("run").run().status.expect("it ended by itself");
    let mut paths: Vec<String> = server.received().into_iter().map(|request| request.path).collect();
    paths.sort();
    assert_eq!(paths, ["/1", "/2", "/3"]);
}

#[test]
fn the_repeats_of_an_earlier_gate_are_not_taken_for_this_run() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "")
        .file("loadgate-report/recording-2.json", "{}")
        .file("loadgate-report/recording-3.json", "{}");
    project.loadgate("run --profile short").run().exits(0);
    let left: Vec<String> = std::fs::read_dir(project.path("loadgate-report"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(left, ["recording.json"]);
}
