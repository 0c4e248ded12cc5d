//! Where load never goes: production, and whatever was not named, by every command and every way there.

use serde_json::Value;

use crate::support::{Answer, Project, Proxy, Received, Server};

/// A loadgate.toml of one GET, with these lines in `[target]` and `[http]`.
fn page(url: &str, target: &str, http: &str) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{url}\"\n{target}\n[http]\n{http}\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
         [profile.short]\nusers = 1\nduration = \"300ms\"\n"
    ))
}

fn redirecting(to: &'static str) -> impl Fn(&Received) -> Answer + Send + Sync {
    move |_| Answer::raw(format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
}

#[test]
fn a_target_with_the_address_of_a_production_host_is_sent_nothing_by_any_command() {
    let server = Server::answering(Answer::ok("ok"));
    let by_file = page(&server.url(), "production = [\"localhost\"]", "");
    for command in ["run", "gate", "baseline record --runs 1"] {
        let refused = by_file.loadgate(command).run().exits(2);
        refused.complains_of(&["127.0.0.1 is localhost of [target] production", "nothing was sent"]);
    }
    let by_flag = page("http://127.0.0.2:1", "production = [\"localhost\"]", "");
    by_flag
        .loadgate("run --target")
        .arg(server.url())
        .run()
        .exits(2)
        .complains_of(&["localhost of [target] production"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_production_host_stays_one_whatever_allow_and_flags_say() {
    let server = Server::answering(Answer::ok("ok"));
    let both = page(&server.url(), "allow = [\"api.example.com\"]\nproduction = [\"*.example.com\"]", "");
    both.loadgate("run").run().exits(2).complains_of(&["loadgate.toml:3:10", "`api.example.com` is allowed here"]);
    let typed = page(&server.url(), "production = [\"*.example.com\"]", "");
    let typed = typed.loadgate("run --target http://api.example.com").env("LOADGATE_ALLOW", "api.example.com").run();
    typed.exits(2).complains_of(&["--target: api.example.com is *.example.com of [target] production"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_redirect_to_production_is_not_followed_by_either_protocol() {
    for to in ["http://api.example.com/", "http://API.example.com./", "http://[2001:db8::7]/", "http://203.0.113.9/"] {
        let server = Server::scripted(redirecting(to));
        let lists = "production = [\"api.example.com\", \"2001:db8::/32\", \"203.0.113.9\"]";
        let project = page(&server.url(), lists, "redirects = 1");
        project.loadgate("run").run().exits(0);
        let recording = project.json("loadgate-report/recording.json");
        let errors = &recording["summary"]["endpoints"]["page (redirected)"]["errors"];
        let kinds: Vec<&String> = errors.as_object().unwrap().keys().collect();
        assert_eq!(kinds, ["production host"], "{to}");
    }
}

#[test]
fn a_proxy_is_no_way_to_production_and_no_production_host_is_a_proxy() {
    let (server, proxy) = (Server::answering(Answer::ok("ok")), Proxy::open());
    for scheme in ["http://", "socks5h://"] {
        let http = format!("proxy = \"{}\"", proxy.url(scheme));
        let by_address = page(&server.url(), "allow = [\"shop.invalid\"]\nproduction = [\"localhost\"]", &http);
        by_address.loadgate("run").run().exits(2).complains_of(&["of [target] production"]);
        let by_name = page("http://shop.invalid", "production = [\"*.invalid\"]", &http);
        by_name.loadgate("run").run().exits(2).complains_of(&["shop.invalid is *.invalid of [target] production"]);
    }
    assert!(proxy.seen().is_empty(), "{:?}", proxy.seen());
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_metadata_of_a_cloud_is_no_target() {
    for url in ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://[::ffff:169.254.169.254]"] {
        page(url, "", "")
            .loadgate("run")
            .run()
            .exits(2)
            .complains_of(&["neither this machine nor in a private network"]);
    }
}

#[test]
fn permission_to_hit_a_host_is_typed_and_not_left_in_the_environment() {
    // An address reserved for documentation (RFC 5737).
    let project = Project::empty();
    let hit = || project.loadgate("hit http://192.0.2.1/ -n 1 --timeout 100ms");
    hit().run().exits(2).complains_of(&["192.0.2.1 is neither this machine", "--allow 192.0.2.1"]);
    hit().env("LOADGATE_ALLOW", "192.0.2.1").run().exits(2);
    hit().args("--allow 192.0.2.2").run().exits(2);
    let resolved = project.loadgate("hit http://shop.invalid/ --resolve shop.invalid=192.0.2.1 --allow other.invalid");
    resolved.run().exits(2).complains_of(&["--resolve: 192.0.2.1 is neither this machine"]);
}

#[test]
fn a_build_that_would_be_waited_for_at_a_public_address_is_not_even_started() {
    let build =
        |url: &str| format!("{{ command = [\"touch\", \"started\"], url = \"{url}\", ready = {{ within = \"1s\" }} }}");
    for (url, production) in
        [("http://192.0.2.1:{port}", ""), ("http://127.0.0.1:{port}", "production = [\"localhost\"]")]
    {
        let config = format!(
            "[target]\n{production}\n[[user]]\n[[user.task]]\nget = \"/\"\n[profile.short]\nusers = 1\nduration = \"1s\"\n\
             [duet]\nbaseline = {}\ncandidate = {}\n",
            build(url),
            build(url)
        );
        let project = Project::with(&config);
        project.loadgate("duet").run().exits(2).complains_of(&["[target]"]);
        assert!(!project.path("started").exists(), "{url}");
    }
}

#[test]
fn hosts_that_are_not_production_are_played_beside_a_list_of_it() {
    let server = Server::answering(Answer::ok("ok"));
    let lists = "production = [\"nobody.invalid\", \"*.example.com\", \"203.0.113.0/24\"]";
    let project = page(&server.url(), lists, "");
    project.loadgate("run").run().exits(0);
    let all = &project.json("loadgate-report/recording.json")["summary"]["endpoints"]["(all)"];
    assert_eq!(all["error_rate"], Value::from(0.0));
    assert!(server.requests() > 0);
}
