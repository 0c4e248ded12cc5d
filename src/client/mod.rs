//! The measured HTTP client.
//!
//! In: a [`Request`], compiled. Out: an [`Exchange`]: what happened, when, how many bytes.
//! Knows nothing of users, plans or histograms.

mod agent;
mod answer;
mod chunked;
mod cookies;
mod deadline;
mod decode;
mod dial;
mod engine;
mod exchange;
mod full;
mod handshake;
mod head;
mod http1;
mod lookup;
mod network;
mod origins;
mod production;
mod race;
mod redirect;
mod request;
mod response;
mod split_head;
mod target;

pub use agent::Agent;
pub use answer::{Answer, Unreadable};
pub use exchange::{Exchange, Failure, Timings};
pub use handshake::Handshake;
pub use lookup::{Refusal, is_private};
pub use network::Network;
pub use production::{NoHost, Production};
pub use request::{Method, Request, UnknownMethod};
pub use response::{Response, Wants};
pub use target::{Browsing, Connections, Proxy, Route, Target, Tls, Version};
