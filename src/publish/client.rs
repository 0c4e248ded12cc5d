//! The HTTP client of everything that is published.
//!
//! In: whether it will speak TLS. Out: a client that follows no redirect by itself, and its errors in words without URLs,
//! which may hold secrets. Sends nothing.

use reqwest::redirect::Policy;
use tokio_rustls::rustls::crypto::ring;

/// A client; one that speaks no TLS needs none of the system's certificates, which a small container may not have.
pub(super) fn client(speaks_tls: bool) -> Result<reqwest::Client, String> {
    // reqwest makes no client without a provider of cryptography.
    let _there_is_one = ring::default_provider().install_default();
    let client =
        reqwest::Client::builder().user_agent(concat!("loadgate/", env!("CARGO_PKG_VERSION"))).redirect(Policy::none());
    let client = if speaks_tls { client } else { client.tls_certs_only([]) };
    client.build().map_err(|error| format!("no HTTP client: {}", deepest_cause(&error)))
}

/// Why there is no answer.
pub(super) fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        format!("no connection ({})", deepest_cause(error))
    } else {
        "the connection broke".to_owned()
    }
}

/// What lies at the bottom of an error: reqwest's own words repeat the URL.
fn deepest_cause(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
