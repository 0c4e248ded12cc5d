//! `loadgate comment`, against a server that plays GitHub's API, its faults included.

use serde_json::json;

use crate::support::github::{Fault, GitHub, HEAD, TOKEN, refused, refused_with};
use crate::support::{Answer, Certificate, Finished, Project, Server};

/// The name that a workflow's comments carry.
const BOT: &str = "github-actions[bot]";

/// The first line of a comment on the profile that is compared here.
const MARKER: &str = "<!-- loadgate:load -->";

/// A folder with a comparison of the profile `load`, which failed.
fn project() -> Project {
    let comparison =
        include_str!("../../src/report/snapshots/loadgate__report__every_format__fail.comparison.json.snap");
    let comparison = comparison.splitn(3, "---\n").nth(2).unwrap();
    Project::empty().file("loadgate-report/comparison.json", comparison)
}

/// `loadgate comment`, as a workflow for the pull request 7 runs it.
fn comment(project: &Project, github: &GitHub, flags: &str) -> Finished {
    let event = json!({"pull_request": {"number": 7, "head": {"sha": HEAD}}}).to_string();
    let project_event = project.path("event.json");
    std::fs::write(&project_event, event).unwrap();
    project
        .loadgate("comment")
        .args(flags)
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_API_URL", github.url())
        .env("GITHUB_REPOSITORY", "someone/shop")
        .env("GITHUB_EVENT_PATH", project_event)
        .run()
}

#[test]
fn the_first_comment_is_created_and_the_next_edits_it() {
    let (project, github) = (project(), GitHub::start());
    let first = comment(&project, &github, "").exits(0);
    assert_eq!(first.stdout, "created https://github.com/someone/shop/pull/7#issuecomment-1000\n");
    let again = comment(&project, &github, "").exits(0);
    assert_eq!(again.stdout, "unchanged https://github.com/someone/shop/pull/7#issuecomment-1000\n");

    let path = project.path("loadgate-report/comparison.json");
    let changed = project.read("loadgate-report/comparison.json").replace("create_order", "pay_order");
    std::fs::write(path, changed).unwrap();
    let edited = comment(&project, &github, "").exits(0);
    assert_eq!(edited.stdout, "updated https://github.com/someone/shop/pull/7#issuecomment-1000\n");
    let comments = github.comments();
    let [(author, body)] = comments.as_slice() else { panic!("one comment, not {comments:?}") };
    assert_eq!(author, BOT);
    assert!(body.starts_with(&format!("{MARKER}\n### ❌ loadgate: pay_order p95")), "{body}");
}

#[test]
fn each_profile_has_a_comment_of_its_own() {
    let (project, github) = (project(), GitHub::start());
    comment(&project, &github, "").exits(0);
    let path = project.path("loadgate-report/comparison.json");
    let other =
        project.read("loadgate-report/comparison.json").replacen("\"profile\": \"load\"", "\"profile\": \"a b\"", 1);
    std::fs::write(path, other).unwrap();
    comment(&project, &github, "").exits(0);
    let firsts: Vec<String> = github.comments().iter().map(|(_, body)| body.lines().next().unwrap().into()).collect();
    assert_eq!(firsts, [MARKER, "<!-- loadgate:a%20b -->"]);
}

#[test]
fn what_others_wrote_is_never_edited() {
    let forged = format!("{MARKER}\nforged");
    let quoted = format!("> {MARKER}\nquoted by the bot itself");
    let github = GitHub::start().with_comment("someone", &forged).with_comment(BOT, &quoted);
    comment(&project(), &github, "").exits(0);
    let comments = github.comments();
    assert_eq!(comments.len(), 3);
    assert_eq!(comments[0].1, forged);
    assert_eq!(comments[1].1, quoted);
}

#[test]
fn another_author_is_looked_for_where_it_is_named() {
    let github = GitHub::start().with_comment("gatekeeper[bot]", MARKER);
    comment(&project(), &github, "--author Gatekeeper[bot]").exits(0);
    assert_eq!(github.comments().len(), 1);
}

#[test]
fn a_comment_on_the_third_page_is_found() {
    let github =
        (0..5).fold(GitHub::start().paging(2), |github, n| github.with_comment("someone", &format!("remark {n}")));
    let github = github.with_comment(BOT, &format!("{MARKER}\r\nold\r\n"));
    let finished = comment(&project(), &github, "").exits(0);
    assert!(finished.stdout.starts_with("updated "), "{}", finished.transcript());
    assert_eq!(github.comments().len(), 6);
    assert_eq!(github.asked().iter().filter(|asked| asked.contains("/issues/7/comments?")).count(), 3);
}

#[test]
fn a_newer_commit_is_left_to_its_own_run() {
    let github = GitHub::start();
    let finished = comment(&project(), &github, "--commit 0123456789abcdef0123456789abcdef01234567").exits(0);
    finished.complains_of(&["nothing published", "0123456 was measured", "is at c0ffee0"]);
    assert!(github.comments().is_empty());
}

#[test]
fn the_merge_that_a_runner_checks_out_is_the_newest_commit_too() {
    let github = GitHub::start();
    comment(&project(), &github, "--commit beef0000beef0000beef0000beef0000beef0000").exits(0);
    assert_eq!(github.comments().len(), 1);
}

#[test]
fn after_a_forks_workflow_the_pull_request_is_found_by_its_branch() {
    let github = GitHub::start();
    let event = |branch: &str| {
        json!({"workflow_run": {"head_sha": HEAD, "head_branch": branch, "pull_requests": [],
            "head_repository": {"owner": {"login": "someone"}}}})
        .to_string()
    };
    let project = project().file("open.json", event("faster")).file("none.json", event("gone"));
    let run = |event: &str| {
        let invocation = project.loadgate("comment --repo someone/shop").env("GITHUB_TOKEN", TOKEN);
        invocation.env("GITHUB_API_URL", github.url()).env("GITHUB_EVENT_PATH", project.path(event)).run()
    };
    run("none.json").exits(0).complains_of(&["no open pull request from someone:gone"]);
    assert!(github.comments().is_empty());
    run("open.json").exits(0);
    assert_eq!(github.comments().len(), 1);
}

#[test]
fn an_enterprise_has_its_api_below_a_path() {
    let github = GitHub::below("/api/v3");
    comment(&project(), &github, "").exits(0);
    assert_eq!(github.comments().len(), 1);
    assert!(github.asked().iter().all(|asked| asked.contains(" /api/v3/")), "{:?}", github.asked());
}

#[test]
fn trouble_on_githubs_side_passes() {
    let trouble = [
        Fault::Instead(refused(500, "Server Error")),
        Fault::Instead(Answer::hang_up()),
        Fault::Instead(refused(502, "Bad Gateway")),
    ];
    let github = GitHub::start().failing("GET", trouble);
    comment(&project(), &github, "").exits(0);
    assert_eq!(github.comments().len(), 1);
}

#[test]
fn a_creation_whose_answer_was_lost_is_not_repeated() {
    for lost in [Answer::hang_up(), Answer::reset(), refused(502, "Bad Gateway"), Answer::ok("{")] {
        let github = GitHub::start().failing("POST", [Fault::Afterwards(lost.clone())]);
        let finished = comment(&project(), &github, "");
        assert_eq!(github.comments().len(), 1, "{lost:?}: {}", finished.transcript());
    }
}

#[test]
fn a_creation_that_was_not_carried_out_is_repeated() {
    let github = GitHub::start().failing("POST", [Fault::Instead(refused(503, "Unavailable"))]);
    comment(&project(), &github, "").exits(0);
    assert_eq!(github.comments().len(), 1);
}

#[test]
fn a_comment_deleted_meanwhile_is_written_anew() {
    let github =
        GitHub::start().with_comment(BOT, MARKER).failing("PATCH", [Fault::Instead(refused(404, "Not Found"))]);
    let finished = comment(&project(), &github, "").exits(0);
    assert!(finished.stdout.starts_with("created "), "{}", finished.transcript());
}

#[test]
fn pauses_that_github_asks_for_are_made() {
    let limited = [
        refused_with(429, "Too Many Requests", "Retry-After: 0\r\n"),
        refused_with(403, "API rate limit exceeded", "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1\r\n"),
        refused_with(403, "You have exceeded a secondary rate limit", "Retry-After: 0\r\n"),
    ];
    let github = GitHub::start().failing("POST", limited.map(Fault::Instead));
    comment(&project(), &github, "").exits(0);
    assert_eq!(github.comments().len(), 1);
    assert_eq!(github.asked().iter().filter(|asked| asked.starts_with("POST")).count(), 4);
}

#[test]
fn a_pause_that_takes_too_long_is_an_error_that_names_it() {
    let limited = refused_with(429, "Too Many Requests", "Retry-After: 3600\r\n");
    let github = GitHub::start().failing("POST", [Fault::Instead(limited)]);
    comment(&project(), &github, "").exits(3).complains_of(&["pause of 3600 s", "--timeout"]);
}

#[test]
fn a_refusal_says_what_to_do_and_never_the_token() {
    let cases = [
        (refused(401, "Bad credentials"), "not valid here"),
        (refused(403, "Resource not accessible by integration"), "pull-requests: write"),
        (refused(404, "Not Found"), "--repo and --pr"),
        (refused(422, "\u{1b}[31mValidation failed"), "␛[31mValidation failed"),
    ];
    for (answer, said) in cases {
        let github = GitHub::start().failing("POST", [Fault::Instead(answer)]);
        let finished = comment(&project(), &github, "").exits(3).complains_of(&[said]);
        assert!(!format!("{}{}", finished.stdout, finished.stderr).contains(TOKEN), "{}", finished.transcript());
        assert_eq!(github.asked().iter().filter(|asked| asked.starts_with("POST")).count(), 1);
    }
}

#[test]
fn the_token_is_not_sent_where_a_redirect_leads() {
    let elsewhere = Server::answering(Answer::ok("{}"));
    let moved = format!("HTTP/1.1 307 X\r\nLocation: {}/here\r\nContent-Length: 0\r\n\r\n", elsewhere.url());
    let github = GitHub::start().failing("GET", [Fault::Instead(Answer::raw(moved))]);
    comment(&project(), &github, "").exits(3).complains_of(&["redirected to 127.0.0.1", "GITHUB_API_URL"]);
    assert_eq!(elsewhere.requests(), 0);
}

#[test]
fn a_next_page_elsewhere_is_not_asked_for() {
    let elsewhere = Server::answering(Answer::ok("[]"));
    let listed = format!("HTTP/1.1 200 X\r\nLink: <{}/>; rel=\"next\"\r\nContent-Length: 2\r\n\r\n[]", elsewhere.url());
    // The pull request and the token's owner are asked for first.
    let github = GitHub::start();
    let pull = Fault::Instead(Answer::ok(&json!({"number": 7, "head": {"sha": HEAD}}).to_string()));
    let user = Fault::Instead(Answer::ok(&json!({"login": "someone"}).to_string()));
    let github = github.failing("GET", [pull, user, Fault::Instead(Answer::raw(listed))]);
    comment(&project(), &github, "").exits(3);
    assert_eq!(elsewhere.requests(), 0);
}

#[test]
fn a_redirect_at_home_is_followed_with_the_same_method() {
    let github = GitHub::start().with_comment(BOT, MARKER);
    let moved = format!(
        "HTTP/1.1 301 X\r\nLocation: {}/repos/someone/shop/issues/comments/1000\r\nContent-Length: 0\r\n\r\n",
        github.url()
    );
    let github = github.failing("PATCH", [Fault::Instead(Answer::raw(moved))]);
    comment(&project(), &github, "").exits(0);
    assert!(github.comments()[0].1.contains("create_order"));
}

#[test]
fn an_answer_that_never_ends_is_given_up() {
    let endless =
        Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").then_endlessly(vec![b'['; 1 << 16]);
    let github = GitHub::start().failing("GET", (0..64).map(|_| Fault::Instead(endless.clone())));
    comment(&project(), &github, "--timeout 2").exits(3).complains_of(&["can't be reached"]);
}

#[test]
fn nobody_listening_is_an_error_that_names_the_host() {
    let github = GitHub::start();
    let url = github.url();
    drop(github);
    let project = project();
    let invocation = project.loadgate("comment --repo someone/shop --pr 7 --timeout 1").env("GITHUB_TOKEN", TOKEN);
    invocation.env("GITHUB_API_URL", &url).run().exits(3).complains_of(&["can't be reached", "nothing was published"]);
}

#[test]
fn over_tls_the_systems_certificates_decide() {
    let certificate = Certificate::generate();
    let github = GitHub::over_tls(&certificate);
    let project = project().file("ca.pem", &certificate.pem);
    let run = |trusted: &str| {
        let invocation = project.loadgate("comment --repo someone/shop --pr 7 --timeout 2 --commit").arg(HEAD);
        let invocation = invocation.env("GITHUB_TOKEN", TOKEN).env("GITHUB_API_URL", github.url());
        invocation.env("SSL_CERT_FILE", project.path(trusted)).run()
    };
    run("ca.pem").exits(0);
    assert_eq!(github.comments().len(), 1);
    let other = Certificate::generate();
    std::fs::write(project.path("other.pem"), &other.pem).unwrap();
    run("other.pem").exits(3).complains_of(&["certificate"]);
}

#[test]
fn what_is_missing_is_said_before_anything_is_asked() {
    let project = project();
    let github = GitHub::start();
    let bare = || project.loadgate("comment").env("GITHUB_API_URL", github.url());
    bare().run().exits(2).complains_of(&["which repository", "--repo owner/name"]);
    bare().args("--repo someone/shop").run().exits(2).complains_of(&["which pull request", "--pr N"]);
    bare().args("--repo someone/shop --pr 7").run().exits(2).complains_of(&["set GITHUB_TOKEN"]);
    let with_token = || bare().env("GITHUB_TOKEN", TOKEN).args("--pr 7");
    with_token().args("--repo ../../user").run().exits(2).complains_of(&["is no repository"]);
    with_token().args("--repo shop").run().exits(2).complains_of(&["write owner/name"]);
    let plain = with_token().args("--repo someone/shop").env("GITHUB_API_URL", "http://github.example");
    plain.run().exits(2).complains_of(&["GITHUB_API_URL", "not https"]);
    assert!(github.asked().is_empty());
}

#[test]
fn only_a_comparison_of_reasonable_size_is_published() {
    let github = GitHub::start();
    let project = project().file("summary.json", "{\"summary\": {}}").file("huge.json", " ".repeat((8 << 20) + 1));
    comment(&project, &github, "summary.json").exits(2).complains_of(&["is no comparison.json"]);
    comment(&project, &github, "huge.json").exits(2).complains_of(&["larger than 8 MiB"]);
    comment(&project, &github, "absent.json").exits(2).complains_of(&["absent.json"]);
    let damaged = project.file("damaged.json", "{\"verdict\": \"pass\", \"format\": 1, \"exit\": \"0\"}");
    comment(&damaged, &github, "damaged.json").exits(2).complains_of(&["damaged comparison"]);
    assert!(github.asked().is_empty());
}

#[test]
fn a_dry_run_prints_the_comment_and_asks_nobody() {
    let finished = project().loadgate("comment --dry-run").run().exits(0);
    assert!(finished.stdout.starts_with(MARKER), "{}", finished.stdout);
}

#[test]
fn what_a_fork_names_its_endpoints_commands_nobody() {
    let hostile =
        include_str!("../../src/report/snapshots/loadgate__report__every_format__hostile_names.comparison.json.snap");
    let hostile = hostile.splitn(3, "---\n").nth(2).unwrap();
    let (project, github) = (Project::empty().file("hostile.json", hostile), GitHub::start());
    comment(&project, &github, "hostile.json").exits(0);
    let body = github.comments().remove(0).1;
    assert!(body.chars().count() <= 65_536);
    assert_eq!(body.matches("<!-- loadgate:").count(), 1, "{body}");
    assert!(body.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn every_request_names_the_version_it_was_written_for() {
    let github = GitHub::start();
    comment(&project(), &github, "").exits(0);
    for request in github.received() {
        assert_eq!(request.header("x-github-api-version"), Some("2022-11-28"));
        assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("loadgate/")));
    }
}
