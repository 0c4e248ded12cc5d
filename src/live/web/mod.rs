//! The page in a browser: a run watched, started, stopped and changed while it goes on.
//!
//! In: how a run stands, from whoever plays it. Out: a page on a loopback address, and the [`Order`]s given there. Plays
//! nothing, and lets nobody in without the token.

mod events;
mod guard;
mod page;
mod server;
mod state;

pub use guard::Refused;
pub use page::{Asked, Download, Order, Page, Show};
pub use state::{About, Ending, Load, LoadUnit, Phase};
