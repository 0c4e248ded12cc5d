//! What came instead of what was expected, in a few words.
//!
//! In: an answer that does not hold. Out: one line: cut, with control characters made visible and secrets masked.
//! Asked once for each endpoint and kind of failure: it may cost what it likes.

use std::time::Duration;

use super::answer::Answer;
use super::data::DataSet;
use super::expect::{Broken, Expectations, Wanted, WantedJson};
use super::scope::Scope;
use super::secrets::Secrets;

/// Most characters of a part of the answer.
const PART: usize = 120;

/// Most characters of a line.
const LINE: usize = 200;

/// Most bytes of a body that are looked at.
const READ: usize = 64 * 1024;

/// What it takes to say what came.
#[derive(Debug)]
pub(super) struct Teller<'a> {
    pub(super) answer: &'a Answer<'a>,
    pub(super) service: Duration,
    pub(super) data: &'a [DataSet],
    pub(super) secrets: Secrets,
}

impl Teller<'_> {
    /// What came instead of what `expect` says; none where nothing is known of it.
    pub(super) fn broken(&self, expect: &Expectations, broken: Broken, scope: &mut Scope) -> Option<String> {
        let told = match broken {
            Broken::Status(status) => self.status(expect, status)?,
            Broken::Expectation(label) => self.expectation(expect, label, scope)?,
        };
        Some(cut(&told, LINE))
    }

    /// Where a value was looked for and not found.
    pub(super) fn nothing_at(&self, place: &str) -> String {
        cut(&format!("nothing at {} in {}", self.shown(place.as_bytes()), self.body()), LINE)
    }

    fn status(&self, expect: &Expectations, status: u16) -> Option<String> {
        if !self.answer.body().is_empty() {
            return Some(self.body());
        }
        expect.status.as_ref().map(|(wanted, _)| format!("wanted {}, got {status}", alternatives(wanted)))
    }

    fn expectation(&self, expect: &Expectations, label: u32, scope: &mut Scope) -> Option<String> {
        let (answer, data) = (self.answer, self.data);
        if let Some((wanted, _)) = expect.status.as_ref().filter(|(_, own)| *own == label) {
            return Some(format!("wanted {}, got {}", alternatives(wanted), answer.status()));
        }
        if let Some((name, wanted, _)) = expect.headers.iter().find(|(_, _, own)| *own == label) {
            let came = answer.header(name).next();
            return Some(self.text(wanted, came, &format!("no header {name}"), scope));
        }
        if let Some((name, wanted, _)) = expect.cookies.iter().find(|(_, _, own)| *own == label) {
            return Some(self.text(wanted, answer.cookie(name), &format!("no cookie {name}"), scope));
        }
        if let Some((text, _)) = expect.contains.as_ref().filter(|(_, own)| *own == label) {
            let text = text.rendered(data, scope);
            if memchr::memmem::find(answer.body(), &text).is_none() {
                return Some(format!("wanted `{}` in it, got {}", self.shown(&text), self.body()));
            }
        }
        if let Some((pattern, _)) = expect.matches.as_ref().filter(|(_, own)| *own == label) {
            let pattern = self.shown(pattern.as_str().as_bytes());
            return Some(format!("wanted a match of `{pattern}`, got {}", self.body()));
        }
        if let Some((path, wanted, _)) = expect.json.iter().find(|(_, _, own)| *own == label) {
            let wanted = match wanted {
                WantedJson::Value(value) => value.shown(data, scope),
                WantedJson::Like(like) => like.to_string(),
            };
            let wanted = self.shown(wanted.as_bytes());
            return Some(match answer.json(path) {
                Some(found) => format!("wanted {wanted}, got {}", self.shown(found.to_string().as_bytes())),
                None => format!("wanted {wanted}, got nothing in {}", self.body()),
            });
        }
        if expect.graphql_errors == Some(label) {
            return Some(self.shown(answer.graphql_errors()?.to_string().as_bytes()));
        }
        let (most, _) = expect.time.filter(|(_, own)| *own == label)?;
        Some(format!("wanted {most:?} at most, took {:?}", self.service))
    }

    fn text(&self, wanted: &Wanted, came: Option<&[u8]>, none: &str, scope: &mut Scope) -> String {
        let wanted = match wanted {
            Wanted::Is(text) => format!("`{}`", self.shown(&text.rendered(self.data, scope))),
            Wanted::Matches(pattern) => format!("a match of `{}`", self.shown(pattern.as_str().as_bytes())),
        };
        match came {
            Some(came) => format!("wanted {wanted}, got `{}`", self.shown(came)),
            None => format!("wanted {wanted}, got {none}"),
        }
    }

    fn body(&self) -> String {
        match self.answer.body() {
            [] => "an empty body".to_owned(),
            body => self.shown(body),
        }
    }

    /// A part of an answer, fit to be seen.
    fn shown(&self, bytes: &[u8]) -> String {
        // Secrets go first: one that is cut through would not be found.
        let text = self.secrets.mask(&String::from_utf8_lossy(bytes.get(..READ).unwrap_or(bytes)));
        let mut visible = String::new();
        for character in text.chars().take(PART + 1) {
            if character.is_control() {
                visible.extend(character.escape_default());
            } else {
                visible.push(character);
            }
        }
        cut(&visible, PART)
    }
}

/// `200 or 2xx`.
fn alternatives(statuses: &[crate::config::Status]) -> String {
    statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
