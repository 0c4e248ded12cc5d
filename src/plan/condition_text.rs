//! The text of `if` and `while`: names, comparisons, `and`, `or`, `not` and parentheses.
//!
//! In: what was typed. Out: a [`Condition`] whose names are resolved. `or` binds least, then `and`, then `not`.
//! Evaluates nothing.

use super::condition::{Condition, Operand, Relation};
use super::expression;
use super::fault::Flaw;
use super::names::Names;

/// Parentheses and `not` inside each other, at most.
const DEEPEST: usize = 32;

const HELP: &str = "write one such as stock > 0, status != 'done', or token and not banned";

/// Compiles a condition.
pub(super) fn parse(text: &str, names: &Names<'_>) -> Result<Condition, Flaw> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, names, depth: 0 };
    if reader.tokens.is_empty() {
        return Err(Flaw::new("the condition is empty", HELP));
    }
    let condition = reader.any()?;
    match reader.peek() {
        None => Ok(condition),
        Some(Token::Relation(_)) => {
            Err(Flaw::new("two comparisons stand in a row", "join them: 1 < stock and stock < 5"))
        }
        Some(Token::Close) => Err(Flaw::new("a `)` closes nothing", "leave it away, or open it with `(`")),
        Some(token) => Err(Flaw::new(
            format!("{} stands where the condition should end", token.said()),
            "join both by `and` or `or`",
        )),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Number(&'a str),
    Text(&'a str),
    /// What stands between `{{` and `}}`.
    Template(&'a str),
    Relation(Relation),
    Open,
    Close,
}

impl Token<'_> {
    fn said(&self) -> String {
        match self {
            Self::Word(text) | Self::Number(text) => format!("`{text}`"),
            Self::Text(text) => format!("'{text}'"),
            Self::Template(_) => "`{{`".to_owned(),
            Self::Relation(_) => "a comparison".to_owned(),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
        }
    }
}

/// Takes a condition apart.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, Flaw> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, left) = match first {
            '(' => (Token::Open, rest.get(1..)),
            ')' => (Token::Close, rest.get(1..)),
            '\'' | '"' => quoted(rest, first)?,
            '{' => template(rest)?,
            '=' | '!' | '<' | '>' | '&' | '|' => relation(rest)?,
            _ => word(rest)?,
        };
        found.push(token);
        rest = left.unwrap_or_default().trim_start();
    }
    Ok(found)
}

type Taken<'a> = (Token<'a>, Option<&'a str>);

fn quoted(rest: &str, quote: char) -> Result<Taken<'_>, Flaw> {
    let inside = rest.get(1..).and_then(|inside| inside.split_once(quote));
    let (text, left) = inside.ok_or_else(|| {
        Flaw::new("a text in the condition is never closed", format!("end it with {quote}, as it began"))
    })?;
    Ok((Token::Text(text), Some(left)))
}

fn template(rest: &str) -> Result<Taken<'_>, Flaw> {
    let inside = rest.strip_prefix("{{").and_then(|inside| inside.split_once("}}"));
    let (text, left) = inside
        .ok_or_else(|| Flaw::new("`{` stands in the condition", "write the name alone, without braces: stock > 0"))?;
    Ok((Token::Template(text), Some(left)))
}

fn relation(rest: &str) -> Result<Taken<'_>, Flaw> {
    let relations = [
        ("==", Relation::Equal),
        ("!=", Relation::Unequal),
        ("<=", Relation::LessOrEqual),
        (">=", Relation::GreaterOrEqual),
        ("<", Relation::Less),
        (">", Relation::Greater),
    ];
    if let Some((sign, relation)) = relations.into_iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Ok((Token::Relation(relation), rest.get(sign.len()..)));
    }
    let others = [("=", "=="), ("&", "and"), ("|", "or"), ("!", "not")];
    let (sign, meant) = others.into_iter().find(|(sign, _)| rest.starts_with(sign)).unwrap_or(("", "=="));
    Err(Flaw::new(format!("`{sign}` means nothing in a condition"), format!("write `{meant}`")))
}

/// A name, a keyword or a number. Names may hold `-`, as in the file.
fn word(rest: &str) -> Result<Taken<'_>, Flaw> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "_-.+".contains(character);
    let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
    let (word, left) = rest.split_at(end);
    if word.is_empty() {
        let strange = rest.chars().next().unwrap_or_default();
        return Err(Flaw::new(format!("`{}` means nothing in a condition", strange.escape_debug()), HELP));
    }
    let is_number = word.parse::<f64>().is_ok_and(f64::is_finite);
    Ok((if is_number { Token::Number(word) } else { Token::Word(word) }, Some(left)))
}

struct Reader<'a, 'n> {
    tokens: Vec<Token<'a>>,
    at: usize,
    names: &'n Names<'n>,
    depth: usize,
}

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    /// Takes the next token, where it is this one.
    fn takes(&mut self, token: &Token<'_>) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self) -> Result<Condition, Flaw> {
        let mut parts = vec![self.all()?];
        while self.takes(&Token::Word("or")) {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, Flaw> {
        let mut parts = vec![self.single()?];
        while self.takes(&Token::Word("and")) {
            parts.push(self.single()?);
        }
        Ok(joined(parts, Condition::All))
    }

    fn single(&mut self) -> Result<Condition, Flaw> {
        let is_nested = matches!(self.peek(), Some(Token::Open | Token::Word("not")));
        self.depth += usize::from(is_nested);
        if self.depth > DEEPEST {
            return Err(Flaw::new("the condition is nested too deep", "write a simpler one"));
        }
        let single = if self.takes(&Token::Word("not")) {
            Condition::Not(Box::new(self.single()?))
        } else if self.takes(&Token::Open) {
            let inside = self.any()?;
            if !self.takes(&Token::Close) {
                return Err(Flaw::new("a `(` is never closed", "close it with `)`"));
            }
            inside
        } else {
            self.comparison()?
        };
        self.depth -= usize::from(is_nested);
        Ok(single)
    }

    fn comparison(&mut self) -> Result<Condition, Flaw> {
        let left = self.operand()?;
        let Some(Token::Relation(relation)) = self.peek() else { return Ok(Condition::Truth(left)) };
        let relation = *relation;
        self.at += 1;
        Ok(Condition::Compare(left, relation, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, Flaw> {
        let operand = match self.peek() {
            Some(Token::Word(word @ ("and" | "or" | "not"))) => {
                return Err(Flaw::new(format!("`{word}` has nothing to join"), HELP));
            }
            Some(Token::Word("null")) => Operand::Null,
            Some(Token::Word(word @ ("true" | "false")) | Token::Number(word) | Token::Text(word)) => {
                Operand::Literal((*word).to_owned())
            }
            Some(Token::Word(name)) => Operand::Value(self.names.named(name)?),
            Some(Token::Template(text)) => Operand::Value(expression::parse(text, self.names)?),
            Some(token) => return Err(Flaw::new(format!("{} stands where a value should", token.said()), HELP)),
            None => return Err(Flaw::new("the condition ends before its last value", HELP)),
        };
        self.at += 1;
        Ok(operand)
    }
}

fn joined(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::names::Dictionary;
    use super::*;

    proptest! {
        #[test]
        fn any_text_is_a_condition_or_refused_with_what_to_write(text in "[a-z0-9 ()'\"{}<>=!&|.é-]{0,24}|.{0,24}") {
            let mut dictionary = Dictionary::default();
            dictionary.slots.insert("a".to_owned(), 0);
            if let Err(flaw) = parse(&text, &Names::new(&dictionary)) {
                prop_assert!(flaw.help.is_some_and(|help| !help.is_empty()), "{}", flaw.message);
            }
        }
    }
}
