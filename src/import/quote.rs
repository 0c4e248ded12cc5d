//! Values as TOML, and text as a template that means itself.
//!
//! In: any text or JSON value. Out: TOML that reads back as the same. Nothing from a document reaches a loadgate.toml
//! by another way.

use std::fmt::Write as _;

use serde_json::Value;

/// Text as a TOML string, on one line.
pub(super) fn text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            // Writing to a String can't fail.
            control if control.is_control() => {
                let _written = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// A key: bare where it can be.
pub(super) fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { text(name) }
}

/// A JSON value as an inline TOML value; `None` for null, which TOML does not have. Nulls inside are left out.
pub(super) fn value(json: &Value) -> Option<String> {
    match json {
        Value::Null => None,
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) if number.as_i64().is_some() || number.is_f64() => Some(number.to_string()),
        // TOML's whole numbers end at 2^63.
        Value::Number(number) => Some(format!("{number}.0")),
        Value::String(string) => Some(text(string)),
        Value::Array(items) => Some(format!("[{}]", items.iter().filter_map(value).collect::<Vec<_>>().join(", "))),
        Value::Object(fields) => Some(table(fields.iter().filter_map(|(name, field)| Some((name, value(field)?))))),
    }
}

/// An inline table of values that are TOML already.
pub(super) fn table<'a>(fields: impl IntoIterator<Item = (&'a String, String)>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("{} = {value}", key(name))).collect();
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

/// Text as a template that means the text itself.
pub(super) fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}

/// Text for a comment: one line, without control characters, not too long.
pub(super) fn comment(text: &str) -> String {
    const LONGEST: usize = 100;
    let words =
        text.split(|letter: char| letter.is_control() || letter.is_whitespace()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
