//! One request, answered.
//!
//! In: a request. Out: an [`Answer`], a [`Reset`], or nothing ever. Does not touch sockets.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, Method, Request, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Route;
use super::answer::{self, Answer, Refusal};
use super::backend::Backend;
use super::behaviour::{Behaviour, Fate};
use super::catalogue;
use super::metrics::Metrics;
use super::route::Matched;
use super::ticket::{Kind, Tickets};

/// Largest body taken.
const MOST_BODY_BYTES: usize = 64 * 1_024;
/// Most of a body that is too large read before the refusal, so that the client is ready to read it.
const MOST_DRAINED_BYTES: usize = 16 * MOST_BODY_BYTES;

/// The shop, shared by all connections.
#[derive(Debug)]
pub(super) struct Shop {
    backend: Backend,
    metrics: Metrics,
    tickets: Tickets,
}

/// The connection is to be reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reset;

/// Why a request has no good answer.
enum Stop {
    Refused(Refusal),
    Reset,
    Stalled,
}

impl From<Refusal> for Stop {
    fn from(why: Refusal) -> Self {
        Self::Refused(why)
    }
}

impl Shop {
    /// A shop that has just opened.
    pub(super) fn new(behaviour: Behaviour, seed: u64) -> Arc<Self> {
        let (backend, metrics, tickets) = (Backend::new(behaviour), Metrics::default(), Tickets::new(seed));
        Arc::new(Self { backend, metrics, tickets })
    }

    /// Answers one request, unless it is one to reset or to stall.
    pub(super) async fn handle<B: Body<Data = Bytes> + Unpin>(&self, request: Request<B>) -> Result<Answer, Reset> {
        let _under_way = self.metrics.begin();
        let path = request.uri().path().to_owned();
        let (route, result) = match Route::find(request.method(), &path) {
            Matched::Route(route, id) => (Some(route), self.dispatch(route, id, request).await),
            Matched::OtherMethod(allow) => (None, Err(Refusal::OtherMethod(allow).into())),
            Matched::Unknown => (None, Err(Refusal::NotFound(format!("no path {path}")).into())),
        };
        let answer = match result {
            Ok(answer) => answer,
            Err(Stop::Refused(why)) => answer::refusal(&why),
            Err(Stop::Reset) => return Err(Reset),
            Err(Stop::Stalled) => std::future::pending().await,
        };
        self.metrics.answered(route, answer.status().as_u16());
        Ok(answer)
    }

    async fn dispatch<B>(&self, route: Route, id: &str, request: Request<B>) -> Result<Answer, Stop>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        match route {
            Route::Login => self.login(request).await,
            Route::Products => self.products(request.uri().query().unwrap_or_default()).await,
            Route::Product => self.product(id).await,
            Route::Cart => self.cart(request).await,
            Route::Orders => self.order(request).await,
            Route::Health => {
                self.work(route).await?;
                Ok(answer::json(StatusCode::OK, &json!({ "status": "ok" })))
            }
            Route::Metrics => {
                self.work(route).await?;
                let text = self.metrics.render(self.backend.pool());
                Ok(answer::text(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text))
            }
        }
    }

    async fn login<B: Body<Data = Bytes> + Unpin>(&self, request: Request<B>) -> Result<Answer, Stop> {
        #[derive(Deserialize)]
        struct Login {
            email: String,
            password: String,
        }
        let Login { email, password } = body(request).await?;
        self.work(Route::Login).await?;
        if !email.contains('@') || password.is_empty() {
            return Err(Refusal::Unauthorized("any email and any password will do, but not none").into());
        }
        let token = self.tickets.issue(Kind::Access);
        Ok(answer::json(StatusCode::OK, &json!({ "access_token": token, "token_type": "bearer" })))
    }

    async fn products(&self, query: &str) -> Result<Answer, Stop> {
        let page = parameter(query, "page", 1, u32::MAX)?;
        let limit = parameter(query, "limit", 20, catalogue::MOST_PER_PAGE)?;
        self.work(Route::Products).await?;
        Ok(answer::json(StatusCode::OK, &catalogue::page(page, limit)))
    }

    async fn product(&self, id: &str) -> Result<Answer, Stop> {
        self.work(Route::Product).await?;
        match id.parse().ok().and_then(catalogue::product) {
            Some(product) => Ok(answer::json(StatusCode::OK, &product)),
            None => Err(Refusal::NotFound(format!("no product {id}")).into()),
        }
    }

    async fn cart<B: Body<Data = Bytes> + Unpin>(&self, request: Request<B>) -> Result<Answer, Stop> {
        #[derive(Deserialize)]
        struct AddToCart {
            product_id: Id,
        }
        self.authorize(request.headers())?;
        let AddToCart { product_id } = body(request).await?;
        self.work(Route::Cart).await?;
        let Some(product) = product_id.number().and_then(catalogue::product) else {
            return Err(Refusal::NotFound("no product with this product_id".to_owned()).into());
        };
        let cart = self.tickets.issue(Kind::Cart);
        Ok(answer::json(StatusCode::CREATED, &json!({ "cart_id": cart, "items": [product] })))
    }

    async fn order<B: Body<Data = Bytes> + Unpin>(&self, request: Request<B>) -> Result<Answer, Stop> {
        #[derive(Deserialize)]
        struct NewOrder {
            cart_id: String,
            #[serde(default = "one")]
            quantity: u32,
        }
        self.authorize(request.headers())?;
        let NewOrder { cart_id, quantity } = body(request).await?;
        self.work(Route::Orders).await?;
        if !self.tickets.is_valid(Kind::Cart, &cart_id) {
            return Err(Refusal::NotFound("no cart with this cart_id".to_owned()).into());
        }
        let order = json!({ "order_id": cart_id.replacen("cart", "order", 1), "quantity": quantity });
        Ok(answer::json(StatusCode::CREATED, &order))
    }

    /// Does the simulated work, and passes on what goes wrong with it.
    async fn work(&self, route: Route) -> Result<(), Stop> {
        match self.backend.work(route).await {
            Fate::Answered => Ok(()),
            Fate::Failed => Err(Refusal::Broken.into()),
            Fate::Reset => Err(Stop::Reset),
            Fate::Stalled => Err(Stop::Stalled),
        }
    }

    fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let header = headers.get(AUTHORIZATION).ok_or(Refusal::Unauthorized("log in at POST /auth/login first"))?;
        let token = header.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        match token {
            Some(token) if self.tickets.is_valid(Kind::Access, token.trim()) => Ok(()),
            _ => Err(Refusal::Unauthorized("this token was not issued here")),
        }
    }
}

/// A product's id, as clients send it: data from CSV files is text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u32),
    Text(String),
}

impl Id {
    fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

fn one() -> u32 {
    1
}

/// A parameter of the query between 1 and `most`.
fn parameter(query: &str, name: &str, default: u32, most: u32) -> Result<u32, Refusal> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let Some((_, value)) = pairs.find(|(key, _)| *key == name) else {
        return Ok(default);
    };
    let number = value.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| Refusal::BadRequest(format!("{name} must be a number from 1 to {most}")))
}

/// The JSON body of a request.
async fn body<T: DeserializeOwned, B: Body<Data = Bytes> + Unpin>(request: Request<B>) -> Result<T, Refusal> {
    debug_assert!(request.method() == Method::POST, "only POST has a body here");
    let bytes = read(request.into_body()).await?;
    serde_json::from_slice(&bytes).map_err(|error| Refusal::BadRequest(format!("bad JSON: {error}")))
}

/// The whole body, if it is not too large.
async fn read<B: Body<Data = Bytes> + Unpin>(mut body: B) -> Result<Bytes, Refusal> {
    let most_drained = u64::try_from(MOST_DRAINED_BYTES).unwrap_or(u64::MAX);
    if body.size_hint().lower() > most_drained {
        return Err(Refusal::TooLarge(MOST_BODY_BYTES));
    }
    let mut kept = BytesMut::new();
    let mut seen: usize = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Refusal::BadRequest("the body was cut short".to_owned())) };
        let Some(data) = frame.data_ref() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > MOST_DRAINED_BYTES {
            break;
        }
        if seen <= MOST_BODY_BYTES {
            kept.extend_from_slice(data);
        }
    }
    if seen > MOST_BODY_BYTES { Err(Refusal::TooLarge(MOST_BODY_BYTES)) } else { Ok(kept.freeze()) }
}
