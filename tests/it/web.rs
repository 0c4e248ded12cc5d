//! What browsers do around a request, through `run`: cookies, redirects and encoded bodies.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{Answer, Certificate, Project, Received, Server};

/// Answers with these header lines, each ended by CRLF, and a body.
fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Answer {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    Answer::raw([head.as_bytes(), body].concat())
}

/// A redirect.
fn to(status: u16, location: &str) -> Answer {
    answer(status, &format!("Location: {location}\r\n"), "moved")
}

/// Plays a description of `[http]`, users and steps for a while and gives the figures of its endpoints.
#[track_caller]
fn play(url: &str, described: &str, statuses: &[i32]) -> Value {
    let profile = "[profile.short]\nusers = 2\nduration = \"1s\"\n";
    let project = Project::with(&format!("[target]\nurl = \"{url}\"\n{described}\n{profile}"));
    project.loadgate("run --workers 1").run().exits_with_one_of(statuses);
    project.json("loadgate-report/recording.json")["summary"]["endpoints"].clone()
}

/// One user's single task, called `page`.
fn page(http: &str, task: &str) -> String {
    format!("[http]\n{http}\n[[user]]\nthink = {{ constant = \"2ms\" }}\n[[user.task]]\nname = \"page\"\n{task}")
}

#[track_caller]
fn all_hold(endpoints: &Value) {
    assert_eq!(endpoints["(all)"]["errors"], json!({}), "{endpoints:#}");
    assert_ne!(endpoints["(all)"]["requests"], 0, "{endpoints:#}");
}

/// The errors of an endpoint in which every request failed alike.
#[track_caller]
fn failed_as(endpoints: &Value, endpoint: &str, label: &str) {
    let figures = &endpoints[endpoint];
    assert_ne!(figures["requests"], 0, "{endpoints:#}");
    assert!(!figures["requests"].is_null(), "{endpoints:#}");
    assert_eq!(figures["errors"], json!({ label: figures["requests"] }), "{endpoints:#}");
}

/// A server on which users log in, each with a cookie of its own.
fn members() -> Server {
    Server::scripted(|request: &Received| match request.path.as_str() {
        "/auth/login" => {
            let name = &request.body;
            answer(200, &format!("Set-Cookie: sid={name}; Path=/\r\nSet-Cookie: here=1\r\n"), "in")
        }
        "/logout" => answer(200, "Set-Cookie: sid=; Path=/; Max-Age=0\r\n", "out"),
        _ => Answer::ok("page"),
    })
}

const MEMBER: &str = r#"
    [[user]]
    think = { constant = "2ms" }
    [[user.start]]
    post = "/auth/login"
    body = "user{{ user.index }}"
    [[user.task]]
    name = "page"
    get = "/page/{{ user.index }}"
    [[user.stop]]
    get = "/logout"
    [[user.stop]]
    get = "/after/{{ user.index }}"
"#;

#[test]
fn a_cookie_is_kept_for_its_user_and_its_path_until_it_is_deleted() {
    let server = members();
    all_hold(&play(&server.url(), MEMBER, &[0]));
    let mut users = std::collections::BTreeSet::new();
    for request in server.received() {
        let user = request.path.rsplit('/').next().unwrap_or_default();
        let (sent, due) = match request.path.split('/').nth(1) {
            Some("page") => (request.header("cookie"), Some(format!("sid=user{user}"))),
            _ if request.path == "/auth/login" || request.path.starts_with("/after/") => {
                (request.header("cookie"), None)
            }
            _ => continue,
        };
        users.insert(user.to_owned());
        assert_eq!(sent, due.as_deref(), "{request:?}");
    }
    assert!(users.contains("0") && users.contains("1"), "{users:?}");
    assert!(server.received().iter().any(|request| request.path.starts_with("/after/")), "nobody left");
}

#[test]
fn without_cookies_none_is_sent_but_the_typed_one() {
    let server = members();
    let typed = format!("[http]\ncookies = false\nheaders = {{ Cookie = \"typed=1\" }}\n{MEMBER}");
    all_hold(&play(&server.url(), &typed, &[0]));
    assert!(server.received().iter().all(|request| request.header("cookie") == Some("typed=1")));
}

#[test]
fn a_typed_cookie_goes_before_those_of_the_jar() {
    let server = members();
    all_hold(&play(&server.url(), &format!("[http]\nheaders = {{ Cookie = \"typed=1\" }}\n{MEMBER}"), &[0]));
    let received = server.received();
    let page = received.iter().find(|request| request.path == "/page/1").unwrap();
    assert_eq!(page.header("cookie"), Some("typed=1; sid=user1"));
}

#[test]
fn a_cookie_can_be_extracted_and_kept_at_once() {
    let server = members();
    let described = r#"
        [[user]]
        [[user.task]]
        [[user.task.step]]
        post = "/auth/login"
        body = "me"
        extract = { sid = "cookie:sid" }
        [[user.task.step]]
        get = "/seen/{{ sid }}"
    "#;
    all_hold(&play(&server.url(), described, &[0]));
    let received = server.received();
    let seen = received.iter().find(|request| request.path == "/seen/me").unwrap();
    assert_eq!(seen.header("cookie"), Some("sid=me"));
}

#[test]
fn without_redirects_the_redirect_is_the_answer() {
    let server = Server::answering(to(302, "/elsewhere"));
    let endpoints = play(&server.url(), &page("", "get = \"/\"\nexpect = { status = 302 }"), &[0]);
    all_hold(&endpoints);
    assert!(endpoints.get("page (redirected)").is_none(), "{endpoints:#}");
    assert!(server.received().iter().all(|request| request.path == "/"));
}

#[test]
fn redirects_that_never_come_leave_no_endpoint() {
    let server = Server::answering(Answer::ok("here"));
    let endpoints = play(&server.url(), &page("redirects = 5", "get = \"/\""), &[0]);
    all_hold(&endpoints);
    assert!(endpoints.get("page (redirected)").is_none(), "{endpoints:#}");
}

#[test]
fn every_hop_is_recorded_on_its_own_and_the_last_one_is_the_answer() {
    let server = Server::scripted(|request: &Received| match request.path.as_str() {
        "/a/start" => answer(301, "Location: ../b?x=1#top\r\nSet-Cookie: way=1; Path=/b\r\n", ""),
        "/b?x=1" => to(302, "/c"),
        _ => Answer::ok(r#"{"id":7}"#),
    });
    let task = "get = \"/a/start\"\nredirects = 5\nexpect = { status = 200, json = { \"$.id\" = 7 } }";
    let finished = Project::with(&format!(
        "[target]\nurl = \"{}\"\n{}\n[profile.short]\nusers = 1\nduration = \"1s\"\n",
        server.url(),
        page("", task)
    ));
    finished.loadgate("run --workers 1").run().exits(0);
    let endpoints = finished.json("loadgate-report/recording.json")["summary"]["endpoints"].clone();
    all_hold(&endpoints);
    let made = |name: &str| endpoints[name]["requests"].as_u64().unwrap();
    assert_eq!(made("(all)"), server.requests());
    let starts = server.received().iter().filter(|request| request.path == "/a/start").count() as u64;
    if server.requests() < 1000 {
        assert_eq!(made("page"), starts);
    }
    // The end of the run may cut the last chain short.
    assert!(made("page (redirected)").abs_diff(2 * made("page")) <= 2, "{endpoints:#}");
    let received = server.received();
    let way = received.iter().find(|request| request.path == "/b?x=1").unwrap();
    assert_eq!(way.header("cookie"), Some("way=1"), "cookies of a hop go with the next one");
}

#[test]
fn a_chain_longer_than_allowed_and_a_loop_are_too_many_redirects() {
    let server = Server::answering(to(302, "/again"));
    let endpoints = play(&server.url(), &page("redirects = 3", "get = \"/\""), &[0]);
    let hops = &endpoints["page (redirected)"];
    let (made, failed) = (&hops["requests"], &hops["errors"]["too many redirects"]);
    assert!(made.as_u64().unwrap().abs_diff(3 * failed.as_u64().unwrap()) <= 6, "{endpoints:#}");
    assert_eq!(endpoints["page"]["errors"], json!({}), "the first answer is what was asked for");
}

#[test]
fn hops_count_as_requests() {
    let server = Server::scripted(|request: &Received| match request.path.as_str() {
        "/" => to(307, "/to"),
        _ => Answer::ok("there"),
    });
    let finished = Project::empty().loadgate("hit --json -n 10 -u 1 -L 1").arg(server.url()).run().exits(0);
    let endpoints = &finished.json()["endpoints"];
    assert_eq!((&endpoints["(all)"]["requests"], server.requests()), (&json!(10), 10));
    assert_eq!(endpoints["GET / (redirected)"]["requests"], 5, "{endpoints:#}");
}

#[test]
fn a_post_goes_on_as_get_or_with_its_body_as_the_status_says() {
    let server = Server::scripted(|request: &Received| match request.path.as_str() {
        "/see-other" => to(303, "/after/see-other"),
        "/temporary" => to(307, "/after/temporary"),
        _ => Answer::ok("there"),
    });
    let described = r#"
        [http]
        redirects = 1
        [[user]]
        think = { constant = "2ms" }
        [[user.task]]
        post = "/see-other"
        json = { who = "me" }
        [[user.task]]
        post = "/temporary"
        json = { who = "me" }
    "#;
    all_hold(&play(&server.url(), described, &[0]));
    let received = server.received();
    let other = received.iter().find(|request| request.path == "/after/see-other").unwrap();
    assert_eq!((other.method.as_str(), other.body.as_str(), other.header("content-type")), ("GET", "", None));
    let kept = received.iter().find(|request| request.path == "/after/temporary").unwrap();
    assert_eq!((kept.method.as_str(), kept.body.as_str()), ("POST", r#"{"who":"me"}"#));
    assert_eq!(kept.header("content-type"), Some("application/json"));
}

#[test]
fn another_origin_is_followed_to_without_authorization_and_on_connections_that_are_kept() {
    let other = Server::answering(Answer::ok("there"));
    let url = other.url();
    let server = Server::scripted(move |_| to(302, &format!("{url}/landing")));
    let task = "get = \"/\"\nheaders = { Authorization = \"Bearer secret\", Cookie = \"typed=1\", X-Kept = \"1\" }";
    all_hold(&play(&server.url(), &page("redirects = 1", task), &[0]));
    assert!(server.received().iter().all(|request| request.header("authorization") == Some("Bearer secret")));
    assert!(other.requests() > other.connections(), "{} on {}", other.requests(), other.connections());
    for request in other.received() {
        assert_eq!((request.path.as_str(), request.header("x-kept")), ("/landing", Some("1")));
        assert_eq!((request.header("authorization"), request.header("cookie")), (None, None));
        assert_eq!(request.header("host").map(|host| format!("http://{host}")), Some(other.url()));
    }
}

#[test]
fn redirects_lead_from_http_to_https_and_back() {
    let certificate = Certificate::generate();
    let last = Server::answering(Answer::ok("there"));
    let middle = Server::over_tls(&certificate, to(302, &last.url()));
    let url = middle.url();
    let first = Server::scripted(move |_| to(302, &url));
    let http = "redirects = 2\ntls = { insecure = true }";
    all_hold(&play(&first.url(), &page(http, "get = \"/\"\nexpect = { body = \"there\" }"), &[0]));
    assert!(last.requests() > 0);
}

#[test]
fn a_redirect_to_an_address_that_may_not_be_loaded_is_refused_before_a_dial() {
    // A documentation address: a dial would end as a timeout or as unreachable, not as forbidden.
    let server = Server::answering(to(302, "http://203.0.113.1/"));
    let endpoints = play(&server.url(), &page("redirects = 1", "get = \"/\""), &[0]);
    failed_as(&endpoints, "page (redirected)", "forbidden address");
    assert_eq!(endpoints["page"]["errors"], json!({}));
}

#[test]
fn a_redirect_to_what_is_no_url_is_unusable() {
    let server = Server::answering(to(302, "mailto:nobody@example.com"));
    let endpoints = play(&server.url(), &page("redirects = 1", "get = \"/\""), &[0]);
    failed_as(&endpoints, "page (redirected)", "unusable redirect");
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn encoded_bodies_are_read_as_what_they_encode() {
    let zstd = |data: &[u8]| ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest);
    let plain = br#"{"id":7}"#;
    // An uncompressed block, and the last one, which is empty.
    let brotli = [b"\x8b\x03\x80".as_slice(), plain, b"\x03"].concat();
    for (name, body) in [("gzip", gzip(plain)), ("br", brotli), ("zstd", zstd(plain))] {
        let encoded = answer(200, &format!("Content-Encoding: {name}\r\n"), body);
        let server = Server::answering(encoded);
        all_hold(&play(&server.url(), &page("", "get = \"/\"\nexpect = { json = { \"$.id\" = 7 } }"), &[0]));
        assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip, br, zstd"));
    }
}

#[test]
fn what_nobody_reads_is_not_decoded() {
    let server = Server::answering(answer(200, "Content-Encoding: gzip\r\n", "no gzip at all"));
    all_hold(&play(&server.url(), &page("", "get = \"/\"\nexpect = { status = 200 }"), &[0]));
    let read = page("", "get = \"/\"\nexpect = { body = \"gzip\" }");
    failed_as(&play(&server.url(), &read, &[0, 3]), "page", "undecodable body");
}

#[test]
fn a_body_that_grows_beyond_all_bounds_is_too_large() {
    let bomb = gzip(&vec![0; 33 * 1024 * 1024]);
    let sent = bomb.len() as u64;
    let server = Server::answering(answer(200, "Content-Encoding: gzip\r\n", bomb));
    let endpoints = play(&server.url(), &page("", "get = \"/\"\nexpect = { body = \"x\" }"), &[0, 3]);
    failed_as(&endpoints, "page", "body too large");
    let (bytes, made) = (&endpoints["page"]["bytes_received"], &endpoints["page"]["requests"]);
    assert!(bytes.as_u64().unwrap() < made.as_u64().unwrap() * (sent + 200), "bytes are counted as they came");
}
