//! The cookies of one virtual user (RFC 6265).
//!
//! In: `Set-Cookie` lines, and the place each came from. Out: requests with the cookies that belong to them.
//! Knows no list of public suffixes: a cookie for `com` is refused, one for `co.uk` is not.

use std::borrow::Cow;
use std::time::Duration;

use cookie::Cookie;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::request::Request;

/// Most cookies a jar holds: the oldest make room. Browsers keep some 180 for each site.
const MOST: usize = 180;

/// Longest cookie that is kept, name and value, as in browsers.
const LONGEST: usize = 4096;

/// The cookies of one virtual user, and memory for the requests they are sent with.
#[derive(Debug, Default)]
pub(super) struct Jar {
    /// Longest path first, then as they were set: the order in which they are sent.
    cookies: Vec<Stored>,
    /// Numbers cookies as they are set.
    count: u64,
    line: Vec<u8>,
    request: Request,
}

/// Where a request goes, or an answer came from, as far as cookies ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Over TLS.
    pub(super) https: bool,
    /// Name or address, in lower case, without brackets.
    pub(super) host: &'a str,
    /// Path and query.
    pub(super) path: &'a [u8],
}

#[derive(Debug)]
struct Stored {
    /// `name=value`.
    pair: Box<str>,
    name_length: usize,
    domain: Box<str>,
    /// For the very host that set it, and none below.
    host_only: bool,
    path: Box<[u8]>,
    secure: bool,
    /// None for a cookie that lasts as long as its user.
    expires: Option<Instant>,
    number: u64,
}

impl Jar {
    /// The values of all cookies.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        let value = |stored: &'_ Stored| stored.name_length + 1;
        self.cookies.iter().filter_map(move |stored| stored.pair.get(value(stored)..))
    }

    /// Takes in a `Set-Cookie` line. One that is no cookie, or not this place's to set, is ignored.
    pub(super) fn set(&mut self, line: &[u8], place: Place<'_>, now: Instant) {
        let line = String::from_utf8_lossy(line);
        let Ok(cookie) = Cookie::parse(line.as_ref()) else { return };
        let lifetime = lifetime(&cookie);
        let Some(stored) = Stored::new(&cookie, place, self.count) else { return };
        self.count += 1;
        let known = self.cookies.iter().position(|known| known.is_replaced_by(&stored));
        if lifetime.is_some_and(|lifetime| lifetime.is_zero()) {
            if let Some(at) = known {
                self.cookies.remove(at);
            }
            return;
        }
        let stored = Stored { expires: lifetime.and_then(|lifetime| now.checked_add(lifetime)), ..stored };
        if let Some(known) = known.and_then(|at| self.cookies.get_mut(at)) {
            *known = Stored { number: known.number, ..stored };
            return;
        }
        if self.cookies.len() >= MOST {
            self.make_room(now);
        }
        let at = self.cookies.partition_point(|known| known.path.len() >= stored.path.len());
        self.cookies.insert(at, stored);
    }

    /// A request with the cookies that belong to its place; none where none do.
    ///
    /// A `Cookie` header of the request's own stays as it is: cookies of the jar follow in its line, but for those it
    /// names itself.
    pub(super) fn dress(&mut self, request: &Request, place: Place<'_>, now: Instant) -> Option<&Request> {
        let own = request.header("cookie");
        let own_value = own.clone().and_then(|own| request.wire().get(own)).unwrap_or_default();
        self.line.clear();
        for cookie in &self.cookies {
            if cookie.belongs_to(place, now) && !names(own_value, cookie.name()) {
                let before = if self.line.is_empty() && own.is_none() { "Cookie: " } else { "; " };
                self.line.extend_from_slice(before.as_bytes());
                self.line.extend_from_slice(cookie.pair.as_bytes());
            }
        }
        if self.line.is_empty() {
            return None;
        }
        if own.is_none() {
            self.line.extend_from_slice(b"\r\n");
        }
        let at = own.map_or_else(|| request.end_of_headers(), |own| own.end);
        self.request.splice(request, at, &self.line);
        Some(&self.request)
    }

    fn make_room(&mut self, now: Instant) {
        self.cookies.retain(|cookie| !cookie.has_expired(now));
        let oldest = self.cookies.iter().map(|cookie| cookie.number).min();
        if self.cookies.len() >= MOST {
            self.cookies.retain(|cookie| Some(cookie.number) != oldest);
        }
    }
}

impl Stored {
    /// A cookie of a place; none where the place must not set it.
    fn new(cookie: &Cookie<'_>, place: Place<'_>, number: u64) -> Option<Self> {
        let (name, value) = (cookie.name(), cookie.value());
        let is_secure = cookie.secure().unwrap_or_default();
        if name.len() + value.len() > LONGEST || (is_secure && !place.https) || has_control(name) || has_control(value)
        {
            return None;
        }
        let (domain, host_only) = match cookie.domain().filter(|domain| !domain.is_empty()) {
            None => (Cow::Borrowed(place.host), true),
            Some(domain) => {
                let domain = domain.to_ascii_lowercase();
                let is_single = !domain.contains('.') || is_address(place.host);
                if domain == place.host {
                    (Cow::Owned(domain), is_single)
                } else if !is_single && is_below(place.host, &domain) {
                    (Cow::Owned(domain), false)
                } else {
                    return None;
                }
            }
        };
        let path = cookie.path().map(str::as_bytes).filter(|path| path.starts_with(b"/"));
        Some(Self {
            pair: format!("{name}={value}").into(),
            name_length: name.len(),
            domain: domain.into(),
            host_only,
            path: path.unwrap_or_else(|| default_path(place.path)).into(),
            secure: is_secure,
            expires: None,
            number,
        })
    }

    fn name(&self) -> &str {
        self.pair.get(..self.name_length).unwrap_or_default()
    }

    fn is_replaced_by(&self, other: &Self) -> bool {
        self.name() == other.name() && self.domain == other.domain && self.path == other.path
    }

    fn has_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    fn belongs_to(&self, place: Place<'_>, now: Instant) -> bool {
        let is_host = *self.domain == *place.host || (!self.host_only && is_below(place.host, &self.domain));
        is_host && (place.https || !self.secure) && is_within(place.path, &self.path) && !self.has_expired(now)
    }
}

/// How long a cookie lasts: nothing for one that is to be deleted, none for one that ends with its user.
fn lifetime(cookie: &Cookie<'_>) -> Option<Duration> {
    let left = match (cookie.max_age(), cookie.expires_datetime()) {
        (Some(age), _) => age,
        (None, Some(expires)) => expires - OffsetDateTime::now_utc(),
        (None, None) => return None,
    };
    Some(Duration::try_from(left).unwrap_or_default())
}

fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
}

/// A line break would start a header of its own, a NUL ends one in some servers.
fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}

/// Whether a host stands below a domain (section 5.1.3).
fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The path of a cookie that names none: the request's, up to its last `/` (section 5.1.4).
fn default_path(request: &[u8]) -> &[u8] {
    let path = without_query(request);
    match memchr::memrchr(b'/', path) {
        None | Some(0) => b"/",
        Some(last) => path.get(..last).unwrap_or(b"/"),
    }
}

/// Whether a request's path is a cookie's, or below it (section 5.1.4).
fn is_within(request: &[u8], cookie: &[u8]) -> bool {
    let rest = without_query(request).strip_prefix(cookie);
    rest.is_some_and(|rest| rest.is_empty() || cookie.ends_with(b"/") || rest.starts_with(b"/"))
}

fn without_query(path: &[u8]) -> &[u8] {
    path.split(|&byte| byte == b'?').next().unwrap_or_default()
}

/// Whether a `Cookie` header's value names a cookie.
fn names(value: &[u8], name: &str) -> bool {
    let mut pairs = value.split(|&byte| byte == b';');
    pairs.any(|pair| pair.split(|&byte| byte == b'=').next().unwrap_or_default().trim_ascii() == name.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(url: &str) -> Place<'_> {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_at(rest.find('/').unwrap());
        Place { https: scheme == "https", host, path: path.as_bytes() }
    }

    fn request(headers: &str) -> Request {
        let mut request = Request::default();
        let write = |text: &str, wire: &mut Vec<u8>| wire.extend_from_slice(text.as_bytes());
        let made: Result<(), ()> = request.compile(
            super::super::Method::Post,
            |wire| {
                write("/path", wire);
                Ok(())
            },
            |wire| {
                write(headers, wire);
                Ok(())
            },
            b"body",
        );
        made.unwrap();
        request
    }

    /// What a request to a place sends of a jar.
    fn sent(jar: &mut Jar, url: &str, now: Instant) -> String {
        let plain = request("Host: x\r\n");
        let Some(dressed) = jar.dress(&plain, place(url), now) else { return String::new() };
        let headers = std::str::from_utf8(dressed.headers()).unwrap();
        headers.strip_prefix("Host: x\r\nCookie: ").and_then(|line| line.strip_suffix("\r\n")).unwrap().to_owned()
    }

    /// A jar with cookies that a place set.
    fn jar(from: &str, lines: &[&str]) -> (Jar, Instant) {
        let (mut jar, now) = (Jar::default(), Instant::now());
        for line in lines {
            jar.set(line.as_bytes(), place(from), now);
        }
        (jar, now)
    }

    #[test]
    fn a_cookie_goes_back_to_the_host_that_set_it_and_to_no_other() {
        let (mut jar, now) = jar("http://shop.example/", &["sid=abc; HttpOnly"]);
        assert_eq!(sent(&mut jar, "http://shop.example/cart?page=2", now), "sid=abc");
        for other in ["http://example/", "http://www.shop.example/", "http://notshop.example/", "http://127.0.0.1/"] {
            assert_eq!(sent(&mut jar, other, now), "", "{other}");
        }
    }

    #[test]
    fn a_cookie_of_a_domain_goes_to_the_hosts_below_it() {
        let (mut jar, now) = jar("http://www.shop.example/", &["a=1; Domain=.Shop.example"]);
        assert_eq!(sent(&mut jar, "http://shop.example/", now), "a=1");
        assert_eq!(sent(&mut jar, "http://api.shop.example/", now), "a=1");
        assert_eq!(sent(&mut jar, "http://notshop.example/", now), "");
    }

    #[test]
    fn a_host_sets_no_cookie_for_another_one() {
        for (from, line) in [
            ("http://shop.example/", "a=1; Domain=other.example"),
            ("http://shop.example/", "a=1; Domain=www.shop.example"),
            ("http://shop.example/", "a=1; Domain=example"),
            ("http://10.0.0.7/", "a=1; Domain=0.0.7"),
        ] {
            assert!(jar(from, &[line]).0.cookies.is_empty(), "{line}");
        }
        let (mut local, now) = jar("http://localhost/", &["a=1; Domain=localhost"]);
        assert_eq!(sent(&mut local, "http://localhost/", now), "a=1");
        assert_eq!(sent(&mut local, "http://app.localhost/", now), "");
    }

    #[test]
    fn a_path_holds_for_what_is_below_it() {
        let (mut named, now) = jar("http://h/", &["a=1; Path=/shop", "b=2; Path=/shop/cart", "c=3; Path=nonsense"]);
        assert_eq!(sent(&mut named, "http://h/shop/cart/7", now), "b=2; a=1; c=3", "the longest path first");
        assert_eq!(sent(&mut named, "http://h/shop?x=/cart", now), "a=1; c=3");
        assert_eq!(sent(&mut named, "http://h/shopping", now), "c=3");
        let (mut unnamed, now) = jar("http://h/auth/login?next=/", &["a=1"]);
        assert_eq!(sent(&mut unnamed, "http://h/auth/token", now), "a=1");
        assert_eq!(sent(&mut unnamed, "http://h/", now), "");
    }

    #[test]
    fn a_secure_cookie_is_set_and_sent_over_tls_alone() {
        let (mut jar, now) = jar("https://h/", &["a=1; Secure"]);
        assert_eq!(sent(&mut jar, "https://h/", now), "a=1");
        assert_eq!(sent(&mut jar, "http://h/", now), "");
        jar.set(b"b=2; Secure", place("http://h/"), now);
        assert_eq!(sent(&mut jar, "https://h/", now), "a=1");
    }

    #[test]
    fn a_cookie_ends_when_it_says_and_max_age_wins() {
        let lines =
            ["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2", "c=3; Max-Age=9223372036854775807"];
        let (mut jar, now) = jar("http://h/", &lines);
        assert_eq!(sent(&mut jar, "http://h/", now + Duration::from_secs(59)), "a=1; b=2; c=3");
        assert_eq!(sent(&mut jar, "http://h/", now + Duration::from_secs(60)), "b=2; c=3");
    }

    #[test]
    fn setting_a_cookie_again_replaces_it_and_an_end_in_the_past_deletes_it() {
        let (mut jar, now) = jar("http://h/", &["a=1", "b=2", "a=3; Path=/"]);
        assert_eq!(sent(&mut jar, "http://h/", now), "a=3; b=2");
        jar.set(b"a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", place("http://h/"), now);
        jar.set(b"b=gone; Max-Age=-1", place("http://h/"), now);
        assert_eq!(sent(&mut jar, "http://h/", now), "");
        assert!(jar.cookies.is_empty());
    }

    #[test]
    fn a_cookie_header_of_the_request_s_own_is_kept_and_joined() {
        let (mut jar, now) = jar("http://h/", &["a=1", "b=2"]);
        let typed = request("Accept: */*\r\ncookie: b=typed; c=3\r\nHost: x\r\n");
        let dressed = jar.dress(&typed, place("http://h/"), now).unwrap();
        let wire = "POST /path HTTP/1.1\r\nAccept: */*\r\ncookie: b=typed; c=3; a=1\r\nHost: x\r\n\
                    Content-Length: 4\r\n\r\nbody";
        assert_eq!(std::str::from_utf8(dressed.wire()).unwrap(), wire);
        assert_eq!((dressed.path(), dressed.body()), (b"/path".as_slice(), b"body".as_slice()));
        assert_eq!(dressed.headers(), b"Accept: */*\r\ncookie: b=typed; c=3; a=1\r\nHost: x\r\n");
    }

    #[test]
    fn a_server_that_never_stops_setting_cookies_fills_no_memory() {
        let (mut jar, now) = jar("http://h/", &["short=1; Max-Age=1"]);
        for number in 0..1000 {
            jar.set(format!("n{number}=x").as_bytes(), place("http://h/"), now + Duration::from_secs(2));
        }
        assert_eq!(jar.cookies.len(), MOST);
        assert!(jar.cookies.iter().any(|cookie| cookie.name() == "n999"));
        assert!(jar.cookies.iter().all(|cookie| cookie.number > 1000 - MOST as u64));
        jar.set(format!("big={}", "x".repeat(LONGEST)).as_bytes(), place("http://h/"), now);
        assert!(!jar.cookies.iter().any(|cookie| cookie.name() == "big"));
    }

    proptest! {
        #[test]
        fn no_line_starts_a_header_of_its_own(line in prop::collection::vec(any::<u8>(), 0..80)) {
            let (mut jar, now) = (Jar::default(), Instant::now());
            jar.set(&line, place("http://h/"), now);
            let plain = request("Host: x\r\n");
            if let Some(dressed) = jar.dress(&plain, place("http://h/"), now) {
                prop_assert_eq!(dressed.headers().split(|&byte| byte == b'\n').count(), 3);
                prop_assert_eq!(dressed.body(), b"body");
            }
        }
    }
}
