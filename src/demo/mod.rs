//! The API built into loadgate: a shop whose speed is simulated, to try loadgate on and to test it with.
//!
//! In: [`Options`], an address, a seed and [`Fault`]s. Out: an HTTP/1.1 server on a real socket.
//!
//! Every request to the shop takes one of a bounded number of database connections, in the order of arrival,
//! and holds it for a service time drawn from a seeded log-normal distribution. So latencies hardly depend on the
//! machine, one seed gives one sequence of latencies, and there is a real knee: where users ask for more than the
//! connections can give, they queue. Nothing is stored: carts and tokens are signed, so hours of load take no
//! memory, unless a fault says so.
//!
//! Does not compute anything worth measuring, and no room but `commands` may import it.

mod answer;
mod backend;
mod behaviour;
mod catalogue;
mod fault;
mod handle;
mod metrics;
mod pool;
mod route;
mod server;
mod stop;
mod ticket;

pub use fault::{Delay, Effect, Fault, FaultError, Scope};
pub use route::Route;
pub use server::{Error, Options, serve};
pub use stop::stop_requested;

#[cfg(test)]
mod tests;
