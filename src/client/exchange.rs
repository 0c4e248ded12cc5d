//! What became of one request: when, where the time went, how many bytes, and the answer's status or the failure.

use std::time::Duration;

use tokio::time::Instant;

use super::handshake::Handshake;

/// What became of one request.
#[derive(Debug, Clone, Copy)]
pub struct Exchange {
    /// When work on the request began: the dial where one was needed, else the write.
    pub started_at: Instant,
    /// When the last byte of the answer had come, or the failure was known.
    pub finished_at: Instant,
    /// Where the time between the two went.
    pub timings: Timings,
    /// Bytes of the answer, head and body.
    pub bytes_received: u64,
    /// The answer's status, or why there is none.
    pub outcome: Result<u16, Failure>,
}

impl Exchange {
    /// What becomes of a request that cannot be sent.
    #[must_use]
    pub(super) fn unsent(at: Instant, failure: Failure) -> Self {
        Self { started_at: at, finished_at: at, timings: Timings::default(), bytes_received: 0, outcome: Err(failure) }
    }
}

/// Where the time of an exchange went. What did not happen (no dial on a kept-alive connection) is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Resolving the host name.
    pub dns: Option<Duration>,
    /// The TCP handshake. Not told apart from TLS and proxies where reqwest connects, and `None` then, as `tls` is.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the request written to the first byte of the answer.
    pub wait: Option<Duration>,
    /// From the first byte of the answer to the last.
    pub receive: Option<Duration>,
}

/// Why no whole answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// The host name could not be resolved.
    Dns,
    /// An address outside loopback and private ranges, and not allowed. Nothing was sent.
    Forbidden,
    /// A host that is production, by its name or its address. Nothing was sent.
    Production,
    /// Nothing listens on the port.
    ConnectRefused,
    /// No connection within the connect timeout, TLS included.
    ConnectTimeout,
    /// The network gave another error while connecting.
    Unreachable,
    /// The TLS handshake failed.
    Tls(Handshake),
    /// The server does not speak HTTP/2, which was asked for.
    NoHttp2,
    /// The proxy was not reached, or opened no way to the target.
    Proxy,
    /// No whole answer within the timeout.
    Timeout,
    /// The connection was reset.
    Reset,
    /// The server closed the connection before the answer was whole.
    ClosedEarly,
    /// The answer is not HTTP as it can be understood.
    Protocol,
    /// A body that someone wants to read is larger than is kept in memory.
    TooLarge,
    /// A body that someone wants to read is not encoded as it says.
    Undecodable,
    /// Redirected to what is no `http` or `https` URL.
    BadRedirect,
    /// Redirected more often than is followed.
    TooManyRedirects,
    /// This process has no file descriptor left.
    NoFiles,
    /// This machine has no port left to connect from.
    NoPorts,
}

impl Failure {
    /// Whether there was no connection at all, so that nothing is known of the target but that it was not reached.
    #[must_use]
    pub fn is_before_connection(self) -> bool {
        matches!(
            self,
            Self::Dns
                | Self::Forbidden
                | Self::Production
                | Self::ConnectRefused
                | Self::ConnectTimeout
                | Self::Unreachable
                | Self::Tls(_)
                | Self::NoHttp2
                | Self::Proxy
        )
    }

    /// The name under which the failure is counted.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Forbidden => "forbidden address",
            Self::Production => "production host",
            Self::ConnectRefused => "connect refused",
            Self::ConnectTimeout => "connect timeout",
            Self::Unreachable => "unreachable",
            Self::Tls(_) => "tls",
            Self::NoHttp2 => "no http/2",
            Self::Proxy => "proxy",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::ClosedEarly => "closed early",
            Self::Protocol => "protocol",
            Self::TooLarge => "body too large",
            Self::Undecodable => "undecodable body",
            Self::BadRedirect => "unusable redirect",
            Self::TooManyRedirects => "too many redirects",
            Self::NoFiles => "too many open files",
            Self::NoPorts => "no free port",
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

impl std::error::Error for Failure {}
