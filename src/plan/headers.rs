//! The headers of a request: of `[http]`, of its user, its own, and those every request has.
//!
//! In: names and templates. Out: [`HeaderLines`], in which no value can start a header of its own.
//! Lengths are announced by `client::Request`.

use std::collections::BTreeMap;

use super::escape::Escape;
use super::fault::{Fault, Flaw};
use super::names::Names;
use super::template::Template;
use crate::config::KeyPath;

/// Header lines that are sent together, each ended by CRLF.
#[derive(Debug, Default)]
pub(super) struct HeaderLines {
    /// Slots of values without which they are left out.
    pub(super) needs: Vec<usize>,
    pub(super) lines: Template,
}

/// The headers of one request: later ones replace earlier ones of the same name, whatever its case.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers<'a> {
    /// By name in lower case.
    by_name: BTreeMap<String, Header<'a>>,
}

#[derive(Debug, Clone)]
struct Header<'a> {
    name: &'a str,
    value: &'a str,
    place: KeyPath,
    /// The slots its values must be among; none where any will do, because headers of `[http]` serve all users.
    among: Option<&'a [usize]>,
}

impl<'a> Headers<'a> {
    /// Adds headers typed at `place`, which may name values of the slots `among`.
    pub(super) fn add(
        &mut self,
        headers: &'a BTreeMap<String, String>,
        place: &KeyPath,
        among: Option<&'a [usize]>,
    ) -> Result<(), Fault> {
        for (name, value) in headers {
            let place = place.key(name);
            check(name, value).map_err(|flaw| flaw.at(&place))?;
            self.by_name.insert(name.to_ascii_lowercase(), Header { name, value, place, among });
        }
        Ok(())
    }

    /// Adds a header unless there is one of its name.
    pub(super) fn add_default(&mut self, name: &'a str, value: &'a str) {
        let header = Header { name, value, place: KeyPath::root(), among: None };
        self.by_name.entry(name.to_ascii_lowercase()).or_insert(header);
    }

    /// Compiles them: what is always sent in one block, the others behind it.
    pub(super) fn compile(&self, names: &Names<'_>) -> Result<Vec<HeaderLines>, Fault> {
        let mut always = HeaderLines::default();
        let mut blocks = Vec::new();
        for header in self.by_name.values() {
            let value = names.lenient(header.value, Escape::Header).map_err(|flaw| flaw.at(&header.place))?;
            let needs: Vec<usize> = value.slots().collect();
            let foreign = |among: &[usize]| needs.iter().find(|slot| !among.contains(slot)).copied();
            if let Some(slot) = header.among.and_then(foreign) {
                let name = names.name_of(slot);
                let message = format!("no step of this user extracts `{name}`");
                return Err(Flaw::new(message, format!("extract `{name}` in one of its steps")).at(&header.place));
            }
            let mut block = if needs.is_empty() { std::mem::take(&mut always) } else { HeaderLines::default() };
            block.lines.push_bytes(format!("{}: ", header.name).as_bytes());
            block.lines.push_template(value);
            block.lines.push_bytes(b"\r\n");
            if needs.is_empty() {
                always = block;
            } else {
                blocks.push(HeaderLines { needs, ..block });
            }
        }
        blocks.insert(0, always);
        Ok(blocks)
    }
}

/// Whether a header can be sent (RFC 9110, sections 5.1 and 5.5), and is not loadgate's own.
fn check(name: &str, value: &str) -> Result<(), Flaw> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Flaw::new(format!("`{}` is no header name", name.escape_default()), "write one like X-Request-Id"));
    }
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err(Flaw::new(
            format!("the value of `{name}` holds a line break or control character"),
            "leave it away",
        ));
    }
    let own = ["content-length", "transfer-encoding", "expect", "upgrade"];
    if own.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(Flaw::new(format!("`{name}` is set by loadgate"), "leave the header away"));
    }
    Ok(())
}
