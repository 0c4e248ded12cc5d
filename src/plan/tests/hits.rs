//! The plan of `hit URL`.

use std::time::Duration;

use super::support::{Player, first};
use crate::client::Method;
use crate::plan::{Hit, Plan, Shape};
use crate::units::Rate;

fn refusal(hit: &Hit) -> String {
    Plan::hit(hit).unwrap_err().to_string()
}

#[test]
fn a_url_is_one_static_request_of_many_users() {
    let plan = Plan::hit(&Hit::of("http://localhost:8080/a?b=c")).unwrap();
    assert_eq!((plan.load.as_str(), plan.endpoints.as_slice()), ("64 users", &["GET /a".to_owned()][..]));
    assert_eq!((plan.target.host.as_str(), plan.target.port), ("localhost", 8080));
    let mut player = Player::new(plan);
    assert_eq!(player.path(first), "/a?b=c");
    assert!(player.scratch.request.wire().is_empty());
    assert_eq!(Player::new(Plan::hit(&Hit::of("http://localhost")).unwrap()).path(first), "/");
    assert_eq!(Player::new(Plan::hit(&Hit::of("http://localhost?b=c")).unwrap()).path(first), "/?b=c");
}

#[test]
fn flags_are_what_they_say() {
    let typed = Hit {
        method: Method::Post,
        headers: vec!["X-Key: a:b".into(), "accept: text/html".into()],
        body: Some("hello".into()),
        rate: Some(Rate(100.0)),
        requests: Some(500),
        keep_alive: false,
        ..Hit::of("http://localhost/")
    };
    let plan = Plan::hit(&typed).unwrap();
    assert_eq!((plan.requests, plan.load.as_str()), (Some(500), "100/s"));
    assert!(matches!(plan.shape, Shape::Rate { max_users: 1_000, .. }));
    let wire = Player::new(plan).wire(first);
    assert!(wire.starts_with("POST / HTTP/1.1\r\n") && wire.ends_with("\r\nContent-Length: 5\r\n\r\nhello"), "{wire}");
    assert!(wire.contains("\r\nX-Key: a:b\r\n") && wire.contains("\r\naccept: text/html\r\n"), "{wire}");
    assert!(wire.contains("\r\nConnection: close\r\n"), "{wire}");
}

#[test]
fn a_host_beyond_private_ranges_is_hit_only_where_it_is_named() {
    let refused = refusal(&Hit::of("http://8.8.8.8/"));
    assert!(refused.contains("neither this machine nor in a private network"), "{refused}");
    assert!(refused.contains("--allow 8.8.8.8 of `hit`"), "{refused}");
    let allowing = |host: &str| Hit { allow: vec![host.into()], ..Hit::of("http://8.8.8.8/") };
    assert!(!Plan::hit(&allowing("8.8.8.8")).unwrap().target.private_only);
    assert!(refusal(&allowing("8.8.4.4")).starts_with("URL: 8.8.8.8 is neither"));
    assert!(refusal(&allowing("http://8.8.8.8/")).starts_with("--allow: `http://8.8.8.8/` is no host; "));
}

#[test]
fn what_cannot_be_hit_is_refused_by_its_flag() {
    assert!(refusal(&Hit::of("localhost")).starts_with("URL: `localhost` is no http:// or https:// URL; "));
    let header = |header: &str| Hit { headers: vec![header.into()], ..Hit::of("http://localhost") };
    assert_eq!(refusal(&header("Accept")), "--header: `Accept` is no header; write one like 'Accept: text/html'");
    assert!(refusal(&header("A b: c")).contains("`A b` is no header name"));
    let empty = Hit { requests: Some(0), ..Hit::of("http://localhost") };
    assert!(refusal(&empty).starts_with("--requests: "));
    let warm = Hit { warmup: Duration::from_secs(5), ..Hit::of("http://localhost") };
    assert!(refusal(&warm).starts_with("--warmup: the warm-up leaves nothing of the 5s to measure"));
    let nobody = Hit { users: 0, ..Hit::of("http://localhost") };
    assert_eq!(refusal(&nobody), "--users: this makes no load; write more than 0");
}
