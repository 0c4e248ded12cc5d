//! Plays a plan.
//!
//! In: a `Plan`. Out: a `Recording`. One thread a core to use, each with a runtime of its own; a virtual user is a
//! task of one of them; nothing is shared between them while a request is under way. Decides nothing about pass
//! or fail.

mod abort;
mod audience;
mod audit;
mod clock;
mod crowd;
mod driver;
mod ending;
mod error;
mod example;
mod kinds;
mod observed;
mod pacer;
mod quota;
mod seats;
mod steering;
#[cfg(test)]
mod tests;
mod thread;
mod user;
mod vitals;
mod worker;

pub use audience::{Audience, Look};
pub use audit::unfit;
pub use driver::{Run, ask_permission, most_level, play, raised_open_files_limit};
pub use error::Error;
pub use observed::Observed;
pub use steering::Wanted;
pub use worker::Stop;
