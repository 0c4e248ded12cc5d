//! The page's HTTP: what is where, and who may have it.
//!
//! In: requests on a loopback address. Out: the page itself to anyone there, figures and orders to who shows the token.
//! Sends no CORS header, so no other site's page reads anything.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State as Held};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::events::events;
use super::guard::Guard;
use super::page::{Asked, Download, Order};
use super::state::State;
use crate::report::html;

/// Longest body of an order, in bytes.
const LONGEST_ORDER: usize = 1024;

/// What the page may load and do: nothing but what is served here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) guard: Guard,
    pub(super) state: watch::Sender<State>,
    pub(super) orders: mpsc::Sender<Asked>,
    /// What can be downloaded.
    pub(super) files: watch::Sender<Vec<Download>>,
}

/// Serves the page until it is aborted.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let locked = Router::new()
        .route("/events", get(events))
        .route("/files/{name}", get(file))
        .route("/api/start", post(|held| order(held, Order::Start)))
        .route("/api/stop", post(|held| order(held, Order::Stop)))
        .route("/api/level", post(level))
        .layer(DefaultBodyLimit::max(LONGEST_ORDER))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), let_in));
    let open = Router::new()
        .route("/", get(asset("text/html; charset=utf-8", include_str!("assets/page.html"))))
        .route("/style.css", get(asset("text/css; charset=utf-8", html::STYLE)))
        .route("/page.css", get(asset("text/css; charset=utf-8", include_str!("assets/page.css"))))
        .route("/page.js", get(asset("text/javascript; charset=utf-8", include_str!("assets/page.js"))));
    let all = open
        .merge(locked)
        .fallback(|| async { refuse(StatusCode::NOT_FOUND, "there is nothing here") })
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), at_home))
        .with_state(shared);
    // Accepting goes on whatever a connection does: it ends with the page.
    let _never = axum::serve(listener, all).await;
}

/// Refuses what came by another name or from another site; what is sent is not kept, framed or told on.
async fn at_home(Held(shared): Held<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = if shared.guard.is_at_home(request.headers()) {
        next.run(request).await
    } else {
        refuse(StatusCode::FORBIDDEN, "this page is reached by its own address only")
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn let_in(Held(shared): Held<Arc<Shared>>, request: Request, next: Next) -> Response {
    if shared.guard.knows(request.headers()) {
        next.run(request).await
    } else {
        refuse(StatusCode::UNAUTHORIZED, "the token is missing or wrong: it is in the address that loadgate printed")
    }
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse + Clone {
    ([(CONTENT_TYPE, kind)], text)
}

async fn file(Held(shared): Held<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let files = shared.files.borrow();
    let Some(Download { name, bytes }) = files.iter().find(|file| file.name == name) else {
        return refuse(StatusCode::NOT_FOUND, "there is no such file");
    };
    let attached = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, attached)], bytes.clone())
        .into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    level: f64,
}

async fn level(held: Held<Arc<Shared>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Wanted>(&body) {
        Ok(wanted) if wanted.level.is_finite() && wanted.level >= 0.0 => order(held, Order::Level(wanted.level)).await,
        Ok(_) | Err(_) => refuse(StatusCode::BAD_REQUEST, "write a level as {\"level\": 250}"),
    }
}

async fn order(Held(shared): Held<Arc<Shared>>, order: Order) -> Response {
    let (asked, answered) = Asked::new(order);
    if shared.orders.send(asked).await.is_err() {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "loadgate is ending");
    }
    match answered.await {
        Ok(Ok(())) => Json(json!({})).into_response(),
        Ok(Err(why)) => refuse(StatusCode::CONFLICT, &why),
        Err(_ending) => refuse(StatusCode::SERVICE_UNAVAILABLE, "loadgate is ending"),
    }
}

pub(super) fn refuse(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}
