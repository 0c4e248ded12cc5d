//! What goes out for each key of a request, and what is said of an answer that does not hold, through `run`.

use serde_json::Value;

use crate::support::{Answer, Http2Server, Project, Received, Server};

/// Describes one user whose single task is `page`.
fn task(http: &str, task: &str) -> String {
    format!("[http]\n{http}\n[[user]]\nthink = {{ constant = \"5ms\" }}\n[[user.task]]\nname = \"page\"\n{task}")
}

fn project(url: &str, described: &str) -> Project {
    let profile = "[profile.short]\nusers = 1\nduration = \"300ms\"\n";
    Project::with(&format!("[target]\nurl = \"{url}\"\n{described}\n{profile}"))
}

/// Plays a description over HTTP/1.1 and gives the first request that came.
#[track_caller]
fn sent(described: &str) -> Received {
    let server = Server::answering(Answer::ok("{}"));
    project(&server.url(), described).loadgate("run --workers 1").run().exits(0);
    server.received().first().cloned().unwrap()
}

/// Plays a description against an answer and gives the figures of `page`.
#[track_caller]
fn judged(answer: Answer, described: &str) -> Value {
    let server = Server::answering(answer);
    let project = project(&server.url(), described);
    project.loadgate("run --workers 1").run().exits_with_one_of(&[0, 1, 3]);
    project.json("loadgate-report/recording.json")["summary"]["endpoints"]["page"].clone()
}

#[track_caller]
fn refused(described: &str) -> String {
    let project = project("http://127.0.0.1:9", described);
    project.loadgate("run --workers 1").run().exits(2).stderr
}

#[test]
fn a_query_is_escaped_repeated_and_appended() {
    let described =
        task("", "get = \"/find?x=1\"\nquery = { q = \"a b&c=d/é\", tag = [\"a\", \"b\"], limit = 20, deep = true }");
    assert_eq!(sent(&described).path, "/find?x=1&deep=true&limit=20&q=a%20b%26c%3Dd%2F%C3%A9&tag=a&tag=b");
    assert_eq!(sent(&task("", "get = \"/find\"\nquery = { n = \"{{ user.index }}\" }")).path, "/find?n=0");
}

#[test]
fn a_form_takes_numbers_and_lists() {
    let request = sent(&task("", "post = \"/\"\nform = { quantity = 2, gift = true, tag = [\"a b\", 3] }"));
    assert_eq!(request.body, "gift=true&quantity=2&tag=a+b&tag=3");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[test]
fn a_body_file_is_sent_as_it_is() {
    let server = Server::answering(Answer::ok("{}"));
    let text = "{\"name\": \"{{ no template }}\"}\n";
    let project =
        project(&server.url(), &task("", "post = \"/\"\nbody_file = \"payload.json\"")).file("payload.json", text);
    project.loadgate("run --workers 1").run().exits(0);
    let request = server.received().first().cloned().unwrap();
    assert_eq!((request.body.as_str(), request.header("content-type")), (text, Some("application/json")));
}

#[test]
fn a_file_that_is_not_there_is_said_before_anything_is_sent() {
    let said = refused(&task("", "post = \"/\"\nbody_file = \"payload.json\""));
    assert!(said.contains("cannot read payload.json") && said.contains("looked for in"), "{said}");
    let said = refused(&task("", "post = \"/\"\nmultipart = { picture = { file = \"cup.png\" } }"));
    assert!(said.contains("cannot read cup.png"), "{said}");
}

const PARTS: &str = r#"
    post = "/upload"
    multipart = { title = "Cup {{ user.index }}", note = { text = "n", type = "text/plain" }, picture = { file = "cup.png", type = "image/png", name = "x.png" } }
"#;

/// Holds a request to what `PARTS` describes.
#[track_caller]
fn is_multipart(request: &Received) {
    let content_type = request.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let parts = [
        "Content-Disposition: form-data; name=\"note\"\r\nContent-Type: text/plain\r\n\r\nn",
        "Content-Disposition: form-data; name=\"picture\"; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\nPNG",
        "Content-Disposition: form-data; name=\"title\"\r\n\r\nCup 0",
    ];
    let parts = parts.map(|part| format!("--{boundary}\r\n{part}\r\n")).concat();
    assert_eq!(request.body, format!("{parts}--{boundary}--\r\n"));
}

#[test]
fn parts_of_a_body_have_heads_and_a_boundary_that_stays() {
    let seen = [(), ()].map(|()| {
        let server = Server::answering(Answer::ok("{}"));
        let project = project(&server.url(), &task("", PARTS)).file("cup.png", "PNG");
        project.loadgate("run --workers 1").run().exits(0);
        server.received().first().cloned().unwrap()
    });
    seen.iter().for_each(is_multipart);
    assert_eq!(seen[0].body, seen[1].body);
}

#[test]
fn parts_queries_and_credentials_go_over_http2_alike() {
    let server = Http2Server::scripted(|_| Answer::ok("{}"));
    let http = "version = \"2\"\nauth = { basic = [\"ada\", \"pass\"] }";
    let project =
        project(&server.url(), &task(http, &format!("query = {{ page = 2 }}\n{PARTS}"))).file("cup.png", "PNG");
    project.loadgate("run --workers 1").run().exits(0);
    let request = server.received().first().cloned().unwrap();
    is_multipart(&request);
    assert_eq!(request.path, "/upload?page=2");
    assert_eq!(request.header("authorization"), Some("Basic YWRhOnBhc3M="));
}

#[test]
fn a_request_has_one_body() {
    let said = refused(&task("", "post = \"/\"\nbody = \"a\"\nform = { a = 1 }"));
    assert!(said.contains("keep one of `json`, `form`, `multipart`, `graphql`, `body` and `body_file`"), "{said}");
}

#[test]
fn the_innermost_credentials_are_sent() {
    let outer = "auth = { bearer = \"outer\" }";
    let sends = |http: &str, step: &str| {
        let request = sent(&task(http, &format!("get = \"/\"\n{step}")));
        request.header("authorization").map(str::to_owned)
    };
    assert_eq!(sends(outer, "").as_deref(), Some("Bearer outer"));
    assert_eq!(sends(outer, "auth = { basic = [\"u{{ user.index }}\", \"p:q\"] }").as_deref(), Some("Basic dTA6cDpx"));
    assert_eq!(sends(outer, "auth = \"none\""), None);
    assert_eq!(sends(outer, "headers = { authorization = \"own\" }").as_deref(), Some("own"));
}

#[test]
fn credentials_that_cannot_be_are_refused() {
    let twice = refused(&task("", "get = \"/\"\nauth = { bearer = \"t\" }\nheaders = { Authorization = \"x\" }"));
    assert!(twice.contains("say the same thing twice"), "{twice}");
    let later = task("", "get = \"/\"\nauth = { bearer = \"{{ token }}\" }\nextract = { token = \"body\" }");
    let later = refused(&later);
    assert!(later.contains("`token` is not extracted by then"), "{later}");
    let colon = refused(&task("", "get = \"/\"\nauth = { basic = [\"a:b\", \"c\"] }"));
    assert!(colon.contains("no `:` in its name"), "{colon}");
}

#[test]
fn a_user_s_token_is_left_out_until_it_is_extracted() {
    let server = Server::answering(Answer::ok("abc"));
    let described = r#"
        [[user]]
        auth = { bearer = "{{ token }}" }
        [[user.start]]
        post = "/login"
        extract = { token = "body" }
        [[user.task]]
        get = "/me"
    "#;
    project(&server.url(), described).loadgate("run --workers 1").run().exits(0);
    let received = server.received();
    let of = |path: &str| received.iter().find(|request| request.path == path).unwrap().header("authorization");
    assert_eq!((of("/login"), of("/me")), (None, Some("Bearer abc")));
}

const GRAPHQL: &str = r#"
    post = "/graphql"
    graphql = { query = "query Q($n: Int) { cup(n: $n) { id } }", variables = { n = "{{ user.index }}" }, operation = "Q" }
"#;

#[test]
fn graphql_is_posted_as_json_and_its_errors_fail() {
    let request = sent(&task("", GRAPHQL));
    assert_eq!(
        request.body,
        r#"{"query":"query Q($n: Int) { cup(n: $n) { id } }","variables":{"n":0},"operationName":"Q"}"#
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("accept").unwrap().starts_with("application/graphql-response+json"));

    let answer = || Answer::ok(r#"{"data": null, "errors": [{"message": "no cup"}]}"#);
    let figures = judged(answer(), &task("", GRAPHQL));
    assert_eq!(figures["errors"]["graphql errors"], figures["requests"]);
    assert_eq!(figures["examples"]["graphql errors"], r#"[{"message":"no cup"}]"#);
    let allowed = judged(answer(), &task("", &format!("{GRAPHQL}\nexpect = {{ graphql_errors = true }}")));
    assert_eq!(allowed["error_rate"], 0.0, "{allowed:#}");
    let said = refused(&task("", "get = \"/\"\ngraphql = { query = \"{ me }\" }"));
    assert!(said.contains("write its path as `post`"), "{said}");
}

/// An answer with these header lines and a body.
fn answer(status: u16, headers: &str, body: &str) -> Answer {
    Answer::raw(format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

#[test]
fn what_holds_is_no_error() {
    for expect in [
        "status = \"2xx\"",
        "status = [404, \"2xx\"]",
        "header = { X-Id = { regex = \"^a\\\\d+$\" } }",
        "cookie = { sid = \"s1\" }",
        "cookie = { sid = { regex = \"^s\" } }",
        "json = { \"$.id\" = { min = 7, max = 8 }, \"$.tags\" = { length = 2 }, \"$.gone\" = { exists = false } }",
        "json = { \"$.name\" = { regex = \"^C\", length = 3 }, \"$.id\" = { exists = true } }",
        "json = { \"$.size\" = { w = 1, min = 2 } }",
    ] {
        let came = answer(
            201,
            "X-Id: a12\r\nSet-Cookie: sid=s1; Path=/\r\n",
            r#"{"id": 8, "name": "Cup", "tags": [1, 2], "size": {"w": 1, "min": 2}}"#,
        );
        let figures = judged(came, &task("", &format!("get = \"/\"\nexpect = {{ {expect} }}")));
        assert_eq!(figures["errors"], serde_json::json!({}), "{expect}");
    }
}

#[test]
fn a_failure_shows_what_came_instead() {
    let body = r#"{"id": "8", "echo": "hunter2\u001b[31m", "tags": []}"#;
    for (keys, kind, shown) in [
        ("expect = { status = [200, \"4xx\"] }", "expect status", "wanted 200 or 4xx, got 302"),
        ("expect = { json = { \"$.id\" = 7 } }", "expect json $.id", "wanted 7, got \"8\""),
        ("expect = { json = { \"$.id\" = { max = 7 } } }", "expect json $.id", "wanted 7 at most, got \"8\""),
        ("expect = { json = { \"$.tags\" = { length = 1 } } }", "expect json $.tags", "wanted length 1, got []"),
        ("expect = { header = { X-Id = \"b\" } }", "expect header X-Id", "wanted `b`, got `a`"),
        (
            "expect = { header = { No = { regex = \"b\" } } }",
            "expect header No",
            "wanted a match of `b`, got no header No",
        ),
        ("expect = { cookie = { sid = \"b\" } }", "expect cookie sid", "wanted `b`, got `a`"),
        ("extract = { token = \"json:$.token\" }", "extract token", "nothing at $.token in {\"id\": \"8\""),
        ("expect = { json = { \"$.echo\" = \"x\" } }", "expect json $.echo", "wanted \"x\", got \"•••\\u001b[31m\""),
    ] {
        let came = answer(302, "X-Id: a\r\nSet-Cookie: sid=a\r\n", body);
        let described =
            format!("[vars]\npassword = {{ value = \"hunter2\", secret = true }}\n{}", task("", "get = \"/\"\n"));
        let figures = judged(came, &format!("{described}{keys}"));
        assert_eq!(figures["errors"][kind], figures["requests"], "{keys}: {figures:#}");
        let example = figures["examples"][kind].as_str().unwrap();
        assert!(example.starts_with(shown) && example.chars().count() <= 200, "{keys}: {example}");
        assert!(!example.contains("hunter2"), "{example}");
    }
}

#[test]
fn a_failed_status_shows_its_body_where_it_was_read() {
    let came = || answer(500, "", "{\"error\":\"no\tstock\"}");
    let read = judged(came(), &task("", "get = \"/\"\nexpect = { body = \"ok\" }"));
    assert_eq!(read["examples"]["status 500"], "{\"error\":\"no\\tstock\"}");
    let unread = judged(came(), &task("", "get = \"/\""));
    assert!(unread.get("examples").is_none(), "{unread:#}");
}

#[test]
fn a_step_s_own_timeout_stands_instead_of_the_common_one() {
    let figures = judged(Answer::silence(), &task("timeout = \"80s\"", "get = \"/\"\ntimeout = \"50ms\""));
    assert_ne!(figures["requests"], 0);
    assert_eq!(figures["errors"], serde_json::json!({ "timeout": figures["requests"] }), "{figures:#}");
}
