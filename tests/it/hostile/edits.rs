//! Edits of a file that is right, which make it wrong in the ways a stranger would think of.
//!
//! In: JSON, and bytes that choose: three for each edit, the place and what is done there. Out: the text of a file. The
//! same bytes always make the same file.

use serde_json::{Map, Value, json};

/// What a number, a text or anything else may be replaced by, as it is written.
const INSTEAD: [&str; 24] = [
    "0",
    "1",
    "-1",
    "2",
    "0.5",
    "1e-300",
    "1e15",
    "1e30",
    "1e300",
    "-1e300",
    "1e999",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "NaN",
    "null",
    "true",
    "\"\"",
    "\"\\u0000\\u001b[31m\\u202e<x>|`\"",
    "[]",
    "{}",
];

/// What stands in a value for text that is written as it is, whatever JSON says of it.
const MARK: &str = "as it is: ";

/// The file with these edits.
pub(crate) fn edited(file: &Value, edits: &[u8]) -> String {
    let mut file = file.clone();
    for edit in edits.chunks_exact(3) {
        let place = usize::from(edit[0]) << 8 | usize::from(edit[1]);
        let places = count(&file);
        if let Some(value) = nth(&mut file, &mut (place % places)) {
            change(value, usize::from(edit[2]));
        }
    }
    written(&file)
}

/// How many values there are in one, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum::<usize>(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
        _ => None,
    }
}

fn change(value: &mut Value, how: usize) {
    if let Some(instead) = INSTEAD.get(how % 32) {
        *value = json!(format!("{MARK}{instead}"));
        return;
    }
    let many = 1 << (how / 32);
    match value {
        Value::Array(items) => of_list(items, how % 32, many),
        Value::Object(members) => of_object(members, how % 32, many),
        Value::String(text) => {
            // A byte of what may be base64: still text, another histogram.
            let at = text.char_indices().nth(how * 7 % text.len().max(1)).map_or(0, |(at, _)| at);
            text.insert(at, char::from(b'A' + u8::try_from(how % 26).unwrap_or_default()));
        }
        Value::Number(number) => *value = json!(number.as_f64().unwrap_or_default() * f64::from(many) - 1.0),
        Value::Bool(flag) => *flag = !*flag,
        Value::Null => *value = json!(many),
    }
}

fn of_list(items: &mut Vec<Value>, how: usize, many: i32) {
    match how {
        24 | 25 => *items = (0..many).flat_map(|_| items.clone()).collect(),
        26 => items.reverse(),
        27 => drop(items.pop()),
        _ => items.truncate(1),
    }
}

fn of_object(members: &mut Map<String, Value>, how: usize, many: i32) {
    let first = members.iter().nth(usize::try_from(many).unwrap_or_default() % members.len().max(1));
    let Some((key, member)) = first.map(|(key, member)| (key.clone(), member.clone())) else { return };
    match how {
        24 | 25 => drop(members.remove(&key)),
        // Two of one name, or one more of another.
        26 => drop(members.insert(format!("{MARK}{key}"), member)),
        27 => drop(members.insert("\u{1b}]0;x\u{7}<b>|`".to_owned(), member)),
        _ => members.extend((0..many).map(|number| (format!("{key}{number}"), member.clone()))),
    }
}

/// The text of a file in which marked texts and keys are written as they are.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.strip_prefix(MARK).map_or_else(|| value.to_string(), ToOwned::to_owned),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| {
                format!("{}:{}", json!(key.strip_prefix(MARK).unwrap_or(key)), written(value))
            };
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}
