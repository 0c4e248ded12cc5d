//! Answers as the shop writes them.
//!
//! In: a status and what to say. Out: an HTTP response with its headers. Does not decide which.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

/// An answer, whole.
pub(super) type Answer = Response<Full<Bytes>>;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request is not understood: 400.
    BadRequest(String),
    /// It needs a login: 401.
    Unauthorized(&'static str),
    /// There is nothing there: 404.
    NotFound(String),
    /// The path is for other methods, these: 405.
    OtherMethod(&'static str),
    /// The body is larger than so many bytes: 413.
    TooLarge(usize),
    /// The shop is broken, as asked for: 500.
    Broken,
}

/// `value` as JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let Ok(body) = serde_json::to_vec(value) else { return refusal(&Refusal::Broken) };
    text(status, "application/json", body)
}

/// `body` with its type.
pub(super) fn text(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    with_header(answer, CONTENT_TYPE, content_type)
}

/// Why not, as `{"error": …}`.
pub(super) fn refusal(why: &Refusal) -> Answer {
    let (status, error) = match why {
        Refusal::BadRequest(error) => (StatusCode::BAD_REQUEST, error.clone()),
        Refusal::Unauthorized(error) => (StatusCode::UNAUTHORIZED, (*error).to_owned()),
        Refusal::NotFound(error) => (StatusCode::NOT_FOUND, error.clone()),
        Refusal::OtherMethod(allow) => (StatusCode::METHOD_NOT_ALLOWED, format!("use {allow}")),
        Refusal::TooLarge(most) => (StatusCode::PAYLOAD_TOO_LARGE, format!("the body may have {most} bytes")),
        Refusal::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "the database is on fire".to_owned()),
    };
    let answer = text(status, "application/json", json!({ "error": error }).to_string());
    match why {
        Refusal::OtherMethod(allow) => with_header(answer, ALLOW, allow),
        Refusal::Unauthorized(_) => with_header(answer, WWW_AUTHENTICATE, "Bearer"),
        _ => answer,
    }
}

fn with_header(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
