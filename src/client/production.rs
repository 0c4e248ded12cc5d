//! The hosts that are never sent load, whoever asks: `[target] production`.
//!
//! In: names, `*.` suffixes, addresses and networks as they are typed. Out: whether a name or an address is one of them.
//! Looks names up once, before a run; a name that cannot be looked up then is still known by its name.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

/// Longest wait for the addresses of production hosts: a name server that is silent holds up no run for longer.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(2);

/// Hosts that are never sent load. Copies share what was looked up.
#[derive(Debug, Clone, Default)]
pub struct Production(Arc<Hosts>);

#[derive(Debug, Default)]
struct Hosts {
    patterns: Vec<Pattern>,
    /// What the names stood for when they were looked up.
    addresses: Mutex<Vec<(IpAddr, String)>>,
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// A name alone, in lower case.
    Name(String),
    /// All names below one: `.example.com`.
    Below(String),
    /// An address, or the network around it: so many bits of the two agree.
    Network(IpAddr, u8),
}

/// Text that is no host, no `*.` suffix, no address and no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host and no network")]
pub struct NoHost(String);

impl Production {
    /// The hosts that a list names.
    ///
    /// # Errors
    /// The index of the first entry that names none.
    pub fn parse(list: &[String]) -> Result<Self, (usize, NoHost)> {
        let patterns = list
            .iter()
            .enumerate()
            .map(|(index, text)| Pattern::parse(text).ok_or_else(|| (index, NoHost(text.clone()))));
        Ok(Self(Arc::new(Hosts { patterns: patterns.collect::<Result<_, _>>()?, addresses: Mutex::default() })))
    }

    /// Whether nothing is protected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.patterns.is_empty()
    }

    /// Whether a host, written as a name or as an address, is one of them; by which entry.
    #[must_use]
    pub fn names(&self, host: &str) -> Option<String> {
        match bare(host).parse() {
            Ok(ip) => self.holds(ip),
            Err(_a_name) => {
                let name = canonical(host);
                self.0.patterns.iter().find(|pattern| pattern.matches_name(&name)).map(Pattern::to_string)
            }
        }
    }

    /// Whether an address is one of them, or of one that was looked up; by which entry.
    #[must_use]
    pub fn holds(&self, ip: IpAddr) -> Option<String> {
        let ip = ip.to_canonical();
        if let Some(pattern) = self.0.patterns.iter().find(|pattern| pattern.matches_address(ip)) {
            return Some(pattern.to_string());
        }
        if self.is_empty() {
            return None;
        }
        let known = self.0.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(address, _)| *address == ip).map(|(_, name)| name.clone())
    }

    /// Looks the names up, as far as that is possible now.
    pub(super) async fn look_up(&self) {
        let names = self.0.patterns.iter().filter_map(|pattern| match pattern {
            Pattern::Name(name) => Some(name.clone()),
            Pattern::Below(_) | Pattern::Network(..) => None,
        });
        let mut lookups: JoinSet<(String, Vec<IpAddr>)> = JoinSet::new();
        for name in names {
            lookups.spawn(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await;
                let found = found.map(|all| all.map(|address| address.ip()).collect()).unwrap_or_default();
                (name, found)
            });
        }
        let collect = async {
            while let Some(looked_up) = lookups.join_next().await {
                let Ok((name, found)) = looked_up else { continue };
                self.learn(&name, &found);
            }
        };
        // A name without an answer in time is known by its name alone.
        let _late = timeout(LOOK_UP_WITHIN, collect).await;
    }

    fn learn(&self, name: &str, found: &[IpAddr]) {
        let mut known = self.0.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        for ip in found.iter().map(IpAddr::to_canonical) {
            if !known.iter().any(|(address, _)| *address == ip) {
                known.push((ip, name.to_owned()));
            }
        }
    }
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        if let Some((address, bits)) = text.split_once('/') {
            let (ip, bits) = (bare(address).parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?);
            return (bits <= width(ip)).then_some(Self::Network(ip, bits));
        }
        if let Ok(ip) = bare(text).parse::<IpAddr>() {
            let ip = ip.to_canonical();
            return Some(Self::Network(ip, width(ip)));
        }
        let (name, is_below) = text.strip_prefix("*.").map_or((text, false), |suffix| (suffix, true));
        let name = canonical(name);
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if !name.split('.').all(is_label) {
            return None;
        }
        Some(if is_below { Self::Below(format!(".{name}")) } else { Self::Name(name) })
    }

    fn matches_name(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Below(suffix) => name.len() > suffix.len() && name.ends_with(suffix.as_str()),
            Self::Network(..) => false,
        }
    }

    fn matches_address(&self, ip: IpAddr) -> bool {
        match (self, ip) {
            (Self::Network(IpAddr::V4(own), bits), IpAddr::V4(ip)) => {
                agree(own.to_bits().into(), ip.to_bits().into(), 32, *bits)
            }
            (Self::Network(IpAddr::V6(own), bits), IpAddr::V6(ip)) => agree(own.to_bits(), ip.to_bits(), 128, *bits),
            _ => false,
        }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Below(suffix) => write!(f, "*{suffix}"),
            Self::Network(ip, bits) if *bits == width(*ip) => write!(f, "{ip}"),
            Self::Network(ip, bits) => write!(f, "{ip}/{bits}"),
        }
    }
}

/// Whether the first `bits` of two addresses of `width` bits are the same.
fn agree(one: u128, other: u128, width: u8, bits: u8) -> bool {
    let rest = u32::from(width.saturating_sub(bits));
    one.checked_shr(rest).unwrap_or(0) == other.checked_shr(rest).unwrap_or(0)
}

fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// An address without the brackets of a URL.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

/// A name as names are compared: in lower case, without the dot that stands for the root.
fn canonical(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn production(list: &[&str]) -> Production {
        Production::parse(&list.iter().map(|&host| host.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_name_stands_for_itself_however_it_is_written() {
        let production = production(&["api.example.com"]);
        for named in ["api.example.com", "API.Example.com", "api.example.com."] {
            assert_eq!(production.names(named).as_deref(), Some("api.example.com"), "{named}");
        }
        for other in ["example.com", "xapi.example.com", "a.api.example.com", "api.example.com.evil.org"] {
            assert_eq!(production.names(other), None, "{other}");
        }
    }

    #[test]
    fn a_suffix_stands_for_all_names_below_it_and_not_for_itself() {
        let production = production(&["*.example.com"]);
        for below in ["a.example.com", "a.b.example.com", "A.EXAMPLE.COM."] {
            assert_eq!(production.names(below).as_deref(), Some("*.example.com"), "{below}");
        }
        for other in ["example.com", "badexample.com", ".example.com"] {
            assert_eq!(production.names(other), None, "{other}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_in_every_form() {
        let production = production(&["203.0.113.0/24", "2001:db8::/32", "198.51.100.7", "10.0.0.0/8"]);
        for held in ["203.0.113.9", "::ffff:203.0.113.9", "[::ffff:203.0.113.9]", "2001:db8::1", "198.51.100.7"] {
            assert!(production.names(held).is_some(), "{held}");
        }
        for other in ["203.0.112.9", "2001:db9::1", "198.51.100.8", "11.0.0.1"] {
            assert_eq!(production.names(other), None, "{other}");
        }
        assert!(super::Production::parse(&["0.0.0.0/0".to_owned()]).unwrap().names("1.2.3.4").is_some());
    }

    #[test]
    fn what_names_no_host_is_refused_with_its_place() {
        for wrong in ["https://api.example.com", "", "*", "*.", "a b", "10.0.0.0/33", "10.0.0/8", "api.*.com", "a:80"] {
            let list = ["ok.example.com".to_owned(), wrong.to_owned()];
            assert_eq!(Production::parse(&list).unwrap_err().0, 1, "{wrong}");
        }
    }

    #[test]
    fn an_address_that_a_name_was_found_to_stand_for_is_production_under_every_name() {
        let production = production(&["api.example.com"]);
        let address: IpAddr = "10.1.2.3".parse().unwrap();
        assert_eq!(production.holds(address), None);
        production.clone().learn("api.example.com", &["::ffff:10.1.2.3".parse().unwrap()]);
        assert_eq!(production.holds(address).as_deref(), Some("api.example.com"));
    }

    #[tokio::test]
    async fn names_are_looked_up_as_far_as_they_can_be() {
        let production = production(&["localhost", "nobody.invalid"]);
        production.look_up().await;
        assert_eq!(production.names("127.0.0.1").as_deref(), Some("localhost"));
    }
}
