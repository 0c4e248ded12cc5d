//! The headers of a request: of `[http]`, of its user, its own, and those every request has.
//!
//! In: names and templates. Out: [`HeaderLines`], in which no value can start a header of its own.
//! Lengths are announced by `client::Request`.

use std::collections::BTreeMap;

use super::escape::Escape;
use super::fault::{Fault, Flaw};
use super::names::Names;
use super::secrets::is_credential;
use super::template::Template;
use crate::config::{Auth, KeyPath};

/// The header that holds credentials.
const AUTHORIZATION: &str = "Authorization";

/// Header lines that are sent together, each ended by CRLF.
#[derive(Debug, Default, PartialEq, Eq)]
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
    value: Content<'a>,
    place: KeyPath,
    /// The slots its values must be among; none where any will do, because headers of `[http]` serve all users.
    among: Option<&'a [usize]>,
}

/// What a header says.
#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    /// This text, a template.
    Text(&'a str),
    /// A user and a password (RFC 7617).
    Basic([&'a str; 2]),
    /// A token (RFC 6750).
    Bearer(&'a str),
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
            let value = Content::Text(value);
            self.by_name.insert(name.to_ascii_lowercase(), Header { name, value, place, among });
        }
        Ok(())
    }

    /// Adds the credentials typed at `place` beside `headers`; they replace those typed further out.
    pub(super) fn add_auth(
        &mut self,
        auth: Option<&'a Auth>,
        headers: &BTreeMap<String, String>,
        place: &KeyPath,
        among: Option<&'a [usize]>,
    ) -> Result<(), Fault> {
        let Some(auth) = auth else { return Ok(()) };
        if let Some(name) = headers.keys().find(|name| name.eq_ignore_ascii_case(AUTHORIZATION)) {
            let message = format!("`auth` and the header `{name}` say the same thing twice");
            return Err(Flaw::new(message, "keep one of them").at(place));
        }
        let value = match auth {
            Auth::None => {
                self.by_name.remove(&AUTHORIZATION.to_ascii_lowercase());
                return Ok(());
            }
            Auth::Basic([user, password]) => Content::Basic([user, password]),
            Auth::Bearer(token) => Content::Bearer(token),
        };
        if let Content::Bearer(token) = value {
            check(AUTHORIZATION, token).map_err(|flaw| flaw.at(place))?;
        }
        let header = Header { name: AUTHORIZATION, value, place: place.clone(), among };
        self.by_name.insert(AUTHORIZATION.to_ascii_lowercase(), header);
        Ok(())
    }

    /// Adds a header unless there is one of its name.
    pub(super) fn add_default(&mut self, name: &'a str, value: &'a str) {
        let header = Header { name, value: Content::Text(value), place: KeyPath::root(), among: None };
        self.by_name.entry(name.to_ascii_lowercase()).or_insert(header);
    }

    /// Compiles them: what is always sent in one block, the others behind it.
    pub(super) fn compile(&self, names: &Names<'_>) -> Result<Vec<HeaderLines>, Fault> {
        let mut always = HeaderLines::default();
        let mut blocks = Vec::new();
        for header in self.by_name.values() {
            let line = header.compile(names)?;
            if line.needs.is_empty() {
                always.lines.push_template(line.lines);
            } else {
                blocks.push(line);
            }
        }
        blocks.insert(0, always);
        Ok(blocks)
    }

    /// Compiles those that hold credentials, each by itself.
    pub(super) fn credentials(&self, names: &Names<'_>) -> Result<Vec<HeaderLines>, Fault> {
        let credentials = self.by_name.iter().filter(|(name, _)| is_credential(name));
        credentials.map(|(_, header)| header.compile(names)).collect()
    }
}

impl Header<'_> {
    fn compile(&self, names: &Names<'_>) -> Result<HeaderLines, Fault> {
        let value = self.value.compile(names).map_err(|flaw| flaw.at(&self.place))?;
        let needs: Vec<usize> = value.slots().collect();
        let foreign = |among: &[usize]| needs.iter().find(|slot| !among.contains(slot)).copied();
        if let Some(slot) = self.among.and_then(foreign) {
            let name = names.name_of(slot);
            let message = format!("no step of this user extracts `{name}`");
            return Err(Flaw::new(message, format!("extract `{name}` in one of its steps")).at(&self.place));
        }
        let mut lines = Template::default();
        lines.push_bytes(format!("{}: ", self.name).as_bytes());
        lines.push_template(value);
        lines.push_bytes(b"\r\n");
        Ok(HeaderLines { needs, lines })
    }
}

impl Content<'_> {
    fn compile(self, names: &Names<'_>) -> Result<Template, Flaw> {
        let mut template = Template::default();
        match self {
            Self::Text(text) => return names.lenient(text, Escape::Header),
            Self::Bearer(token) => {
                template.push_bytes(b"Bearer ");
                template.push_template(names.lenient(token, Escape::Header)?);
            }
            Self::Basic([user, password]) => {
                let mut pair = names.lenient(user, Escape::Raw)?;
                if pair.fixed().any(|bytes| bytes.contains(&b':')) {
                    return Err(Flaw::new("a user of basic credentials has no `:` in its name", "write it without"));
                }
                pair.push_bytes(b":");
                pair.push_template(names.lenient(password, Escape::Raw)?);
                template.push_bytes(b"Basic ");
                template.push_base64(pair);
            }
        }
        Ok(template)
    }
}

/// Refuses credentials of a step that name a value not extracted by then.
pub(super) fn check_known(auth: Option<&Auth>, at: &KeyPath, names: &Names<'_>) -> Result<(), Fault> {
    let texts: &[String] = match auth {
        None | Some(Auth::None) => &[],
        Some(Auth::Basic(pair)) => pair,
        Some(Auth::Bearer(token)) => std::slice::from_ref(token),
    };
    texts.iter().try_for_each(|text| names.template(text, Escape::Raw).map(drop)).map_err(|flaw| flaw.at(at))
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
