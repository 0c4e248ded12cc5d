//! The measured HTTP client.
//!
//! In: a [`Request`], compiled. Out: an [`Exchange`]: what happened, when, how many bytes.
//! Knows nothing of users, plans or histograms.

mod answer;
mod chunked;
mod deadline;
mod dial;
mod exchange;
mod head;
mod http1;
mod request;
mod response;
mod target;

pub use dial::{Dialer, Stream, is_private};
pub use exchange::{Exchange, Failure, Timings};
pub use http1::{Http1, ReadBuffer};
pub use request::{Method, Request, UnknownMethod};
pub use response::{Response, Wants};
pub use target::{Target, Tls};
