//! The guard against loading someone else's machine, or production.
//!
//! In: `[target] allow` and `production`. Out: a [`Guard`] that says of a host whether it may be dialled at all, and at which
//! addresses. Resolves no names: the addresses behind them are checked when they are dialled.

use std::net::IpAddr;

use super::fault::{Fault, Flaw};
use super::target::host_and_port;
use crate::client::{Production, is_private};
use crate::config::{self, KeyPath};

/// Which hosts may be sent load.
#[derive(Debug, Clone)]
pub(super) struct Guard<'a> {
    allow: &'a [String],
    pub(super) production: Production,
}

impl<'a> Guard<'a> {
    /// Compiles both lists: of one host they cannot say both.
    pub(super) fn compile(target: &'a config::Target) -> Result<Self, Fault> {
        let at = KeyPath::root().key("target");
        let production = Production::parse(&target.production).map_err(|(index, no_host)| {
            let help = "write a name such as \"api.example.com\", \"*.example.com\", an address or \"203.0.113.0/24\"";
            Flaw::new(no_host.to_string(), help).at(&at.key("production").index(index))
        })?;
        for (index, host) in target.allow.iter().enumerate() {
            check_allowed(host, &production).map_err(|flaw| flaw.at(&at.key("allow").index(index)))?;
        }
        Ok(Self { allow: &target.allow, production })
    }

    /// Whether only loopback and private addresses may be dialled for a host: the guard, unless the host was named.
    pub(super) fn private_only(&self, host: &str) -> Result<bool, Flaw> {
        self.refuse_production(host)?;
        if self.allow.iter().any(|named| is_same_host(named, host)) {
            return Ok(false);
        }
        match host.parse::<IpAddr>() {
            Ok(address) if !is_private(address) => Err(beyond(address, host)),
            _ => Ok(true),
        }
    }

    /// Refuses an address that stands for a host, where it may not be dialled.
    pub(super) fn permit_for(&self, host: &str, address: IpAddr) -> Result<(), Flaw> {
        self.refuse_production(&address.to_string())?;
        if self.private_only(host)? && !is_private(address) {
            return Err(beyond(address, host));
        }
        Ok(())
    }

    fn refuse_production(&self, host: &str) -> Result<(), Flaw> {
        let Some(entry) = self.production.names(host) else { return Ok(()) };
        let message = format!("{host} is {entry} of [target] production, which is never sent load");
        Err(Flaw::new(message, "name another host, such as a staging one: no flag takes a host out of production"))
    }
}

fn beyond(address: IpAddr, host: &str) -> Flaw {
    Flaw::new(
        format!("{address} is neither this machine nor in a private network"),
        format!("name it, if you may load it: [target] allow = [\"{host}\"], or --allow {host} of `hit`"),
    )
}

/// Refuses an entry that would never match, and one that is production.
fn check_allowed(host: &str, production: &Production) -> Result<(), Flaw> {
    if let Some(entry) = production.names(host) {
        let message = format!("`{host}` is allowed here, and {entry} of `production` refuses it");
        return Err(Flaw::new(message, "keep it in one of the two: production is never sent load"));
    }
    let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_address || host_and_port(host).is_ok_and(|(_, port)| port.is_none()) {
        return Ok(());
    }
    let help = "write it in full and alone, such as \"staging.example.com\": without scheme, port, path or `*`";
    Err(Flaw::new(format!("`{host}` is no host"), help))
}

fn is_same_host(named: &str, host: &str) -> bool {
    let named = named.trim_matches(['[', ']']);
    match (named.parse::<IpAddr>(), host.parse::<IpAddr>()) {
        (Ok(named), Ok(host)) => named.to_canonical() == host.to_canonical(),
        _ => named.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(allow: &[&str], production: &[&str]) -> config::Target {
        let list = |hosts: &[&str]| hosts.iter().map(|&host| host.to_owned()).collect();
        config::Target { allow: list(allow), production: list(production), ..config::Target::default() }
    }

    fn private_only(host: &str, allow: &[&str]) -> Result<bool, Flaw> {
        Guard::compile(&target(allow, &[])).unwrap().private_only(host)
    }

    #[test]
    fn a_public_address_must_be_named() {
        let flaw = private_only("8.8.8.8", &[]).unwrap_err();
        assert!(flaw.help.unwrap().contains("allow = [\"8.8.8.8\"]"));
        assert_eq!(private_only("8.8.8.8", &["8.8.8.8"]), Ok(false));
        assert_eq!(private_only("::ffff:8.8.8.8", &["8.8.8.8"]), Ok(false));
        assert!(private_only("::ffff:8.8.8.8", &[]).is_err());
        assert!(private_only("169.254.169.254", &[]).is_err());
    }

    #[test]
    fn private_addresses_and_host_names_stay_guarded_until_they_are_named() {
        for near in ["127.0.0.1", "10.0.0.7", "::1", "staging.example.com"] {
            assert_eq!(private_only(near, &["other.example.com"]), Ok(true), "{near}");
        }
        assert_eq!(private_only("staging.example.com", &["staging.Example.com"]), Ok(false));
    }

    #[test]
    fn production_is_refused_by_name_by_address_and_as_what_stands_for_a_name() {
        let target = target(&["shop.example.org"], &["*.example.com", "203.0.113.0/24"]);
        let guard = Guard::compile(&target).unwrap();
        for host in ["api.example.com", "203.0.113.7", "::ffff:203.0.113.7"] {
            let flaw = guard.private_only(host).unwrap_err();
            assert!(flaw.message.contains("of [target] production"), "{flaw:?}");
        }
        let stands_for = guard.permit_for("shop.example.org", "203.0.113.7".parse().unwrap()).unwrap_err();
        assert!(stands_for.message.starts_with("203.0.113.7 is 203.0.113.0/24 of"), "{stands_for:?}");
        assert_eq!(guard.permit_for("shop.example.org", "198.51.100.7".parse().unwrap()), Ok(()));
        assert!(guard.permit_for("localhost", "198.51.100.7".parse().unwrap()).is_err());
    }

    #[test]
    fn of_one_host_the_two_lists_cannot_say_both() {
        for (allow, production) in [
            ("api.example.com", "API.example.com"),
            ("api.example.com", "*.example.com"),
            ("203.0.113.7", "203.0.113.0/24"),
        ] {
            let fault = Guard::compile(&target(&[allow], &[production])).unwrap_err();
            assert!(fault.flaw.message.contains("is allowed here"), "{fault:?}");
        }
    }

    #[test]
    fn an_entry_that_would_never_match_is_refused() {
        for host in ["https://a.example.com", "a.example.com:443", "*.example.com", "a.example.com/", "10.0.0.0/8", ""]
        {
            assert!(Guard::compile(&target(&[host], &[])).is_err(), "{host}");
        }
        assert!(Guard::compile(&target(&["[2001:db8::1]", "2001:db8::2", "8.8.8.8", "a-b.example.com"], &[])).is_ok());
    }
}
