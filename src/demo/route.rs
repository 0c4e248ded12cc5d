//! The routes of the shop: which request goes where, and how long each takes.
//!
//! In: a method and a path. Out: a [`Route`], or why there is none. Does not answer requests.

use std::fmt;
use std::time::Duration;

use hyper::Method;

/// A route of the demo API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// `POST /auth/login`: email and password for an access token.
    Login,
    /// `GET /products`: a page of the catalogue.
    Products,
    /// `GET /products/{id}`: one product.
    Product,
    /// `POST /cart`: a product into a new cart.
    Cart,
    /// `POST /orders`: a cart into an order.
    Orders,
    /// `GET /health`: is it up? Takes no database connection.
    Health,
    /// `GET /metrics`: Prometheus text. Takes no database connection.
    Metrics,
}

/// Where a request leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matched<'p> {
    /// To this route; the text stands where the pattern says `{id}`, and is empty elsewhere.
    Route(Route, &'p str),
    /// The path exists, for this other method.
    OtherMethod(&'static str),
    /// Nowhere.
    Unknown,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Login, Self::Products, Self::Product, Self::Cart, Self::Orders, Self::Health, Self::Metrics];

    /// The method it answers.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Login | Self::Cart | Self::Orders => "POST",
            Self::Products | Self::Product | Self::Health | Self::Metrics => "GET",
        }
    }

    /// The pattern of its path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Login => "/auth/login",
            Self::Products => "/products",
            Self::Product => "/products/{id}",
            Self::Cart => "/cart",
            Self::Orders => "/orders",
            Self::Health => "/health",
            Self::Metrics => "/metrics",
        }
    }

    /// Median service time in the database; none where there is no database in it.
    ///
    /// The catalogue page is the slow one. An order takes about as long as the middle of the whole mix, so that an
    /// order half as slow again stands out in its own percentiles and hides in those of the whole run.
    #[must_use]
    pub(super) const fn median_service_time(self) -> Option<Duration> {
        match self {
            Self::Login => Some(Duration::from_millis(60)),
            Self::Products => Some(Duration::from_millis(80)),
            Self::Product | Self::Cart => Some(Duration::from_millis(30)),
            Self::Orders => Some(Duration::from_millis(44)),
            Self::Health | Self::Metrics => None,
        }
    }

    /// Whether it is the shop's own, and not there for operators.
    #[must_use]
    pub(super) const fn is_shop(self) -> bool {
        self.median_service_time().is_some()
    }

    /// Finds the route of a request. `HEAD` goes where `GET` goes.
    pub(super) fn find<'p>(method: &Method, path: &'p str) -> Matched<'p> {
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        let mut other = Matched::Unknown;
        for route in Self::ALL {
            let Some(id) = route.id_in(path) else { continue };
            if route.method() == method {
                return Matched::Route(route, id);
            }
            other = Matched::OtherMethod(route.allow());
        }
        other
    }

    /// The value of the `Allow` header for its path.
    const fn allow(self) -> &'static str {
        match self {
            Self::Login | Self::Cart | Self::Orders => "POST",
            Self::Products | Self::Product | Self::Health | Self::Metrics => "GET, HEAD",
        }
    }

    /// What stands for `{id}` in a path of this route; none if the path is another's.
    fn id_in(self, path: &str) -> Option<&str> {
        match self.path().strip_suffix("{id}") {
            Some(prefix) => path.strip_prefix(prefix).filter(|id| !id.is_empty() && !id.contains('/')),
            None => (path == self.path()).then_some(""),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_id_leads_to_the_product_and_deeper_paths_lead_nowhere() {
        assert_eq!(Route::find(&Method::GET, "/products/17"), Matched::Route(Route::Product, "17"));
        assert_eq!(Route::find(&Method::GET, "/products/x"), Matched::Route(Route::Product, "x"));
        assert_eq!(Route::find(&Method::GET, "/products/17/reviews"), Matched::Unknown);
        assert_eq!(Route::find(&Method::GET, "/products/"), Matched::Unknown);
    }

    #[test]
    fn head_goes_where_get_goes() {
        assert_eq!(Route::find(&Method::HEAD, "/products"), Matched::Route(Route::Products, ""));
        assert_eq!(Route::find(&Method::HEAD, "/orders"), Matched::OtherMethod("POST"));
    }

    #[test]
    fn a_known_path_with_another_method_names_the_right_one() {
        assert_eq!(Route::find(&Method::GET, "/orders"), Matched::OtherMethod("POST"));
        assert_eq!(Route::find(&Method::DELETE, "/products/17"), Matched::OtherMethod("GET, HEAD"));
        assert_eq!(Route::find(&Method::GET, "/admin"), Matched::Unknown);
    }

    #[test]
    fn an_order_is_not_the_slowest_even_when_half_as_slow_again() {
        let slower = Route::Orders.median_service_time().unwrap().mul_f64(1.5);
        assert!(slower < Route::Products.median_service_time().unwrap());
    }
}
