//! How requests prove who sends them.
//!
//! In: a document's security schemes. Out: headers, query parameters and the secrets they need, which come from the
//! environment. Logs nobody in: a token is given.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{Document, text};

/// What the requests of a document are authorised by.
#[derive(Debug, Default)]
pub(super) struct Security {
    /// Secrets, by their name in templates: the environment variable, and what it holds.
    pub(super) vars: BTreeMap<&'static str, (&'static str, &'static str)>,
    /// Headers of all requests.
    pub(super) headers: BTreeMap<String, String>,
    /// A query parameter of all requests that need one.
    pub(super) query: Option<(String, String)>,
}

impl Security {
    /// Takes in what one operation needs: the first of its alternatives.
    pub(super) fn need<'a>(&mut self, document: Document<'a>, operation: &'a Value) {
        let wanted = operation.get("security").unwrap_or_else(|| document.at("/security"));
        let Some(first) = wanted.as_array().and_then(|all| all.first()).and_then(Value::as_object) else {
            return;
        };
        let schemes = document.at("/components/securitySchemes");
        for name in first.keys() {
            self.add(document.member(schemes, name));
        }
    }

    fn add(&mut self, scheme: &Value) {
        let kind = text(scheme, "type").unwrap_or_default();
        let way = text(scheme, "scheme").unwrap_or_default().to_ascii_lowercase();
        match (kind, way.as_str()) {
            ("http", "basic") => {
                self.vars.insert("credentials", ("API_CREDENTIALS", "`user:password` in base64"));
                self.headers.insert("Authorization".to_owned(), "Basic {{ credentials }}".to_owned());
            }
            ("http", "bearer") | ("oauth2" | "openIdConnect", _) => {
                self.vars.insert("token", ("API_TOKEN", "a bearer token"));
                self.headers.insert("Authorization".to_owned(), "Bearer {{ token }}".to_owned());
            }
            ("apiKey", _) => self.api_key(scheme),
            _ => {}
        }
    }

    fn api_key(&mut self, scheme: &Value) {
        let Some(name) = text(scheme, "name").filter(|name| is_plain(name)) else { return };
        let value = "{{ api_key }}".to_owned();
        match text(scheme, "in") {
            Some("header") => drop(self.headers.insert(name.to_owned(), value)),
            Some("cookie") => drop(self.headers.insert("Cookie".to_owned(), format!("{name}={value}"))),
            Some("query") => self.query = Some((name.to_owned(), value)),
            _ => return,
        }
        self.vars.insert("api_key", ("API_KEY", "an API key"));
    }
}

/// Whether a name can stand in a header, a cookie and a query as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
