//! Where an API is, as its document says and as it was asked for.
//!
//! In: the document's servers, and the URL it came from. Out: the URL for `[target]`. Never a host that loadgate would
//! refuse to send load to: then this machine stands for it.

use std::net::IpAddr;

use serde_json::Value;
use url::{Host, Url};

use super::document::{Document, text};

/// Where an API is that nobody says more of.
const HERE: &str = "http://127.0.0.1:8000";

/// Where an API is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// For `[target] url`.
    pub(super) url: String,
    /// The document's own, where it is another.
    pub(super) own: Option<String>,
}

impl Server {
    /// The server of a document that was fetched from `asked`, or read from a file.
    pub(super) fn of(document: Document<'_>, asked: Option<&str>) -> Self {
        let first = document.at("/servers/0");
        let own = text(first, "url").map(|url| filled(document, first, url)).filter(|url| url != "/");
        let base = asked.and_then(|asked| Url::parse(asked).ok()).or_else(|| Url::parse(HERE).ok());
        let Some(base) = base else { return Self { url: HERE.to_owned(), own } };
        let Some(named) = own.as_deref().and_then(|own| base.join(own).ok()) else {
            return Self { url: shown(&base, ""), own: None };
        };
        let is_there = named.origin() == base.origin() || (asked.is_none() && is_near(&named));
        if is_there {
            Self { url: shown(&named, named.path()), own: None }
        } else {
            Self { url: shown(&base, named.path()), own }
        }
    }
}

/// Where the document of an API may be, given a URL: there, and where most frameworks serve it.
#[must_use]
pub fn addresses(url: &str) -> Vec<String> {
    let bare = url.trim_end_matches('/');
    let behind_host = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let usual = format!("{bare}/openapi.json");
    if !behind_host.contains('/') {
        vec![usual]
    } else if bare.contains(".json") || bare.contains('?') {
        vec![url.to_owned()]
    } else {
        vec![url.to_owned(), usual]
    }
}

/// A server's URL, its variables as their defaults.
fn filled<'a>(document: Document<'a>, server: &'a Value, url: &str) -> String {
    let mut filled = url.to_owned();
    for (name, variable) in document.member(server, "variables").as_object().into_iter().flatten() {
        if let Some(default) = text(variable, "default") {
            filled = filled.replace(&format!("{{{name}}}"), default);
        }
        // Variables of variables, without end.
        if filled.len() > 2000 {
            return String::new();
        }
    }
    filled
}

/// Whether it is this machine or a private network, and no password stands in it.
fn is_near(url: &Url) -> bool {
    let near = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    };
    near && matches!(url.scheme(), "http" | "https")
}

/// Scheme, host and port of a URL, and a path without a slash at its end.
fn shown(url: &Url, path: &str) -> String {
    format!("{}{}", url.origin().ascii_serialization(), path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(servers: &Value, asked: Option<&str>) -> (String, Option<String>) {
        let root = serde_json::json!({ "servers": servers });
        let Server { url, own } = Server::of(Document::new(&root), asked);
        (url, own)
    }

    #[test]
    fn the_target_is_where_the_document_was_fetched_with_the_path_its_server_names() {
        let asked = Some("http://127.0.0.1:9000/openapi.json");
        let at = |url: &str| server(&serde_json::json!([{ "url": url }]), asked);
        assert_eq!(at("/api/v1"), ("http://127.0.0.1:9000/api/v1".into(), None));
        assert_eq!(at("/"), ("http://127.0.0.1:9000".into(), None));
        let public = "https://api.example.com/v2/";
        assert_eq!(at(public), ("http://127.0.0.1:9000/v2".into(), Some(public.into())));
        assert_eq!(server(&Value::Null, asked), ("http://127.0.0.1:9000".into(), None));
    }

    #[test]
    fn a_file_s_server_is_the_target_only_where_it_is_near() {
        let at = |url: &str| server(&serde_json::json!([{ "url": url }]), None).0;
        assert_eq!(at("http://localhost:3000/api/"), "http://localhost:3000/api");
        assert_eq!(at("http://10.0.0.7"), "http://10.0.0.7");
        assert_eq!(at("https://api.example.com/v1"), "http://127.0.0.1:8000/v1");
        assert_eq!(at("http://user:secret@localhost:3000/"), "http://localhost:3000");
        assert_eq!(at("file:///etc/passwd"), "http://127.0.0.1:8000/etc/passwd");
    }

    #[test]
    fn variables_of_a_server_have_their_defaults() {
        let servers = serde_json::json!([{ "url": "http://localhost:{port}/{base}",
            "variables": { "port": { "default": "8443" }, "base": { "default": "v3" } } }]);
        assert_eq!(server(&servers, None).0, "http://localhost:8443/v3");
    }

    #[test]
    fn the_usual_place_of_a_document_is_tried_too() {
        assert_eq!(addresses("http://127.0.0.1:8000/"), ["http://127.0.0.1:8000/openapi.json"]);
        assert_eq!(addresses("http://h/api"), ["http://h/api", "http://h/api/openapi.json"]);
        assert_eq!(addresses("http://h/v3/docs.json"), ["http://h/v3/docs.json"]);
    }
}
