//! One answer of GitHub's API, read whole and no further than it should be.
//!
//! In: a response. Out: status, what it says of rates and of the next page, and its JSON. Decides nothing.

use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::retry::Limits;
use crate::report::sentence;

/// Largest answer taken: a page of a hundred comments of GitHub's own limit, each character escaped.
const MOST_BYTES: usize = 40 << 20;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// What it says about asking again.
    pub(super) limits: Limits,
    /// Where it sends who asked.
    pub(super) location: Option<String>,
    /// Where its next page is.
    pub(super) next: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    /// Reads a response.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(super) async fn read(mut response: reqwest::Response) -> Result<Self, String> {
        let status = response.status().as_u16();
        let headers = response.headers();
        let number = |name| text(headers, name).and_then(|value| value.trim().parse().ok());
        let mut limits = Limits {
            retry_after_s: number("retry-after"),
            remaining: number("x-ratelimit-remaining"),
            reset_s: number("x-ratelimit-reset"),
            secondary: false,
        };
        let location = text(headers, "location").map(str::to_owned);
        let next = text(headers, "link").and_then(next_page).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_broken| "the answer broke off".to_owned())? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(format!("the answer is larger than {} MiB", MOST_BYTES >> 20));
            }
            body.extend_from_slice(&chunk);
        }
        limits.secondary = message(&body).is_some_and(|message| message.contains("secondary rate limit"));
        Ok(Self { status, limits, location, next, body })
    }

    /// Its JSON as what was asked for.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }

    /// GitHub's own words after a colon, cleaned; empty where it gave none.
    pub(super) fn said(&self) -> String {
        message(&self.body).map_or_else(String::new, |message| format!(": {}", sentence(&message)))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    serde_json::from_slice::<Said>(body).ok().map(|said| said.message)
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|part| {
        let (target, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next")).then_some(target)
    })
}

/// Whether two URLs have scheme, host and port in common.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_others() {
        let link = "<https://api.github.com/a?page=1>; rel=\"prev\", <https://api.github.com/a?page=3>; rel=\"next\"";
        assert_eq!(next_page(link), Some("https://api.github.com/a?page=3"));
        assert_eq!(next_page("<https://api.github.com/a?page=1>; rel=\"last\""), None);
        assert_eq!(next_page("nonsense"), None);
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same = |one, other| same_origin(&Url::parse(one).unwrap(), &Url::parse(other).unwrap());
        assert!(same("https://a.example/x", "https://a.example:443/y"));
        assert!(!same("https://a.example/x", "http://a.example/x"));
        assert!(!same("https://a.example/x", "https://b.example/x"));
        assert!(!same("https://a.example/x", "https://a.example:8443/x"));
    }
}
