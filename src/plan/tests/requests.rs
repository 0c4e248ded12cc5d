//! What is sent.

use std::collections::BTreeSet;

use super::support::{AROUND, Player, choice, compile, first, second, start, task, users};
use crate::plan::{Choice, Redirects, Scope, Scratch};

const SHOP: &str = "
    [[user]]
    headers = { Authorization = 'Bearer {{ token }}' }
    [[user.start]]
    post = '/login'
    json = { email = 'user{{ user.index }}@example.com', id = '{{ user.index }}' }
    extract = { token = 'json:$.token' }
    [[user.task]]
    get = '/me'
";

#[test]
fn a_static_request_is_made_once_and_sent_as_it_is() {
    let plan = task("get = '/a b?x=%20&y=é'").unwrap();
    let mut scope = Scope::new(&plan, 0, 0);
    let mut scratch = Scratch::default();
    let one = first(&plan).request(&plan, &mut scope, &mut scratch).unwrap().wire().to_vec();
    assert_eq!(
        String::from_utf8(one).unwrap(),
        format!(
            "GET /api/a%20b?x=%20&y=%C3%A9 HTTP/1.1\r\nAccept: */*\r\nAccept-Encoding: gzip, br, zstd\r\n\
             Host: 127.0.0.1:8000\r\nUser-Agent: loadgate/{}\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        )
    );
    assert!(scratch.request.wire().is_empty());
}

#[test]
fn encodings_are_accepted_unless_the_description_says_otherwise() {
    let accepted = |http: &str| {
        let mut player = Player::of(&format!("[http]\n{http}\n[[user]]\n[[user.task]]\nget = '/'"));
        let wire = player.wire(first);
        wire.lines().find_map(|line| line.strip_prefix("Accept-Encoding: ")).map(str::to_owned)
    };
    assert_eq!(accepted("").as_deref(), Some("gzip, br, zstd"));
    assert_eq!(accepted("headers = { Accept-Encoding = 'identity' }").as_deref(), Some("identity"));
    assert_eq!(accepted("compression = false"), None);
}

#[test]
fn requests_that_follow_redirects_have_an_endpoint_of_their_own() {
    let plan = |http: &str, step: &str| {
        users(&format!("[http]\n{http}\n[[user]]\n[[user.task]]\nname = 'page'\nget = '/'\n{step}")).unwrap()
    };
    let none = plan("", "");
    assert_eq!((none.endpoints.as_slice(), first(&none).redirects), (["page".to_owned()].as_slice(), None));
    let all = plan("redirects = 5", "");
    assert_eq!(all.endpoints, ["page", "page (redirected)"]);
    assert_eq!(first(&all).redirects, Some(Redirects { most: 5, endpoint: 1 }));
    assert_eq!(first(&plan("", "redirects = 2")).redirects, Some(Redirects { most: 2, endpoint: 1 }));
    assert_eq!(first(&plan("redirects = 5", "redirects = 0")).redirects, None);
}

#[test]
fn a_header_whose_value_is_not_extracted_yet_is_left_out() {
    let mut player = Player::of(SHOP);
    assert!(!player.wire(start).contains("Authorization"));
    player.judge(start, 200, "", r#"{"token": "abc"}"#).unwrap();
    assert!(player.wire(first).contains("\r\nAuthorization: Bearer abc\r\n"));
}

#[test]
fn an_extracted_value_cannot_start_a_header_of_its_own() {
    let mut player = Player::of(SHOP);
    player.judge(start, 200, "", r#"{"token": "abc\r\nX-Evil: 1\u0000"}"#).unwrap();
    assert!(player.wire(first).contains("\r\nAuthorization: Bearer abcX-Evil: 1\r\n"));
}

#[test]
fn a_lone_template_in_json_takes_the_type_of_its_value() {
    let mut player = Player::of(SHOP);
    assert_eq!(player.body(start), r#"{"email":"user41@example.com","id":41}"#);
    assert!(player.wire(start).contains("\r\nContent-Type: application/json\r\n"));
}

#[test]
fn extracted_json_values_keep_their_types_in_json() {
    let text = "
        [[user]]
        [[user.task]]
          [[user.task.step]]
          get = '/cart'
          extract = { id = 'json:$.id', name = 'json:$.name', lines = 'json:$.lines', open = 'json:$.open' }
          [[user.task.step]]
          post = '/orders'
          json = { id = '{{ id }}', name = '{{ name }}', lines = '{{ lines }}', open = '{{ open }}', note = 'no {{ id }}' }
    ";
    let mut player = Player::of(text);
    player.judge(first, 200, "", r#"{"id": 7, "name": "a \"cup\"", "lines": [1, "x"], "open": true}"#).unwrap();
    assert_eq!(player.body(second), r#"{"id":7,"name":"a \"cup\"","lines":[1,"x"],"open":true,"note":"no 7"}"#);
}

#[test]
fn the_nearest_header_wins_whatever_its_case() {
    let text = "
        [http]
        headers = { X-Env = 'http', x-team = 'http' }
        [[user]]
        headers = { x-env = 'user' }
        [[user.task]]
        get = '/'
        headers = { X-ENV = 'step', Accept = 'text/plain', host = 'shop.test' }
    ";
    let wire = Player::of(text).wire(first);
    assert!(wire.contains("\r\nX-ENV: step\r\n") && wire.contains("\r\nx-team: http\r\n"), "{wire}");
    assert!(wire.contains("\r\nAccept: text/plain\r\n") && wire.contains("\r\nhost: shop.test\r\n"), "{wire}");
    assert_eq!(wire.to_lowercase().matches("x-env").count(), 1);
    assert_eq!(wire.to_lowercase().matches("host:").count(), 1);
}

#[test]
fn a_header_for_all_users_may_name_what_only_some_extract() {
    let text = format!(
        "[http]\nheaders = {{ Authorization = 'Bearer {{{{ token }}}}' }}\n{SHOP}\n[[user]]\n[[user.task]]\nget = '/guest'"
    );
    let plan = users(&text).unwrap();
    let mut scope = Scope::new(&plan, 1, 0);
    let mut scratch = Scratch::default();
    let guest = plan.users[1].tasks[0].steps[0].request(&plan, &mut scope, &mut scratch).unwrap();
    assert!(!String::from_utf8_lossy(guest.wire()).contains("Authorization"));
}

#[test]
fn connections_close_after_each_request_when_they_are_not_kept() {
    let wire = Player::of("[http]\nkeep_alive = false\n[[user]]\n[[user.task]]\nget = '/'").wire(first);
    assert!(wire.contains("\r\nConnection: close\r\n"));
}

#[test]
fn a_form_is_encoded() {
    let text = "
        [vars]
        password = { env = 'SHOP_PASSWORD', secret = true }
        [[user]]
        [[user.task]]
        post = '/login'
        form = { user = 'a b', password = '{{ password }}' }
    ";
    let mut player = Player::of(text);
    assert_eq!(player.body(first), "password=hunter2%26co&user=a+b");
    assert!(player.wire(first).contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    assert_eq!(player.plan.secrets.mask("it is hunter2&co"), "it is •••");
    assert!(!format!("{:?}", player.plan).contains("hunter2"), "a panic says no secret");
}

#[test]
fn values_in_a_path_are_encoded_but_not_at_its_start() {
    let text = "
        [vars]
        prefix = '/v1/shop'
        name = 'a/b c?d'
        [[user]]
        [[user.task]]
        get = '{{ prefix }}/items/{{ name }}?q={{ name }}'
    ";
    assert_eq!(Player::of(text).path(first), "/api/v1/shop/items/a%2Fb%20c%3Fd?q=a%2Fb%20c%3Fd");
}

#[test]
fn quoted_braces_are_braces() {
    let text = r#"
        [[user]]
        [[user.task]]
        post = '/render'
        body = 'Hello {{ "{{" }} name {{ "}}" }} {"a":{"b":1}}'
    "#;
    assert_eq!(Player::of(text).body(first), r#"Hello {{ name }} {"a":{"b":1}}"#);
}

#[test]
fn a_row_is_held_until_the_next_sequence_begins() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.csv"), "id,name\n1,cup\n2,jug\n3,pot\n").unwrap();
    let text = format!(
        "{AROUND}
        [data.products]
        file = 'p.csv'
        pick = 'cycle'
        [[user]]
        [[user.task]]
          [[user.task.step]]
          get = '/products/{{{{ products.id }}}}/{{{{ products.name }}}}'
          [[user.task.step]]
          post = '/cart'
          json = {{ id = '{{{{ products.id }}}}' }}
          expect = {{ json = {{ '$.id' = '{{{{ products.id }}}}' }} }}
        "
    );
    let mut player = Player::new(compile(&text, &Choice { base: folder.path().into(), ..choice() }).unwrap());
    assert_eq!(player.path(first), "/api/products/1/cup");
    assert_eq!(player.body(second), r#"{"id":"1"}"#);
    assert_eq!(player.judge(second, 200, "", r#"{"id": 1}"#), Ok(()));
    assert_eq!(player.judge(second, 200, "", r#"{"id": 2}"#), Err("expect json $.id".into()));
    player.scope.begin();
    assert_eq!(player.path(first), "/api/products/2/jug");
    player.plan.rewind();
    player.scope.begin();
    assert_eq!(player.path(first), "/api/products/1/cup");
}

#[test]
fn a_unique_set_that_runs_out_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.jsonl"), "{\"id\": 1}\n").unwrap();
    let text = format!(
        "{AROUND}\n[data.p]\nfile = 'p.jsonl'\npick = 'unique'\n[[user]]\n[[user.task]]\nget = '/{{{{ p.id }}}}'"
    );
    let mut player = Player::new(compile(&text, &Choice { base: folder.path().into(), ..choice() }).unwrap());
    assert_eq!(player.path(first), "/api/1");
    player.scope.begin();
    let exhausted = first(&player.plan).request(&player.plan, &mut player.scope, &mut player.scratch).unwrap_err();
    assert_eq!((exhausted.data.as_str(), exhausted.rows), ("p", 1));
}

#[test]
fn functions_draw_from_the_user_s_own_generator() {
    let text = "
        [[user]]
        [[user.task]]
        get = '/{{ rand(1, 3) }}/{{ uuid() }}'
    ";
    let paths = |index| {
        let plan = users(text).unwrap();
        let mut scope = Scope::new(&plan, 0, index);
        let mut scratch = Scratch::default();
        let mut path = || first(&plan).request(&plan, &mut scope, &mut scratch).unwrap().path().to_vec();
        (0..40).map(|_| String::from_utf8(path()).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(paths(0), paths(0));
    assert_ne!(paths(0), paths(1));
    let drawn: BTreeSet<String> = paths(0).iter().map(|path| path.split('/').nth(2).unwrap().to_owned()).collect();
    assert_eq!(drawn, BTreeSet::from(["1", "2", "3"].map(str::to_owned)));
    let uuids: BTreeSet<String> = paths(0).iter().map(|path| path.split('/').nth(3).unwrap().to_owned()).collect();
    assert_eq!(uuids.len(), 40);
    assert!(uuids.iter().all(|uuid| uuid::Uuid::parse_str(uuid).unwrap().get_version_num() == 4));
}

#[test]
fn now_is_a_time_or_a_number() {
    let text = r#"
        [[user]]
        [[user.task]]
        post = '/events'
        json = { at = '{{ now() }}', unix = '{{ now("unix") }}', ms = "{{ now('unix_ms') }}" }
    "#;
    let body: serde_json::Value = serde_json::from_str(&Player::of(text).body(first)).unwrap();
    let at = body["at"].as_str().unwrap();
    let parsed = time::OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339).unwrap();
    assert_eq!(at.len(), "2026-01-01T00:00:00.000Z".len());
    assert!((parsed.unix_timestamp() - body["unix"].as_i64().unwrap()).abs() <= 1);
    assert!((body["ms"].as_i64().unwrap() / 1000 - body["unix"].as_i64().unwrap()).abs() <= 1);
}
