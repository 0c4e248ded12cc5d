//! The same journeys by every way: protocols, proxies, sockets and addresses; and what each of them refuses.

use std::io::Write;

use serde_json::Value;

use crate::support::{Answer, Certificate, Finished, Http2Server, Project, Proxy, Received, Server, closed_port, shop};

/// A loadgate.toml that one user plays to the last row of its data: its figures are the same whenever it is played.
fn journey(url: &str, http: &str) -> Project {
    let config = format!(
        r#"
[target]
url = "{url}"
[http]
{http}
[vars]
password = {{ value = "hunter2", secret = true }}
[data.products]
file = "products.csv"
pick = "unique"
[[user]]
headers = {{ Authorization = "Bearer {{{{ token }}}}" }}
[[user.start]]
name = "login"
post = "/auth/login"
json = {{ password = "{{{{ password }}}}" }}
extract = {{ token = "json:$.access_token" }}
[[user.task]]
[[user.task.step]]
name = "view_product"
get = "/products/{{{{ products.id }}}}"
expect = {{ json = {{ "$.id" = "{{{{ products.id }}}}" }} }}
[[user.task.step]]
name = "add_to_cart"
post = "/cart"
extract = {{ cart = "json:$.cart_id" }}
[[user.task.step]]
name = "create_order"
post = "/orders"
json = {{ cart_id = "{{{{ cart }}}}" }}
expect = {{ status = 201 }}
[[user.task.step]]
name = "missing"
get = "/missing"
[profile.all]
users = 1
duration = "60s"
"#
    );
    let rows: Vec<String> = (11..31).map(|id| id.to_string()).collect();
    Project::with(&config).file("products.csv", format!("id\n{}\n", rows.join("\n")))
}

/// Requests and errors by endpoint, of a journey that was played to its end.
#[track_caller]
fn figures(project: &Project) -> Vec<(String, Value, Value)> {
    project.loadgate("run --workers 1").run().exits_with_one_of(&[0, 1]);
    let summary = &project.json("loadgate-report/recording.json")["summary"];
    let endpoints = summary["endpoints"].as_object().unwrap();
    endpoints.iter().map(|(name, of)| (name.clone(), of["requests"].clone(), of["errors"].clone())).collect()
}

/// A loadgate.toml of one GET by four users who take turns at nothing.
fn four_users(url: &str, http: &str) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{url}\"\n[http]\n{http}\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
         [profile.short]\nusers = 4\nduration = \"500ms\"\n"
    ))
}

/// The errors of that GET.
#[track_caller]
fn errors(project: &Project) -> Value {
    project.loadgate("run --workers 1").run().exits_with_one_of(&[0, 1, 3]);
    project.json("loadgate-report/recording.json")["summary"]["endpoints"]["page"]["errors"].clone()
}

/// Asserts that all that failed, failed as `label`, and that something did.
#[track_caller]
fn fails_as(label: &str, project: &Project) {
    let errors = errors(project);
    let errors = errors.as_object().unwrap();
    assert!(errors.len() == 1 && errors.contains_key(label), "not {label:?}: {errors:?}");
}

#[track_caller]
fn succeeds(project: &Project) {
    assert_eq!(errors(project), serde_json::json!({}));
}

fn ok(_: &Received) -> Answer {
    Answer::ok("ok")
}

#[test]
fn one_journey_has_the_same_figures_over_both_protocols_and_through_every_proxy() {
    let (certificate, proxy) = (Certificate::generate().speaking(&["h2"]), Proxy::open());
    let certificate_1 = Certificate::generate();
    let (plain, secure) = (Server::scripted(shop), Server::scripted_over_tls(&certificate_1, shop));
    let (plain_2, secure_2) = (Http2Server::scripted(shop), Http2Server::over_tls(&certificate, shop));
    let expected = figures(&journey(&plain.url(), ""));
    assert!(expected.iter().any(|(name, made, _)| name == "view_product" && *made == 20), "{expected:?}");
    let proxied = |before: &str| format!("proxy = \"{}\"", proxy.url(before));
    let ca = "tls = { ca = \"ca.pem\" }";
    let ways = [
        (plain.url(), proxied("http://")),
        (plain.url(), proxied("socks5://")),
        (plain.url(), proxied("socks5h://me:hunter2@")),
        (secure.url(), ca.to_owned()),
        (secure.url(), format!("{}\n{ca}", proxied("http://me:hunter2@"))),
        (plain_2.url(), "version = \"2\"".to_owned()),
        (plain_2.url(), "version = \"2\"\nconnections = \"shared\"".to_owned()),
        (plain_2.url(), format!("version = \"2\"\n{}", proxied("socks5://"))),
        (secure_2.url(), format!("version = \"2\"\n{ca}")),
        (secure_2.url(), format!("version = \"2\"\nconnections = \"shared\"\n{ca}")),
        (secure_2.url(), format!("version = \"2\"\n{ca}\n{}", proxied("http://"))),
    ];
    for (url, http) in ways {
        let pem = if url == secure.url() { &certificate_1.pem } else { &certificate.pem };
        let seen = proxy.seen().len();
        assert_eq!(figures(&journey(&url, &http).file("ca.pem", pem)), expected, "{url} {http}");
        assert_eq!(proxy.seen().len() > seen, http.contains("proxy"), "{url} {http}: {:?}", proxy.seen());
    }
}

#[test]
fn a_request_is_the_same_over_http_2() {
    let server = Http2Server::scripted(ok);
    let finished = Project::empty()
        .loadgate("hit --json --http2 -n 1 -m PUT -H X-Trace:abc --body")
        .arg("two words")
        .arg(format!("{}/things?page=2", server.url()))
        .run()
        .exits(0);
    let figures = &finished.json()["endpoints"]["(all)"];
    assert_eq!((&figures["requests"], &figures["error_rate"]), (&1.into(), &0.0.into()));
    let request = &server.received()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("PUT", "/things?page=2"));
    assert_eq!(request.header("x-trace"), Some("abc"));
    assert_eq!(request.header("host").map(|host| format!("http://{host}")), Some(server.url()));
    assert_eq!(request.headers.iter().filter(|line| line.starts_with("host:")).count(), 1, "{request:?}");
    assert_eq!((request.header("content-length"), request.body.as_str()), (Some("9"), "two words"));
}

#[test]
fn users_of_http_2_have_connections_of_their_own_unless_they_share_one() {
    for (connections, opened) in [("user", 4), ("shared", 1)] {
        let server = Http2Server::scripted(ok);
        succeeds(&four_users(&server.url(), &format!("version = \"2\"\nconnections = \"{connections}\"")));
        assert_eq!(server.connections(), opened, "{connections}");
        assert!(server.received().len() > 4);
    }
    let server = Http2Server::scripted(ok);
    succeeds(&four_users(&server.url(), "version = \"2\"\nkeep_alive = false"));
    assert_eq!(server.connections(), server.received().len() as u64);
}

#[test]
fn no_answer_in_time_is_a_timeout_over_http_2() {
    let server = Http2Server::scripted(|_| Answer::silence());
    fails_as("timeout", &four_users(&server.url(), "version = \"2\"\ntimeout = \"100ms\""));
}

#[test]
fn a_server_without_http_2_is_named_as_such_and_not_spoken_to() {
    for protocols in [&[][..], &["http/1.1"]] {
        let server = Server::over_tls(&Certificate::generate().speaking(protocols), Answer::ok("ok"));
        fails_as("no http/2", &four_users(&server.url(), "version = \"2\"\ntls = { insecure = true }"));
        assert_eq!(server.requests(), 0);
    }
}

#[test]
fn http_3_is_refused_before_anything_is_sent() {
    let server = Server::answering(Answer::ok("ok"));
    let project = four_users(&server.url(), "version = \"3\"");
    project.loadgate("run").run().exits(2).complains_of(&["HTTP/3 is not built in", "version = \"2\""]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_server_that_asks_for_a_certificate_lets_in_who_shows_one() {
    let client = Certificate::generate();
    for version in ["1.1", "2"] {
        let certificate = Certificate::generate().speaking(&["h2", "http/1.1"]).asking_for(&client);
        let (one, two) = (Server::scripted_over_tls(&certificate, ok), Http2Server::over_tls(&certificate, ok));
        let url = if version == "2" { two.url() } else { one.url() };
        let project = |tls: &str| {
            let http = format!("version = \"{version}\"\ntls = {{ ca = \"ca.pem\"{tls} }}");
            let project = four_users(&url, &http).file("ca.pem", &certificate.pem);
            project.file("me.pem", &client.pem).file("me.key", &client.key)
        };
        succeeds(&project(", cert = \"me.pem\", key = \"me.key\""));
        // Over HTTP/2 the alert can be lost behind the end of the connection.
        let errors = errors(&project(""));
        let named = errors.as_object().unwrap().keys().all(|name| name == "tls" || name == "closed early");
        assert!(named && (version == "2" || errors["closed early"].is_null()), "{errors:#}");
        assert_ne!(errors, serde_json::json!({}));
    }
}

#[test]
fn a_certificate_is_held_to_its_authority_and_its_name() {
    let certificate = Certificate::generate().speaking(&["h2", "http/1.1"]);
    let (one, two) = (Server::scripted_over_tls(&certificate, ok), Http2Server::over_tls(&certificate, ok));
    for (version, url) in [("1.1", one.url()), ("2", two.url())] {
        let project = |tls: &str| {
            let http = format!("version = \"{version}\"\ntls = {{ {tls} }}");
            four_users(&url, &http).file("ca.pem", &certificate.pem)
        };
        succeeds(&project("ca = \"ca.pem\""));
        succeeds(&project("ca = \"ca.pem\", server_name = \"localhost\""));
        succeeds(&project("insecure = true, server_name = \"another.test\""));
        fails_as("tls", &project("ca = \"ca.pem\", server_name = \"another.test\""));
        fails_as("tls", &project(""));
    }
}

#[test]
fn an_address_stands_for_a_name_that_means_nothing_here() {
    let (one, two) = (Server::scripted(ok), Http2Server::scripted(ok));
    for (version, url) in [("1.1", one.url()), ("2", two.url())] {
        let address = url.trim_start_matches("http://");
        let named = url.replace("127.0.0.1", "shop.invalid");
        let http = format!("version = \"{version}\"\nresolve = {{ \"shop.invalid\" = \"{address}\" }}");
        succeeds(&four_users(&named, &http));
        let received = if version == "2" { two.received() } else { one.received() };
        assert_eq!(received[0].header("host").map(|host| format!("http://{host}")), Some(named));
    }
    let finished = Project::empty()
        .loadgate("hit --json -n 3 -u 1 http://shop.invalid --resolve")
        .arg(one.url().replace("http://", "shop.invalid="))
        .run();
    assert_eq!(finished.exits(0).json()["endpoints"]["(all)"]["error_rate"], 0.0);
}

#[test]
#[cfg(target_os = "linux")]
fn connections_come_from_the_address_that_is_bound() {
    let (server, proxy) = (Server::answering(Answer::ok("ok")), Proxy::open());
    succeeds(&four_users(&server.url(), "bind = \"127.0.0.2\""));
    assert_eq!(server.last_peer(), Some("127.0.0.2".parse().unwrap()));
    succeeds(&four_users(&server.url(), &format!("bind = \"127.0.0.2\"\nproxy = \"{}\"", proxy.url("http://"))));
    assert_eq!(proxy.seen().first().map(String::as_str), Some("from 127.0.0.2"), "{:?}", proxy.seen());
}

#[test]
#[cfg(unix)]
fn a_unix_socket_stands_for_host_and_port() {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;

    let project = four_users("http://shop.invalid", "unix_socket = \"app.sock\"");
    let listener = UnixListener::bind(project.path("app.sock")).unwrap();
    // Ends with the test's process: nothing wakes an accept on a socket that is gone.
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let mut stream = stream;
                while lines.by_ref().take_while(|line| !line.is_empty()).count() > 0 {
                    if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err() {
                        break;
                    }
                }
            });
        }
    });
    succeeds(&project);
    let hit = project.loadgate("hit --json -n 3 -u 1 --unix-socket app.sock http://shop.invalid/").run().exits(0);
    assert_eq!(hit.json()["endpoints"]["(all)"]["error_rate"], 0.0);
}

#[test]
fn a_unix_socket_that_is_not_there_was_not_reached() {
    fails_as("unreachable", &four_users("http://127.0.0.1", "unix_socket = \"none.sock\""));
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_a_failure_of_the_proxy() {
    let (certificate, closed) = (Certificate::generate(), Proxy::closed());
    let (plain, secure) = (Server::scripted(ok), Server::scripted_over_tls(&certificate, ok));
    let through =
        |url: &str, proxy: &str| four_users(url, &format!("proxy = \"{proxy}\"\ntls = {{ insecure = true }}"));
    fails_as("proxy", &through(&secure.url(), &closed.url("http://")));
    fails_as("proxy", &through(&plain.url(), &closed.url("socks5://")));
    fails_as("status 403", &through(&plain.url(), &closed.url("http://")));
    for scheme in ["http", "socks5"] {
        fails_as("proxy", &through(&plain.url(), &format!("{scheme}://127.0.0.1:{}", closed_port())));
    }
    assert_eq!((plain.connections(), secure.connections()), (0, 0));
}

#[test]
fn a_proxy_is_no_way_around_the_guard() {
    let proxy = Proxy::open();
    for scheme in ["http://", "socks5://", "socks5h://"] {
        let http = format!("proxy = \"{}\"", proxy.url(scheme));
        let unknown = four_users("http://shop.invalid", &http);
        let refused = unknown.loadgate("run").run().exits_with_one_of(&[2, 3]);
        refused.complains_of(&["shop.invalid is neither this machine nor in a private network", "allow = "]);
        let public = four_users("http://192.0.2.1", &http).loadgate("run").run().exits(2);
        public.complains_of(&["192.0.2.1 is neither this machine"]);
    }
    assert!(proxy.seen().is_empty(), "{:?}", proxy.seen());
}

#[test]
fn a_proxy_s_password_reaches_the_proxy_and_nothing_else() {
    let (server, proxy) = (Server::answering(Answer::ok("ok")), Proxy::open());
    let project = four_users(&server.url(), &format!("proxy = \"{}\"", proxy.url("http://me:hunter2@")));
    let said = |finished: &Finished| format!("{}{}", finished.stdout, finished.stderr);
    let run = project.loadgate("run").run().exits(0);
    let recording = project.read("loadgate-report/recording.json");
    assert!(!said(&run).contains("hunter2") && !recording.contains("hunter2"));
    assert!(
        proxy.seen().iter().any(|line| line == "proxy-authorization: basic bwu6ahvudgvymg=="),
        "{:?}",
        proxy.seen()
    );
    let broken = project.loadgate("run --target http://192.0.2.1").run().exits(2);
    assert!(!said(&broken).contains("hunter2"));
    let typed =
        Project::empty().loadgate("hit http://127.0.0.1 -n 1").env("LOADGATE_PROXY", "ftp://me:hunter2@a").run();
    let typed = typed.exits(2).complains_of(&["--proxy: this is no URL of a proxy"]);
    assert!(!said(&typed).contains("hunter2"));
}

/// A home page, encoded, that is shown to whoever was sent there with a cookie.
fn home(request: &Received) -> Answer {
    let answer = |head: &str, body: &[u8]| {
        Answer::raw([format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat())
    };
    match (request.path.as_str(), request.header("cookie")) {
        ("/login", _) => answer("302 Found\r\nSet-Cookie: sid=7\r\nLocation: /home", b""),
        ("/home", Some("sid=7")) => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(br#"{"id":7}"#).unwrap();
            answer("200 OK\r\nContent-Encoding: gzip", &encoder.finish().unwrap())
        }
        _ => Answer::status(401, "who are you"),
    }
}

#[test]
fn cookies_redirects_and_encoded_bodies_are_the_same_by_every_way() {
    let (plain, plain_2, proxy) = (Server::scripted(home), Http2Server::scripted(home), Proxy::open());
    let ways = [
        (plain.url(), String::new()),
        (plain.url(), format!("proxy = \"{}\"", proxy.url("http://"))),
        (plain_2.url(), "version = \"2\"".to_owned()),
        (plain_2.url(), "version = \"2\"\nconnections = \"shared\"".to_owned()),
    ];
    for (url, http) in ways {
        let project = Project::with(&format!(
            "[target]\nurl = \"{url}\"\n[http]\nredirects = 1\n{http}\n[[user]]\nthink = {{ constant = \"2ms\" }}\n\
             [[user.task]]\nname = \"login\"\npost = \"/login\"\nexpect = {{ json = {{ \"$.id\" = \"7\" }} }}\n\
             [profile.short]\nusers = 1\nduration = \"500ms\"\n"
        ));
        project.loadgate("run --workers 1").run().exits(0);
        let summary = &project.json("loadgate-report/recording.json")["summary"]["endpoints"];
        assert_eq!(summary["(all)"]["errors"], serde_json::json!({}), "{http}: {summary:#}");
        assert_ne!(summary["login (redirected)"]["requests"], 0, "{http}: {summary:#}");
    }
}
