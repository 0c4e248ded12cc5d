//! `/metrics`, to be scraped while a run goes on.
//!
//! In: the run so far. Out: its exposition to whoever asks at the address. There is nothing to order here, so there is no token.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::exposition::exposition;
use super::totals::Totals;

/// What version 0.0.4 of the text format is called.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is scraped.
#[derive(Debug, Clone)]
pub(super) struct Scraped {
    pub(super) profile: String,
    pub(super) totals: watch::Receiver<Totals>,
}

/// Serves until it is aborted.
pub(super) async fn serve(listener: TcpListener, scraped: Scraped) {
    let routes = Router::new().route("/metrics", get(metrics)).with_state(scraped);
    // Accepting goes on whatever a connection does.
    let _never = axum::serve(listener, routes).await;
}

async fn metrics(State(scraped): State<Scraped>) -> impl IntoResponse {
    let text = exposition(&scraped.profile, &scraped.totals.borrow());
    ([(CONTENT_TYPE, TEXT)], text)
}
