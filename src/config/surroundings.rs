//! The names of the tables around a key, as people think of them.
//!
//! In: the path to a table. Out: `user "web", task "view"`, `profile "load"`, `[gate]`. Does not point at lines.

use super::key_path::Segment;
use super::tree::Node;

/// What the table at `path` is called; `None` for the whole file.
pub(super) fn surroundings(root: &Node, path: &[Segment]) -> Option<String> {
    let mut names = Vec::new();
    let rest = match path {
        [] => return None,
        [Segment::Key(list), Segment::Index(index), rest @ ..] if list == "user" => {
            let user =
                root.child(&Segment::Key(list.clone())).and_then(|(users, _)| users.child(&Segment::Index(*index)));
            names.push(named("user", *index, user.map(|(user, _)| user)));
            journey(user.map(|(user, _)| user), rest, &mut names)
        }
        [Segment::Key(table), Segment::Key(name), rest @ ..] if table == "profile" || table == "data" => {
            names.push(format!("{table} \"{name}\""));
            stages(rest, &mut names)
        }
        _ => return Some(format!("[{}]", keys(path).join("."))),
    };
    names.extend(keys(rest).iter().map(|key| format!("`{key}`")));
    Some(names.join(", "))
}

/// Names the steps on the way down a user; what is left is below the innermost step.
fn journey<'a>(mut node: Option<&Node>, mut path: &'a [Segment], names: &mut Vec<String>) -> &'a [Segment] {
    while let [list @ Segment::Key(key), item @ Segment::Index(index), rest @ ..] = path {
        let kind = match key.as_str() {
            "start" => "start step",
            "stop" => "stop step",
            other => other,
        };
        node = node.and_then(|node| node.child(list)).and_then(|(steps, _)| steps.child(item)).map(|(step, _)| step);
        names.push(named(kind, *index, node));
        path = rest;
    }
    path
}

fn stages<'a>(path: &'a [Segment], names: &mut Vec<String>) -> &'a [Segment] {
    match path {
        [Segment::Key(key), Segment::Index(index), rest @ ..] if key == "stages" => {
            names.push(format!("stage {}", index + 1));
            rest
        }
        _ => path,
    }
}

/// `task "view"`, or `task 2` where it has no name.
fn named(kind: &str, index: usize, node: Option<&Node>) -> String {
    match node.and_then(|node| node.text_at("name")) {
        Some(name) => format!("{kind} \"{name}\""),
        None => format!("{kind} {}", index + 1),
    }
}

fn keys(path: &[Segment]) -> Vec<&str> {
    path.iter().filter_map(Segment::as_key).collect()
}
