//! The names that reqwest may look up: the target's and the proxy's, held to the guard. No other.
//!
//! In: a name. Out: addresses, kept as long as the lean engine keeps them. Never sees an address written as one.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::super::exchange::{Failure, Timings};
use super::super::lookup::{Addresses, Host};
use super::connector::LastDial;

/// The names that one client may look up.
#[derive(Debug)]
pub(super) struct Resolver {
    pub(super) known: Arc<Vec<Known>>,
    pub(super) last_dial: Arc<LastDial>,
}

/// A name that may be looked up.
#[derive(Debug)]
pub(super) struct Known {
    /// The name as reqwest asks for it.
    name: String,
    /// Whom it stands for.
    host: Host,
    addresses: Mutex<Option<Addresses>>,
}

impl Known {
    /// A name that stands for a host.
    pub(super) fn new(name: &str, host: Host) -> Self {
        Self { name: name.to_ascii_lowercase(), host, addresses: Mutex::default() }
    }

    async fn addresses(&self, timings: &mut Timings) -> Result<Vec<SocketAddr>, Failure> {
        let known = self.addresses.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let found = self.host.addresses(known, timings).await?;
        let all = found.all.clone();
        *self.addresses.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(all)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (known, last_dial) = (Arc::clone(&self.known), Arc::clone(&self.last_dial));
        Box::pin(async move {
            let asked = name.as_str().to_ascii_lowercase();
            let known = known.iter().find(|known| known.name == asked).ok_or(Failure::Forbidden)?;
            let mut timings = Timings::default();
            let all = known.addresses(&mut timings).await?;
            last_dial.resolved(timings.dns);
            Ok(Box::new(all.into_iter()) as Addrs)
        })
    }
}
