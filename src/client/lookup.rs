//! From a host to its addresses, held to the guard against loading someone else's machine.
//!
//! In: a [`Host`] and what is known of it. Out: its addresses, or why there are none. Keeps nothing: whoever asks does.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;

use super::exchange::{Failure, Timings};

/// How long resolved addresses are used before the name is looked up again.
const ADDRESSES_LIVE: Duration = Duration::from_secs(30);

/// A host to connect to.
#[derive(Debug, Clone)]
pub(super) struct Host {
    /// Name or address, without brackets.
    pub(super) name: String,
    /// TCP port.
    pub(super) port: u16,
    /// Refuse addresses beyond loopback and private ranges.
    pub(super) private_only: bool,
}

/// The addresses of a host, and since when they are known.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    since: Instant,
    pub(super) all: Vec<SocketAddr>,
}

impl Host {
    /// The addresses: those `known` while they are fresh.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] where the guard refuses one of them, or why there are none.
    pub(super) async fn addresses(
        &self,
        known: Option<Addresses>,
        timings: &mut Timings,
    ) -> Result<Addresses, Failure> {
        let found = if let Ok(ip) = self.name.parse::<IpAddr>() {
            Addresses { since: Instant::now(), all: vec![SocketAddr::new(ip, self.port)] }
        } else if let Some(fresh) = known.filter(|known| known.since.elapsed() < ADDRESSES_LIVE) {
            fresh
        } else {
            let begun = Instant::now();
            let found = tokio::net::lookup_host((self.name.as_str(), self.port)).await;
            let all = found.map_err(|error| lookup_failure(&error))?.collect();
            timings.dns = Some(begun.elapsed());
            Addresses { since: Instant::now(), all }
        };
        if self.private_only && !found.all.iter().all(|address| is_private(address.ip())) {
            return Err(Failure::Forbidden);
        }
        if found.all.is_empty() { Err(Failure::Dns) } else { Ok(found) }
    }

    /// Whether a host that is written as an address may be connected to; names are checked when they are looked up.
    ///
    /// # Errors
    /// [`Failure::Forbidden`].
    pub(super) fn permit_address(&self) -> Result<(), Failure> {
        match self.name.parse::<IpAddr>() {
            Ok(ip) if self.private_only && !is_private(ip) => Err(Failure::Forbidden),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Whether the host may be sent load by someone else, who looks its name up on their own. A guarded name that
    /// means nothing here may mean anything there.
    ///
    /// # Errors
    /// [`Failure::Forbidden`].
    pub(super) async fn permit_behind_proxy(&self) -> Result<(), Failure> {
        if !self.private_only {
            return Ok(());
        }
        let found = self.addresses(None, &mut Timings::default()).await;
        found.map(drop).map_err(|_unknown_or_forbidden| Failure::Forbidden)
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

/// The failure where this process has no file descriptor left.
pub(super) fn exhausted(error: &io::Error) -> Option<Failure> {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE)).then_some(Failure::NoFiles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, private_only: bool) -> Host {
        Host { name: name.into(), port: 80, private_only }
    }

    #[test]
    fn private_ranges_are_told_from_public_addresses() {
        for private in ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "::1", "fd00::1"] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn behind_a_proxy_only_what_is_known_to_be_private_or_was_named_is_permitted() {
        let permit = async |name, private_only| host(name, private_only).permit_behind_proxy().await;
        assert_eq!(permit("127.0.0.1", true).await, Ok(()));
        assert_eq!(permit("8.8.8.8", true).await, Err(Failure::Forbidden));
        assert_eq!(permit("nobody.invalid", true).await, Err(Failure::Forbidden), "it may exist at the proxy");
        assert_eq!(permit("nobody.invalid", false).await, Ok(()));
    }
}
