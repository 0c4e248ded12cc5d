//! `[http]`: how requests are made.
//!
//! What was typed; what fits together is `plan`'s to check.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::request::Auth;
use crate::units::Span;

/// How requests are made.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Longest wait for a whole answer. Default 10s.
    pub timeout: Span,
    /// Longest wait for a connection, TLS included. Default 3s.
    pub connect_timeout: Span,
    /// Redirects followed in a row, each recorded on its own. Default 0: a redirect is an answer like any other.
    pub redirects: u32,
    /// Keep connections open between requests. Default true.
    pub keep_alive: bool,
    /// Accept gzip, br and zstd. Bodies are decoded where an expectation or extraction reads them. Default true.
    pub compression: bool,
    /// Keep cookies, in a jar for each virtual user. Default true.
    pub cookies: bool,
    /// Headers of every request. A user's or step's header of the same name wins.
    pub headers: BTreeMap<String, String>,
    /// Who asks, in the `Authorization` header of every request. A user's or step's `auth` wins.
    pub auth: Option<Auth>,
    /// TLS for `https` targets.
    pub tls: Tls,
    /// The protocol to speak. Default `"1.1"`.
    pub version: HttpVersion,
    /// Who uses a connection of HTTP/2. Default `user`.
    pub connections: Connections,
    /// URL of a proxy: `http://`, `https://`, `socks5://`, or `socks5h://`, which looks the target up itself. A user and
    /// password in it reach no output.
    pub proxy: Option<String>,
    /// The address to connect to instead of looking the target's host up: `{ "api.example.com" = "127.0.0.1:8443" }`.
    pub resolve: BTreeMap<String, String>,
    /// The address of this machine to connect from.
    pub bind: Option<String>,
    /// Unix socket to connect to instead of the target's host and port, relative to loadgate.toml.
    pub unix_socket: Option<PathBuf>,
}

/// A protocol to speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum HttpVersion {
    /// HTTP/1.1, a connection for each virtual user.
    #[default]
    #[serde(rename = "1.1")]
    Http1,
    /// HTTP/2: agreed on in the TLS handshake, or known beforehand for `http://`.
    #[serde(rename = "2")]
    Http2,
    /// HTTP/3, which is not built in.
    #[serde(rename = "3")]
    Http3,
}

/// Who uses a connection of HTTP/2.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Connections {
    /// One virtual user.
    #[default]
    User,
    /// All virtual users of a worker.
    Shared,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            timeout: Span(std::time::Duration::from_secs(10)),
            connect_timeout: Span(std::time::Duration::from_secs(3)),
            redirects: 0,
            keep_alive: true,
            compression: true,
            cookies: true,
            headers: BTreeMap::new(),
            auth: None,
            tls: Tls::default(),
            version: HttpVersion::default(),
            connections: Connections::default(),
            proxy: None,
            resolve: BTreeMap::new(),
            bind: None,
            unix_socket: None,
        }
    }
}

/// TLS for `https` targets.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// PEM file of certificate authorities to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// PEM file of the certificate to show to the server, with those it stands on.
    pub cert: Option<PathBuf>,
    /// PEM file of the certificate's private key.
    pub key: Option<PathBuf>,
    /// Name to expect in the server's certificate instead of the URL's host. Over HTTP/2 it stands for the host in
    /// requests too.
    pub server_name: Option<String>,
    /// Accept any certificate.
    pub insecure: bool,
}
