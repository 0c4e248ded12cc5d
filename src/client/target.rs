//! Where requests go, ready to dial.

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

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
    /// Longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// Keep connections open between requests.
    pub keep_alive: bool,
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

/// TLS, ready to shake hands.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Trust and protocol versions.
    pub config: Arc<ClientConfig>,
    /// The name the server's certificate must hold.
    pub server_name: ServerName<'static>,
}
