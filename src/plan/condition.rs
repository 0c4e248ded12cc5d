//! Conditions: what `if` and `while` ask, for one virtual user.
//!
//! In: compiled names and literals. Out: whether the condition holds now. Compares, and computes nothing; how a condition
//! is written is [`condition_text`](super::condition_text)'s.

use std::cmp::Ordering;

use super::data::{DataSet, Exhausted};
use super::expression::Expression;
use super::scope::Scope;
use super::value::Value;

/// A compiled condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// All of them hold.
    All(Vec<Self>),
    /// One of them holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// There is a value, and it is neither empty nor 0 nor false.
    Truth(Operand),
    /// Two values compare so.
    Compare(Operand, Relation, Operand),
}

/// What stands on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    /// No value.
    Null,
    /// A text, a number, `true` or `false`: compared by what it reads as.
    Literal(String),
    /// A value of the user's.
    Value(Expression),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Whether it holds for one virtual user, whose rows it draws where it names one that is not held yet.
    ///
    /// # Errors
    /// A `unique` data set that it names has run out.
    pub(super) fn holds(&self, data: &[DataSet], scope: &mut Scope) -> Result<bool, Exhausted> {
        match self {
            Self::All(parts) => {
                for part in parts {
                    if !part.holds(data, scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(parts) => {
                for part in parts {
                    if part.holds(data, scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(part) => part.holds(data, scope).map(|holds| !holds),
            Self::Truth(operand) => {
                let drawn = operand.draw(data, scope)?;
                Ok(operand.read(drawn.as_ref(), data, scope).is_some_and(|value| is_truth(value.as_str())))
            }
            Self::Compare(left, relation, right) => {
                let (left_drawn, right_drawn) = (left.draw(data, scope)?, right.draw(data, scope)?);
                let left = left.read(left_drawn.as_ref(), data, scope);
                let right = right.read(right_drawn.as_ref(), data, scope);
                let (left, right) = (left.as_ref().map(Value::as_str), right.as_ref().map(Value::as_str));
                Ok(relation.holds(left, right))
            }
        }
    }

    /// Slots that have a value wherever it holds.
    pub(super) fn implied(&self) -> Vec<usize> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::implied).collect(),
            Self::Truth(Operand::Value(Expression::Extracted(slot))) => vec![*slot],
            _ => Vec::new(),
        }
    }

    /// Slots of the extracted values it names.
    pub(super) fn slots(&self) -> Vec<usize> {
        let slot = |operand: &Operand| match operand {
            Operand::Value(Expression::Extracted(slot)) => Some(*slot),
            _ => None,
        };
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::slots).collect(),
            Self::Not(part) => part.slots(),
            Self::Truth(operand) => slot(operand).into_iter().collect(),
            Self::Compare(left, _, right) => slot(left).into_iter().chain(slot(right)).collect(),
        }
    }
}

impl Operand {
    /// Holds the row that it names. The value itself, where it is made anew each time and has to be kept.
    fn draw(&self, data: &[DataSet], scope: &mut Scope) -> Result<Option<Value<'static>>, Exhausted> {
        match self {
            Self::Null | Self::Literal(_) | Self::Value(Expression::Extracted(_) | Expression::Constant(_)) => Ok(None),
            Self::Value(Expression::Cell { data: set, .. }) => scope.hold(data, *set).map(|()| None),
            Self::Value(made) => Ok(Some(made.evaluate(data, scope).into_owned())),
        }
    }

    /// The value; none where there is none yet, or where it is null.
    fn read<'a>(&'a self, drawn: Option<&'a Value<'_>>, data: &'a [DataSet], scope: &'a Scope) -> Option<Value<'a>> {
        let value = match self {
            Self::Null => return None,
            Self::Literal(text) | Self::Value(Expression::Constant(text)) => Value::text(text.as_str()),
            Self::Value(Expression::Extracted(slot)) => scope.value(*slot)?.borrowed(),
            Self::Value(Expression::Cell { data: set, column }) => scope.cell(data, *set, *column),
            Self::Value(_) => drawn?.borrowed(),
        };
        Some(value).filter(|value| !value.is_null())
    }
}

impl Relation {
    /// Numbers compare as numbers where both sides read as numbers; otherwise as text, and then only for being equal.
    fn holds(self, left: Option<&str>, right: Option<&str>) -> bool {
        let (Some(left), Some(right)) = (left, right) else {
            let both_null = left.is_none() && right.is_none();
            return match self {
                Self::Equal => both_null,
                Self::Unequal => !both_null,
                _ => false,
            };
        };
        let order = order(left, right);
        match self {
            Self::Equal => order == Some(Ordering::Equal) || left == right,
            Self::Unequal => order != Some(Ordering::Equal) && left != right,
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

/// The order of two numbers; none where one is not a number. Whole ones are compared exactly: a fraction has no room for
/// long ids.
fn order(left: &str, right: &str) -> Option<Ordering> {
    match (left.parse::<i128>(), right.parse::<i128>()) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_truth(text: &str) -> bool {
    !text.is_empty() && text != "false" && number(text) != Some(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers_and_all_else_as_text() {
        let holds = |left, relation: Relation, right| relation.holds(Some(left), Some(right));
        assert!(holds("9", Relation::Less, "10") && holds("1.50", Relation::Equal, "1.5"));
        assert!(holds("2e3", Relation::GreaterOrEqual, "2000") && holds("-1", Relation::LessOrEqual, "0"));
        assert!(holds("b", Relation::Unequal, "a") && holds("a", Relation::Equal, "a"));
        assert!(!holds("b", Relation::Greater, "a") && !holds("x", Relation::LessOrEqual, "x"));
        assert!(!holds("nan", Relation::Less, "1") && holds("inf", Relation::Equal, "inf"));
        assert!(holds("9007199254740993", Relation::Greater, "9007199254740992"), "ids are compared exactly");
    }

    #[test]
    fn null_is_equal_to_null_alone_and_in_no_order() {
        for (relation, alone, other) in [
            (Relation::Equal, true, false),
            (Relation::Unequal, false, true),
            (Relation::Less, false, false),
            (Relation::GreaterOrEqual, false, false),
        ] {
            assert_eq!((relation.holds(None, None), relation.holds(None, Some("0"))), (alone, other), "{relation:?}");
        }
    }

    #[test]
    fn nothing_zero_and_false_are_not_true() {
        assert!(["", "0", "0.0", "-0", "false"].into_iter().all(|text| !is_truth(text)));
        assert!(["1", "true", "no", "t0ken", " "].into_iter().all(is_truth));
    }
}
