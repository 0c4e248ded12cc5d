//! Who may read the page's figures and give orders.
//!
//! In: the headers of a request. Out: whether it comes from whoever was given the token, through this page's own address.
//! A page of another site that is led here by a name of its own (DNS rebinding) has another `Host`; one that sends a form
//! has another `Origin`, and no token.

use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

/// Why an address is none for a page.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Others than this machine's users could reach it.
    #[error(
        "--web {0} can be reached from other machines, and whoever gives orders there sends load from here; write \
         127.0.0.1:{port}, and from another machine `ssh -L {port}:127.0.0.1:{port} HOST`",
        port = .0.port()
    )]
    NotLoopback(SocketAddr),
    /// It can't be listened on.
    #[error("--web {0} can't be listened on: {1}; name another port, or 0 for any that is free")]
    Taken(SocketAddr, std::io::Error),
}

/// Lets in who knows the token, by the address that is listened on.
#[derive(Debug)]
pub(super) struct Guard {
    token: String,
    port: u16,
}

impl Guard {
    /// A guard with a token of its own, 128 bits long.
    pub(super) fn new(port: u16) -> Self {
        let bits: [u8; 16] = rand::random();
        let token = bits.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { token, port }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Whether a request came by this page's own address, and from no other site.
    pub(super) fn is_at_home(&self, headers: &HeaderMap) -> bool {
        let host = text(headers, &HOST);
        let by_name = host.is_some_and(|host| self.names().any(|name| name == host));
        let from_here = |origin: &str| host.is_some_and(|host| origin == format!("http://{host}"));
        by_name && headers.get(ORIGIN).is_none_or(|origin| origin.to_str().is_ok_and(from_here))
    }

    /// Whether a request shows the token. Hashes are compared, so that the time it takes tells nothing of the token.
    pub(super) fn knows(&self, headers: &HeaderMap) -> bool {
        let shown = text(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        shown.is_some_and(|shown| Sha256::digest(shown) == Sha256::digest(&self.token))
    }

    fn names(&self) -> impl Iterator<Item = String> {
        ["127.0.0.1", "localhost", "[::1]"].into_iter().map(|name| format!("{name}:{}", self.port))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_this_pages_own_addresses_are_home() {
        let guard = Guard::new(8089);
        for host in ["127.0.0.1:8089", "localhost:8089", "[::1]:8089"] {
            assert!(guard.is_at_home(&headers(&[(HOST, host)])), "{host}");
            assert!(guard.is_at_home(&headers(&[(HOST, host), (ORIGIN, &format!("http://{host}"))])), "{host}");
        }
        for host in ["evil.example:8089", "127.0.0.1:80", "127.0.0.1", "localhost:8089.evil.example"] {
            assert!(!guard.is_at_home(&headers(&[(HOST, host)])), "{host}");
        }
        for origin in ["http://evil.example", "https://127.0.0.1:8089", "null"] {
            assert!(!guard.is_at_home(&headers(&[(HOST, "127.0.0.1:8089"), (ORIGIN, origin)])), "{origin}");
        }
        assert!(!guard.is_at_home(&HeaderMap::new()));
    }

    #[test]
    fn only_the_token_opens() {
        let guard = Guard::new(1);
        assert_eq!(guard.token().len(), 32);
        assert_ne!(guard.token(), Guard::new(1).token());
        assert!(guard.knows(&headers(&[(AUTHORIZATION, &format!("Bearer {}", guard.token()))])));
        for shown in ["Bearer ", "Bearer x", guard.token(), "Basic eDp5"] {
            assert!(!guard.knows(&headers(&[(AUTHORIZATION, shown)])), "{shown}");
        }
        assert!(!guard.knows(&HeaderMap::new()));
    }
}
