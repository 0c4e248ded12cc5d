//! Whether an answer holds.

use super::support::{Player, first, second};

fn expecting(expect: &str) -> Player {
    Player::of(&format!("[[user]]\n[[user.task]]\nget = '/'\nexpect = {expect}"))
}

fn broken(label: &str) -> Result<(), String> {
    Err(label.to_owned())
}

#[test]
fn without_an_expectation_a_status_of_400_or_more_fails() {
    let mut player = Player::of("[[user]]\n[[user.task]]\nget = '/'");
    assert_eq!(player.judge(first, 200, "", ""), Ok(()));
    assert_eq!(player.judge(first, 302, "", ""), Ok(()));
    assert_eq!(player.judge(first, 404, "", ""), broken("status 404"));
    assert_eq!(player.judge(first, 503, "", ""), broken("status 503"));
}

#[test]
fn an_expected_error_is_a_success_and_anything_else_is_not() {
    let mut player = expecting("{ status = [201, 404] }");
    assert_eq!(player.judge(first, 404, "", ""), Ok(()));
    assert_eq!(player.judge(first, 201, "", ""), Ok(()));
    assert_eq!(player.judge(first, 200, "", ""), broken("expect status"));
    assert_eq!(player.judge(first, 500, "", ""), broken("status 500"));
}

#[test]
fn an_error_is_not_excused_by_other_expectations() {
    let mut player = expecting("{ body = 'oops' }");
    assert_eq!(player.judge(first, 500, "", "oops"), broken("status 500"));
}

#[test]
fn a_header_must_have_the_value() {
    let mut player = expecting("{ header = { X-Cache = 'HIT' } }");
    assert_eq!(player.judge(first, 200, "x-cache: HIT", ""), Ok(()));
    assert_eq!(player.judge(first, 200, "x-cache: MISS", ""), broken("expect header X-Cache"));
    assert_eq!(player.judge(first, 200, "", ""), broken("expect header X-Cache"));
}

#[test]
fn a_body_must_contain_and_match() {
    let mut player = expecting("{ body = { contains = 'total', regex = '[0-9]+ items' } }");
    assert_eq!(player.judge(first, 200, "", "total: 12 items"), Ok(()));
    assert_eq!(player.judge(first, 200, "", "total: no items"), broken("expect body"));
    assert_eq!(player.judge(first, 200, "", "12 items"), broken("expect body"));
}

#[test]
fn json_values_are_equal_by_text_and_number() {
    let mut player = expecting("{ json = { '$.n' = 1, '$.s' = '7', '$.b' = true, '$.l' = [1, { x = 'y' }] } }");
    assert_eq!(player.judge(first, 200, "", r#"{"n": 1.0, "s": 7, "b": true, "l": [1, {"x": "y"}]}"#), Ok(()));
    assert_eq!(player.judge(first, 200, "", r#"{"n": "1", "s": "7", "b": true, "l": [1, {"x": "y"}]}"#), Ok(()));
    for (body, label) in [
        (r#"{"n": 2, "s": 7, "b": true, "l": [1, {"x": "y"}]}"#, "expect json $.n"),
        (r#"{"n": 1, "s": null, "b": true, "l": [1, {"x": "y"}]}"#, "expect json $.s"),
        (r#"{"n": 1, "s": 7, "b": false, "l": [1, {"x": "y"}]}"#, "expect json $.b"),
        (r#"{"n": 1, "s": 7, "b": true, "l": [1, {"x": "y", "z": 1}]}"#, "expect json $.l"),
        (r#"{"n": 1, "s": 7, "b": true}"#, "expect json $.l"),
        ("no json", "expect json $.b"),
    ] {
        assert_eq!(player.judge(first, 200, "", body), broken(label), "{body}");
    }
}

#[test]
fn an_answer_must_come_in_time() {
    assert_eq!(expecting("{ time = '100ms' }").judge(first, 200, "", ""), Ok(()));
    assert_eq!(expecting("{ time = '99ms' }").judge(first, 200, "", ""), broken("expect time"));
}

#[test]
fn what_cannot_be_extracted_fails_by_its_name() {
    let mut player = Player::of("[[user]]\n[[user.task]]\nget = '/'\nextract = { token = 'json:$.token' }");
    assert_eq!(player.judge(first, 200, "", "{}"), broken("extract token"));
    assert_eq!(player.judge(first, 200, "", r#"{"token": null}"#), broken("extract token"));
    assert_eq!(player.judge(first, 200, "", r#"{"token": 1}"#), Ok(()));
}

#[test]
fn expectations_may_name_what_earlier_steps_extracted() {
    let text = "
        [[user]]
        [[user.task]]
          [[user.task.step]]
          post = '/orders'
          extract = { id = 'header:Location' }
          [[user.task.step]]
          get = '{{ id }}'
          expect = { json = { '$.self' = '{{ id }}' } }
    ";
    let mut player = Player::of(text);
    player.judge(first, 201, "Location: /orders/7", "").unwrap();
    assert_eq!(player.path(second), "/api/orders/7");
    assert_eq!(player.judge(second, 200, "", r#"{"self": "/orders/7"}"#), Ok(()));
    assert_eq!(player.judge(second, 200, "", r#"{"self": "/orders/8"}"#), broken("expect json $.self"));
}

#[test]
fn only_what_is_judged_is_wanted() {
    let wants = |expect: &str| first(&expecting(expect).plan).wants();
    assert_eq!((wants("{ status = 200 }").head, wants("{ status = 200 }").body), (false, false));
    assert_eq!((wants("{ body = 'x' }").head, wants("{ body = 'x' }").body), (false, true));
    assert_eq!((wants("{ header = { A = 'b' } }").head, wants("{ header = { A = 'b' } }").body), (true, false));
}
