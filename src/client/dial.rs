//! From a [`Target`] to an open connection, timed by phase: DNS, TCP, TLS.
//!
//! One [`Dialer`] serves all users of a worker, so that a host name is looked up once in a while and not once
//! a connection. It keeps no connection.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsConnector, rustls};

use super::exchange::{Failure, Timings};
use super::handshake::{self, Handshake};
use super::lookup::{Addresses, Host, Refusal, exhausted};
use super::race;
use super::target::{Route, Target, Tls};

/// Opens connections to one target.
#[derive(Debug)]
pub(super) struct Dialer {
    target: Target,
    host: Host,
    known: RefCell<Option<Addresses>>,
}

impl Dialer {
    /// A dialer that has resolved nothing yet.
    #[must_use]
    pub(super) fn new(target: Target) -> Self {
        let host = target.host();
        Self { target, host, known: RefCell::new(None) }
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

    /// Whether the target may be sent load, as far as names can be resolved now. Opens no connection.
    ///
    /// # Errors
    /// The host, the target's or the proxy's, that is production, or beyond private ranges and not allowed.
    pub(super) async fn ask_permission(&self) -> Result<(), Refusal> {
        let mut timings = Timings::default();
        self.target.production.look_up().await;
        let (host, asked) = match &self.target.route {
            Route::UnixSocket(_) => return Ok(()),
            Route::Lookup => (self.host.clone(), self.addresses(&mut timings).await.map(drop)),
            Route::Address(address) => (self.host_at(*address), self.addresses(&mut timings).await.map(drop)),
            Route::Proxy(proxy) => {
                let proxy = proxy.host(&self.target.production);
                match self.host.permit_behind_proxy().await {
                    Err(failure) => (self.host.clone(), Err(failure)),
                    Ok(()) => (proxy.clone(), proxy.addresses(None, &mut timings).await.map(drop)),
                }
            }
        };
        match asked {
            Err(failure) => host.refusal(failure).await.map_or(Ok(()), Err),
            Ok(()) => Ok(()),
        }
    }

    /// The address that stands for the target.
    fn host_at(&self, address: SocketAddr) -> Host {
        Host { name: address.ip().to_string(), port: address.port(), ..self.host.clone() }
    }

    async fn dial_unbounded(&self, timings: &mut Timings) -> Result<Stream, Failure> {
        if let Route::UnixSocket(path) = &self.target.route {
            return self.dial_unix(path, timings).await;
        }
        let addresses = self.addresses(timings).await?;
        let begun = Instant::now();
        let tcp = self.connect(&addresses).await?;
        tcp.set_nodelay(true).map_err(|error| connect_failure(&error))?;
        timings.connect = Some(begun.elapsed());
        match &self.target.tls {
            None => Ok(Stream::Plain(tcp)),
            Some(tls) => Ok(Stream::Tls(Box::new(shake_hands(tls, tcp, timings).await?))),
        }
    }

    async fn connect(&self, addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
        let local = self.target.bind;
        let usable = |address: &SocketAddr| local.is_none_or(|local| local.is_ipv4() == address.is_ipv4());
        let addresses = addresses.iter().copied().filter(usable);
        let tcp = race::first(addresses, async |address| match local {
            None => TcpStream::connect(address).await.map_err(|error| connect_failure(&error)),
            Some(local) => connect_from(local, address).await,
        });
        let tcp = tcp.await?;
        self.prefer(&tcp);
        Ok(tcp)
    }

    /// The address that took this connection is the first to be tried from now on.
    fn prefer(&self, tcp: &TcpStream) {
        if let (Some(known), Ok(peer)) = (&mut *self.known.borrow_mut(), tcp.peer_addr())
            && let Some(place) = known.all.iter().position(|address| *address == peer)
            && let Some(upto) = known.all.get_mut(..=place)
        {
            upto.rotate_right(1);
        }
    }

    #[cfg(unix)]
    async fn dial_unix(&self, path: &Path, timings: &mut Timings) -> Result<Stream, Failure> {
        let begun = Instant::now();
        let socket = tokio::net::UnixStream::connect(path).await.map_err(|error| connect_failure(&error))?;
        timings.connect = Some(begun.elapsed());
        match &self.target.tls {
            None => Ok(Stream::Local(Box::new(socket))),
            Some(tls) => Ok(Stream::Local(Box::new(shake_hands(tls, socket, timings).await?))),
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_async, reason = "the other systems wait here")]
    async fn dial_unix(&self, _path: &Path, _timings: &mut Timings) -> Result<Stream, Failure> {
        Err(Failure::Unreachable)
    }

    async fn addresses(&self, timings: &mut Timings) -> Result<Vec<SocketAddr>, Failure> {
        if let Route::Address(address) = self.target.route {
            return self.host_at(address).addresses(None, timings).await.map(|found| found.all);
        }
        let known = self.known.borrow().clone();
        let found = self.host.addresses(known, timings).await?;
        let all = found.all.clone();
        self.known.replace(Some(found));
        Ok(all)
    }
}

async fn shake_hands<S: Socket>(tls: &Tls, socket: S, timings: &mut Timings) -> Result<TlsStream<S>, Failure> {
    let begun = Instant::now();
    let connector = TlsConnector::from(tls.config.clone());
    let stream = connector.connect(tls.server_name.clone(), socket).await.map_err(|error| handshake_failure(&error))?;
    timings.tls = Some(begun.elapsed());
    Ok(stream)
}

async fn connect_from(local: IpAddr, address: SocketAddr) -> Result<TcpStream, Failure> {
    let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(|error| connect_failure(&error))?;
    socket.bind(SocketAddr::new(local, 0)).map_err(|error| bind_failure(&error))?;
    socket.connect(address).await.map_err(|error| connect_failure(&error))
}

fn bind_failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure::NoPorts,
        _ => exhausted(error).unwrap_or(Failure::Unreachable),
    }
}

/// The failure of a connect.
pub(super) fn connect_failure(error: &io::Error) -> Failure {
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
        _ => tls_error(error).map_or(Failure::Tls(Handshake::Other), handshake::failure_of),
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// An open connection.
#[derive(Debug)]
pub(super) enum Stream {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
    /// A socket of the file system, with TLS over it or without.
    #[cfg(unix)]
    Local(Box<dyn Socket>),
}

/// What bytes go through.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + fmt::Debug {}

impl<S: AsyncRead + AsyncWrite + Unpin + fmt::Debug> Socket for S {}

impl Stream {
    /// Reads what has come, as `AsyncRead` does.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, into),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, into),
            #[cfg(unix)]
            Self::Local(socket) => Pin::new(socket).poll_read(cx, into),
        }
    }

    /// Writes what the connection takes, as `AsyncWrite` does.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
            #[cfg(unix)]
            Self::Local(socket) => Pin::new(socket).poll_write(cx, bytes),
        }
    }

    /// Hands everything written to the kernel, as `AsyncWrite` does.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
            #[cfg(unix)]
            Self::Local(socket) => Pin::new(socket).poll_flush(cx),
        }
    }
}
