//! The names templates may use, where they stand.
//!
//! In: vars, data sets and extracted names. Out: what a name means, or the nearest one that means something.
//! A name is found once, when the plan is compiled; nothing is looked up while load is made.

use std::collections::{BTreeMap, BTreeSet};

use super::data::DataSet;
use super::escape::Escape;
use super::expression::{self, Expression};
use super::fault::Flaw;
use super::template::Template;
use crate::config::nearest;

/// What names mean to the whole plan.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// Values of vars.
    pub(super) vars: BTreeMap<String, String>,
    /// Data sets, in the order of their indices.
    pub(super) data: Vec<DataSet>,
    /// Slots of extracted values, of all kinds of users.
    pub(super) slots: BTreeMap<String, usize>,
}

/// What names mean at one place of a journey.
#[derive(Debug, Clone)]
pub(super) struct Names<'a> {
    dictionary: &'a Dictionary,
    /// Slots that are filled whenever this place is reached.
    filled: BTreeSet<usize>,
    /// Slots that may be filled or not, with the key that decides it.
    doubtful: BTreeMap<usize, &'static str>,
}

impl<'a> Names<'a> {
    /// Names where nothing has been extracted yet.
    pub(super) fn new(dictionary: &'a Dictionary) -> Self {
        Self { dictionary, filled: BTreeSet::new(), doubtful: BTreeMap::new() }
    }

    /// From here on the values of these slots are known.
    pub(super) fn fill(&mut self, slots: impl IntoIterator<Item = usize>) {
        self.filled.extend(slots);
    }

    /// What steps extract that may not be played, because of the key `because`, is not known behind them.
    pub(super) fn doubt(&mut self, inside: Self, because: &'static str) {
        let new = inside.filled.difference(&self.filled).map(|slot| (*slot, because));
        let doubtful: BTreeMap<usize, &'static str> = inside.doubtful.into_iter().chain(new).collect();
        self.doubtful.extend(doubtful);
    }

    /// The slot of an extracted name.
    pub(super) fn slot(&self, name: &str) -> Option<usize> {
        self.dictionary.slots.get(name).copied()
    }

    /// Compiles a template all of whose values are known here.
    pub(super) fn template(&self, text: &str, escape: Escape) -> Result<Template, Flaw> {
        let mut template = Template::default();
        self.append(&mut template, text, escape)?;
        Ok(template)
    }

    /// Appends to a template, all of whose values are known here.
    pub(super) fn append(&self, template: &mut Template, text: &str, escape: Escape) -> Result<(), Flaw> {
        template.append(text, escape, |expression| self.known(expression::parse(expression, self)?))
    }

    /// Compiles a template that may name values not extracted yet; whoever renders it asks first.
    pub(super) fn lenient(&self, text: &str, escape: Escape) -> Result<Template, Flaw> {
        let mut template = Template::default();
        template.append(text, escape, |expression| expression::parse(expression, self))?;
        Ok(template)
    }

    /// The name of a slot.
    pub(super) fn name_of(&self, slot: usize) -> &str {
        self.dictionary.slots.iter().find(|(_, index)| **index == slot).map_or("", |(name, _)| name)
    }

    /// What a name means in a template.
    pub(super) fn resolve(&self, name: &str) -> Result<Expression, Flaw> {
        self.find(name)?.ok_or_else(|| {
            let help = match self.near(name, &["uuid()", "now()", "rand(1, 20)"]) {
                Ok(near) => format!("did you mean `{{{{ {near} }}}}`?"),
                Err(known) => format!("templates can name {known}"),
            };
            Flaw::new(format!("unknown name `{name}` in a template"), help)
        })
    }

    /// What a name means in a condition.
    pub(super) fn named(&self, name: &str) -> Result<Expression, Flaw> {
        self.find(name)?.ok_or_else(|| {
            let help = match self.near(name, &[]) {
                Ok(near) => format!("did you mean `{near}`?"),
                Err(known) => format!("conditions can name {known}; texts stand in quotes: '{name}'"),
            };
            Flaw::new(format!("unknown name `{name}` in a condition"), help)
        })
    }

    fn find(&self, name: &str) -> Result<Option<Expression>, Flaw> {
        let Dictionary { vars, data, slots } = self.dictionary;
        if name == "user.index" {
            return Ok(Some(Expression::UserIndex));
        }
        if let Some((set, column)) = name.split_once('.') {
            if let Some(index) = data.iter().position(|known| known.name() == set.trim()) {
                let column = data.get(index).map_or(Ok(0), |known| known.column(column.trim()))?;
                return Ok(Some(Expression::Cell { data: index, column }));
            }
        } else if let Some(value) = vars.get(name) {
            return Ok(Some(Expression::Constant(value.clone())));
        } else if let Some(&slot) = slots.get(name) {
            return Ok(Some(Expression::Extracted(slot)));
        }
        Ok(None)
    }

    fn known(&self, expression: Expression) -> Result<Expression, Flaw> {
        match expression {
            Expression::Extracted(slot) if !self.filled.contains(&slot) => {
                let name = self.name_of(slot);
                if let Some(because) = self.doubtful.get(&slot) {
                    return Err(Flaw::new(
                        format!("`{name}` is extracted only under {because}"),
                        format!("put this step under the same one or under if = \"{name}\", or always extract it"),
                    ));
                }
                Err(Flaw::new(
                    format!("`{name}` is not extracted by then"),
                    format!("extract `{name}` in an earlier step of this task, or in the user's start steps"),
                ))
            }
            known => Ok(known),
        }
    }

    /// The known name that is probably meant, or else all of them; `more` are known besides.
    fn near(&self, name: &str, more: &[&str]) -> Result<String, String> {
        let Dictionary { vars, data, slots } = self.dictionary;
        let columns = data.iter().flat_map(|set| set.columns().map(move |column| format!("{}.{column}", set.name())));
        let mut known: Vec<String> = vars.keys().chain(slots.keys()).cloned().chain(columns).collect();
        known.extend(std::iter::once("user.index").chain(more.iter().copied()).map(str::to_owned));
        let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        near.ok_or_else(|| known.join(", "))
    }
}
