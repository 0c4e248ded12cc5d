//! Text with values in it, compiled.
//!
//! In: text with `{{ expressions }}`. Out: bytes, for one virtual user, each value escaped for where it stands.
//! What never changes is bytes from the start; a template without values is bytes alone.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::data::DataSet;
use super::escape::Escape;
use super::expression::{BRACES, Expression};
use super::fault::Flaw;
use super::scope::Scope;
use super::value::Value;

/// Text with values in it, compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    Value(Expression, Escape),
    /// Everything within, as one text in base64.
    Base64(Template),
}

impl Template {
    /// Appends bytes as they are.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        if let Some(Part::Bytes(last)) = self.parts.last_mut() {
            last.extend_from_slice(bytes);
        } else if !bytes.is_empty() {
            self.parts.push(Part::Bytes(bytes.to_vec()));
        }
    }

    /// Appends text with expressions in it; `parse` compiles what stands between the braces.
    pub(super) fn append(
        &mut self,
        text: &str,
        escape: Escape,
        parse: impl Fn(&str) -> Result<Expression, Flaw>,
    ) -> Result<(), Flaw> {
        for (at, piece) in pieces(text)?.into_iter().enumerate() {
            let escape = if at == 0 { escape } else { escape.past_start() };
            match piece {
                Piece::Text(text) => {
                    let mut bytes = Vec::new();
                    escape.write_typed(text, &mut bytes);
                    self.push_bytes(&bytes);
                }
                Piece::Expression(expression) => self.push_value(parse(expression)?, escape),
            }
        }
        Ok(())
    }

    /// Appends everything of another template.
    pub(super) fn push_template(&mut self, other: Self) {
        for part in other.parts {
            match part {
                Part::Bytes(bytes) => self.push_bytes(&bytes),
                Part::Value(expression, escape) => self.push_value(expression, escape),
                Part::Base64(inner) => self.push_base64(inner),
            }
        }
    }

    /// Appends what another template writes, in base64: as one text, whatever values it holds.
    pub(super) fn push_base64(&mut self, inner: Self) {
        match inner.constant() {
            Some(bytes) => self.push_bytes(BASE64.encode(bytes).as_bytes()),
            None => self.parts.push(Part::Base64(inner)),
        }
    }

    fn push_value(&mut self, expression: Expression, escape: Escape) {
        match expression {
            Expression::Constant(text) => {
                let mut bytes = Vec::new();
                escape.write(&Value::text(text), &mut bytes);
                self.push_bytes(&bytes);
            }
            changing => self.parts.push(Part::Value(changing, escape)),
        }
    }

    /// The bytes, where they never change.
    pub(super) fn constant(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [] => Some(&[]),
            [Part::Bytes(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// Slots of the extracted values it writes.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> {
        self.expressions().into_iter().filter_map(|expression| match expression {
            Expression::Extracted(slot) => Some(*slot),
            _ => None,
        })
    }

    /// Indices of the data sets it writes values of.
    pub(super) fn data(&self) -> impl Iterator<Item = usize> {
        self.expressions().into_iter().filter_map(|expression| match expression {
            Expression::Cell { data, .. } => Some(*data),
            _ => None,
        })
    }

    /// Whether it is another text each time, by chance or by the clock.
    pub(super) fn is_drawn(&self) -> bool {
        self.expressions().into_iter().any(Expression::is_drawn)
    }

    /// Writes the text for one virtual user.
    pub(super) fn render(&self, data: &[DataSet], scope: &mut Scope, out: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Bytes(bytes) => out.extend_from_slice(bytes),
                Part::Value(expression, escape) => escape.write(&expression.evaluate(data, scope), out),
                Part::Base64(inner) => {
                    out.extend_from_slice(BASE64.encode(inner.rendered(data, scope)).as_bytes());
                }
            }
        }
    }

    /// The text for one virtual user; costs nothing where it never changes.
    pub(super) fn rendered(&self, data: &[DataSet], scope: &mut Scope) -> Cow<'_, [u8]> {
        if let Some(bytes) = self.constant() {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::new();
        self.render(data, scope, &mut out);
        Cow::Owned(out)
    }

    /// The bytes between values.
    pub(super) fn fixed(&self) -> impl Iterator<Item = &[u8]> {
        self.parts.iter().filter_map(|part| match part {
            Part::Bytes(bytes) => Some(bytes.as_slice()),
            Part::Value(..) | Part::Base64(_) => None,
        })
    }

    fn expressions(&self) -> Vec<&Expression> {
        let mut all = Vec::new();
        for part in &self.parts {
            match part {
                Part::Bytes(_) => {}
                Part::Value(expression, _) => all.push(expression),
                Part::Base64(inner) => all.extend(inner.expressions()),
            }
        }
        all
    }
}

/// Whether the text is one expression alone.
pub(super) fn is_lone(text: &str) -> bool {
    matches!(pieces(text).as_deref(), Ok([Piece::Expression(_)]))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Expression(&'a str),
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Flaw> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let Some((expression, behind)) = end_of_expression(after) else {
            let shown: String = after.chars().take(20).collect();
            return Err(Flaw::new(format!("`{{{{{shown}` is never closed by `}}}}`"), BRACES));
        };
        pieces.push(Piece::Expression(expression));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// Splits at the first `}}` that does not stand in quotes.
fn end_of_expression(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None => {
                let (before, behind) = text.split_at(at);
                if let Some(behind) = behind.strip_prefix("}}") {
                    return Some((before, behind));
                }
            }
        }
    }
    None
}
