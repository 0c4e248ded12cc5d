//! From a [`Target`] to an open connection, timed by phase: DNS, TCP, TLS.
//!
//! One [`Dialer`] serves all users of a worker, so that a host name is looked up once in a while and not once
//! a connection. It keeps no connection.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::exchange::{Failure, Timings};
use super::target::Target;

/// How long resolved addresses are used before the name is looked up again.
const ADDRESSES_LIVE: Duration = Duration::from_secs(30);

/// Opens connections to one target.
#[derive(Debug)]
pub(super) struct Dialer {
    target: Target,
    resolved: RefCell<Option<Resolved>>,
}

#[derive(Debug, Clone)]
struct Resolved {
    at: Instant,
    addresses: Vec<SocketAddr>,
}

impl Dialer {
    /// A dialer that has resolved nothing yet.
    #[must_use]
    pub(super) fn new(target: Target) -> Self {
        Self { target, resolved: RefCell::new(None) }
    }

    /// Where it dials.
    #[must_use]
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Opens a connection within the target's connect timeout, noting what each phase took.
    ///
    /// # Errors
    /// The phase that failed, as a [`Failure`].
    pub(super) async fn dial(&self, timings: &mut Timings) -> Result<Stream, Failure> {
        let deadline = Instant::now() + self.target.connect_timeout;
        match timeout_at(deadline, self.dial_unbounded(timings)).await {
            Ok(dialled) => dialled,
            Err(_elapsed) => Err(Failure::ConnectTimeout),
        }
    }

    /// Whether the target may be sent load, as far as its name can be resolved now. Opens no connection.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] where the name stands for an address beyond private ranges that is not allowed.
    pub(super) async fn ask_permission(&self) -> Result<(), Failure> {
        match self.resolve(&mut Timings::default()).await {
            Err(Failure::Forbidden) => Err(Failure::Forbidden),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn dial_unbounded(&self, timings: &mut Timings) -> Result<Stream, Failure> {
        let addresses = self.resolve(timings).await?;
        let begun = Instant::now();
        let tcp = TcpStream::connect(addresses.as_slice()).await.map_err(|error| connect_failure(&error))?;
        tcp.set_nodelay(true).map_err(|error| connect_failure(&error))?;
        timings.connect = Some(begun.elapsed());
        let Some(tls) = &self.target.tls else { return Ok(Stream::Plain(tcp)) };
        let begun = Instant::now();
        let connector = TlsConnector::from(tls.config.clone());
        let stream =
            connector.connect(tls.server_name.clone(), tcp).await.map_err(|error| handshake_failure(&error))?;
        timings.tls = Some(begun.elapsed());
        Ok(Stream::Tls(Box::new(stream)))
    }

    async fn resolve(&self, timings: &mut Timings) -> Result<Vec<SocketAddr>, Failure> {
        let Target { host, port, private_only, .. } = &self.target;
        let addresses = if let Ok(ip) = host.parse::<IpAddr>() {
            vec![SocketAddr::new(ip, *port)]
        } else if let Some(known) = self.known_addresses() {
            known
        } else {
            let begun = Instant::now();
            let found = tokio::net::lookup_host((host.as_str(), *port)).await;
            let addresses: Vec<_> = found.map_err(|error| lookup_failure(&error))?.collect();
            timings.dns = Some(begun.elapsed());
            *self.resolved.borrow_mut() = Some(Resolved { at: Instant::now(), addresses: addresses.clone() });
            addresses
        };
        if *private_only && !addresses.iter().all(|address| is_private(address.ip())) {
            return Err(Failure::Forbidden);
        }
        if addresses.is_empty() { Err(Failure::Dns) } else { Ok(addresses) }
    }

    fn known_addresses(&self) -> Option<Vec<SocketAddr>> {
        let resolved = self.resolved.borrow();
        let known = resolved.as_ref().filter(|known| known.at.elapsed() < ADDRESSES_LIVE)?;
        Some(known.addresses.clone())
    }
}

/// Whether an address is this machine's or of a private network: loopback, RFC 1918, RFC 4193, link-local.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified(),
    }
}

fn lookup_failure(error: &io::Error) -> Failure {
    exhausted(error).unwrap_or(Failure::Dns)
}

fn connect_failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::ConnectRefused,
        io::ErrorKind::TimedOut => Failure::ConnectTimeout,
        io::ErrorKind::ConnectionReset => Failure::Reset,
        io::ErrorKind::AddrNotAvailable => Failure::NoPorts,
        _ => exhausted(error).unwrap_or(Failure::Unreachable),
    }
}

fn handshake_failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionReset => Failure::Reset,
        _ => Failure::Tls,
    }
}

fn exhausted(error: &io::Error) -> Option<Failure> {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE)).then_some(Failure::NoFiles)
}

/// An open connection.
#[derive(Debug)]
pub(super) enum Stream {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Reads what has come, as `AsyncRead` does.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, into),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, into),
        }
    }

    /// Writes what the connection takes, as `AsyncWrite` does.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    /// Hands everything written to the kernel, as `AsyncWrite` does.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_ranges_are_told_from_public_addresses() {
        for private in ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "::1", "fd00::1"] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
