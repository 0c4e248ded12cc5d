//! The protocol, and the way to the target: proxies, addresses that stand for names, unix sockets, a local address.
//!
//! In: `[http]` and the target's URL. Out: a [`Way`], which is one way and no contradiction. No error repeats the URL of
//! a proxy, which may hold a password.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use super::fault::{Fault, Flaw};
use super::guard::Guard;
use super::target::{Url, host_and_port};
use super::tls;
use crate::client::{Connections, Proxy, Route, Version};
use crate::config::{self, KeyPath};

/// How the target is reached.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) version: Version,
    pub(super) route: Route,
    pub(super) bind: Option<IpAddr>,
}

/// What ways are found from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) http: &'a config::Http,
    pub(super) url: &'a Url,
    /// Which hosts may be sent load.
    pub(super) guard: &'a Guard<'a>,
    /// The folder that files are relative to.
    pub(super) base: &'a Path,
}

impl Ground<'_> {
    /// Finds the one way to the target.
    pub(super) fn way(self) -> Result<Way, Fault> {
        let at = KeyPath::root().key("http");
        let version = self.version(&at)?;
        let bind = self.bind().map_err(|flaw| flaw.at(&at.key("bind")))?;
        self.contradictions(&at)?;
        let http = self.http;
        let route = if let Some(path) = &http.unix_socket {
            self.unix_socket(path).map_err(|flaw| flaw.at(&at.key("unix_socket")))?
        } else if let Some(proxy) = &http.proxy {
            self.proxy(proxy, version).map_err(|flaw| flaw.at(&at.key("proxy")))?
        } else {
            self.resolve(version, &at.key("resolve"))?
        };
        self.server_name(version).map_err(|flaw| flaw.at(&at.key("tls").key("server_name")))?;
        Ok(Way { version, route, bind })
    }

    fn version(self, at: &KeyPath) -> Result<Version, Fault> {
        let config::Http { version, connections, keep_alive, .. } = *self.http;
        let shared = connections == config::Connections::Shared;
        match version {
            config::HttpVersion::Http3 => {
                let flaw = Flaw::new("HTTP/3 is not built in", "write version = \"2\", or leave it away for HTTP/1.1");
                Err(flaw.at(&at.key("version")))
            }
            config::HttpVersion::Http1 if shared => {
                let message = "over HTTP/1.1 each user has a connection of its own";
                Err(Flaw::new(message, "write version = \"2\", or leave `connections` away").at(&at.key("connections")))
            }
            config::HttpVersion::Http2 if shared && !keep_alive => {
                let flaw = Flaw::new("a connection for each request is shared by nobody", "keep one of the two");
                Err(flaw.at(&at.key("keep_alive")))
            }
            config::HttpVersion::Http1 => Ok(Version::Http1),
            config::HttpVersion::Http2 if shared => Ok(Version::Http2(Connections::Shared)),
            config::HttpVersion::Http2 => Ok(Version::Http2(Connections::User)),
        }
    }

    fn bind(self) -> Result<Option<IpAddr>, Flaw> {
        let Some(typed) = &self.http.bind else { return Ok(None) };
        let local: IpAddr = typed.parse().map_err(|_not_an_address| {
            Flaw::new(format!("`{typed}` is no address"), "write one of this machine's, such as \"10.0.0.2\"")
        })?;
        match self.url.host.parse::<IpAddr>() {
            Ok(target) if target.is_ipv4() != local.is_ipv4() => {
                let message = format!("{local} and the target's {target} are not of one kind");
                Err(Flaw::new(message, "write both as IPv4, or both as IPv6"))
            }
            _ => Ok(Some(local)),
        }
    }

    /// Refuses two ways at once.
    fn contradictions(self, at: &KeyPath) -> Result<(), Fault> {
        let config::Http { unix_socket, proxy, resolve, bind, .. } = self.http;
        let contradictions = [
            ("unix_socket", unix_socket.is_some(), "proxy", proxy.is_some()),
            ("unix_socket", unix_socket.is_some(), "resolve", !resolve.is_empty()),
            ("unix_socket", unix_socket.is_some(), "bind", bind.is_some()),
            ("resolve", !resolve.is_empty(), "proxy", proxy.is_some()),
        ];
        for (key, is_typed, other, other_is_typed) in contradictions {
            if is_typed && other_is_typed {
                let flaw = Flaw::new(format!("`{key}` and `{other}` are two ways to the target"), "keep one of them");
                return Err(flaw.at(&at.key(key)));
            }
        }
        Ok(())
    }

    fn unix_socket(self, path: &Path) -> Result<Route, Flaw> {
        let path = self.base.join(path);
        if !is_socket_path(&path) {
            let message = format!("{} cannot be the path of a unix socket", path.display());
            return Err(Flaw::new(message, "write a shorter one, on a system that has unix sockets"));
        }
        Ok(Route::UnixSocket(path))
    }

    fn proxy(self, text: &str, version: Version) -> Result<Route, Flaw> {
        let no_proxy = || {
            let example = "write one like \"http://127.0.0.1:3128\", or with https://, socks5:// or socks5h://";
            Flaw::new("this is no URL of a proxy", example)
        };
        let (scheme, behind) = text.split_once("://").ok_or_else(no_proxy)?;
        let scheme = scheme.to_ascii_lowercase();
        let own_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            "socks5" | "socks5h" => 1080,
            _ => return Err(no_proxy()),
        };
        let behind = behind.strip_suffix('/').unwrap_or(behind);
        let (credentials, authority) = behind.rsplit_once('@').map_or(("", behind), |(before, host)| (before, host));
        let is_plain = behind.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#".contains(&byte));
        let (host, port) = host_and_port(authority).map_err(|_may_be_a_password| no_proxy())?;
        let port = port.map_or(Some(own_port), |port| port.parse().ok().filter(|port| *port != 0));
        let Some(port) = port.filter(|_| is_plain) else { return Err(no_proxy()) };
        if version != Version::Http1 && !self.url.https && scheme.starts_with("http") {
            let message = "an HTTP proxy forwards http:// requests in HTTP/1.1";
            return Err(Flaw::new(message, "use an https:// target, a socks5:// proxy, or version = \"1.1\""));
        }
        let private_only = self.guard.private_only(&host)?;
        let tls = if scheme == "https" { Some(Arc::new(tls::trust(&self.http.tls, self.base)?)) } else { None };
        let at = if credentials.is_empty() { "" } else { "@" };
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let url = format!("{scheme}://{credentials}{at}{shown}:{port}");
        Ok(Route::Proxy(Proxy { url, host, port, private_only, tls }))
    }

    fn resolve(self, version: Version, at: &KeyPath) -> Result<Route, Fault> {
        let mut route = Route::Lookup;
        for (name, address) in &self.http.resolve {
            let resolved = self.resolve_one(name, address, version).map_err(|flaw| flaw.at(at))?;
            route = Route::Address(resolved);
        }
        Ok(route)
    }

    fn resolve_one(self, name: &str, address: &str, version: Version) -> Result<SocketAddr, Flaw> {
        let host = &self.url.host;
        if !name.eq_ignore_ascii_case(host) || host.parse::<IpAddr>().is_ok() {
            let message = format!("`{name}` is not the target's host name");
            return Err(Flaw::new(
                message,
                format!("the target's host is `{host}`: write a name in its URL, and here"),
            ));
        }
        let ip = |text: &str| text.trim_matches(['[', ']']).parse().map(|ip| SocketAddr::new(ip, self.url.port));
        let address: SocketAddr = address.parse().or_else(|_no_port| ip(address)).map_err(|_no_address| {
            Flaw::new(format!("`{address}` is no address"), "write one like \"127.0.0.1:8443\"")
        })?;
        let own_port = if self.url.https { 443 } else { 80 };
        if version != Version::Http1 && address.port() != self.url.port && self.url.port != own_port {
            let message = format!("over HTTP/2 the port is the URL's, {}", self.url.port);
            return Err(Flaw::new(message, format!("write \"{}\", or no port in the URL", address.ip())));
        }
        self.guard.permit_for(host, address.ip())?;
        Ok(address)
    }

    /// reqwest takes the name for the host too, which a proxy would be asked for.
    fn server_name(self, version: Version) -> Result<(), Flaw> {
        let Some(name) = self.http.tls.server_name.as_deref().filter(|_| self.url.https) else { return Ok(()) };
        if self.http.proxy.is_some() {
            return Err(Flaw::new("a proxy connects to the URL's host, by its name", "write that name in the URL"));
        }
        if version != Version::Http1 && name.parse::<IpAddr>().is_ok() {
            return Err(Flaw::new("over HTTP/2 an address is no name to expect", "write a DNS name"));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn is_socket_path(path: &Path) -> bool {
    std::os::unix::net::SocketAddr::from_pathname(path).is_ok()
}

#[cfg(not(unix))]
fn is_socket_path(_path: &Path) -> bool {
    false
}
