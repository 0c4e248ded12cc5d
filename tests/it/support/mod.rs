//! What the tests stand on: a folder to run loadgate in, and servers that do as they are told.
//!
//! Knows nothing of the library's types: these tests see what a user sees.

mod corpus;
pub(crate) mod github;
mod http2;
mod invocation;
mod project;
mod proxy;
mod script;
mod server;
mod shelf;
mod shop;
#[cfg(target_os = "linux")]
mod terminal;

pub(crate) use corpus::check_corpus;
pub(crate) use http2::Http2Server;
pub(crate) use invocation::{Finished, Running};
pub(crate) use project::Project;
pub(crate) use proxy::Proxy;
pub(crate) use script::{Act, Answer, Received};
pub(crate) use server::{Certificate, Server, closed_port, full_listener};
pub(crate) use shelf::Shelf;
pub(crate) use shop::{shop, shop_project};
#[cfg(target_os = "linux")]
pub(crate) use terminal::Terminal;
