//! Branches and loops, played by a user without a network.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::support::{AROUND, Player, choice, compile, users};
use crate::client::Response;
use crate::plan::{Choice, Next, Walk};

/// The paths that the first task of the first user asks for, answered by `answer`.
fn paths(player: &mut Player, mut answer: impl FnMut(&str) -> String) -> Vec<String> {
    let Player { plan, scope, scratch } = player;
    scope.begin();
    let (mut walk, mut asked) = (Walk::default(), Vec::new());
    loop {
        match plan.users[0].tasks[0].steps.next(&mut walk, &plan.data, scope).unwrap() {
            Next::Request(step) => {
                let wire = step.request(plan, scope, scratch).unwrap().wire().to_vec();
                let path = String::from_utf8(wire).unwrap().split(' ').nth(1).unwrap().replace("/api", "");
                let body = answer(&path).into_bytes();
                let response = Response { status: 200, head: b"HTTP/1.1 200 X\r\n\r\n".to_vec(), body };
                step.judge(plan, &response, Duration::ZERO, scope).unwrap();
                asked.push(path);
            }
            Next::Breathe => asked.push("breath".to_owned()),
            Next::End => return asked,
        }
    }
}

/// The same of one task, where every answer is `body`.
fn played(task: &str, body: &str) -> Vec<String> {
    paths(&mut Player::of(&format!("[[user]]\n[[user.task]]\n{task}")), |_| body.to_owned())
}

/// Whether a condition holds after a step that extracts `v` from `body`.
#[track_caller]
fn holds(condition: &str, body: &str) -> bool {
    let task = format!(
        "[[user.task.step]]\nget = '/v'\nextract = {{ v = 'json:$.v' }}\n\
         [[user.task.step]]\nif = \"{condition}\"\nget = '/then'"
    );
    let text = format!("[vars]\nlimit = 5\nword = 'done'\n[[user]]\n[[user.task]]\n{task}");
    paths(&mut Player::of(&text), |_| body.to_owned()).contains(&"/then".to_owned())
}

#[track_caller]
fn refused(task: &str, message: &str, help: &str) {
    let error = users(&format!("[vars]\nlimit = 5\n[[user]]\n[[user.task]]\n{task}")).unwrap_err();
    assert!(error.contains(message) && error.contains(help), "{error}");
}

#[test]
fn groups_are_played_in_order_however_deep() {
    let task = "
        [[user.task.step]]
        get = '/a'
        [[user.task.step]]
          [[user.task.step.step]]
          get = '/b'
          [[user.task.step.step]]
            [[user.task.step.step.step]]
            get = '/c'
        [[user.task.step]]
        get = '/d'
    ";
    assert_eq!(played(task, ""), ["/a", "/b", "/c", "/d"]);
}

#[test]
fn a_group_is_repeated_whole_and_a_step_by_itself() {
    let task = "
        repeat = 2
        [[user.task.step]]
        get = '/a'
        repeat = 3
        [[user.task.step]]
        get = '/b'
    ";
    assert_eq!(played(task, ""), ["/a", "/a", "/a", "/b", "/a", "/a", "/a", "/b"]);
}

#[test]
fn a_range_of_rounds_is_drawn_evenly_with_both_its_ends() {
    let mut player = Player::of("[[user]]\n[[user.task]]\nget = '/a'\nrepeat = [0, 3]");
    let mut counts = BTreeMap::new();
    for _ in 0..4_000 {
        *counts.entry(paths(&mut player, |_| String::new()).len()).or_insert(0) += 1;
    }
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
    // 1000 expected of each, with a standard deviation of 27; the seed is fixed.
    assert!(counts.values().all(|count| (850..=1_150).contains(count)), "{counts:?}");
}

#[test]
fn a_loop_looks_at_its_condition_before_each_round() {
    let task = "
        [[user.task.step]]
        get = '/status'
        extract = { status = 'body' }
        [[user.task.step]]
        while = \"status != 'done'\"
        get = '/status?again'
        name = 'poll'
        extract = { status = 'body' }
        [[user.task.step]]
        get = '/{{ status }}'
    ";
    let mut player = Player::of(&format!("[[user]]\n[[user.task]]\n{task}"));
    let mut left = 3;
    let asked = paths(&mut player, |_| {
        left -= 1;
        (if left > 0 { "pending" } else { "done" }).to_owned()
    });
    assert_eq!(asked, ["/status", "/status?again", "/status?again", "/done"]);
}

#[test]
fn a_loop_whose_condition_never_changes_ends_with_its_bound() {
    let task = |repeat: &str| format!("while = 'user.index >= 0'\n{repeat}\nget = '/a'");
    assert_eq!(played(&task(""), "").len(), 100);
    assert_eq!(played(&task("repeat = 7"), "").len(), 7);
}

#[test]
fn rounds_without_a_request_let_others_go_first() {
    let task = "
        repeat = 4000000000
        [[user.task.step]]
        if = 'user.index < 0'
        get = '/never'
    ";
    let plan = users(&format!("[[user]]\n[[user.task]]\n{task}")).unwrap();
    let mut player = Player::new(plan);
    let mut walk = Walk::default();
    let Player { plan, scope, .. } = &mut player;
    for _ in 0..3 {
        let next = plan.users[0].tasks[0].steps.next(&mut walk, &plan.data, scope).unwrap();
        assert!(matches!(next, Next::Breathe), "{next:?}");
    }
    assert!(walk.is_idle());
}

#[test]
fn conditions_compare_values_as_what_they_read_as() {
    let stock = r#"{"v": 12}"#;
    for condition in ["v > 0", "v >= 12", "v == 12.0", "v != 13", "v", "v > 9", "12 == v", "v > limit", "'12' == v"] {
        assert!(holds(condition, stock), "{condition}");
    }
    for condition in ["v < 12", "v == null", "not v", "v == 'twelve'", "v < 'twelve'", "v == true"] {
        assert!(!holds(condition, stock), "{condition}");
    }
    for (body, truth) in [("true", true), ("false", false), ("0", false), ("''", false), ("'x'", true), ("[]", true)] {
        let body = format!("{{\"v\": {}}}", body.replace('\'', "\""));
        assert_eq!(holds("v", &body), truth, "{body}");
        assert_eq!(holds("not v", &body), !truth, "{body}");
    }
    assert!(!holds("v == null", r#"{"v": "null"}"#) && holds("v == 'null'", r#"{"v": "null"}"#));
    assert!(holds("v == word", r#"{"v": "done"}"#) && holds("v == 'not done'", r#"{"v": "not done"}"#));
}

#[test]
fn or_binds_least_then_and_then_not() {
    let one = r#"{"v": 1}"#;
    assert!(holds("v == 1 or v == 2 and v == 3", one));
    assert!(!holds("(v == 1 or v == 2) and v == 3", one));
    assert!(holds("not v == 2 and v", one));
    assert!(!holds("not (v == 1 or v == 2)", one));
    assert!(holds("user.index == 41 and not (v > 1)", one));
    assert!(holds("{{ rand(1, 3) }} <= 3 and {{ v }} == 1", one));
}

#[test]
fn a_value_not_extracted_yet_is_null() {
    let task = "
        [[user.task.step]]
        if = 'token == null and not token'
        post = '/login'
        extract = { token = 'json:$.token' }
        [[user.task.step]]
        if = 'token'
        get = '/me?{{ token }}'
    ";
    let mut player = Player::of(&format!("[[user]]\n[[user.task]]\n{task}"));
    let answer = |_: &str| r#"{"token": "t7"}"#.to_owned();
    assert_eq!(paths(&mut player, answer), ["/login", "/me?t7"]);
    assert_eq!(paths(&mut player, answer), ["/me?t7"], "a value is kept from task to task");
}

#[test]
fn a_condition_sees_the_row_that_the_request_names() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "{\"id\": 1, \"stock\": 0}\n{\"id\": 2, \"stock\": 5}\n{\"id\": 3, \"stock\": null}\n";
    std::fs::write(folder.path().join("p.jsonl"), rows).unwrap();
    let task = "
        [[user.task.step]]
        if = 'p.stock > 0'
        get = '/buy/{{ p.id }}'
        [[user.task.step]]
        if = 'p.stock == 0'
        get = '/look/{{ p.id }}'
        [[user.task.step]]
        if = 'p.stock == null'
        get = '/ask/{{ p.id }}'
    ";
    let text = format!("{AROUND}\n[data.p]\nfile = 'p.jsonl'\npick = 'cycle'\n[[user]]\n[[user.task]]\n{task}");
    let mut player = Player::new(compile(&text, &Choice { base: folder.path().into(), ..choice() }).unwrap());
    for path in ["/look/1", "/buy/2", "/ask/3"] {
        assert_eq!(paths(&mut player, |_| String::new()), [path]);
    }
}

#[test]
fn what_a_branch_extracts_is_known_in_it_and_not_behind_it() {
    let behind = |key: &str| {
        format!(
            "[[user.task.step]]\n{key}\n\
             [[user.task.step.step]]\nget = '/a'\nextract = {{ id = 'body' }}\n\
             [[user.task.step.step]]\nget = '/in/{{{{ id }}}}'\n\
             [[user.task.step]]\nget = '/behind/{{{{ id }}}}'"
        )
    };
    refused(&behind("if = 'limit > 3'"), "`id` is extracted only under `if`", "if = \"id\"");
    refused(&behind("while = 'limit > 3'"), "`id` is extracted only under `while`", "under the same one");
    refused(&behind("repeat = [0, 2]"), "`id` is extracted only under a `repeat` from 0", "always extract it");
    assert_eq!(played(&behind("repeat = [1, 1]"), "7"), ["/a", "/in/7", "/behind/7"]);
    let guarded = behind("if = 'limit > 3'").replace("get = '/behind", "if = 'limit and id'\nget = '/behind");
    let text = format!("[vars]\nlimit = 5\n[[user]]\n[[user.task]]\n{guarded}");
    assert_eq!(paths(&mut Player::of(&text), |_| "7".into()), ["/a", "/in/7", "/behind/7"]);
}

#[test]
fn conditions_that_mean_nothing_are_refused() {
    let condition = |text: &str| format!("get = '/'\nextract = {{ token = 'body' }}\nif = \"{text}\"");
    for (text, message, help) in [
        ("", "the condition is empty", "stock > 0"),
        ("tokn", "unknown name `tokn` in a condition", "did you mean `token`?"),
        ("colour == red", "unknown name `colour`", "conditions can name"),
        ("token = 1", "`=` means nothing", "write `==`"),
        ("token && limit", "`&` means nothing", "write `and`"),
        ("token || limit", "`|` means nothing", "write `or`"),
        ("!token", "`!` means nothing", "write `not`"),
        ("token ? 1", "`?` means nothing", "stock > 0"),
        ("1 < limit < 5", "two comparisons stand in a row", "1 < stock and stock < 5"),
        ("token limit", "`limit` stands where the condition should end", "`and` or `or`"),
        ("(token", "a `(` is never closed", "`)`"),
        ("token)", "a `)` closes nothing", "leave it away"),
        ("token == 'x", "never closed", "end it with '"),
        ("token ==", "ends before its last value", "stock > 0"),
        ("and token", "`and` has nothing to join", "stock > 0"),
        ("token == ==", "a comparison stands where a value should", "stock > 0"),
        ("{token}", "`{` stands in the condition", "without braces"),
        ("{{ tokn }} == 1", "unknown name `tokn`", "{{ token }}"),
    ] {
        refused(&condition(text), message, help);
    }
    refused(&condition(&"not ".repeat(40)), "nested too deep", "simpler");
    refused(&condition(&"(".repeat(5_000)), "nested too deep", "simpler");
}

#[test]
fn a_condition_names_values_of_its_own_user() {
    let text = "
        [[user]]
        [[user.task]]
        get = '/a'
        extract = { token = 'body' }
        [[user]]
        [[user.task]]
        if = 'token'
        get = '/b'
    ";
    assert!(users(text).unwrap_err().contains("no step of this user extracts `token`"));
}

#[test]
fn rounds_and_tags_make_sense() {
    refused("get = '/'\nrepeat = 0", "0 rounds play nothing", "[0, 2]");
    refused("get = '/'\nrepeat = [0, 0]", "0 rounds play nothing", "1 or more");
    refused("get = '/'\nrepeat = [3, 1]", "the fewest rounds are more than the most", "the smaller one first");
    refused("[[user.task.step]]\nget = '/'\ntags = ['a']", "only tasks have tags", "at the task");
    refused("get = '/'\ntags = ['a,b']", "`a,b` cannot be a tag", "letters, digits");
}

#[test]
fn steps_stand_sixteen_deep_at_most() {
    let nested = |levels: usize| {
        let mut text = "{ get = '/' }".to_owned();
        for _ in 1..levels {
            text = format!("{{ repeat = 2, step = [{text}] }}");
        }
        format!("[[user]]\ntask = [{text}]")
    };
    assert_eq!(paths(&mut Player::of(&nested(16)), |_| String::new()).len(), 1 << 15);
    let error = users(&nested(17)).unwrap_err();
    assert!(error.contains("more than 16 deep") && error.contains("one after the other"), "{error}");
}

#[test]
fn endpoints_asked_for_in_no_task_are_once_a_user_wherever_they_stand() {
    let text = "
        [[user]]
        [[user.start]]
          [[user.start.step]]
          get = '/login'
          [[user.start.step]]
          get = '/home'
        [[user.task]]
          [[user.task.step]]
          repeat = 2
            [[user.task.step.step]]
            get = '/home'
    ";
    assert_eq!(users(text).unwrap().once_a_user(), ["GET /login"]);
}

#[test]
fn endpoints_under_conditions_alone_are_occasional() {
    let text = "
        [[user]]
        [[user.task]]
          [[user.task.step]]
          get = '/a'
          [[user.task.step]]
          if = 'user.index > 5'
            [[user.task.step.step]]
            get = '/a'
            [[user.task.step.step]]
            repeat = 2
              [[user.task.step.step.step]]
              get = '/b'
          [[user.task.step]]
          repeat = [1, 2]
          get = '/c'
          [[user.task.step]]
          repeat = [0, 2]
          get = '/d'
    ";
    let plan = users(text).unwrap();
    assert_eq!(plan.occasional, ["GET /b", "GET /d"]);
    assert_eq!(plan.certain_endpoints(), ["GET /a", "GET /c"]);
}

/// A journey as it is meant: what each step asks for, or what a group holds.
#[derive(Debug, Clone)]
struct Tree {
    rounds: usize,
    holds: bool,
    what: Result<u8, Vec<Self>>,
}

impl Tree {
    fn typed(&self) -> String {
        let condition = if self.holds { "user.index == 41" } else { "user.index != 41" };
        let what = match &self.what {
            Ok(path) => format!("get = '/{path}'"),
            Err(steps) => {
                format!("step = [{}]", steps.iter().map(Self::typed).collect::<Vec<_>>().join(", "))
            }
        };
        format!("{{ if = '{condition}', repeat = {}, {what} }}", self.rounds)
    }

    fn meant(&self) -> Vec<String> {
        let round = match &self.what {
            Ok(path) => vec![format!("/{path}")],
            Err(steps) => steps.iter().flat_map(Self::meant).collect(),
        };
        let rounds = if self.holds { self.rounds } else { 0 };
        vec![round; rounds].concat()
    }
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let one = |what: Result<u8, Vec<Tree>>| {
        (1..4_usize, prop::bool::weighted(0.8)).prop_map(move |(rounds, holds)| Tree {
            rounds,
            holds,
            what: what.clone(),
        })
    };
    let leaf = (0..9_u8).prop_flat_map(move |path| one(Ok(path)));
    leaf.prop_recursive(4, 12, 3, move |inner| {
        prop::collection::vec(inner, 1..4).prop_flat_map(move |steps| one(Err(steps)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_journey_is_played_as_its_tree_says(tree in any_tree()) {
        let mut player = Player::of(&format!("[[user]]\ntask = [{}]", tree.typed()));
        let asked: Vec<String> =
            paths(&mut player, |_| String::new()).into_iter().filter(|path| path != "breath").collect();
        prop_assert_eq!(asked, tree.meant());
    }
}
