//! The rules of the gate as they are typed, each held to what makes sense for its metric.
//!
//! In: `[gate]` and `[gate.endpoint.*]`. Out: [`Gate`] and [`MetricRules`] in which no latency has a limit in
//! percent, and no throughput may rise by 5%. Does not apply the defaults, nor any rule.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::gate::{Gate, Limit, MetricRule, MetricRules};
use super::window::Window;
use crate::units::{Rate, Ratio, Size, Span, Tolerance};

const METRICS: &[&str] = &["p50", "p90", "p95", "p99", "p999", "max", "mean", "error_rate", "rps", "rps_ceiling"];

const GATE_KEYS: &[&str] = &[
    "profile",
    "rule",
    "p50",
    "p90",
    "p95",
    "p99",
    "p999",
    "max",
    "mean",
    "error_rate",
    "rps",
    "cpu",
    "memory",
    "open_files",
    "connections",
    "rps_ceiling",
    "endpoint",
    "max_runs",
    "on_suspect",
    "on_inconclusive",
    "on_missing_baseline",
    "require_proof",
    "steady",
    "abort",
];

impl<'de> Deserialize<'de> for Gate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(GateTable)
    }
}

struct GateTable;

impl<'de> Visitor<'de> for GateTable {
    type Value = Gate;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Gate, A::Error> {
        let mut gate = Gate::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "profile" => gate.profile = map.next_value()?,
                "rule" => gate.rule = map.next_value()?,
                "endpoint" => gate.endpoint = map.next_value()?,
                "max_runs" => gate.max_runs = map.next_value()?,
                "on_suspect" => gate.on_suspect = map.next_value()?,
                "on_inconclusive" => gate.on_inconclusive = map.next_value()?,
                "on_missing_baseline" => gate.on_missing_baseline = map.next_value()?,
                "require_proof" => gate.require_proof = map.next_value()?,
                "steady" => gate.steady = map.next_value()?,
                "abort" => gate.abort = map.next_value()?,
                "cpu" => gate.target.cpu = Some(map.next_value_seed(Kind::Number)?),
                "memory" => gate.target.memory = Some(map.next_value_seed(Kind::Size)?),
                "open_files" => gate.target.open_files = Some(map.next_value_seed(Kind::Number)?),
                "connections" => gate.target.connections = Some(map.next_value_seed(Kind::Number)?),
                metric => read_rule(&mut gate.metrics, metric, GATE_KEYS, &mut map)?,
            }
        }
        Ok(gate)
    }
}

impl<'de> Deserialize<'de> for MetricRules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RulesTable)
    }
}

struct RulesTable;

impl<'de> Visitor<'de> for RulesTable {
    type Value = MetricRules;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MetricRules, A::Error> {
        let mut rules = MetricRules::default();
        while let Some(key) = map.next_key::<String>()? {
            read_rule(&mut rules, &key, METRICS, &mut map)?;
        }
        Ok(rules)
    }
}

/// Reads the rule for `metric`, which must be one of the `known` keys of the table.
fn read_rule<'de, A: MapAccess<'de>>(
    rules: &mut MetricRules,
    metric: &str,
    known: &'static [&'static str],
    map: &mut A,
) -> Result<(), A::Error> {
    let (rule, kind) = match metric {
        "p50" => (&mut rules.p50, Kind::Latency),
        "p90" => (&mut rules.p90, Kind::Latency),
        "p95" => (&mut rules.p95, Kind::Latency),
        "p99" => (&mut rules.p99, Kind::Latency),
        "p999" => (&mut rules.p999, Kind::Latency),
        "max" => (&mut rules.max, Kind::Latency),
        "mean" => (&mut rules.mean, Kind::Latency),
        "error_rate" => (&mut rules.error_rate, Kind::ErrorRate),
        "rps" => (&mut rules.rps, Kind::Rps),
        "rps_ceiling" => (&mut rules.rps_ceiling, Kind::Rps),
        unknown => return Err(A::Error::unknown_field(unknown, known)),
    };
    *rule = Some(map.next_value_seed(kind)?);
    Ok(())
}

/// What kind of value a metric has, and so what its rule may say.
#[derive(Clone, Copy)]
enum Kind {
    Latency,
    ErrorRate,
    Rps,
    /// Cores, open files, connections.
    Number,
    /// Memory.
    Size,
}

impl Kind {
    fn check_tolerance(self, tolerance: Tolerance) -> Result<Tolerance, String> {
        match (self, tolerance) {
            (Self::Latency, Tolerance::Relative(share)) if share >= 0.0 => Ok(tolerance),
            (Self::Latency, Tolerance::Absolute(_)) => Ok(tolerance),
            (Self::ErrorRate, Tolerance::Points(share)) if share >= 0.0 => Ok(tolerance),
            (Self::Rps, Tolerance::Relative(share)) if share > -1.0 && share <= 0.0 => Ok(tolerance),
            (Self::Number | Self::Size, Tolerance::Relative(share)) if share >= 0.0 => Ok(tolerance),
            (Self::Number | Self::Size, _) => Err("takes how much more is tolerated: \"+10%\"".to_owned()),
            (Self::Latency, _) => Err("takes how much slower is tolerated: \"+10%\" or \"2ms\"".to_owned()),
            (Self::ErrorRate, _) => Err("takes how many percentage points more are tolerated: \"+0.1pp\"".to_owned()),
            (Self::Rps, _) => Err("takes how much less throughput is tolerated: \"-5%\"".to_owned()),
        }
    }

    fn check_floor(self, floor: Span) -> Result<Span, String> {
        match self {
            Self::Latency => Ok(floor),
            _ => Err("only latencies have a floor: leave it out".to_owned()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Kind {
    type Value = MetricRule;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<MetricRule, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kind {
    type Value = MetricRule;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Latency => {
                "a tolerance such as \"+10%\", or a table such as { tolerance = \"+10%\", limit = \"500ms\" }"
            }
            Self::ErrorRate => {
                "a tolerance such as \"+0.1pp\", or a table such as { tolerance = \"+0.1pp\", limit = \"1%\" }"
            }
            Self::Rps => "a tolerance such as \"-5%\", or a table such as { tolerance = \"-5%\", limit = \"200/s\" }",
            Self::Number => "a tolerance such as \"+10%\", or a table such as { tolerance = \"+10%\", limit = 1.5 }",
            Self::Size => {
                "a tolerance such as \"+10%\", or a table such as { tolerance = \"+10%\", limit = \"512MiB\" }"
            }
        })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<MetricRule, E> {
        let tolerance = self.check_tolerance(text.parse().map_err(E::custom)?).map_err(E::custom)?;
        Ok(MetricRule { tolerance: Some(tolerance), ..MetricRule::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MetricRule, A::Error> {
        let mut rule = MetricRule::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "tolerance" => rule.tolerance = Some(map.next_value_seed(checked(|it| self.check_tolerance(it)))?),
                "floor" => rule.floor = Some(map.next_value_seed(checked(|it| self.check_floor(it)))?),
                "limit" => {
                    rule.limit = Some(match self {
                        Self::Latency => Limit::Latency(map.next_value::<Span>()?),
                        Self::ErrorRate => Limit::Share(map.next_value::<Ratio>()?),
                        Self::Rps => Limit::Rate(map.next_value::<Rate>()?),
                        Self::Number => Limit::Number(map.next_value::<f64>()?),
                        Self::Size => Limit::Size(map.next_value::<Size>()?),
                    });
                }
                "for" if matches!(self, Self::Number | Self::Size) => {
                    return Err(A::Error::custom(
                        "what the target uses is held to its limit over the whole run: leave `for` away",
                    ));
                }
                "for" => rule.window = Some(map.next_value()?),
                unknown => return Err(A::Error::unknown_field(unknown, &["tolerance", "floor", "limit", "for"])),
            }
        }
        if rule.window.is_some() && rule.limit.is_none() {
            return Err(A::Error::custom("takes a `limit` beside `for`, which is the window that it is held over"));
        }
        Ok(rule)
    }
}

/// Reads a `T` and checks it while the reader still knows where it is.
struct Checked<T, F>(F, PhantomData<T>);

fn checked<T, F: FnOnce(T) -> Result<T, String>>(check: F) -> Checked<T, F> {
    Checked(check, PhantomData)
}

impl<'de, T: Deserialize<'de>, F: FnOnce(T) -> Result<T, String>> DeserializeSeed<'de> for Checked<T, F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        (self.0)(T::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The schema of a rule for a latency.
pub(super) struct LatencyRule;

impl JsonSchema for LatencyRule {
    fn schema_name() -> Cow<'static, str> {
        "LatencyRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let tolerance = json_schema!({
            "type": "string",
            "description": "How much slower is tolerated: \"+10%\" or \"2ms\".",
            "pattern": "^\\+?([0-9]+(\\.[0-9]+)?%|([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|µs))+)$",
        });
        json_schema!({
            "anyOf": [tolerance, {
                "type": "object",
                "properties": {
                    "tolerance": tolerance,
                    "floor": described(generator.subschema_for::<Span>(), "A slowdown smaller than this never counts."),
                    "limit": described(generator.subschema_for::<Span>(), "The most it may be, baseline or not."),
                    "for": window(generator),
                },
                "dependentRequired": { "for": ["limit"] },
                "additionalProperties": false,
            }],
        })
    }
}

/// The schema of a rule for an error rate.
pub(super) struct ErrorRateRule;

impl JsonSchema for ErrorRateRule {
    fn schema_name() -> Cow<'static, str> {
        "ErrorRateRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let tolerance = json_schema!({
            "type": "string",
            "description": "How many percentage points more are tolerated: \"+0.1pp\".",
            "pattern": "^\\+?[0-9]+(\\.[0-9]+)?pp$",
        });
        let limit = described(generator.subschema_for::<Ratio>(), "The most it may be, baseline or not.");
        rule_schema(&tolerance, &limit, &window(generator))
    }
}

/// The schema of a rule for throughput.
pub(super) struct RpsRule;

impl JsonSchema for RpsRule {
    fn schema_name() -> Cow<'static, str> {
        "RpsRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let tolerance = json_schema!({
            "type": "string",
            "description": "How much less throughput is tolerated: \"-5%\".",
            "pattern": "^-[0-9]+(\\.[0-9]+)?%$",
        });
        let limit = described(generator.subschema_for::<Rate>(), "The least it may be, baseline or not.");
        rule_schema(&tolerance, &limit, &window(generator))
    }
}

/// The schema of a rule for cores, open files and connections.
pub(super) struct NumberRule;

impl JsonSchema for NumberRule {
    fn schema_name() -> Cow<'static, str> {
        "NumberRule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        resource_schema(&json_schema!({
            "type": "number",
            "minimum": 0,
            "description": "The most it may be on average, baseline or not.",
        }))
    }
}

/// The schema of a rule for memory.
pub(super) struct SizeRule;

impl JsonSchema for SizeRule {
    fn schema_name() -> Cow<'static, str> {
        "SizeRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let limit = generator.subschema_for::<Size>();
        resource_schema(&described(limit, "The most it may be on average, baseline or not."))
    }
}

fn resource_schema(limit: &Schema) -> Schema {
    let tolerance = json_schema!({
        "type": "string",
        "description": "How much more is tolerated: \"+10%\".",
        "pattern": "^\\+?[0-9]+(\\.[0-9]+)?%$",
    });
    json_schema!({
        "anyOf": [tolerance, {
            "type": "object",
            "properties": { "tolerance": tolerance, "limit": limit },
            "additionalProperties": false,
        }],
    })
}

/// The schema of a limit's window.
fn window(generator: &mut SchemaGenerator) -> Schema {
    let description = "The window over which the limit must hold, wherever in the run it lies, in whole seconds.";
    described(generator.subschema_for::<Window>(), description)
}

fn rule_schema(tolerance: &Schema, limit: &Schema, window: &Schema) -> Schema {
    json_schema!({
        "anyOf": [tolerance, {
            "type": "object",
            "properties": { "tolerance": tolerance, "limit": limit, "for": window },
            "dependentRequired": { "for": ["limit"] },
            "additionalProperties": false,
        }],
    })
}

fn described(mut schema: Schema, description: &str) -> Schema {
    schema.insert("description".to_owned(), description.into());
    schema
}
