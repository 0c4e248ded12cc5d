//! What the users of one worker share: the way to the target, and where answers are read to.
//!
//! In: a [`Target`]. Out: an [`Agent`] for each virtual user. Holds no connection of a user's own.

use std::rc::Rc;

use super::agent::Agent;
use super::dial::Dialer;
use super::exchange::Failure;
use super::http1::{Http1, ReadBuffer};
use super::origins::Origins;
use super::target::Target;

/// The way to one target, for the users of one worker.
#[derive(Debug)]
pub struct Network {
    dialer: Rc<Dialer>,
    buffer: Rc<ReadBuffer>,
    origins: Rc<Origins>,
}

impl Network {
    /// A network that has resolved nothing yet.
    #[must_use]
    pub fn new(target: Target) -> Self {
        let buffer = Rc::default();
        let origins = Rc::new(Origins::new(target.clone(), Rc::clone(&buffer)));
        Self { dialer: Rc::new(Dialer::new(target)), buffer, origins }
    }

    /// The client of one more virtual user.
    #[must_use]
    pub fn agent(&self) -> Agent {
        Agent::new(Http1::new(Rc::clone(&self.dialer), Rc::clone(&self.buffer)), Rc::clone(&self.origins))
    }

    /// Whether the target may be sent load, as far as its name can be resolved now. Opens no connection.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] where the name stands for an address beyond private ranges that is not allowed.
    pub async fn ask_permission(&self) -> Result<(), Failure> {
        self.dialer.ask_permission().await
    }
}
