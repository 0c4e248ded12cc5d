//! From an answer that redirects to the next request, by the rules of the Fetch standard ("HTTP-redirect fetch").
//!
//! In: a request, where it was sent, and a `Location`. Out: the next request and where it goes.
//! Counts no hops and asks no permission: that is the user's and the dialer's.

use std::convert::Infallible;

use url::Url;

use super::exchange::Failure;
use super::origins::Origin;
use super::request::{Method, Request};

/// Headers that describe a body, and go with it.
const OF_A_BODY: [&str; 4] = ["content-type", "content-encoding", "content-language", "content-location"];

/// Headers that are for one origin's eyes.
const CONFIDENTIAL: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The request that an answer asks for, in memory that serves one hop after the other.
#[derive(Debug, Default)]
pub(super) struct Hop {
    /// Where it goes; none while the last request was not redirected.
    to: Option<Origin>,
    request: Request,
    spare: Request,
}

impl Hop {
    /// Forgets where it was going.
    pub(super) fn reset(&mut self) {
        self.to = None;
    }

    /// The request last made, and where it goes.
    pub(super) fn made(&self) -> Option<(&Origin, &Request)> {
        Some((self.to.as_ref()?, &self.request))
    }

    /// Goes on from the hop before, or from the `first` request and where it went.
    pub(super) fn go_on(&mut self, first: (&Origin, &Request), status: u16, location: &[u8]) -> Result<(), Failure> {
        let (from, sent) = match &self.to {
            Some(from) => (from, &self.request),
            None => first,
        };
        let url = resolve(from, sent.path(), location).ok_or(Failure::BadRedirect)?;
        let to = Origin::of(&url).ok_or(Failure::BadRedirect)?;
        compile(&mut self.spare, sent, status, &url, (&to != from).then_some(&to));
        std::mem::swap(&mut self.request, &mut self.spare);
        self.to = Some(to);
        Ok(())
    }
}

/// The URL that a `Location` names, as seen from a request. Its fragment is never sent.
fn resolve(from: &Origin, path: &[u8], location: &[u8]) -> Option<Url> {
    let scheme = if from.https { "https" } else { "http" };
    let base = format!("{scheme}://{}{}", from.authority(), String::from_utf8_lossy(path));
    Url::parse(&base).ok()?.join(&String::from_utf8_lossy(location)).ok()
}

/// Compiles the request to `url` that follows `sent`; `abroad` is the origin where it is another one.
fn compile(next: &mut Request, sent: &Request, status: u16, url: &Url, abroad: Option<&Origin>) {
    let method = match (status, sent.method()) {
        (301 | 302, Method::Post) => Method::Get,
        (303, method) if method != Method::Head => Method::Get,
        (_, method) => method,
    };
    let keeps_body = !matches!(status, 301..=303) || method == sent.method();
    let path = |wire: &mut Vec<u8>| {
        wire.extend_from_slice(url.path().as_bytes());
        if let Some(query) = url.query() {
            wire.push(b'?');
            wire.extend_from_slice(query.as_bytes());
        }
        Ok(())
    };
    let headers = |wire: &mut Vec<u8>| {
        for line in sent.headers().split_inclusive(|&byte| byte == b'\n') {
            let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
            let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
            let is_dropped = (!keeps_body && OF_A_BODY.iter().any(|other| is(other)))
                || (abroad.is_some() && (is("host") || CONFIDENTIAL.iter().any(|other| is(other))));
            if !is_dropped {
                wire.extend_from_slice(line);
            }
        }
        if let Some(origin) = abroad {
            wire.extend_from_slice(format!("Host: {}\r\n", origin.authority()).as_bytes());
        }
        Ok::<(), Infallible>(())
    };
    let Ok(()) = next.compile(method, path, headers, if keeps_body { sent.body() } else { b"" });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn home() -> Origin {
        Origin { https: false, host: "shop.example".into(), port: 8000 }
    }

    fn request(method: Method, path: &str, headers: &str, body: &str) -> Request {
        let mut request = Request::default();
        let write = |text: &str, wire: &mut Vec<u8>| {
            wire.extend_from_slice(text.as_bytes());
            Ok::<(), Infallible>(())
        };
        let Ok(()) = request.compile(method, |wire| write(path, wire), |wire| write(headers, wire), body.as_bytes());
        request
    }

    fn post() -> Request {
        let headers = "Host: shop.example:8000\r\nauthorization: Bearer t\r\nCookie: a=b\r\nContent-Type: text/plain\r\n\
                       Accept: */*\r\n";
        request(Method::Post, "/login", headers, "who")
    }

    fn hop(sent: &Request, status: u16, location: &str) -> Result<(Origin, String), Failure> {
        let mut hop = Hop::default();
        hop.go_on((&home(), sent), status, location.as_bytes())?;
        let (to, made) = hop.made().unwrap();
        Ok((to.clone(), String::from_utf8(made.wire().to_vec()).unwrap()))
    }

    #[test]
    fn a_location_is_resolved_from_where_it_was_said() {
        for (location, authority, path) in [
            ("/cart", "shop.example:8000", "/cart"),
            ("next?page=2#top", "shop.example:8000", "/a/next?page=2"),
            ("../up", "shop.example:8000", "/up"),
            ("?only=query", "shop.example:8000", "/a/b?only=query"),
            ("#fragment", "shop.example:8000", "/a/b?q=1"),
            ("//other.example/x", "other.example", "/x"),
            ("http://SHOP.example:8000", "shop.example:8000", "/"),
            ("https://shop.example:443/tls", "shop.example", "/tls"),
            ("http://user:secret@other.example:81/x", "other.example:81", "/x"),
            ("http://[::1]:81/x", "[::1]:81", "/x"),
            ("http://0x7f.1/x", "127.0.0.1", "/x"),
            ("/sp ace/\u{e9}", "shop.example:8000", "/sp%20ace/%C3%A9"),
        ] {
            let (to, wire) = hop(&request(Method::Get, "/a/b?q=1", "", ""), 302, location).unwrap();
            assert_eq!(to.authority(), authority, "{location}");
            assert!(wire.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{location}: {wire}");
            assert!(!wire.contains("secret"), "{location}: {wire}");
        }
    }

    #[test]
    fn what_names_no_place_on_the_web_is_an_unusable_redirect() {
        for location in ["mailto:a@b.example", "ftp://shop.example/", "http://", "http://a b/", "javascript:alert(1)"] {
            assert_eq!(hop(&post(), 302, location).unwrap_err(), Failure::BadRedirect, "{location}");
        }
    }

    #[test]
    fn the_method_changes_as_in_browsers() {
        use Method::{Delete, Get, Head, Post, Put};
        for (status, sent, next) in [
            (301, Post, Get),
            (302, Post, Get),
            (303, Post, Get),
            (307, Post, Post),
            (308, Post, Post),
            (301, Put, Put),
            (302, Delete, Delete),
            (303, Put, Get),
            (303, Head, Head),
            (302, Head, Head),
            (308, Get, Get),
        ] {
            let (_, wire) = hop(&request(sent, "/", "Host: x\r\n", ""), status, "/to").unwrap();
            assert!(wire.starts_with(&format!("{} /to ", next.as_str())), "{status} {sent:?}: {wire}");
        }
    }

    #[test]
    fn a_body_goes_with_its_headers_or_not_at_all() {
        let kept = hop(&post(), 307, "/to").unwrap().1;
        assert!(
            kept.contains("Content-Type: text/plain\r\n") && kept.ends_with("Content-Length: 3\r\n\r\nwho"),
            "{kept}"
        );
        let dropped = hop(&post(), 303, "/to").unwrap().1;
        assert!(!dropped.to_ascii_lowercase().contains("content-") && dropped.ends_with("\r\n\r\n"), "{dropped}");
        assert!(dropped.contains("authorization: Bearer t\r\nCookie: a=b\r\n"), "the origin is the same: {dropped}");
    }

    #[test]
    fn another_origin_is_told_no_secrets_and_its_own_name() {
        for location in ["http://other.example:8000/", "https://shop.example:8000/", "http://shop.example:8001/"] {
            let wire = hop(&post(), 307, location).unwrap().1;
            let lower = wire.to_ascii_lowercase();
            assert!(!lower.contains("authorization") && !lower.contains("cookie"), "{location}: {wire}");
            assert_eq!(lower.matches("host:").count(), 1, "{location}: {wire}");
            assert!(
                !lower.contains("host: shop.example:8000\r\n") || location.starts_with("https"),
                "{location}: {wire}"
            );
        }
    }

    #[test]
    fn a_hop_goes_on_from_the_hop_before_it() {
        let (sent, home) = (post(), home());
        let mut hop = Hop::default();
        hop.go_on((&home, &sent), 307, b"http://other.example/a/b").unwrap();
        hop.go_on((&home, &sent), 302, b"c").unwrap();
        let (to, made) = hop.made().unwrap();
        assert_eq!((to.authority().as_str(), made.path()), ("other.example", b"/a/c".as_slice()));
        hop.go_on((&home, &sent), 302, b"http://shop.example:8000/back").unwrap();
        let back = String::from_utf8_lossy(hop.made().unwrap().1.headers()).into_owned();
        assert!(back.contains("Host: shop.example:8000\r\n") && !back.contains("Bearer"), "{back}");
        hop.reset();
        assert!(hop.made().is_none());
    }

    proptest! {
        #[test]
        fn no_location_writes_a_line_of_its_own(location in prop::collection::vec(any::<u8>(), 0..60), status in 301u16..=308) {
            let sent = request(Method::Get, "/a/b", "Host: shop.example:8000\r\n", "");
            let (home, mut hop) = (home(), Hop::default());
            if hop.go_on((&home, &sent), status, &location).is_ok() {
                let made = hop.made().unwrap().1;
                prop_assert!(made.path().starts_with(b"/") && made.path().iter().all(u8::is_ascii_graphic));
                prop_assert_eq!(made.wire().split(|&byte| byte == b'\n').count(), 4);
            }
        }
    }
}
