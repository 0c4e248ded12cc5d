//! What went wrong inside reqwest, as the lean engine would call it.
//!
//! In: an error and what caused it. Out: a [`Failure`]. Never an error's text, which may hold a URL.

use std::error::Error;
use std::io;

use tokio_rustls::rustls;

use super::super::dial;
use super::super::exchange::Failure;
use super::super::handshake::{self, Handshake};

/// The failure of a request.
///
/// A server that ends a TLS handshake late, for want of a certificate, can be seen as one that closed early: of a
/// connection of HTTP/2 that broke, hyper does not always tell the request why.
pub(super) fn failure_of(error: &reqwest::Error) -> Failure {
    match causes(error).find_map(stream_failure) {
        // What is wrong with bytes is HTTP's where they are a body, and TLS's before.
        Some(Failure::Tls(_)) if !error.is_request() => Failure::Protocol,
        Some(failure) => failure,
        None => Failure::Protocol,
    }
}

/// The failure of a connection; any that has no name of its own is the proxy's where there is one.
pub(super) fn connect_failure_of(error: &(dyn Error + 'static), via_proxy: bool) -> Failure {
    match causes(error).find_map(dial_failure) {
        Some(Failure::ConnectRefused | Failure::Unreachable | Failure::Reset) | None if via_proxy => Failure::Proxy,
        Some(failure) => failure,
        None => Failure::Unreachable,
    }
}

/// An error and all behind it. An I/O error names only what is behind the error inside it, so that is asked for.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn dial_failure(error: &(dyn Error + 'static)) -> Option<Failure> {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return Some(*failure);
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(handshake::failure_of(error));
    }
    let error = error.downcast_ref::<io::Error>().filter(|error| error.get_ref().is_none_or(is_plain))?;
    Some(match error.kind() {
        // The end of a connection in a handshake: TCP alone has none.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => Failure::Tls(Handshake::Other),
        _ => dial::connect_failure(error),
    })
}

/// Whether an error is words alone: no type of another library that says more than the I/O error around it.
fn is_plain(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    !(error.is::<rustls::Error>() || error.is::<Failure>() || error.is::<io::Error>() || error.is::<h2::Error>())
}

fn stream_failure(error: &(dyn Error + 'static)) -> Option<Failure> {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return Some(*failure);
    }
    if error.is::<rustls::Error>() {
        return Some(Failure::Tls(Handshake::Other));
    }
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        return http2_failure(error);
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return message_failure(error);
    }
    let error = error.downcast_ref::<io::Error>().filter(|error| error.get_ref().is_none_or(is_plain))?;
    Some(match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero => Failure::ClosedEarly,
        io::ErrorKind::TimedOut => Failure::Timeout,
        io::ErrorKind::InvalidData => Failure::Tls(Handshake::Other),
        io::ErrorKind::InvalidInput => Failure::Protocol,
        _ => Failure::Reset,
    })
}

fn message_failure(error: &hyper::Error) -> Option<Failure> {
    if error.is_parse() {
        Some(Failure::Protocol)
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(Failure::ClosedEarly)
    } else {
        None
    }
}

fn http2_failure(error: &h2::Error) -> Option<Failure> {
    match (error.reason(), error.is_remote()) {
        (Some(h2::Reason::HTTP_1_1_REQUIRED), _) => Some(Failure::NoHttp2),
        (Some(h2::Reason::NO_ERROR), true) => Some(Failure::ClosedEarly),
        (Some(_), true) => Some(Failure::Reset),
        (Some(_), false) => Some(Failure::Protocol),
        (None, _) => error.get_io().and_then(|error| causes(error).find_map(stream_failure)),
    }
}
