//! The system under test, where loadgate starts it itself.
//!
//! In: a [`Command`] and when it is [`Ready`]. Out: a [`Running`] target with the URL it serves, and its resource use.
//! The target lives in a process group of its own, and never outlives loadgate's use of it.
//!
//! Is not needed: a run against a URL is whole without it.

mod cgroup;
mod checkout;
mod command;
mod error;
mod fetch;
mod launch;
mod make;
mod output;
mod pace;
mod process;
mod prometheus;
mod resources;
mod running;
mod sampler;

pub use checkout::Checkout;
pub use command::{Command, Ready};
pub use error::Error;
pub use fetch::{FetchError, fetch};
pub use launch::{Surroundings, launch};
pub use make::make;
pub use running::{Running, start};
pub use sampler::{Place, Sampler};
