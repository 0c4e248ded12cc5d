//! The reference of loadgate.toml, from its JSON Schema.
//!
//! In: the schema as `loadgate schema` prints it. Out: a page with a table of keys for every table of the language. Adds
//! no words of its own to what the schema says of a key.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use serde_json::Value;

/// What stands above the tables.
const HEAD: &str = "# Reference\n\nEvery key of loadgate.toml, as `loadgate schema` describes it. Editors that know \
JSON Schema for TOML (taplo, and what is built on it) show the same while you type: `loadgate init --schema` writes the \
schema and the line that leads to it,\n\n```toml,fragment\n#:schema ./loadgate.schema.json\n```\n\nas the first line of the \
file. All keys are optional unless their description says otherwise; a key that is not here is refused, with the nearest \
that is.\n\n## Values\n\n| type | is written |\n|---|---|\n| duration | `\"250ms\"`, `\"30s\"`, `\"1m30s\"`, `\"4h\"` |\n\
| rate | `\"200/s\"`, `\"600/min\"`, `\"36000/h\"` |\n| share | `\"1%\"` or `0.01` |\n| tolerance | `\"+10%\"`, `\"2ms\"`, \
`\"-5%\"`, `\"+0.1pp\"` (percentage points) |\n| template | text with `{{ name }}` in it, see [Data](data.md) |\n";

/// The page.
pub(super) fn render(schema: &Value) -> String {
    let mut page = HEAD.to_owned();
    let mut seen = BTreeSet::new();
    let mut waiting = VecDeque::from([Table { title: "The file".to_owned(), place: String::new(), node: schema }]);
    while let Some(table) = waiting.pop_front() {
        let node = resolve(schema, table.node);
        if !seen.insert((table.place.clone(), std::ptr::from_ref(node))) {
            continue;
        }
        let _written = write!(page, "\n## {}\n\n", table.title);
        if let Some(said) = node["description"].as_str() {
            let _written = write!(page, "{}\n\n", one_line(said));
        }
        page.push_str("| key | takes | example | |\n|---|---|---|---|\n");
        for (name, key) in keys(schema, node) {
            page.push_str(&row(schema, &name, key));
            waiting.extend(below(schema, &table.place, &name, key));
        }
    }
    page
}

/// A table of the language.
struct Table<'a> {
    title: String,
    /// Its path: `user.task`, `gate.endpoint.NAME`.
    place: String,
    node: &'a Value,
}

/// The keys of a table, in the order of the schema.
fn keys<'a>(schema: &'a Value, node: &'a Value) -> Vec<(String, &'a Value)> {
    let own = node["properties"].as_object().into_iter().flatten();
    let forms = ["anyOf", "oneOf"].into_iter().flat_map(|name| node[name].as_array().into_iter().flatten());
    let forms: Vec<&Value> = forms.map(|form| resolve(schema, form)).collect();
    let of_forms = forms.into_iter().flat_map(|form| form["properties"].as_object().into_iter().flatten());
    own.chain(of_forms).map(|(name, key)| (name.clone(), key)).collect()
}

/// The tables that a key holds, each for a section of its own.
fn below<'a>(schema: &'a Value, place: &str, name: &str, key: &'a Value) -> Option<Table<'a>> {
    let node = resolve(schema, key);
    let at = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    if name == "step" && place.ends_with("step") {
        return None;
    }
    let (place, node, title) = if let Some(items) = node.get("items").filter(|items| has_keys(schema, items)) {
        (at.clone(), items, format!("`[[{at}]]`"))
    } else if let Some(any) = node.get("additionalProperties").filter(|any| has_keys(schema, any)) {
        let at = format!("{at}.NAME");
        (at.clone(), any, format!("`[{at}]`"))
    } else if has_keys(schema, node) {
        (at.clone(), node, format!("`[{at}]`"))
    } else {
        return None;
    };
    Some(Table { title, place, node })
}

fn has_keys(schema: &Value, node: &Value) -> bool {
    !keys(schema, resolve(schema, node)).is_empty()
}

fn row(schema: &Value, name: &str, key: &Value) -> String {
    let mut said = key["description"].as_str().or_else(|| resolve(schema, key)["description"].as_str()).unwrap_or("");
    let words = explained(schema, key, &one_line(said));
    said = &words;
    let example = key["examples"][0].clone();
    let example = if example.is_null() { String::new() } else { format!("`{}`", toml_inline(&example)) };
    format!("| `{name}` | {} | {} | {} |\n", kind(schema, key), cell(&example), cell(said))
}

/// What is said of a key, and of each word that it takes and that has not been spoken of.
fn explained(schema: &Value, key: &Value, said: &str) -> String {
    let words = resolve(schema, key)["oneOf"].as_array().into_iter().flatten();
    let meanings: Vec<String> = words
        .filter_map(|word| {
            let (name, meaning) = (word["const"].as_str()?, word["description"].as_str()?);
            Some(format!("`{name}`: {}", one_line(meaning)))
        })
        .collect();
    let spoken_of = said.matches("`: ").count() + said.matches("(default): ").count() >= meanings.len().max(1);
    if meanings.is_empty() || spoken_of { said.to_owned() } else { format!("{said} {}", meanings.join(" ")) }
}

/// What a key takes, in a word or two.
fn kind(schema: &Value, key: &Value) -> String {
    if let Some(name) = key["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        let known =
            BTreeMap::from([("Duration", "duration"), ("Span", "duration"), ("Rate", "rate"), ("Share", "share")]);
        if let Some(word) = known.get(name) {
            return (*word).to_owned();
        }
    }
    let node = resolve(schema, key);
    let words = words_of(node);
    if !words.is_empty() {
        let last = words.len() - 1;
        let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
        return if last == 0 {
            quoted[0].clone()
        } else {
            format!("{} or {}", quoted[..last].join(", "), quoted[last])
        };
    }
    let forms: Vec<&Value> =
        ["anyOf", "oneOf"].into_iter().flat_map(|name| node[name].as_array().into_iter().flatten()).collect();
    if !forms.is_empty() {
        let kinds: Vec<String> = forms.into_iter().map(|form| kind(schema, form)).collect();
        let mut seen = BTreeSet::new();
        return kinds.into_iter().filter(|kind| seen.insert(kind.clone())).collect::<Vec<_>>().join(" or ");
    }
    let one = |name: &str| match name {
        "string" => "text",
        "integer" => "whole number",
        "number" => "number",
        "boolean" => "true or false",
        "array" => "list",
        "object" => "table",
        _ => "any value",
    };
    match &node["type"] {
        Value::String(name) if name == "array" => match kind(schema, &node["items"]).as_str() {
            "table" => "list of tables".to_owned(),
            item => format!("list of {item}"),
        },
        Value::String(name) => one(name).to_owned(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(", "),
        _ => "any value".to_owned(),
    }
}

/// The words that a key takes, where it takes no others.
fn words_of(node: &Value) -> Vec<&str> {
    let listed = node["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let explained = node["oneOf"].as_array().into_iter().flatten().filter_map(|word| word["const"].as_str());
    listed.chain(explained).collect()
}

fn resolve<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).unwrap(),
        None => node,
    }
}

/// A value as TOML writes it.
fn toml_inline(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, field)| {
                    let bare = name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
                    let name = if bare { name.clone() } else { Value::String(name.clone()).to_string() };
                    format!("{name} = {}", toml_inline(field))
                })
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(toml_inline).collect::<Vec<_>>().join(", ")),
        bare => bare.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
