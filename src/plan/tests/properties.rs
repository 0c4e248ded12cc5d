//! What holds for all values.

use proptest::prelude::*;
use serde_json::json;

use super::support::{Player, first, second};
use crate::plan::{Scope, Think};

const ECHO: &str = "
    [[user]]
    [[user.task]]
      [[user.task.step]]
      get = '/'
      extract = { text = 'json:$.v' }
      [[user.task.step]]
      post = '/{{ text }}?q={{ text }}'
      headers = { X-Text = 'a {{ text }} b' }
      json = { lone = '{{ text }}', '{{ text }}' = 'in {{ text }}', list = ['{{ text }}'] }
";

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<String>().prop_map(|text| json!(text)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)).prop_filter("null is no value", |value| !value.is_null()),
        any::<bool>().prop_map(|truth| json!(truth)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|list| json!(list)),
            prop::collection::btree_map(any::<String>(), inner, 0..3).prop_map(|fields| json!(fields)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_value_breaks_out_of_its_place(value in any_json()) {
        let mut player = Player::of(ECHO);
        player.judge(first, 200, "", &json!({ "v": value }).to_string()).unwrap();
        let wire = player.wire(second);
        let (head, body) = wire.split_once("\r\n\r\n").unwrap();
        prop_assert_eq!(head.lines().count(), 8, "{}", head);
        prop_assert_eq!(head.lines().next().unwrap().split(' ').count(), 3);
        let sent: serde_json::Value = serde_json::from_str(body).unwrap();
        prop_assert_eq!(&sent["lone"], &value);
        prop_assert_eq!(&sent["list"][0], &value);
    }

    #[test]
    fn a_pause_between_two_lengths_is_between_them(seed: u64, least in 0..10_000u64, more in 0..10_000u64) {
        let (least, most) = (std::time::Duration::from_micros(least), std::time::Duration::from_micros(least + more));
        let pause = Scope::of(seed, 0, 0, 0).pause(&Think::Between(least, most)).unwrap();
        prop_assert!((least..=most).contains(&pause), "{pause:?}");
    }
}

#[test]
fn tasks_are_drawn_by_weight() {
    let text = "[[user]]\n[[user.task]]\nget = '/a'\nweight = 3\n[[user.task]]\nget = '/b'\nweight = 1";
    let mut player = Player::of(text);
    let drawn = (0..4_000).filter(|_| player.scope.pick_task(&player.plan) == 0).count();
    // 3000 expected, with a standard deviation of 27; the seed is fixed.
    assert!((2_850..=3_150).contains(&drawn), "{drawn}");
}

#[test]
fn pauses_have_the_mean_they_are_given() {
    let mean = std::time::Duration::from_secs(2);
    let mut scope = Scope::of(1, 0, 0, 0);
    let sum: f64 = (0..10_000).map(|_| scope.pause(&Think::Exponential(mean)).unwrap().as_secs_f64()).sum();
    assert!((1.9..2.1).contains(&(sum / 10_000.0)), "{sum}");
    assert_eq!(scope.pause(&Think::Constant(mean)), Some(mean));
    assert_eq!(scope.pause(&Think::Pacing(mean)), None);
    assert_eq!(scope.pause(&Think::None), None);
}
