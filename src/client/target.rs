//! Where requests go, and by which way, ready to dial.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::lookup::Host;
use super::production::Production;

/// Where requests go, ready to dial.
#[derive(Debug, Clone)]
pub struct Target {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS for `https`.
    pub tls: Option<Tls>,
    /// Refuse addresses beyond loopback and private ranges (checked after the host name is resolved).
    pub private_only: bool,
    /// Refuse these hosts and their addresses, whatever else is allowed; as a proxy and as where a redirect leads, too.
    pub production: Production,
    /// Longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// Keep connections open between requests.
    pub keep_alive: bool,
    /// The protocol to speak.
    pub version: Version,
    /// The way there.
    pub route: Route,
    /// The local address to connect from.
    pub bind: Option<IpAddr>,
    /// What goes on around single exchanges.
    pub browsing: Browsing,
}

/// What goes on around single exchanges: cookies, and redirects that lead elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Browsing {
    /// Keep cookies, in a jar for each user.
    pub cookies: bool,
    /// Hosts beyond loopback and private ranges to which redirects may lead.
    pub allow: Vec<String>,
    /// Trust for redirects to `https`; none where they cannot be followed.
    pub tls: Option<Arc<ClientConfig>>,
}

/// The protocol to speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1, a connection for each virtual user.
    #[default]
    Http1,
    /// HTTP/2, over the connections that are named.
    Http2(Connections),
}

/// Who uses a connection of HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// One virtual user.
    User,
    /// All virtual users of a worker.
    Shared,
}

/// The way to a target.
#[derive(Debug, Clone, Default)]
pub enum Route {
    /// To the addresses that its host name stands for.
    #[default]
    Lookup,
    /// To this address, whatever the host name stands for.
    Address(SocketAddr),
    /// To a socket of this machine's file system.
    UnixSocket(PathBuf),
    /// Through a proxy.
    Proxy(Proxy),
}

/// A proxy.
#[derive(Clone)]
pub struct Proxy {
    /// Its URL. May hold a password, so that nobody prints it.
    pub url: String,
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Refuse addresses beyond loopback and private ranges.
    pub private_only: bool,
    /// Trust, for a proxy that is spoken to over TLS.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Proxy {
    /// Whom to connect to, on the way to a target with this production.
    pub(super) fn host(&self, production: &Production) -> Host {
        let Self { host, port, private_only, .. } = self;
        Host { name: host.clone(), port: *port, private_only: *private_only, production: production.clone() }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, private_only, .. } = self;
        f.debug_struct("Proxy").field("host", host).field("port", port).field("private_only", private_only).finish()
    }
}

impl Target {
    /// Whom to connect to, where nobody is between.
    pub(super) fn host(&self) -> Host {
        let Self { host, port, private_only, production, .. } = self;
        Host { name: host.clone(), port: *port, private_only: *private_only, production: production.clone() }
    }
}

/// TLS, ready to shake hands.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Trust, identity and protocol versions.
    pub config: Arc<ClientConfig>,
    /// The name the server's certificate must hold.
    pub server_name: ServerName<'static>,
}
