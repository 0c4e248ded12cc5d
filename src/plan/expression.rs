//! What stands between `{{` and `}}`: a name, a function or a quoted text.
//!
//! In: its text. Out: an [`Expression`] whose names are resolved, and its value for one virtual user.
//! Where the value is written is [`Escape`](super::escape::Escape)'s.

use std::borrow::Cow;

use rand::RngExt;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Builder;

use super::data::DataSet;
use super::fault::Flaw;
use super::names::Names;
use super::scope::Scope;
use super::value::Value;
use crate::config::nearest;

/// A compiled expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// A quoted text, or a var.
    Constant(String),
    /// `rand(1, 20)`: a whole number, both ends included.
    Rand { low: i64, high: i64 },
    /// `uuid()`: version 4.
    Uuid,
    /// `now()`: RFC 3339, UTC, to the millisecond.
    Now,
    /// `now("unix")`: seconds since 1970.
    Unix,
    /// `now("unix_ms")`: milliseconds since 1970.
    UnixMilliseconds,
    /// `user.index`
    UserIndex,
    /// A column of the held row of a data set.
    Cell { data: usize, column: usize },
    /// An extracted value.
    Extracted(usize),
}

impl Expression {
    /// Whether it is another value each time, by chance or by the clock.
    pub(super) fn is_drawn(&self) -> bool {
        match self {
            Self::Rand { .. } | Self::Uuid | Self::Now | Self::Unix | Self::UnixMilliseconds => true,
            Self::Constant(_) | Self::UserIndex | Self::Cell { .. } | Self::Extracted(_) => false,
        }
    }

    /// The value for one virtual user, now. Empty where nothing was extracted.
    pub(super) fn evaluate<'a>(&'a self, data: &'a [DataSet], scope: &'a mut Scope) -> Value<'a> {
        match self {
            Self::Constant(text) => Value::text(Cow::Borrowed(text.as_str())),
            Self::Rand { low, high } => Value::number(scope.rng().random_range(*low..=*high)),
            Self::Uuid => Value::text(Builder::from_random_bytes(scope.rng().random()).into_uuid().to_string()),
            Self::Now => Value::text(OffsetDateTime::now_utc().format(RFC3339_MILLISECONDS).unwrap_or_default()),
            Self::Unix => Value::number(OffsetDateTime::now_utc().unix_timestamp()),
            Self::UnixMilliseconds => Value::number(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000),
            Self::UserIndex => Value::number(scope.index()),
            Self::Cell { data: set, column } => scope.cell(data, *set, *column),
            Self::Extracted(slot) => scope.value(*slot).map_or(Value::text(Cow::Borrowed("")), Value::borrowed),
        }
    }
}

const RFC3339_MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Compiles what stands between `{{` and `}}`.
pub(super) fn parse(text: &str, names: &Names<'_>) -> Result<Expression, Flaw> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Flaw::new("there is nothing between `{{` and `}}`", BRACES));
    }
    if let Some(constant) = unquoted(text) {
        return Ok(Expression::Constant(constant.to_owned()));
    }
    match text.split_once('(') {
        // A column may have parentheses in its name: `products.price (EUR)`.
        Some((function, rest)) if !function.contains('.') => {
            let Some(arguments) = rest.strip_suffix(')') else {
                return Err(Flaw::new(format!("`{text}` does not end in `)`"), "close the parenthesis"));
            };
            call(function.trim(), arguments)
        }
        _ => names.resolve(text),
    }
}

/// How to write braces that are no template.
pub(super) const BRACES: &str = r#"for two braces themselves, write {{ "{{" }}"#;

fn unquoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    text.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.contains(quote))
}

fn call(function: &str, arguments: &str) -> Result<Expression, Flaw> {
    let arguments = match arguments.trim() {
        "" => Vec::new(),
        some => some.split(',').map(str::trim).collect(),
    };
    match (function, arguments.as_slice()) {
        ("rand", [low, high]) => rand(low, high),
        ("rand", _) => Err(Flaw::new("`rand` takes two whole numbers", RAND)),
        ("uuid", []) => Ok(Expression::Uuid),
        ("uuid", _) => Err(Flaw::new("`uuid` takes no arguments", "write uuid()")),
        ("now", []) => Ok(Expression::Now),
        ("now", [format]) => match unquoted(format) {
            Some("unix") => Ok(Expression::Unix),
            Some("unix_ms") => Ok(Expression::UnixMilliseconds),
            _ => Err(Flaw::new(format!("`now` knows no format {format}"), NOW)),
        },
        ("now", _) => Err(Flaw::new("`now` takes one argument or none", NOW)),
        _ => {
            let help = match nearest(function, ["rand", "uuid", "now"]) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "the functions are rand(1, 20), uuid() and now()".to_owned(),
            };
            Err(Flaw::new(format!("unknown function `{function}` in a template"), help))
        }
    }
}

const RAND: &str = "write rand(1, 20) for a number from 1 to 20";
const NOW: &str = r#"write now(), now("unix") or now("unix_ms")"#;

fn rand(low: &str, high: &str) -> Result<Expression, Flaw> {
    let (Ok(low), Ok(high)) = (low.parse(), high.parse()) else {
        return Err(Flaw::new(format!("`rand({low}, {high})` does not hold two whole numbers"), RAND));
    };
    if low > high {
        return Err(Flaw::new(
            format!("`rand({low}, {high})` has no number to draw"),
            "write the smaller number first",
        ));
    }
    Ok(Expression::Rand { low, high })
}
