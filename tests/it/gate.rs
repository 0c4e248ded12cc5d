//! `gate` and `compare`: the verdict, what it rests on, and the exit status it becomes.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::support::{Answer, Project, Server, shop, shop_project};

/// Users of the built-in demo, for two seconds, in the open model so that a slow endpoint slows no other.
const DEMO: &str = r#"
[target]
url = "demo"

[[user]]
headers = { Authorization = "Bearer {{ token }}" }

[[user.start]]
name = "login"
post = "/auth/login"
json = { email = "user{{ user.index }}@example.com", password = "testpass123" }
extract = { token = "json:$.access_token" }

[[user.task]]
name = "view_product"
get = "/products/{{ rand(1, 20) }}"

[[user.task]]
[[user.task.step]]
name = "add_to_cart"
post = "/cart"
json = { product_id = "{{ rand(1, 20) }}" }
extract = { cart = "json:$.cart_id" }
[[user.task.step]]
name = "create_order"
post = "/orders"
json = { cart_id = "{{ cart }}", quantity = 1 }
expect = { status = 201 }

[profile.short]
rate = "60/s"
duration = "2500ms"
warmup = "500ms"

[gate]
max_runs = 1

[baseline]
environment = "any"
"#;

/// The baseline of an unchanged demo, recorded once for all tests.
static DEMO_BASELINE: LazyLock<String> = LazyLock::new(|| {
    let project = Project::with(DEMO);
    project.loadgate("baseline record --runs 1").run().exits(0);
    project.read("baselines/short.json")
});

fn demo_project() -> Project {
    Project::with(DEMO).file("baselines/short.json", &*DEMO_BASELINE)
}

/// The shop with a baseline recorded against it, for gates that are about anything but time.
fn gated_shop(server: &Server, more: &str) -> Project {
    let project = shop_project(&server.url(), &format!("[gate]\nmax_runs = 1\n{more}"));
    project.loadgate("baseline record --runs 1 --profile short").run().exits(0);
    project
}

/// The endpoints with a cell of this outcome, `(all)` aside.
fn endpoints(comparison: &Value, outcome: &str) -> BTreeSet<String> {
    let cells = comparison["cells"].as_array().unwrap().iter();
    let cells = cells.filter(|cell| cell["outcome"] == outcome && cell["endpoint"] != "(all)");
    cells.map(|cell| cell["endpoint"].as_str().unwrap().to_owned()).collect()
}

/// The labels of one endpoint's cells.
fn labels(comparison: &Value, endpoint: &str) -> BTreeSet<String> {
    let cells = comparison["cells"].as_array().unwrap().iter();
    let cells = cells.filter(|cell| cell["endpoint"] == endpoint);
    cells.map(|cell| cell["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_unchanged_target_passes() {
    let project = demo_project();
    project.loadgate("gate").run().exits(0);
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!(comparison["exit"], 0);
    assert_eq!(endpoints(&comparison, "fail"), BTreeSet::new(), "{comparison:#}");
    for report in ["recording.json", "report.md", "report.html", "junit.xml"] {
        assert!(!project.read(&format!("loadgate-report/{report}")).is_empty(), "{report} is empty");
    }
}

#[test]
fn a_slower_endpoint_fails_the_gate_and_is_named_alone() {
    let project = demo_project();
    let finished = project.loadgate("gate --demo-fault").arg("POST /orders:delay=x4").run().exits(1);
    assert!(finished.stdout.contains("FAIL"), "{}", finished.transcript());
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!((&comparison["verdict"], &comparison["exit"]), (&"fail".into(), &1.into()));
    assert_eq!(endpoints(&comparison, "fail"), BTreeSet::from(["create_order".to_owned()]), "{comparison:#}");
    let headline = comparison["headline"].as_str().unwrap();
    assert!(headline.contains("create_order"), "{headline}");
    assert!(finished.stdout.contains(headline), "{}", finished.transcript());
    assert!(project.read("loadgate-report/report.md").contains("create_order"));
    assert!(project.read("loadgate-report/junit.xml").contains("<failure"));
}

#[test]
fn no_baseline_is_no_verdict_and_says_how_to_make_one() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    let finished = project.loadgate("gate --profile short").run().exits(4);
    assert!(finished.transcript().contains("loadgate baseline record"), "{}", finished.transcript());
}

#[test]
fn no_baseline_passes_where_the_configuration_says_so() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "[gate]\non_missing_baseline = \"pass\"\n");
    project.loadgate("gate --profile short").run().exits(0);
    assert_eq!(project.json("loadgate-report/comparison.json")["verdict"], "recorded");
}

#[test]
fn a_broken_limit_fails_the_gate() {
    let server = Server::scripted(shop);
    let project = gated_shop(&server, "[gate.endpoint.create_order]\np50 = { limit = \"1us\" }\n");
    project.loadgate("gate --profile short").run().exits(1);
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!(endpoints(&comparison, "fail"), BTreeSet::from(["create_order".to_owned()]));
    assert!(labels(&comparison, "create_order").contains("over the limit"), "{comparison:#}");
}

#[test]
fn an_endpoint_that_is_gone_fails_the_gate() {
    static CART_IS_DOWN: AtomicBool = AtomicBool::new(false);
    let server = Server::scripted(|request| match request.path.as_str() {
        "/cart" if CART_IS_DOWN.load(Ordering::SeqCst) => Answer::status(503, "down"),
        _ => shop(request),
    });
    let project = gated_shop(&server, "");
    CART_IS_DOWN.store(true, Ordering::SeqCst);
    project.loadgate("gate --profile short").run().exits(1);
    let comparison = project.json("loadgate-report/comparison.json");
    assert!(endpoints(&comparison, "fail").contains("add_to_cart"), "it fails more often\n{comparison:#}");
    assert_eq!(labels(&comparison, "create_order"), BTreeSet::from(["missing".to_owned()]), "{comparison:#}");
}

#[test]
fn a_target_that_fails_every_request_never_passes() {
    static DOWN: AtomicBool = AtomicBool::new(false);
    let server =
        Server::scripted(
            |request| {
                if DOWN.load(Ordering::SeqCst) { Answer::status(500, "down") } else { shop(request) }
            },
        );
    let project = gated_shop(&server, "on_inconclusive = \"pass\"\n");
    DOWN.store(true, Ordering::SeqCst);
    project.loadgate("gate --profile short").run().exits_with_one_of(&[1, 3]);
}

#[test]
fn another_environment_is_no_verdict() {
    let server = Server::scripted(shop);
    let project = gated_shop(&server, "");
    let mut baseline = project.json("baselines/short.json");
    assert!(rename_cpus(&mut baseline) > 0, "{baseline:#}");
    let project = project.file("baselines/short.json", baseline.to_string());
    project.loadgate("gate --profile short").run().exits(4);
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!(comparison["environment"]["same"], false);
    assert!(labels(&comparison, "create_order").contains("environment"), "{comparison:#}");
}

/// Gives every CPU named in a baseline another name; counts them.
fn rename_cpus(value: &mut Value) -> usize {
    match value {
        Value::Object(map) => map
            .iter_mut()
            .map(|(key, value)| match value {
                Value::String(name) if key == "cpu" => {
                    name.push_str(" II");
                    1
                }
                other => rename_cpus(other),
            })
            .sum(),
        Value::Array(list) => list.iter_mut().map(rename_cpus).sum(),
        _ => 0,
    }
}

#[test]
fn compare_gives_the_verdict_of_the_gate_that_measured() {
    let server = Server::scripted(shop);
    let project = gated_shop(&server, "");
    let gated = project.loadgate("gate --profile short").run();
    let sent = server.requests();
    let compare = "compare loadgate-report/recording.json --baseline baselines/short.json --out again";
    let compared = project.loadgate(compare).run();
    assert_eq!(gated.status, compared.status, "{}{}", gated.transcript(), compared.transcript());
    assert_eq!(server.requests(), sent, "compare makes no load");
    let (first, again) = (project.json("loadgate-report/comparison.json"), project.json("again/comparison.json"));
    assert_eq!((&first["verdict"], &first["cells"]), (&again["verdict"], &again["cells"]));
}

#[test]
fn the_same_recordings_give_the_same_comparison_byte_for_byte() {
    let server = Server::scripted(shop);
    let project = gated_shop(&server, "");
    project.loadgate("run --profile short").run().exits(0);
    let compare = "compare loadgate-report/recording.json --baseline baselines/short.json --out";
    let first = project.loadgate(compare).arg("one").run();
    let second = project.loadgate(compare).arg("two").run();
    assert_eq!(project.read("one/comparison.json"), project.read("two/comparison.json"));
    assert_eq!(first.status, second.status);
}

#[test]
fn an_interrupted_gate_has_no_verdict() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    let running = project.loadgate("gate --profile long").start();
    server.wait_for_requests(100);
    running.interrupt();
    running.finish().exits(130);
    assert!(project.json("loadgate-report/recording.json")["summary"].is_object());
}

#[test]
fn github_actions_gets_a_summary_and_outputs() {
    let server = Server::scripted(shop);
    let project = gated_shop(&server, "").file("summary.md", "# Before\n").file("output", "before=1\n");
    project
        .loadgate("gate --profile short")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", project.path("summary.md"))
        .env("GITHUB_OUTPUT", project.path("output"))
        .run()
        .exits(0);
    let (summary, output) = (project.read("summary.md"), project.read("output"));
    assert!(summary.starts_with("# Before\n") && summary.contains("loadgate"), "{summary}");
    assert!(output.starts_with("before=1\n"), "{output}");
    for line in ["verdict=", "report="] {
        assert!(output.lines().any(|said| said.starts_with(line)), "{output}");
    }
}

#[test]
fn junit_names_every_case_once() {
    let server = Server::scripted(shop);
    let project = gated_shop(&server, "");
    project.loadgate("gate --profile short").run().exits(0);
    let junit = project.read("loadgate-report/junit.xml");
    let cases: Vec<&str> = junit.split("<testcase ").skip(1).collect();
    let named: BTreeSet<(String, String)> =
        cases.iter().map(|case| (attribute(case, "classname"), attribute(case, "name"))).collect();
    assert!(!named.is_empty(), "{junit}");
    assert_eq!(named.len(), cases.len(), "{junit}");
}

/// The value of an attribute of an XML element's text.
fn attribute(element: &str, name: &str) -> String {
    let inside = element.split('>').next().unwrap();
    let marked = format!(" {inside}");
    let value = marked.split(&format!(" {name}=\"")).nth(1).unwrap_or_else(|| panic!("no {name} in {element}"));
    value.split('"').next().unwrap().to_owned()
}
