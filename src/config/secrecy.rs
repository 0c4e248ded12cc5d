//! Which places in loadgate.toml may hold a secret, so that no error quotes them.
//!
//! In: the file and a place in it. Out: whether only keys may be quoted there. Does not know which variables are
//! declared secret: a literal password is one whether declared or not, in a URL too.

use std::ops::Range;

use super::tree::{Node, Value};

/// Keys whose values may hold a password: headers, credentials, and the URL of a proxy.
const HIDDEN: [&str; 3] = ["headers", "auth", "proxy"];

/// Whether a line that `span` touches holds a value of `[vars]`, of a header or of a proxy, or a URL with a user.
pub(super) fn hides(root: &Node, text: &str, span: &Range<usize>) -> bool {
    let lines = whole_lines(text, span);
    let overlaps = |secret: &Range<usize>| secret.start < lines.end && lines.start < secret.end;
    let Value::Table(entries) = &root.value else {
        return false;
    };
    entries.iter().any(|entry| {
        let values = &mut Vec::new();
        collect(&entry.node, entry.key == "vars", values);
        values.iter().any(overlaps)
    })
}

/// Like [`hides`], for text that is not TOML and so has no tree: whether the lines since the last table header
/// speak of variables or headers. Text over several lines may hold what looks like a header, so with any of that all
/// lines count.
pub(super) fn may_hide(text: &str, at: usize) -> bool {
    let before = text.get(..whole_lines(text, &(at..at)).end).unwrap_or(text);
    let header = before
        .rmatch_indices('\n')
        .map(|(newline, _)| newline + 1)
        .chain([0])
        .find(|start| before.get(*start..).and_then(|rest| rest.lines().next()).is_some_and(is_header));
    let from = if ["\"\"\"", "'''"].iter().any(|quotes| before.contains(quotes)) { 0 } else { header.unwrap_or(0) };
    let since = before.get(from..).unwrap_or(before).to_lowercase();
    has_user(&since)
        || ["vars", "headers", "authorization", "basic", "bearer", "proxy"].iter().any(|word| since.contains(word))
}

/// The spans of all single values below `node` that are secret; all of them where `secret`.
fn collect(node: &Node, secret: bool, values: &mut Vec<Range<usize>>) {
    match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                collect(&entry.node, secret || HIDDEN.contains(&entry.key.as_str()), values);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, secret, values)),
        Value::Text(text) if secret || has_user(text) => values.push(node.span.clone()),
        _ if secret => values.push(node.span.clone()),
        _ => {}
    }
}

/// Whether a URL in a text names a user, and so may hold a password: `http://ann:secret@host`.
fn has_user(text: &str) -> bool {
    let authorities = text.split("://").skip(1).filter_map(|rest| rest.split(['/', '?', '#', '"', '\'', '\n']).next());
    authorities.into_iter().any(|authority| authority.contains('@'))
}

/// The lines that `span` touches.
fn whole_lines(text: &str, span: &Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let before = bytes.get(..span.start).unwrap_or(bytes);
    let after = bytes.get(span.end..).unwrap_or_default();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let end = span.end + after.iter().position(|byte| *byte == b'\n').unwrap_or(after.len());
    start..end
}

/// Whether a line is a table header and not a list within a value.
fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let name = line.trim_start_matches('[').trim_end_matches(']');
    line.starts_with('[')
        && line.ends_with(']')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._- ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str, place: &str) -> bool {
        let start = text.find(place).unwrap();
        hides(&Node::parse(text).unwrap(), text, &(start..start + place.len()))
    }

    #[test]
    fn variables_and_headers_are_hidden_and_nothing_else() {
        let text = "[target]\nurl = 'x'\n[http]\nheaders = { Authorization = 'abc' }\n[vars]\na = 'hunter2'\n[vars.b]\nvalue = '''one\ntwo\n'''\n";
        assert!(!hidden(text, "url"));
        assert!(!hidden(text, "[vars]"));
        assert!(hidden(text, "headers"));
        assert!(hidden("[http]\nproxy = 'http://me:hunter2@proxy'", "hunter2"));
        assert!(hidden(text, "a ="));
        assert!(hidden(text, "two"));
        assert!(hidden("[target]\nurl = 'http://me:hunter2@127.0.0.1'", "url"));
        assert!(!hidden("[target]\nurl = 'http://127.0.0.1/@me'", "url"));
    }

    #[test]
    fn broken_text_is_hidden_where_it_may_be_secret() {
        let text = "[target]\nurl = x\n[vars]\n# a comment\na = hunter2\n[http]\ntimeout = x\nheaders = { Authorization = 'abc\n";
        let may = |place: &str| may_hide(text, text.find(place).unwrap());
        assert!(!may("url"));
        assert!(may("hunter2"));
        assert!(!may("timeout"));
        assert!(may("abc"));
        assert!(may_hide("[target]\nurl = \"http://me:hunter2@127.0.0.1", 15));
        assert!(!may_hide("[target]\nurl = \"http://127.0.0.1/@me", 15));
    }

    #[test]
    fn what_looks_like_a_header_inside_a_secret_does_not_end_it() {
        let text = "[vars]\nkey = '''\n[begin]\nhunter2\n";
        assert!(may_hide(text, text.find("hunter2").unwrap()));
    }
}
