//! What the users of one worker share: the way to the target and to other origins, and where answers are read to.
//!
//! In: a [`Target`]. Out: an [`Agent`] for each virtual user. Holds no connection of a user's own.

use std::io;
use std::rc::Rc;

use super::agent::Agent;
use super::dial::Dialer;
use super::engine::Way;
use super::lookup::Refusal;
use super::origins::Origins;
use super::target::Target;

/// The way to one target, for the users of one worker.
#[derive(Debug)]
pub struct Network {
    target: Target,
    way: Way,
    origins: Rc<Origins>,
}

impl Network {
    /// A network that has resolved nothing yet.
    ///
    /// # Errors
    /// The engine that the target asks for cannot be set up.
    pub fn new(target: Target) -> io::Result<Self> {
        let buffer = Rc::default();
        let way = Way::new(target.clone(), &buffer)?;
        Ok(Self { origins: Rc::new(Origins::new(target.clone(), buffer)), way, target })
    }

    /// The client of one more virtual user.
    #[must_use]
    pub fn agent(&self) -> Agent {
        Agent::new(self.way.engine(), Rc::clone(&self.origins))
    }

    /// Whether the target may be sent load, as far as names can be resolved now. Opens no connection.
    ///
    /// # Errors
    /// The host, the target's or the proxy's, that is production, or beyond private ranges and not allowed.
    pub async fn ask_permission(&self) -> Result<(), Refusal> {
        Dialer::new(self.target.clone()).ask_permission().await
    }
}
