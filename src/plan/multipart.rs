//! Bodies of several parts (RFC 7578).
//!
//! In: parts as typed. Out: the body, and its `Content-Type` with the boundary between parts. The boundary is drawn
//! from the parts themselves: the same description always sends the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::attachment;
use super::escape::Escape;
use super::fault::{Fault, Flaw};
use super::names::Names;
use super::template::Template;
use crate::config::{KeyPath, Part};
use std::path::Path;

/// Compiles the parts typed at `at`; files are relative to `base`.
pub(super) fn compile(
    parts: &BTreeMap<String, Part>,
    at: &KeyPath,
    base: &Path,
    names: &Names<'_>,
) -> Result<(Template, String), Fault> {
    let mut compiled = Vec::new();
    for (name, part) in parts {
        compiled.push(one(name, part, base, names).map_err(|flaw| flaw.at(&at.key(name)))?);
    }
    let boundary = boundary(&compiled);
    let mut body = Template::default();
    for part in compiled {
        body.push_bytes(format!("--{boundary}\r\n").as_bytes());
        body.push_template(part);
        body.push_bytes(b"\r\n");
    }
    body.push_bytes(format!("--{boundary}--\r\n").as_bytes());
    Ok((body, format!("multipart/form-data; boundary={boundary}")))
}

/// A part: its head, an empty line, its text or file.
fn one(name: &str, part: &Part, base: &Path, names: &Names<'_>) -> Result<Template, Flaw> {
    let Part { text, file, content_type, name: file_name } = part;
    let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
    let own_name = file.as_ref().and_then(|file| file.file_name()).map(|name| name.to_string_lossy().into_owned());
    if let Some(file_name) = file_name.clone().or(own_name) {
        let _ = write!(head, "; filename=\"{}\"", quoted(&file_name));
    }
    let guessed = file.as_deref().map(attachment::content_type);
    if let Some(content_type) = content_type.as_deref().or(guessed) {
        if content_type.is_empty() || content_type.chars().any(char::is_control) {
            return Err(Flaw::new("the type is no media type", "write one like \"image/png\""));
        }
        let _ = write!(head, "\r\nContent-Type: {content_type}");
    }
    head.push_str("\r\n\r\n");
    let mut compiled = Template::default();
    compiled.push_bytes(head.as_bytes());
    match (text, file) {
        (Some(text), None) => names.append(&mut compiled, text, Escape::Raw)?,
        (None, Some(file)) => compiled.push_bytes(&attachment::read(file, base)?),
        _ => return Err(Flaw::new("a part is a text or a file", "write one of `text` and `file`")),
    }
    Ok(compiled)
}

/// A name in quotes, as browsers write it (HTML, section 4.10.21.8).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// A boundary that stands in none of the parts.
fn boundary(parts: &[Template]) -> String {
    let mut round = 0_u32;
    loop {
        let mut digest = Sha256::new();
        digest.update(round.to_be_bytes());
        for bytes in parts.iter().flat_map(Template::fixed) {
            digest.update(bytes);
        }
        let mut boundary = "loadgate-".to_owned();
        for byte in digest.finalize().iter().take(16) {
            // Writing to a String cannot fail.
            let _ = write!(boundary, "{byte:02x}");
        }
        let stands_in = |bytes: &[u8]| memchr::memmem::find(bytes, boundary.as_bytes()).is_some();
        if !parts.iter().flat_map(Template::fixed).any(stands_in) {
            return boundary;
        }
        round += 1;
    }
}
