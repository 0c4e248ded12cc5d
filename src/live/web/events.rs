//! The stream of server-sent events: everything at first, then each second.
//!
//! In: the page's state as it changes. Out: one event for each change a reader has time for. A slow reader misses changes,
//! never holds anything up, and is told the newest; one that comes again is told everything.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State as Held;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use http_body_util::channel::{Channel, Sender};
use tokio::time::timeout;

use super::server::{Shared, refuse};
use super::state::Seen;

/// Readers at once: each costs a little every second.
const READERS: usize = 16;

/// Events on their way to a reader.
const ON_THE_WAY: usize = 1;

/// After so long without news a reader is sent an empty line, by which one that left is noticed.
const SILENCE: Duration = Duration::from_secs(10);

pub(super) async fn events(Held(shared): Held<Arc<Shared>>) -> Response {
    if shared.state.receiver_count() >= READERS {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "too many windows show this page: close one");
    }
    let (sender, body) = Channel::<Bytes>::new(ON_THE_WAY);
    let state = shared.state.subscribe();
    tokio::spawn(tell(state, sender));
    ([(CONTENT_TYPE, "text/event-stream")], Body::new(body)).into_response()
}

/// Tells one reader, until it leaves or the page is gone.
async fn tell(mut state: tokio::sync::watch::Receiver<super::state::State>, mut sender: Sender<Bytes>) {
    let mut seen = Seen::default();
    let mut number = 0_u64;
    state.mark_changed();
    loop {
        let line = match timeout(SILENCE, state.changed()).await {
            Ok(Ok(())) => {
                let (json, now) = state.borrow_and_update().told(seen);
                seen = now;
                number += 1;
                format!("id: {number}\ndata: {json}\n\n")
            }
            Ok(Err(_gone)) => return,
            Err(_silent) => ":\n\n".to_owned(),
        };
        if sender.send_data(Bytes::from(line)).await.is_err() {
            return;
        }
    }
}
