//! What a JSON value must be like, where it is not known beforehand.
//!
//! In: a table of nothing but `regex`, `exists`, `min`, `max` and `length`. Out: [`Like`], and whether a value is so.
//! Any other table is a value to find, which is `expected`'s.

use std::fmt;

use regex::bytes::Regex;
use serde_json::{Map, Value as Json};

use super::extract::pattern_of;
use super::fault::Flaw;

/// What a JSON value must be like.
#[derive(Debug, Default)]
pub(super) struct Like {
    /// A pattern that its text matches.
    regex: Option<Regex>,
    /// Whether there is one; `null` is one.
    exists: Option<bool>,
    /// The least number it may be.
    min: Option<f64>,
    /// The greatest number it may be.
    max: Option<f64>,
    /// Items of an array or object, characters of a string.
    length: Option<usize>,
}

/// The keys that make a table one of these.
const KEYS: [&str; 5] = ["regex", "exists", "min", "max", "length"];

impl Like {
    /// Compiles a table; none where it is a value to find.
    pub(super) fn compile(value: &Json) -> Result<Option<Self>, Flaw> {
        match value {
            Json::Object(keys) if !keys.is_empty() && keys.keys().all(|key| KEYS.contains(&key.as_str())) => {
                Self::of(keys).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn of(keys: &Map<String, Json>) -> Result<Self, Flaw> {
        let mut like = Self::default();
        for (key, value) in keys {
            let wrong = |help: &str| Flaw::new(format!("`{key}` cannot be {value}"), help);
            let number = || value.as_f64().ok_or_else(|| wrong("write a number"));
            match key.as_str() {
                "regex" => {
                    let pattern = value.as_str().ok_or_else(|| wrong("write a pattern in quotes"))?;
                    like.regex = Some(pattern_of(pattern)?);
                }
                "exists" => like.exists = Some(value.as_bool().ok_or_else(|| wrong("write true or false"))?),
                "min" => like.min = Some(number()?),
                "max" => like.max = Some(number()?),
                _ => like.length = Some(whole(value).ok_or_else(|| wrong("write a whole number from 0"))?),
            }
        }
        if like.exists == Some(false) && keys.len() > 1 {
            return Err(Flaw::new("what does not exist is like nothing", "leave the other keys away"));
        }
        if let (Some(min), Some(max)) = (like.min, like.max)
            && min > max
        {
            return Err(Flaw::new(format!("no number is {min} at least and {max} at most"), "swap them"));
        }
        Ok(like)
    }

    /// Whether what was found, if anything, is so.
    pub(super) fn holds(&self, found: Option<&Json>) -> bool {
        let Some(found) = found else { return self.exists == Some(false) };
        self.exists != Some(false)
            && self.regex.as_ref().is_none_or(|regex| match found {
                Json::String(text) => regex.is_match(text.as_bytes()),
                other => regex.is_match(other.to_string().as_bytes()),
            })
            && self.min.is_none_or(|min| number(found).is_some_and(|found| found >= min))
            && self.max.is_none_or(|max| number(found).is_some_and(|found| found <= max))
            && self.length.is_none_or(|length| length_of(found) == Some(length))
    }
}

impl fmt::Display for Like {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        match self.exists {
            Some(true) => words.push("something".to_owned()),
            Some(false) => words.push("nothing".to_owned()),
            None => {}
        }
        words.extend(self.regex.as_ref().map(|regex| format!("a match of `{}`", regex.as_str())));
        words.extend(self.min.map(|min| format!("{min} at least")));
        words.extend(self.max.map(|max| format!("{max} at most")));
        words.extend(self.length.map(|length| format!("length {length}")));
        f.write_str(&words.join(" and "))
    }
}

/// A number, also one that came as a string.
fn number(found: &Json) -> Option<f64> {
    match found {
        Json::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}

fn length_of(found: &Json) -> Option<usize> {
    match found {
        Json::Array(items) => Some(items.len()),
        Json::Object(fields) => Some(fields.len()),
        Json::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn whole(value: &Json) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}
