//! A loadgate.toml that can't be meant: refused with where, what and what instead, before anything is sent.

use crate::support::{Answer, Finished, Project, Server};

/// A loadgate.toml that is right; each test breaks one line of it. `{url}` stands for the server's.
const RIGHT: &str = r#"
[target]
url = "{url}"

[http]
timeout = "5s"

[vars]
password = { env = "SHOP_PASSWORD", default = "secret" }

[data.products]
file = "products.csv"
pick = "random"

[[user]]
name = "web"
think = { constant = "10ms" }

[[user.task]]
name = "view"
weight = 2
get = "/products/{{ products.id }}"
extract = { id = "json:$.id" }
expect = { status = 200, body = { regex = "^o" } }

[profile.short]
users = 1
duration = "200ms"
warmup = "0s"

[gate]
p95 = { tolerance = "+10%", floor = "2ms" }
"#;

/// Runs `run` on a loadgate.toml in which `right` stands as `wrong`, and asserts that nothing was sent.
#[track_caller]
fn refused(right: &str, wrong: &str) -> Finished {
    assert_eq!(RIGHT.matches(right).count(), 1, "{right:?} is not one place of the right file");
    let server = Server::answering(Answer::ok("ok"));
    let config = RIGHT.replace(right, wrong).replace("{url}", &server.url());
    let project = Project::with(&config).file("products.csv", "id,name\n1,lamp\n");
    let finished = project.loadgate("run").run().exits(2);
    assert_eq!(server.connections(), 0, "{}", finished.transcript());
    assert_eq!(finished.stdout, "", "{}", finished.transcript());
    finished
}

/// The line of the right file that holds a text, as errors name it.
fn place(text: &str) -> String {
    let before = RIGHT.split(text).next().unwrap();
    format!("loadgate.toml:{}", before.lines().count() + usize::from(before.ends_with('\n')))
}

#[test]
fn the_right_file_is_right() {
    let server = Server::answering(Answer::ok(r#"o {"id": 1}"#));
    let config = RIGHT.replace("{url}", &server.url()).replace("extract = { id = \"json:$.id\" }\n", "");
    let project = Project::with(&config).file("products.csv", "id,name\n1,lamp\n");
    project.loadgate("run").run().exits(0);
    assert!(server.requests() > 0);
}

#[test]
fn a_misspelt_key_is_met_with_the_nearest_right_one() {
    let misspelt = [
        ("get = \"/pro", "gte = \"/pro", "gte", "`get`"),
        ("timeout = \"5s\"", "timout = \"5s\"", "timout", "`timeout`"),
        ("weight = 2", "wieght = 2", "wieght", "`weight`"),
        ("[profile.short]", "[profiles.short]", "profiles", "`profile`"),
        ("pick = ", "pikc = ", "pikc", "`pick`"),
        ("warmup = ", "warm_up = ", "warm_up", "`warmup`"),
        ("p95 = ", "pp95 = ", "pp95", "`p95`"),
        ("floor = ", "flor = ", "flor", "`floor`"),
        ("regex = ", "regexp = ", "regexp", "`regex`"),
    ];
    for (right, wrong, key, nearest) in misspelt {
        refused(right, wrong).complains_of(&[&place(right), key, nearest]);
    }
}

#[test]
fn an_impossible_value_is_named_with_its_place() {
    let impossible = [
        ("timeout = \"5s\"", "timeout = \"5 parsecs\"", "timeout"),
        ("users = 1", "users = 0", "users"),
        ("users = 1", "users = -1", "users"),
        ("users = 1", "rate = \"fast\"", "rate"),
        ("weight = 2", "weight = 0", "weight"),
        ("duration = \"200ms\"", "duration = \"0s\"", "duration"),
        ("warmup = \"0s\"", "warmup = \"1s\"", "warmup"),
        ("status = 200", "status = 99", "status"),
        ("tolerance = \"+10%\"", "tolerance = \"a bit\"", "tolerance"),
        ("pick = \"random\"", "pick = \"best\"", "pick"),
        ("\"json:$.id\"", "\"json:$[\"", "id"),
        ("\"json:$.id\"", "\"xml:/id\"", "id"),
        ("\"^o\"", "\"(\"", "regex"),
        ("url = \"{url}\"", "url = \"ftp://127.0.0.1\"", "url"),
        ("url = \"{url}\"", "url = \"127.0.0.1\"", "url"),
    ];
    for (right, wrong, key) in impossible {
        refused(right, wrong).complains_of(&["loadgate.toml", key]);
    }
}

#[test]
fn what_is_missing_is_named() {
    let missing = [
        ("file = \"products.csv\"", "file = \"gone.csv\"", "gone.csv"),
        ("env = \"SHOP_PASSWORD\", default = \"secret\"", "env = \"SHOP_PASSWORD\"", "SHOP_PASSWORD"),
        ("{{ products.id }}", "{{ product.id }}", "products"),
        ("{{ products.id }}", "{{ products.price }}", "price"),
        ("{{ products.id }}", "{{ nobody }}", "nobody"),
        ("{{ products.id }}", "{{ products.id ", "view"),
        ("users = 1\n", "", "short"),
        ("duration = \"200ms\"\n", "", "duration"),
        ("get = \"/products/{{ products.id }}\"\n", "", "view"),
        ("url = \"{url}\"\n", "", "url"),
    ];
    for (right, wrong, name) in missing {
        refused(right, wrong).complains_of(&["loadgate.toml", name]);
    }
}

#[test]
fn keys_that_contradict_each_other_are_refused() {
    let contradictions = [
        ("users = 1", "users = 1\nrate = \"5/s\"", "rate"),
        ("get = \"/pro", "post = \"/orders\"\nget = \"/pro", "post"),
        ("constant = \"10ms\"", "constant = \"10ms\", pacing = \"1s\"", "think"),
        ("constant = \"10ms\"", "between = [\"2s\", \"1s\"]", "between"),
    ];
    for (right, wrong, key) in contradictions {
        refused(right, wrong).complains_of(&["loadgate.toml", key]);
    }
}

#[test]
fn what_is_not_toml_is_refused_with_its_line() {
    refused("[profile.short]", "[profile.short").complains_of(&[&place("[profile.short]")]);
}

#[test]
fn an_unknown_profile_is_met_with_those_there_are() {
    let server = Server::answering(Answer::ok("ok"));
    let project = Project::with(&RIGHT.replace("{url}", &server.url())).file("products.csv", "id,name\n1,lamp\n");
    project.loadgate("run --profile shrot").run().exits(2).complains_of(&["shrot", "short"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn no_loadgate_toml_is_said_with_what_to_do() {
    Project::empty().loadgate("run").run().exits(2).complains_of(&["loadgate.toml", "--config"]);
}

#[test]
fn a_host_of_the_public_internet_is_sent_nothing_unless_it_is_named() {
    // An address reserved for documentation (RFC 5737): nothing would answer there.
    let project = Project::with(&RIGHT.replace("{url}", "http://192.0.2.1")).file("products.csv", "id\n1\n");
    project.loadgate("run").run().exits(2).complains_of(&["192.0.2.1", "allow"]);
}

#[test]
fn the_gate_and_the_baseline_refuse_what_run_refuses() {
    let server = Server::answering(Answer::ok("ok"));
    let config = RIGHT.replace("{url}", &server.url()).replace("users = 1", "usres = 1");
    let project = Project::with(&config).file("products.csv", "id,name\n1,lamp\n");
    for command in ["gate", "baseline record --runs 1"] {
        project.loadgate(command).run().exits(2).complains_of(&["usres", "`users`"]);
    }
    assert_eq!(server.connections(), 0);
}
