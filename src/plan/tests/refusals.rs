//! What cannot be run is refused before anything is sent, where it stands.

use super::support::{AROUND, choice, compile, task, users};
use crate::plan::Choice;

/// The first line of what is said about a task, without the file's name, and the advice.
#[track_caller]
fn refused(text: &str, message: &str, help: &str) {
    let error = task(text).unwrap_err();
    assert!(error.contains(message) && error.contains(help), "{error}");
}

#[test]
fn unknown_names_come_with_the_nearest_one() {
    refused("get = '/{{ user.indx }}'", "unknown name `user.indx`", "did you mean `{{ user.index }}`?");
    refused("get = '/{{ uuid }}'", "unknown name `uuid`", "did you mean `{{ uuid() }}`?");
    refused("get = '/{{ rnd(1, 2) }}'", "unknown function `rnd`", "did you mean `rand`?");
    refused("get = '/{{ shape(1) }}'", "unknown function `shape`", "rand(1, 20), uuid() and now()");
    refused("get = '/'\nheaders = { A = '{{ tokn }}' }\nextract = { token = 'body' }", "`tokn`", "{{ token }}");
}

#[test]
fn functions_take_what_they_take() {
    refused("get = '/{{ rand(1) }}'", "`rand` takes two whole numbers", "rand(1, 20)");
    refused("get = '/{{ rand(a, b) }}'", "does not hold two whole numbers", "rand(1, 20)");
    refused("get = '/{{ rand(9, 1) }}'", "has no number to draw", "the smaller number first");
    refused("get = '/{{ uuid(4) }}'", "`uuid` takes no arguments", "uuid()");
    refused("get = '/{{ now(\"iso\") }}'", "no format", "unix_ms");
    refused("get = '/{{ rand(1, 2 }}'", "does not end in `)`", "close the parenthesis");
}

#[test]
fn braces_are_closed_and_hold_something() {
    refused("get = '/{{ user.index'", "is never closed by `}}`", "{{ \"{{\" }}");
    refused("get = '/{{ }}'", "nothing between `{{` and `}}`", "{{ \"{{\" }}");
}

#[test]
fn a_value_is_extracted_before_it_is_named() {
    refused("get = '/{{ id }}'\nextract = { id = 'body' }", "`id` is not extracted by then", "an earlier step");
    refused("post = '/'\njson = ['{{ id }}']\nextract = { id = 'body' }", "not extracted by then", "start steps");
    refused("get = '/'\nexpect = { body = '{{ id }}' }\nextract = { id = 'body' }", "not extracted by then", "earlier");
}

#[test]
fn a_value_of_another_task_is_not_known() {
    let text = "
        [[user]]
        [[user.task]]
        get = '/a'
        extract = { id = 'body' }
        [[user.task]]
        get = '/b/{{ id }}'
    ";
    assert!(users(text).unwrap_err().contains("`id` is not extracted by then"));
}

#[test]
fn a_user_s_header_names_values_of_its_own() {
    let text = "
        [[user]]
        [[user.task]]
        get = '/a'
        extract = { token = 'body' }
        [[user]]
        headers = { Authorization = '{{ token }}' }
        [[user.task]]
        get = '/b'
    ";
    assert!(users(text).unwrap_err().contains("no step of this user extracts `token`"));
}

#[test]
fn what_a_json_value_is_like_is_checked() {
    for (like, wrong, advice) in [
        ("{ min = 'a' }", "`min` cannot be \"a\"", "write a number"),
        ("{ length = -1 }", "`length` cannot be -1", "a whole number from 0"),
        ("{ exists = 1 }", "`exists` cannot be 1", "true or false"),
        ("{ regex = '(' }", "no regular expression", "its syntax"),
        ("{ min = 5, max = 1 }", "no number is 5 at least and 1 at most", "swap them"),
        ("{ exists = false, min = 1 }", "what does not exist is like nothing", "leave the other keys away"),
    ] {
        refused(&format!("get = '/'\nexpect = {{ json = {{ '$.a' = {like} }} }}"), wrong, advice);
    }
    refused("get = '/'\nexpect = { graphql_errors = true }", "only a `graphql` request", "leave `graphql_errors` away");
}

#[test]
fn a_step_is_one_request() {
    refused("name = 'x'", "there is no request", "get = \"/path\"");
    refused("get = '/'\npost = '/'", "`get` and `post` are two requests", "keep one");
    refused("post = '/'\nbody = 'x'\njson = 1", "one body", "keep one of `json`, `form`, `multipart`, ");
    refused("post = '/'\nbody_file = 'src'", "cannot read src: it is a directory; name a file", "looked for in");
    refused("post = '/'\nmultipart = { a = { text = 'a', file = 'b' } }", "a part is a text or a file", "write one of");
    refused("post = '/'\nmultipart = { a = { text = 'a', type = '' } }", "no media type", "image/png");
    refused("post = '/'\ngraphql = { query = '{{ me }}' }", "sent as it is", "in `variables`");
    refused("post = '/'\ngraphql = { operation = 'Q' }", "has one document", "one of `query` and `file`");
    refused("post = '/'\ngraphql = { query = '{ me }', variables = [1] }", "no table", "{ name = value }");
    refused("get = '/'\n[[user.task.step]]\nget = '/a'", "a task with steps has no `get`", "into one of its steps");
    refused("think = { constant = '1s' }\n[[user.task.step]]\nget = '/a'", "no `think` of its own", "move `think`");
    refused("[[user.task.step]]\nget = '/a'\nweight = 2", "only tasks are drawn by weight", "leave `weight` away");
    refused(
        "[[user.task.step]]\nput = '/'\n[[user.task.step.step]]\nget = '/a'",
        "a step with steps has no `put`",
        "into one of",
    );
    refused("head = '/'\nextract = { id = 'body' }", "HEAD has no body", "use `get`");
}

#[test]
fn paths_are_paths() {
    refused("get = 'products'", "does not start with `/`", "\"/products\"");
    refused("get = 'http://other/'", "is a URL", "[target]");
    refused("get = '/a#b'", "a fragment is never sent", "%23");
}

#[test]
fn headers_can_be_sent() {
    refused("get = '/'\nheaders = { \"A b\" = 'x' }", "`A b` is no header name", "X-Request-Id");
    refused("get = '/'\nheaders = { A = \"x\\r\\nB: y\" }", "line break", "leave it away");
    refused("get = '/'\nheaders = { content-length = '3' }", "set by loadgate", "leave the header away");
}

#[test]
fn numbers_and_durations_make_sense() {
    refused("get = '/'\nweight = 0", "weight of 0", "1 or more");
    refused("get = '/'\ntimeout = '0s'", "0 leaves no time", "10s");
    refused("get = '/'\nthink = { between = ['2s', '1s'] }", "longer than the longest", "shorter one first");
    refused("get = '/'\nthink = { pacing = '2s' }", "`pacing`", "`think` of the user");
    refused("get = '/'\nexpect = { time = '0s' }", "0 leaves no time", "10s");
}

#[test]
fn expectations_and_extractions_compile() {
    refused("get = '/'\nexpect = { json = { 'id' = 1 } }", "`id` is no JSONPath", "$.items[0].id");
    refused("get = '/'\nexpect = { body = { regex = '(' } }", "no regular expression", "docs.rs/regex");
    refused("get = '/'\nextract = { id = 'jsn:$.id' }", "nothing to extract", "json:$.path");
}

#[test]
fn names_do_not_clash() {
    refused("get = '/'\nextract = { user = 'body' }", "`user` is taken", "another name");
    refused("get = '/'\nextract = { 'a b' = 'body' }", "cannot be a name", "letters, digits");
    let text = "[vars]\ntoken = 'x'\n[[user]]\n[[user.task]]\nget = '/'\nextract = { token = 'body' }";
    assert!(users(text).unwrap_err().contains("`token` is a var already"));
}

#[test]
fn one_endpoint_is_one_request() {
    let two = |first: &str, second: &str| users(&format!("[[user]]\n[[user.task]]\n{first}\n[[user.task]]\n{second}"));
    let error = two("name = 'x'\nget = '/a'", "name = 'x'\nget = '/b'").unwrap_err();
    assert!(error.contains("`x` is two requests: `GET /a` and `GET /b`"), "{error}");
    let plan = two("name = 'x'\nget = '/a?page=1'", "name = 'x'\nget = '/a?page=2'").unwrap();
    assert_eq!(plan.endpoints, ["x"]);
    let plan = two("get = '/a?page=1'", "post = '/a'").unwrap();
    assert_eq!(plan.endpoints, ["GET /a", "POST /a"]);
    assert!(two("name = '(all)'\nget = '/a'", "get = '/b'").unwrap_err().contains("`(all)` cannot be the name"));
    let error = two("name = 'x (redirected)'\nget = '/a'", "get = '/b'").unwrap_err();
    assert!(error.contains("`x (redirected)` cannot be the name"), "{error}");
}

#[test]
fn users_have_tasks_and_descriptions_have_users() {
    assert!(users("").unwrap_err().contains("there are no users"));
    assert!(users("[[user]]\nname = 'web'").unwrap_err().contains("the user has no task"));
}

#[test]
fn vars_have_one_value() {
    let var = |var: &str| users(&format!("[vars]\nv = {var}\n[[user]]\n[[user.task]]\nget = '/{{{{ v }}}}'"));
    assert!(var("{ env = 'SHOP_PASSWORD' }").is_ok());
    assert!(var("{ env = 'UNSET', default = 'x' }").is_ok());
    assert!(var("{ env = 'UNSET' }").unwrap_err().contains("environment variable UNSET is not set"));
    assert!(var("{ env = 'SHOP_PASSWORD', value = 'x' }").unwrap_err().contains("`v` has two values"));
    assert!(var("{ default = 'x' }").unwrap_err().contains("`v` has a default for nothing"));
    assert!(var("{ secret = true }").unwrap_err().contains("`v` has no value"));
}

#[test]
fn a_variable_set_to_nothing_counts_as_unset() {
    let text = format!("{AROUND}\n[vars]\nv = {{ env = 'EMPTY' }}\n[[user]]\n[[user.task]]\nget = '/'");
    let empty = Choice { environment: |_| Some(String::new()), ..choice() };
    assert!(compile(&text, &empty).unwrap_err().contains("environment variable EMPTY is not set"));
}

#[test]
fn data_is_refused_with_its_own_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.csv"), "id,name\n1,cup\n2\n").unwrap();
    let text = format!("{AROUND}\n[data.p]\nfile = 'p.csv'\n[[user]]\n[[user.task]]\nget = '/'");
    let error = compile(&text, &Choice { base: folder.path().into(), ..choice() }).unwrap_err();
    assert!(error.contains("p.csv:3: 1 columns where the first line names 2"), "{error}");
}

#[test]
fn a_fault_names_file_line_and_the_names_around_it() {
    let error = users("[[user]]\nname = 'web'\n[[user.task]]\nname = 'view'\nget = '/{{ nme }}'").unwrap_err();
    assert!(
        error.starts_with("loadgate.toml:12:7: unknown name `nme` in a template in user \"web\", task \"view\""),
        "{error}"
    );
}
