//! Where what the target uses is read, checked.
//!
//! In: `[target] resources`. Out: the same, where it can be meant: of a process that is started here, at an endpoint that may be
//! asked. Reads nothing.

use super::compile::Choice;
use super::fault::{Fault, Flaw};
use super::guard::Guard;
use super::server;
use super::target::Url;
use crate::config::{Config, KeyPath, Resources};

/// What was typed, with files where they are.
pub(super) fn compile(config: &Config, choice: &Choice) -> Result<Option<Resources>, Fault> {
    let Some(typed) = &config.target.resources else { return Ok(None) };
    let at = KeyPath::root().key("target").key("resources");
    match typed {
        Resources::Command if !server::under_test(config, choice.target.as_deref())?.is_started_here() => {
            // Another target was typed: what is written is of the one that is started otherwise.
            if choice.target.is_some() {
                return Ok(None);
            }
            let help = "write the target's `command`, or { pid_file = \"…\" }, or its process id";
            Err(Flaw::new("no process is started here", help).at(&at.key("process")))
        }
        Resources::PidFile(path) => Ok(Some(Resources::PidFile(choice.base.join(path)))),
        Resources::Prometheus { url, .. } => {
            let place = |flaw: Flaw| flaw.at(&at.key("prometheus"));
            let parsed = Url::parse(url).map_err(place)?;
            if parsed.https {
                return Err(place(Flaw::new("series are read without TLS", "write an http:// URL")));
            }
            Guard::compile(&config.target)?.private_only(&parsed.host).map_err(place)?;
            Ok(Some(typed.clone()))
        }
        other => Ok(Some(other.clone())),
    }
}
