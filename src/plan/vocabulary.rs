//! The vocabulary of a plan: what its vars, data sets and extracted names are called, without clashes.
//!
//! In: `[vars]`, `[data.*]`, every `extract`, and the environment. Out: a [`Dictionary`], and the values to keep
//! secret. What a name means at one place of a journey is `names`'s.

use std::collections::BTreeMap;

use super::compile::Choice;
use super::data::DataSet;
use super::fault::{Fault, Flaw};
use super::journey::steps;
use super::names::Dictionary;
use super::secrets::Secrets;
use crate::config::{Config, KeyPath, Var};

/// Reads vars and data, and counts what is extracted.
pub(super) fn compile(config: &Config, choice: &Choice) -> Result<(Dictionary, Secrets), Fault> {
    let root = KeyPath::root();
    let mut dictionary = Dictionary::default();
    let mut secrets = Secrets::default();
    for (name, var) in &config.vars {
        let at = root.key("vars").key(name);
        check_name(name).map_err(|flaw| flaw.at(&at))?;
        let value = value(name, var, choice.environment).map_err(|flaw| flaw.at(&at))?;
        if var.secret {
            secrets.add(&value);
        }
        dictionary.vars.insert(name.clone(), value);
    }
    for (name, data) in &config.data {
        let at = root.key("data").key(name);
        check_name(name).map_err(|flaw| flaw.at(&at))?;
        let set = DataSet::read(name, &data.file, &choice.base, data.pick).map_err(|flaw| flaw.at(&at.key("file")))?;
        dictionary.data.push(set);
    }
    dictionary.slots = slots(config, &dictionary.vars)?;
    Ok((dictionary, secrets))
}

/// The value of a var. A variable that is set to nothing counts as unset: pipelines hand over missing secrets so.
fn value(name: &str, var: &Var, environment: fn(&str) -> Option<String>) -> Result<String, Flaw> {
    if var.env.is_none() && var.default.is_some() {
        return Err(Flaw::new(
            format!("`{name}` has a default for nothing"),
            "write `value`, or name the variable: `env`",
        ));
    }
    match (&var.value, &var.env) {
        (Some(value), None) => Ok(value.clone()),
        (None, Some(variable)) => {
            let set = environment(variable).filter(|value| !value.is_empty());
            set.or_else(|| var.default.clone()).ok_or_else(|| {
                let help = format!("set it, or give `{name}` a `default`");
                Flaw::new(format!("the environment variable {variable} is not set"), help)
            })
        }
        (Some(_), Some(_)) => Err(Flaw::new(format!("`{name}` has two values"), "keep one of `value` and `env`")),
        (None, None) => {
            Err(Flaw::new(format!("`{name}` has no value"), "write the text itself, or { env = \"NAME\" }"))
        }
    }
}

/// Slots of extracted values, in the order of their names.
fn slots(config: &Config, vars: &BTreeMap<String, String>) -> Result<BTreeMap<String, usize>, Fault> {
    let mut slots = BTreeMap::new();
    for (index, user) in config.user.iter().enumerate() {
        for (at, step) in steps(user, &KeyPath::root().key("user").index(index)) {
            for name in step.extract.keys() {
                let at = at.key("extract").key(name);
                check_name(name).map_err(|flaw| flaw.at(&at))?;
                if vars.contains_key(name) {
                    let flaw = Flaw::new(format!("`{name}` is a var already"), "extract the value under another name");
                    return Err(flaw.at(&at));
                }
                slots.insert(name.clone(), 0);
            }
        }
    }
    for (index, slot) in slots.values_mut().enumerate() {
        *slot = index;
    }
    Ok(slots)
}

/// A name that templates can tell from everything else.
fn check_name(name: &str) -> Result<(), Flaw> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if name == "user" {
        return Err(Flaw::new("`user` is taken: templates know `user.index`", "choose another name"));
    }
    if name.is_empty() || !name.chars().all(is_plain) {
        let message = format!("`{}` cannot be a name in templates", name.escape_debug());
        return Err(Flaw::new(message, "use letters, digits, `_` and `-`"));
    }
    Ok(())
}
