//! How reqwest is set up for a target.
//!
//! In: a [`Target`]. Out: a [`Full`] for each virtual user, each with connections of its own or all over one. Sends
//! nothing.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use reqwest::ClientBuilder;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::super::lookup::Host;
use super::super::target::{Connections, Proxy, Route, Target, Version};
use super::connector::{LastDial, Terms};
use super::engine::Full;
use super::resolver::{Known, Resolver};

/// Most header lines of an answer, as in the lean engine.
const MAX_HEADERS: usize = 128;

/// What the clients of one worker have in common.
#[derive(Debug)]
pub(in crate::client) struct Setup {
    target: Target,
    origin: String,
    host_header: String,
    tls: ClientConfig,
    known: Arc<Vec<Known>>,
}

/// reqwest's client, and where it tells of its connections.
#[derive(Debug, Clone)]
pub(in crate::client) struct Client {
    pub(super) reqwest: reqwest::Client,
    pub(super) last_dial: Arc<LastDial>,
}

impl Setup {
    /// What a target asks for.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub(in crate::client) fn new(target: Target) -> io::Result<Self> {
        // A name to expect in the certificate is the name that reqwest is given for the host.
        let name = match &target.tls {
            Some(tls) => match &tls.server_name {
                ServerName::DnsName(name) => name.as_ref().to_owned(),
                _ => target.host.clone(),
            },
            None => target.host.clone(),
        };
        let scheme = if target.tls.is_some() { "https" } else { "http" };
        let tls = match (&target.tls, &target.route) {
            (Some(tls), _) => tls.config.as_ref().clone(),
            (None, Route::Proxy(Proxy { tls: Some(config), .. })) => config.as_ref().clone(),
            _ => no_trust()?,
        };
        let host_header = authority(&target.host, target.port, scheme);
        let origin = format!("{scheme}://{}", authority(&name, target.port, scheme));
        let known = Arc::new(known(&name, &target));
        Ok(Self { target, origin, host_header, tls, known })
    }

    /// Scheme, host and port of every URL.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The `Host` header of every request that does not name another.
    pub(super) fn host_header(&self) -> &str {
        &self.host_header
    }

    /// Whether HTTP/2 is spoken.
    pub(super) fn is_http2(&self) -> bool {
        matches!(self.target.version, Version::Http2(_))
    }

    /// Whether all users of a worker use one connection.
    pub(in crate::client) fn is_shared(&self) -> bool {
        self.target.version == Version::Http2(Connections::Shared)
    }

    /// The client of one virtual user.
    pub(in crate::client) fn full(self: &Rc<Self>, client: Client) -> Full {
        Full::new(Rc::clone(self), client)
    }

    /// A client with no connection yet.
    ///
    /// # Errors
    /// reqwest refuses what it was asked for.
    pub(in crate::client) fn client(&self) -> io::Result<Client> {
        let last_dial = Arc::new(LastDial::default());
        let resolver = Resolver { known: Arc::clone(&self.known), last_dial: Arc::clone(&last_dial) };
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .tcp_nodelay(true)
            .tcp_keepalive(None)
            .local_address(self.target.bind)
            .pool_idle_timeout(None)
            .pool_max_idle_per_host(usize::from(self.target.keep_alive))
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_max_headers(MAX_HEADERS)
            .tls_backend_preconfigured(self.tls.clone())
            .dns_resolver(resolver)
            .connector_layer(self.terms(&last_dial));
        let builder = match self.target.version {
            Version::Http1 => builder.http1_only(),
            Version::Http2(_) => builder.http2_prior_knowledge(),
        };
        // An error of reqwest may hold the proxy's URL, and a password in it.
        let reqwest = self.by_route(builder)?.build().map_err(|error| io::Error::other(error.without_url()))?;
        Ok(Client { reqwest, last_dial })
    }

    fn by_route(&self, builder: ClientBuilder) -> io::Result<ClientBuilder> {
        Ok(match &self.target.route {
            Route::Lookup | Route::Address(_) => builder,
            Route::Proxy(proxy) => {
                let all = reqwest::Proxy::all(&proxy.url);
                builder.proxy(all.map_err(|_may_hold_a_password| io::Error::other("the proxy's URL is refused"))?)
            }
            #[cfg(unix)]
            Route::UnixSocket(path) => builder.unix_socket(path.as_path()),
            #[cfg(not(unix))]
            Route::UnixSocket(_) => return Err(io::Error::from(io::ErrorKind::Unsupported)),
        })
    }

    fn terms(&self, last_dial: &Arc<LastDial>) -> Terms {
        let (dialled, behind_proxy) = match &self.target.route {
            Route::Proxy(proxy) => (proxy.host(&self.target.production), Some(self.target.host())),
            _ => (self.target.host(), None),
        };
        Terms {
            is_plain: behind_proxy.is_none() && self.target.tls.is_none(),
            behind_proxy,
            dialled,
            connect_timeout: self.target.connect_timeout,
            agrees_on_http2: self.is_http2() && self.target.tls.is_some(),
            last_dial: Arc::clone(last_dial),
        }
    }
}

/// The names that may be looked up, and whom they stand for.
fn known(name: &str, target: &Target) -> Vec<Known> {
    let host = match target.route {
        Route::Address(address) => Host { name: address.ip().to_string(), port: address.port(), ..target.host() },
        _ => target.host(),
    };
    let proxy = match &target.route {
        Route::Proxy(proxy) => Some(Known::new(&proxy.host, proxy.host(&target.production))),
        _ => None,
    };
    [Known::new(name, host)].into_iter().chain(proxy).collect()
}

/// Host and port as a URL has them, the scheme's own port left away.
fn authority(host: &str, port: u16, scheme: &str) -> String {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    match (scheme, port) {
        ("https", 443) | ("http", 80) => host,
        _ => format!("{host}:{port}"),
    }
}

/// For clients that never speak TLS; without one, reqwest would look for certificates.
fn no_trust() -> io::Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
