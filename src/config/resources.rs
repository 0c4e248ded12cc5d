//! `[target] resources`: where to read what the target uses.
//!
//! In: a table with one place. Out: a [`Resources`]. Reads nothing of the target itself.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Where to read what the target uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resources {
    /// Of what `command` started, or of the demo API.
    Command,
    /// Of a process and all that it started.
    Process(u32),
    /// Of the process whose id a file holds, relative to loadgate.toml.
    PidFile(PathBuf),
    /// Of a control group (version 2), below `/sys/fs/cgroup` or absolute.
    Cgroup(PathBuf),
    /// Of a Prometheus endpoint.
    Prometheus {
        /// Its URL.
        url: String,
        /// The series to read: names, with labels where they need any.
        series: Vec<String>,
    },
}

const KEYS: &[&str] = &["process", "pid_file", "cgroup", "prometheus", "series"];

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ResourcesForm)
    }
}

impl JsonSchema for Resources {
    fn schema_name() -> Cow<'static, str> {
        "Resources".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |key: &str, description: &str, value: &Schema, example: serde_json::Value| {
            let mut value = value.clone();
            value.insert("examples".to_owned(), [example].into_iter().collect());
            json_schema!({
                "type": "object",
                "description": description,
                "properties": { key: value },
                "required": [key],
                "additionalProperties": false,
            })
        };
        let text = json_schema!({ "type": "string" });
        let process = json_schema!({ "anyOf": [{ "const": "command" }, { "type": "integer", "minimum": 1, "maximum": u32::MAX }] });
        json_schema!({
            "description": "Where to read what the target uses: one place.",
            "anyOf": [
                one("process", "A process and all that it started: \"command\", or its id.", &process, "command".into()),
                one("pid_file", "The file that holds the process id, relative to loadgate.toml.", &text, "shop.pid".into()),
                one("cgroup", "A control group (version 2), below /sys/fs/cgroup or absolute.", &text, "system.slice/shop.service".into()),
                {
                    "type": "object",
                    "description": "A Prometheus endpoint, and the series to read there.",
                    "properties": {
                        "prometheus": { "type": "string", "description": "URL of the endpoint.", "examples": ["http://127.0.0.1:9100/metrics"] },
                        "series": {
                            "type": "array",
                            "items": { "type": "string" },
                            "minItems": 1,
                            "description": "Names of series, with labels where they need any.",
                            "examples": [["process_resident_memory_bytes", "pool_busy{db=\"shop\"}"]],
                        },
                    },
                    "required": ["prometheus", "series"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

struct ResourcesForm;

impl<'de> Visitor<'de> for ResourcesForm {
    type Value = Resources;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table such as { process = \"command\" } or { cgroup = \"system.slice/shop.service\" }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Resources, A::Error> {
        let (mut place, mut series): (Option<Resources>, Option<Vec<String>>) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            let next = match key.as_str() {
                "process" => map.next_value::<Process>()?.0,
                "pid_file" => Resources::PidFile(map.next_value()?),
                "cgroup" => Resources::Cgroup(map.next_value()?),
                "prometheus" => Resources::Prometheus { url: map.next_value()?, series: Vec::new() },
                "series" => {
                    series = Some(map.next_value()?);
                    continue;
                }
                unknown => return Err(A::Error::unknown_field(unknown, KEYS)),
            };
            if place.replace(next).is_some() {
                return Err(A::Error::custom("takes exactly one of process, pid_file, cgroup and prometheus"));
            }
        }
        match (place, series) {
            (Some(Resources::Prometheus { url, .. }), Some(series)) if !series.is_empty() => {
                Ok(Resources::Prometheus { url, series })
            }
            (Some(Resources::Prometheus { .. }), _) => {
                Err(A::Error::custom("takes the `series` to read beside `prometheus`, such as [\"process_open_fds\"]"))
            }
            (Some(_), Some(_)) => Err(A::Error::custom("takes `series` beside `prometheus` only")),
            (Some(place), None) => Ok(place),
            (None, _) => Err(A::Error::custom("takes exactly one of process, pid_file, cgroup and prometheus")),
        }
    }
}

/// `"command"`, or a process id.
struct Process(Resources);

impl<'de> Deserialize<'de> for Process {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ProcessForm)
    }
}

struct ProcessForm;

impl Visitor<'_> for ProcessForm {
    type Value = Process;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("\"command\", or the id of a process")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Process, E> {
        if text == "command" {
            Ok(Process(Resources::Command))
        } else {
            Err(E::custom("takes \"command\", or the id of a process"))
        }
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<Process, E> {
        let id = u32::try_from(id).ok().filter(|id| *id > 0);
        id.map(|id| Process(Resources::Process(id)))
            .ok_or_else(|| E::custom("takes \"command\", or the id of a process"))
    }
}
