//! What is written reads back as the language and compiles into a plan, whatever a document holds.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::quote;
use super::{Error, STARTER, openapi, with_schema};
use crate::config::parse;
use crate::plan::{Choice, Plan};

/// A written file, once every profile of it has become a plan.
fn check(text: &str) -> Result<toml::Table, String> {
    let (config, source) = parse(text, Path::new("loadgate.toml")).map_err(|error| format!("{error}\n{text}"))?;
    for profile in config.profile.keys() {
        let choice = Choice {
            profile: Some(profile.clone()),
            target: None,
            seed: 1,
            base: PathBuf::new(),
            only: Vec::new(),
            skip: Vec::new(),
            started_url: Some("http://127.0.0.1:1".to_owned()),
            environment: |_| Some("secret".to_owned()),
        };
        Plan::compile(&config, &source, &choice).map_err(|error| format!("{error}\n{text}"))?;
    }
    toml::from_str(text).map_err(|error| error.to_string())
}

fn imported(document: &Value) -> Result<String, Error> {
    openapi(document.to_string().as_bytes(), "openapi.json", None).map(|imported| imported.text)
}

/// A document with one GET operation, and these members beside `paths`.
fn document(operation: &Value, beside: &Value) -> Value {
    let mut document =
        json!({ "openapi": "3.1.0", "info": { "title": "Shop" }, "paths": { "/items/{id}": { "get": operation } } });
    for (name, member) in beside.as_object().into_iter().flatten() {
        document[name] = member.clone();
    }
    document
}

/// The first task that was made.
fn first_task(document: &Value) -> toml::Table {
    let text = imported(document).unwrap();
    let table = check(&text).unwrap();
    table["user"][0]["task"][0].as_table().unwrap().clone()
}

fn path_of(parameter: &Value) -> String {
    let task = first_task(&document(&json!({ "parameters": [parameter] }), &json!({})));
    task["get"].as_str().unwrap().to_owned()
}

#[test]
fn the_starter_has_what_a_good_test_has() {
    let table = check(STARTER).unwrap();
    assert!(table["user"][0]["think"].is_table());
    for profile in ["smoke", "load", "stress"] {
        assert!(table["profile"][profile]["warmup"].is_str(), "{profile} has no warm-up");
    }
    let tasks = table["user"][0]["task"].as_array().unwrap();
    let expects = |status: i64| {
        tasks.iter().any(|task| task.get("expect").and_then(|it| it.get("status")?.as_integer()) == Some(status))
    };
    assert!(expects(404), "no error is expected");
}

#[test]
fn the_schema_s_line_is_a_comment_in_front() {
    let text = with_schema(STARTER, "loadgate.schema.json");
    assert_eq!(text.lines().next(), Some("#:schema ./loadgate.schema.json"));
    assert_eq!(check(&text).unwrap(), check(STARTER).unwrap());
}

#[test]
fn ids_in_paths_are_drawn_as_their_schema_allows() {
    let parameter = |schema: Value| json!({ "in": "path", "name": "id", "required": true, "schema": schema });
    let cases = [
        (json!({ "type": "integer" }), "/items/{{ rand(1, 100) }}"),
        (json!({ "type": "integer", "minimum": 5, "maximum": 9 }), "/items/{{ rand(5, 9) }}"),
        (
            json!({ "type": "integer", "minimum": 9_223_372_036_854_775_807_i64 }),
            "/items/{{ rand(9223372036854775807, 9223372036854775807) }}",
        ),
        (json!({ "type": "string", "format": "uuid" }), "/items/{{ uuid() }}"),
        (json!({ "type": "string", "enum": ["new", "old"] }), "/items/new"),
        (json!({ "type": "string", "example": "a b/c" }), "/items/a%20b%2Fc"),
        (json!({ "type": "string", "example": "{{ token }}#" }), "/items/%7B%7B%20token%20%7D%7D%23"),
        (json!({ "type": ["null", "integer"] }), "/items/{{ rand(1, 100) }}"),
    ];
    for (schema, path) in cases {
        assert_eq!(path_of(&parameter(schema)), path);
    }
    assert_eq!(first_task(&document(&json!({}), &json!({})))["get"].as_str(), Some("/items/1"), "not described");
}

#[test]
fn only_the_query_and_headers_that_are_required_are_sent() {
    let operation = json!({ "parameters": [
        { "in": "query", "name": "page size", "required": true, "schema": { "type": "integer", "default": 20 } },
        { "in": "query", "name": "sort", "schema": { "type": "string" } },
        { "in": "query", "name": "tag", "required": true, "schema": { "type": "array", "items": { "type": "string", "enum": ["a&b"] } } },
        { "in": "header", "name": "X-Tenant", "required": true, "schema": { "type": "string" }, "example": "acme" },
        { "in": "header", "name": "X-Trace", "schema": { "type": "string" } },
        { "in": "header", "name": "Content-Length", "required": true, "schema": { "type": "integer" } },
    ] });
    let task = first_task(&document(&operation, &json!({})));
    assert_eq!(task["get"].as_str(), Some("/items/1?page%20size=20&tag=a%26b"));
    assert_eq!(task["headers"], toml::Value::try_from(json!({ "X-Tenant": "acme" })).unwrap());
}

fn body_of(schema: &Value, schemas: &Value) -> toml::Value {
    let document = json!({ "openapi": "3.0.3", "paths": { "/items": { "post": {
        "requestBody": { "content": { "application/json": { "schema": schema } } } } } },
        "components": { "schemas": schemas } });
    first_task(&document).get("json").cloned().unwrap_or(toml::Value::Boolean(false))
}

#[test]
fn bodies_are_made_from_examples_defaults_and_types() {
    let schema = json!({ "type": "object", "required": ["name", "email", "price", "count", "tags", "kind", "ok"], "properties": {
        "name": { "type": "string", "minLength": 6 },
        "email": { "type": "string", "format": "email" },
        "price": { "type": "number", "minimum": 2 },
        "count": { "type": "integer", "default": 3 },
        "tags": { "type": "array", "items": { "type": "string" } },
        "kind": { "$ref": "#/components/schemas/Kind" },
        "ok": { "anyOf": [{ "type": "null" }, { "type": "boolean" }] },
        "note": { "type": "string" },
        "hint": { "type": "string", "example": "{{ not ours }}" },
        "id": { "type": "integer", "readOnly": true },
    } });
    let wanted = json!({ "name": "textxx", "email": "user{{ user.index }}@example.com", "price": 2.0, "count": 3,
        "tags": ["text"], "kind": "cup", "ok": true, "hint": "{{ \"{{\" }} not ours }}" });
    let made = body_of(&schema, &json!({ "Kind": { "type": "string", "enum": ["cup", "pan"] } }));
    assert_eq!(made, toml::Value::try_from(wanted).unwrap());
}

#[test]
fn parts_of_a_schema_are_put_together() {
    let schemas = json!({ "Base": { "type": "object", "properties": { "a": { "type": "integer" } } } });
    let schema =
        json!({ "allOf": [{ "$ref": "#/components/schemas/Base" }, { "properties": { "b": { "const": "x" } } }] });
    assert_eq!(body_of(&schema, &schemas), toml::Value::try_from(json!({ "a": 1, "b": "x" })).unwrap());
    let schema = json!({ "oneOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "string" }] });
    assert_eq!(body_of(&schema, &schemas), toml::Value::try_from(json!({ "a": 1 })).unwrap());
}

#[test]
fn schemas_without_end_come_to_an_end() {
    let properties: serde_json::Map<String, Value> =
        (0..50).map(|at| (format!("p{at}"), json!({ "$ref": "#/components/schemas/Node" }))).collect();
    let schemas = json!({ "Node": { "type": "object", "properties": properties },
        "Loop": { "$ref": "#/components/schemas/Loop" } });
    let text = body_of(&json!({ "$ref": "#/components/schemas/Node" }), &schemas).to_string();
    assert!(text.len() < 100_000, "{} bytes", text.len());
    let looped = body_of(&json!({ "$ref": "#/components/schemas/Loop" }), &schemas);
    assert_eq!(looped, toml::Value::Boolean(false), "there is no body");
    let within = json!({ "Tree": { "type": "object", "required": ["name", "parent"], "properties": {
        "name": { "type": "string" }, "parent": { "$ref": "#/components/schemas/Tree" } } } });
    let tree = body_of(&json!({ "$ref": "#/components/schemas/Tree" }), &within);
    assert_eq!(tree, toml::Value::try_from(json!({ "name": "text" })).unwrap());
}

#[test]
fn a_secret_comes_from_the_environment() {
    let schemes = json!({
        "bearer": { "type": "http", "scheme": "bearer" },
        "login": { "type": "http", "scheme": "Basic" },
        "key": { "type": "apiKey", "in": "query", "name": "key" },
    });
    let with = |needed: &str| {
        let beside = json!({ "security": [{ needed: [] }], "components": { "securitySchemes": schemes } });
        let document = document(&json!({}), &beside);
        let imported = openapi(document.to_string().as_bytes(), "x", None).unwrap();
        (check(&imported.text).unwrap(), imported.environment)
    };
    let (file, environment) = with("bearer");
    assert_eq!(file["vars"]["token"], toml::Value::try_from(json!({ "env": "API_TOKEN", "secret": true })).unwrap());
    assert_eq!(file["user"][0]["headers"]["Authorization"].as_str(), Some("Bearer {{ token }}"));
    assert_eq!(environment, ["API_TOKEN"]);
    assert_eq!(with("login").0["user"][0]["headers"]["Authorization"].as_str(), Some("Basic {{ credentials }}"));
    assert_eq!(with("key").0["user"][0]["task"][0]["get"].as_str(), Some("/items/1?key={{ api_key }}"));
    assert!(with("nothing known").1.is_empty());
}

#[test]
fn what_changes_data_is_written_but_not_played() {
    let document = json!({ "openapi": "3.0.0", "paths": { "/items/{id}": {
        "get": { "responses": { "default": {}, "204": {}, "200": {}, "404": {} } },
        "delete": { "operationId": "dropItem", "summary": "gone\nfor good" },
        "post": { "requestBody": { "required": true, "content": { "multipart/form-data": {} } } },
    } } });
    let imported = openapi(document.to_string().as_bytes(), "x", None).unwrap();
    assert_eq!((imported.tasks, imported.commented_out, imported.left_out), (1, 2, 0));
    assert!(
        imported.text.contains(
            "# [[user.task]]                              # changes data: gone for good\n# name = \"drop_item\"\n"
        ),
        "{}",
        imported.text
    );
    let played = check(&imported.text).unwrap()["user"][0]["task"].as_array().unwrap().clone();
    assert_eq!(played.len(), 2, "and the path that nobody has");
    assert_eq!(played[0]["expect"]["status"].as_integer(), Some(200));
    assert_eq!(played[0]["weight"].as_integer(), Some(5));
}

#[test]
fn no_more_than_five_hundred_operations_are_taken() {
    let paths: serde_json::Map<String, Value> = (0..600).map(|at| (format!("/p{at}"), json!({ "get": {} }))).collect();
    let imported = openapi(json!({ "openapi": "3.1.0", "paths": paths }).to_string().as_bytes(), "x", None).unwrap();
    assert_eq!((imported.tasks, imported.left_out), (500, 100));
}

#[test]
fn what_is_no_openapi_document_is_refused_with_what_to_give() {
    let said = |bytes: &[u8]| openapi(bytes, "api.json", None).unwrap_err().to_string();
    for (bytes, fragment) in [
        (&b"openapi: 3.0.0\npaths: {}\n"[..], "yq -o=json"),
        (b"{\"openapi\": ", "api.json:1:"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{\"swagger\": \"2.0\", \"paths\": {}}", "swagger2openapi"),
        (b"{\"swagger\": \"2.0\", \"paths\": {}}", "Swagger 2.0"),
        (b"[1, 2]", "no OpenAPI document"),
        (b"{\"openapi\": \"3.1.0\"}", "no OpenAPI document"),
        (b"{\"openapi\": \"3.1.0\", \"paths\": {\"/\": {\"delete\": {}}}}", "none of its 1 operations"),
    ] {
        assert!(said(bytes).contains(fragment), "{}", said(bytes));
    }
    let deep = format!("{{\"openapi\": \"3.1.0\", \"paths\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(said(deep.as_bytes()).contains("recursion limit"), "{}", said(deep.as_bytes()));
    assert!(said(&vec![b' '; (16 << 20) + 1]).contains("larger than 16 MiB"));
}

/// Any text, control characters too.
fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..40).prop_map(|letters| letters.into_iter().collect())
}

/// Any JSON, some of it with the words of OpenAPI.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("type"),
        Just("string"),
        Just("object"),
        Just("array"),
        Just("integer"),
        Just("properties"),
        Just("items"),
        Just("required"),
        Just("example"),
        Just("default"),
        Just("$ref"),
        Just("#/components/schemas/A"),
        Just("allOf"),
        Just("parameters"),
        Just("in"),
        Just("path"),
        Just("query"),
        Just("header"),
        Just("name"),
        Just("id"),
        Just("requestBody"),
        Just("content"),
        Just("application/json"),
        Just("schema"),
        Just("operationId"),
        Just("security"),
        Just("summary"),
        Just("deprecated"),
        Just("minimum"),
        Just("format"),
        Just("uuid"),
    ]
    .prop_map(str::to_owned);
    let text = prop_oneof![3 => word, 1 => any_text(), 1 => "[{}\"'\\\\\n#\u{7f}\u{85}]{0,8}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn text_reads_back_as_itself(text in any_text()) {
        let file = format!("{} = {}\n", quote::key(&text), quote::text(&text));
        let table: toml::Table = toml::from_str(&file).unwrap();
        prop_assert_eq!(table[&text].as_str(), Some(text.as_str()));
    }

    #[test]
    fn json_reads_back_as_itself_but_for_nulls(json in any_json()) {
        if let Some(written) = quote::value(&json) {
            let read: Result<toml::Table, _> = toml::from_str(&format!("v = {written}"));
            prop_assert!(read.is_ok(), "{written}: {read:?}");
        }
    }

    #[test]
    fn a_comment_stays_a_comment(text in any_text()) {
        let line = format!("# {}", quote::comment(&text));
        prop_assert_eq!(line.lines().count(), 1);
        prop_assert_eq!(toml::from_str::<toml::Table>(&line), Ok(toml::Table::new()));
    }

    #[test]
    fn whatever_a_document_holds_the_file_is_the_language(
        path in "/[ -~é{}]{1,20}", operation in any_json(), beside in any_json(), schema in any_json(), title in any_text(),
    ) {
        let document = json!({ "openapi": "3.1.0", "info": { "title": title }, "servers": [beside, schema],
            "paths": { "/": { "get": {} }, path: { "get": operation, "post": beside, "put": schema } },
            "security": operation, "components": { "schemas": { "A": schema }, "securitySchemes": beside } });
        let text = imported(&document).unwrap();
        prop_assert!(check(&text).is_ok(), "{}", check(&text).unwrap_err());
    }
}
