//! From a host to its addresses, held to the guard against loading someone else's machine.
//!
//! In: a [`Host`] and what is known of it. Out: its addresses, or why there are none. Keeps nothing: whoever asks does.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;

use super::exchange::{Failure, Timings};
use super::production::Production;

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
    /// Refuse these, whatever else is allowed.
    pub(super) production: Production,
}

/// A host that may not be sent load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The host, the target's or the proxy's.
    pub host: String,
    /// The entry of `[target] production` that it is, or whose address it has; none where it is beyond private ranges and
    /// not allowed.
    pub production: Option<String>,
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
    /// [`Failure::Forbidden`] or [`Failure::Production`] where the guard refuses one of them, or why there are none.
    pub(super) async fn addresses(
        &self,
        known: Option<Addresses>,
        timings: &mut Timings,
    ) -> Result<Addresses, Failure> {
        if self.production.names(&self.name).is_some() {
            return Err(Failure::Production);
        }
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
        // What is dialled is what was permitted: nobody looks the name up again in between.
        self.permit(&found.all)?;
        if found.all.is_empty() { Err(Failure::Dns) } else { Ok(found) }
    }

    /// Whether every one of the addresses that the host stands for may be connected to. One that may not is one too many:
    /// which of them a connection goes to is chance.
    ///
    /// # Errors
    /// [`Failure::Production`], else [`Failure::Forbidden`].
    pub(super) fn permit(&self, addresses: &[SocketAddr]) -> Result<(), Failure> {
        let mut addresses = addresses.iter().map(SocketAddr::ip);
        if addresses.clone().any(|ip| self.production.holds(ip).is_some()) {
            return Err(Failure::Production);
        }
        if self.private_only && !addresses.all(is_private) {
            return Err(Failure::Forbidden);
        }
        Ok(())
    }

    /// Whether a host that is written as an address may be connected to; names are checked when they are looked up.
    ///
    /// # Errors
    /// [`Failure::Production`] or [`Failure::Forbidden`].
    pub(super) fn permit_address(&self) -> Result<(), Failure> {
        match self.name.parse::<IpAddr>() {
            Ok(ip) => self.permit(&[SocketAddr::new(ip, self.port)]),
            Err(_a_name) => Ok(()),
        }
    }

    /// Whether the host may be sent load by someone else, who looks its name up on their own. A guarded name that
    /// means nothing here may mean anything there.
    ///
    /// # Errors
    /// [`Failure::Production`] or [`Failure::Forbidden`].
    pub(super) async fn permit_behind_proxy(&self) -> Result<(), Failure> {
        if !self.private_only && self.production.is_empty() {
            return Ok(());
        }
        match self.addresses(None, &mut Timings::default()).await {
            Err(Failure::Production) => Err(Failure::Production),
            Err(_unknown_or_forbidden) if self.private_only => Err(Failure::Forbidden),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The refusal that a failure of this host is, if it is one.
    pub(super) async fn refusal(&self, failure: Failure) -> Option<Refusal> {
        let host = self.name.clone();
        match failure {
            Failure::Forbidden => Some(Refusal { host, production: None }),
            Failure::Production => Some(Refusal { production: Some(self.protected_as().await), host }),
            _ => None,
        }
    }

    /// The entry of production that the host is, or whose address it has.
    async fn protected_as(&self) -> String {
        if let Some(entry) = self.production.names(&self.name) {
            return entry;
        }
        let found = tokio::net::lookup_host((self.name.as_str(), self.port)).await;
        let mut found = found.into_iter().flatten();
        found.find_map(|address| self.production.holds(address.ip())).unwrap_or_else(|| self.name.clone())
    }
}

/// Where Amazon's machines find the metadata of their own over IPv6: unique local addresses, and nobody's API.
const METADATA_V6: [u16; 2] = [0xfd00, 0x0ec2];

/// Whether an address is this machine's or of a private network: loopback, RFC 1918, RFC 4193, and link-local of IPv6.
///
/// Link-local of IPv4 (169.254/16) is not: it is where clouds keep credentials and metadata. Shared addresses (RFC 6598,
/// 100.64/10) are not: they are a carrier's. Addresses of IPv4 that are written as IPv6 are what they stand for.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            let is_metadata = v6.segments().starts_with(&METADATA_V6);
            let is_near = v6.is_unique_local() || v6.is_unicast_link_local();
            v6.is_loopback() || v6.is_unspecified() || (is_near && !is_metadata)
        }
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
        Host { name: name.into(), port: 80, private_only, production: Production::default() }
    }

    fn guarding(name: &str, private_only: bool, production: &str) -> Host {
        Host { production: Production::parse(&[production.to_owned()]).unwrap(), ..host(name, private_only) }
    }

    fn found(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 80)).collect()
    }

    #[test]
    fn private_ranges_are_told_from_public_addresses() {
        for private in
            ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.0.0.0", "::1", "::", "fd00::1", "fe80::1"]
        {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for private in ["::ffff:127.0.0.1", "::ffff:10.0.0.1"] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        let public =
            ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::a00:1", "2002::1"];
        let nobody_s = ["100.64.0.1", "100.100.100.200", "192.0.0.192", "224.0.0.1", "255.255.255.255", "ff02::1"];
        for beyond in public.into_iter().chain(nobody_s) {
            assert!(!is_private(beyond.parse().unwrap()), "{beyond}");
        }
    }

    #[test]
    fn the_metadata_of_clouds_is_no_private_host() {
        for metadata in ["169.254.169.254", "169.254.170.2", "::ffff:169.254.169.254", "fd00:ec2::254"] {
            assert!(!is_private(metadata.parse().unwrap()), "{metadata}");
        }
    }

    #[test]
    fn one_address_beyond_private_ranges_spoils_a_name() {
        let name = host("shop.internal", true);
        assert_eq!(name.permit(&found(&["10.0.0.1", "::1"])), Ok(()));
        for mixed in [["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "10.0.0.1"], ["127.0.0.1", "169.254.169.254"]] {
            assert_eq!(name.permit(&found(&mixed)), Err(Failure::Forbidden), "{mixed:?}");
        }
        assert_eq!(host("shop.internal", false).permit(&found(&["10.0.0.1", "8.8.8.8"])), Ok(()));
    }

    #[test]
    fn one_address_of_production_spoils_a_name_that_is_allowed() {
        let name = guarding("shop.internal", false, "203.0.113.0/24");
        assert_eq!(name.permit(&found(&["8.8.8.8"])), Ok(()));
        assert_eq!(name.permit(&found(&["8.8.8.8", "203.0.113.7"])), Err(Failure::Production));
        assert_eq!(guarding("203.0.113.7", false, "203.0.113.0/24").permit_address(), Err(Failure::Production));
    }

    #[tokio::test]
    async fn a_production_name_is_refused_before_it_is_looked_up() {
        let name = guarding("nobody.invalid", false, "*.invalid");
        assert_eq!(name.addresses(None, &mut Timings::default()).await.map(drop), Err(Failure::Production));
        assert_eq!(name.permit_behind_proxy().await, Err(Failure::Production));
    }

    #[tokio::test]
    async fn addresses_that_are_known_already_are_held_to_the_guard_again() {
        let known = Addresses { since: Instant::now(), all: found(&["203.0.113.7"]) };
        let name = guarding("shop.internal", false, "203.0.113.7");
        assert_eq!(name.addresses(Some(known), &mut Timings::default()).await.map(drop), Err(Failure::Production));
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
