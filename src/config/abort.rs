//! `[[gate.abort]]`: when a run is hopeless.
//!
//! In: `when = "error_rate > 20%"`. Out: a [`Condition`] whose value has the unit of its metric. Which endpoints there are,
//! `plan` knows.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::fault::one_of;
use super::gate::Limit;
use super::nearest::nearest;
use super::window::Window;
use crate::units::{Rate, Ratio, Span};

/// When a run is hopeless: it is stopped then, and the gate has failed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Abort {
    /// Metric, operator and value: `"error_rate > 20%"`, `"p95 > 2s"`, `"rps < 10/s"`.
    pub when: Condition,
    /// The length of the window that the metric is taken over, in whole seconds up to 5m: it slides, and is looked at each
    /// second once so much has passed, warm-up included (for `<` and `<=` once the warm-up is over). Default 10s.
    #[serde(rename = "for", default)]
    pub window: Option<Window>,
    /// The endpoint that it is about. Default: the whole run.
    #[serde(default)]
    pub endpoint: Option<String>,
}

/// A metric held against a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub figure: Figure,
    /// On which side of the value it is true.
    pub relation: Relation,
    /// The value.
    pub value: Limit,
}

/// What can be looked at while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Median response time.
    P50,
    /// 90th percentile of response time.
    P90,
    /// 95th percentile of response time.
    P95,
    /// 99th percentile of response time.
    P99,
    /// 99.9th percentile of response time.
    P999,
    /// Longest response time.
    Max,
    /// Mean response time.
    Mean,
    /// Failed requests as a share of all.
    ErrorRate,
    /// Requests finished per second.
    Rps,
}

/// How a figure and a value are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `>`
    Over,
    /// `>=`
    AtLeast,
    /// `<`
    Under,
    /// `<=`
    AtMost,
}

const FIGURES: [(&str, Figure); 9] = [
    ("p50", Figure::P50),
    ("p90", Figure::P90),
    ("p95", Figure::P95),
    ("p99", Figure::P99),
    ("p999", Figure::P999),
    ("max", Figure::Max),
    ("mean", Figure::Mean),
    ("error_rate", Figure::ErrorRate),
    ("rps", Figure::Rps),
];

impl Relation {
    /// Whether a figure is so to a value.
    #[must_use]
    pub fn holds(self, figure: f64, value: f64) -> bool {
        match self {
            Self::Over => figure > value,
            Self::AtLeast => figure >= value,
            Self::Under => figure < value,
            Self::AtMost => figure <= value,
        }
    }

    /// Whether it is about too little of something.
    #[must_use]
    pub fn is_of_too_little(self) -> bool {
        matches!(self, Self::Under | Self::AtMost)
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, rest)) = text.find(['<', '>']).and_then(|at| text.split_at_checked(at)) else {
            return Err("takes a metric, one of > >= < <=, and a value: \"error_rate > 20%\"".to_owned());
        };
        let figure = figure(name.trim())?;
        let relations =
            [(">=", Relation::AtLeast), ("<=", Relation::AtMost), (">", Relation::Over), ("<", Relation::Under)];
        let found = relations.iter().find_map(|(sign, relation)| Some((*relation, rest.strip_prefix(sign)?)));
        let Some((relation, value)) = found else { return Err("takes one of > >= < <=".to_owned()) };
        Ok(Self { figure, relation, value: value_of(figure, value.trim())? })
    }
}

fn figure(name: &str) -> Result<Figure, String> {
    let names = FIGURES.map(|(name, _)| name);
    let known = FIGURES.into_iter().find(|(known, _)| *known == name).map(|(_, figure)| figure);
    known.ok_or_else(|| match nearest(name, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("takes a metric first: {}", one_of(&names)),
    })
}

/// The value in the unit of its figure.
fn value_of(figure: Figure, text: &str) -> Result<Limit, String> {
    let (limit, example) = match figure {
        Figure::ErrorRate => (text.parse().ok().map(|share: Ratio| Limit::Share(share)), "error_rate > 20%"),
        Figure::Rps => (text.parse().ok().map(|rate: Rate| Limit::Rate(rate)), "rps < 10/s"),
        _ => (text.parse().ok().map(|span: Span| Limit::Latency(span)), "p95 > 2s"),
    };
    limit.ok_or_else(|| format!("takes a value with its unit at the end: \"{example}\""))
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Metric, operator and value: \"error_rate > 20%\", \"p95 > 2s\", \"rps < 10/s\".",
            "anyOf": [
                { "pattern": "^\\s*error_rate\\s*[<>]=?\\s*[0-9]+(\\.[0-9]+)?%\\s*$" },
                { "pattern": "^\\s*rps\\s*[<>]=?\\s*[0-9]+(\\.[0-9]+)?/(s|min|h)\\s*$" },
                { "pattern": "^\\s*(p50|p90|p95|p99|p999|max|mean)\\s*[<>]=?\\s*([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|µs))+\\s*$" },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_condition_is_a_metric_an_operator_and_a_value() {
        let read = |text: &str| text.parse::<Condition>().unwrap();
        let errors = Condition { figure: Figure::ErrorRate, relation: Relation::Over, value: Limit::Share(Ratio(0.2)) };
        assert_eq!(read("error_rate > 20%"), errors);
        assert_eq!(read("error_rate>20%"), errors);
        let two_seconds = Limit::Latency(Span(Duration::from_secs(2)));
        assert_eq!(
            read("p999 >= 2s"),
            Condition { figure: Figure::P999, relation: Relation::AtLeast, value: two_seconds }
        );
        let rate = Limit::Rate(Rate(10.0));
        assert_eq!(read("rps < 10/s"), Condition { figure: Figure::Rps, relation: Relation::Under, value: rate });
        assert_eq!(read("rps <= 600/min"), Condition { figure: Figure::Rps, relation: Relation::AtMost, value: rate });
    }

    #[test]
    fn what_is_no_condition_says_what_to_write() {
        for (wrong, says) in [
            ("error_rate", "takes a metric, one of > >= < <=, and a value: \"error_rate > 20%\""),
            ("error_rate = 20%", "takes a metric, one of"),
            ("errorrate > 20%", "did you mean `error_rate`?"),
            ("cpu > 20%", "takes a metric first: \"p50\", "),
            ("error_rate > 20", "takes a value with its unit at the end: \"error_rate > 20%\""),
            ("p95 > 20%", "takes a value with its unit at the end: \"p95 > 2s\""),
            ("rps < 10", "takes a value with its unit at the end: \"rps < 10/s\""),
            ("p95 >> 2s", "takes a value with its unit at the end"),
            ("> 20%", "takes a metric first"),
        ] {
            let said = wrong.parse::<Condition>().unwrap_err();
            assert!(said.starts_with(says), "{wrong}: {said}");
        }
    }

    #[test]
    fn a_relation_holds_on_its_side() {
        let held = |relation: Relation| [1.0, 2.0, 3.0].map(|figure| relation.holds(figure, 2.0));
        assert_eq!(held(Relation::Over), [false, false, true]);
        assert_eq!(held(Relation::AtLeast), [false, true, true]);
        assert_eq!(held(Relation::Under), [true, false, false]);
        assert_eq!(held(Relation::AtMost), [true, true, false]);
    }
}
