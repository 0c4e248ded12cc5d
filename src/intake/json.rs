//! A look over JSON before anything is made of it.
//!
//! In: bytes, and how many values a file of its kind may have. Out: nothing, or what no reader should take: a key twice
//! in one object (two readers would see two files), more values than memory is meant for, a text that the caller
//! refuses. Makes nothing of the values.

use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Error;

use super::kind::Kind;

/// Most members of one object: more endpoints than anyone has.
const MOST_MEMBERS: usize = 50_000;

/// Longest part of a key that is said.
const KEY_CHARS: usize = 60;

/// Looks over the JSON of a file: no key twice, no more values than its kind may have, no text that `refuses` one.
///
/// # Errors
/// What is no JSON, and what is refused; with line and column.
pub fn look_over(bytes: &[u8], kind: Kind, refuses: &mut dyn FnMut(&str) -> Result<(), String>) -> Result<(), Error> {
    let mut values = 0;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Look { values: &mut values, kind, refuses }.deserialize(&mut reader)?;
    reader.end()
}

/// A look at one value and all that is in it.
struct Look<'a> {
    /// Values seen so far.
    values: &'a mut usize,
    kind: Kind,
    refuses: &'a mut dyn FnMut(&str) -> Result<(), String>,
}

impl Look<'_> {
    /// The look at a value inside this one.
    fn inside(&mut self) -> Look<'_> {
        Look { values: self.values, kind: self.kind, refuses: self.refuses }
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.values += 1;
        if *self.values > self.kind.most_values {
            let Kind { name, most_values, .. } = self.kind;
            return Err(D::Error::custom(format_args!(
                "more than {most_values} values, the most that are read of {name}"
            )));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        (self.refuses)(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.inside())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value_seed(self.inside())?;
            if let Some(twice) = keys.replace(key) {
                let start: String = twice.chars().take(KEY_CHARS).collect();
                return Err(A::Error::custom(format_args!("the key {start:?} twice in one object")));
            }
            if keys.len() > MOST_MEMBERS {
                return Err(A::Error::custom(format_args!("an object of more than {MOST_MEMBERS} members")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::RECORDING;
    use super::*;

    fn look(text: &str) -> Result<(), String> {
        let kind = Kind { most_values: 8, ..RECORDING };
        let mut refuses = |text: &str| if text == "bomb" { Err("it is a bomb".to_owned()) } else { Ok(()) };
        look_over(text.as_bytes(), kind, &mut refuses).map_err(|error| error.to_string())
    }

    #[test]
    fn json_of_any_shape_is_let_through() {
        assert_eq!(look(r#" {"a": [1, -1, 1.5, true, null], "b": "text"} "#), Ok(()));
        assert_eq!(look(r#"[{"a": 1}, {"a": 2}]"#), Ok(()));
    }

    #[test]
    fn a_key_twice_is_refused_however_it_is_spelt() {
        let said = look(r#"{"a": 1, "b": 2, "\u0061": 3}"#).unwrap_err();
        assert!(said.starts_with(r#"the key "a" twice in one object"#), "{said}");
        assert!(look(r#"[[{"x": {"y": 1, "y": 1}}]]"#).is_err());
        let said = look(r#"{"\u001b[31m": 1, "\u001b[31m": 1}"#).unwrap_err();
        assert!(!said.contains('\u{1b}'), "{said}");
    }

    #[test]
    fn a_value_too_many_is_refused() {
        assert_eq!(look("[1, 2, 3, 4, 5, 6, 7]"), Ok(()));
        let said = look("[1, 2, 3, 4, 5, 6, 7, 8]").unwrap_err();
        assert!(said.starts_with("more than 8 values, the most that are read of a recording"), "{said}");
    }

    #[test]
    fn a_text_may_be_refused_wherever_it_is() {
        assert!(look(r#"{"a": ["bomb"]}"#).unwrap_err().starts_with("it is a bomb at line 1"));
    }

    #[test]
    fn what_is_no_json_is_refused_and_so_is_what_follows_it() {
        for text in ["", "{", "[1,]", "{} {}", "nan", "1e999", "\"\\ud800\""] {
            assert!(look(text).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(look_over(deep.as_bytes(), RECORDING, &mut |_| Ok(())).unwrap_err().to_string().contains("recursion"));
    }
}
