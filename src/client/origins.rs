//! The origins that redirects lead to, beside the target.
//!
//! In: the target, with what it says of other hosts. Out: an [`Origin`]'s engine, whose way there all users of the
//! worker share. Whether an address may be dialled, the dialer asks: the guard is the same for all.

use std::cell::RefCell;
use std::rc::Rc;

use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use super::engine::{Engine, Way};
use super::exchange::Failure;
use super::handshake::Handshake;
use super::http1::ReadBuffer;
use super::target::{Browsing, Route, Target, Tls};

/// Most ways kept beside the target's own: the oldest makes room.
const MOST: usize = 64;

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) https: bool,
    /// Name or address, in lower case, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Origin {
    /// The origin of a URL; none where it is not `http` or `https`.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let https = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        Some(Self { https, host, port: url.port_or_known_default()? })
    }

    /// The `Host` header's value: brackets around IPv6 addresses, the port unless it is the scheme's own.
    pub(super) fn authority(&self) -> String {
        let Self { https, host, port } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        if *port == if *https { 443 } else { 80 } { host } else { format!("{host}:{port}") }
    }
}

/// The ways to other origins, for the users of one worker.
#[derive(Debug)]
pub(super) struct Origins {
    target: Target,
    home: Origin,
    ways: RefCell<Vec<(Origin, Way)>>,
    buffer: Rc<ReadBuffer>,
}

impl Origins {
    /// Origins beside a target, none of them dialled yet.
    pub(super) fn new(target: Target, buffer: Rc<ReadBuffer>) -> Self {
        let home = Origin { https: target.tls.is_some(), host: target.host.clone(), port: target.port };
        Self { target, home, ways: RefCell::default(), buffer }
    }

    /// The target's own.
    pub(super) fn home(&self) -> &Origin {
        &self.home
    }

    /// Whether users keep cookies.
    pub(super) fn keeps_cookies(&self) -> bool {
        self.target.browsing.cookies
    }

    /// The client of one user for another origin, without a connection yet.
    ///
    /// # Errors
    /// [`Failure::Tls`] where there is no trust for `https`, or no certificate can be for such a host.
    pub(super) fn engine(&self, origin: &Origin) -> Result<Engine, Failure> {
        let mut ways = self.ways.borrow_mut();
        if let Some((_, way)) = ways.iter().find(|(known, _)| known == origin) {
            return Ok(way.engine());
        }
        let way = self.way(origin)?;
        let engine = way.engine();
        if ways.len() >= MOST {
            ways.remove(0);
        }
        ways.push((origin.clone(), way));
        Ok(engine)
    }

    fn way(&self, origin: &Origin) -> Result<Way, Failure> {
        let Browsing { allow, tls, .. } = &self.target.browsing;
        let tls = if origin.https {
            let trust = self
                .target
                .tls
                .as_ref()
                .map(|tls| &tls.config)
                .or(tls.as_ref())
                .ok_or(Failure::Tls(Handshake::Other))?;
            let server_name =
                ServerName::try_from(origin.host.clone()).map_err(|_no_name| Failure::Tls(Handshake::Other))?;
            Some(Tls { config: trust.clone(), server_name })
        } else {
            None
        };
        let is_allowed = allow.iter().any(|host| host.trim_matches(['[', ']']).eq_ignore_ascii_case(&origin.host));
        let target = Target {
            host: origin.host.clone(),
            port: origin.port,
            tls,
            private_only: !is_allowed,
            route: match &self.target.route {
                Route::Proxy(proxy) => Route::Proxy(proxy.clone()),
                // An address or a socket that stands for the target stands for nobody else.
                Route::Lookup | Route::Address(_) | Route::UnixSocket(_) => Route::Lookup,
            },
            ..self.target.clone()
        };
        Way::new(target, &self.buffer).map_err(|_no_trust| Failure::Tls(Handshake::Other))
    }
}
