//! Values that must reach no output, and how they are masked where an answer repeats them.
//!
//! In: values of secret vars, and headers with credentials as they were sent or came. Out: text without them, however
//! they were written. Does not cut or escape text.

use std::cmp::Reverse;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::escape::Escape;
use super::value::Value;

/// What stands for a secret.
const MASK: &str = "•••";

/// Fewest characters of a header's value that is masked: a cookie `1` would mask half of every text.
const SHORTEST: usize = 4;

/// Fewest characters of a secret in the middle of base64 that are looked for; fewer are found by chance.
const SHORTEST_CORE: usize = 5;

const AUTHORIZATION: &str = "authorization";
const PROXY_AUTHORIZATION: &str = "proxy-authorization";
const COOKIE: &str = "cookie";

/// Whether a request's header of this name, in lower case, holds credentials.
pub(super) fn is_credential(name: &str) -> bool {
    matches!(name, AUTHORIZATION | PROXY_AUTHORIZATION | COOKIE)
}

/// Values that must reach no output.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Adds a value; an empty one is none.
    pub(super) fn add(&mut self, value: &str) {
        if !value.is_empty() {
            self.0.push(value.to_owned());
        }
    }

    /// Adds the credentials and cookies among header lines.
    pub(super) fn add_headers(&mut self, head: &[u8]) {
        let lines = head.split(|&byte| byte == b'\n').skip(1).take_while(|line| !line.trim_ascii().is_empty());
        lines.for_each(|line| self.add_header(line));
    }

    /// Adds what a header line holds of credentials and cookies.
    pub(super) fn add_header(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(':') else { return };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            AUTHORIZATION | PROXY_AUTHORIZATION => self.add_credentials(value),
            COOKIE => value.split(';').for_each(|pair| self.add_cookie(pair)),
            "set-cookie" => self.add_cookie(value.split(';').next().unwrap_or_default()),
            _ => {}
        }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let mut written: Vec<String> = self.0.iter().flat_map(|secret| spellings(secret)).collect();
        // A secret within another would leave the rest of it.
        written.sort_by_key(|spelling| Reverse(spelling.len()));
        written.iter().fold(text.to_owned(), |text, spelling| text.replace(spelling, MASK))
    }

    fn add_credentials(&mut self, value: &str) {
        self.add_header_value(value);
        let Some((scheme, token)) = value.split_once(' ') else { return };
        self.add_header_value(token.trim());
        if scheme.eq_ignore_ascii_case("basic")
            && let Ok(pair) = STANDARD.decode(token.trim())
        {
            let pair = String::from_utf8_lossy(&pair);
            self.add_header_value(&pair);
            self.add_header_value(pair.split_once(':').map_or("", |(_, password)| password));
        }
    }

    fn add_cookie(&mut self, pair: &str) {
        self.add_cookie_value(pair.split_once('=').map_or("", |(_, value)| value.trim()));
    }

    /// Adds the value of a cookie.
    pub(super) fn add_cookie_value(&mut self, value: &str) {
        self.add_header_value(value);
        self.add_header_value(value.trim_matches('"'));
    }

    /// Adds what stands in a header; very short values are none.
    pub(super) fn add_header_value(&mut self, value: &str) {
        if value.len() >= SHORTEST {
            self.add(value);
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<secret>")
    }
}

/// A secret as requests write it, which servers send back.
fn spellings(secret: &str) -> Vec<String> {
    let written = |escape: Escape| {
        let mut out = Vec::new();
        escape.write(&Value::text(secret), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    let json = serde_json::Value::from(secret).to_string();
    let mut all = vec![
        secret.to_owned(),
        written(Escape::Url),
        written(Escape::Form),
        written(Escape::JsonText),
        json.trim_matches('"').to_owned(),
        STANDARD.encode(secret),
    ];
    for before in 0..3 {
        let mut shifted = vec![0; before];
        shifted.extend_from_slice(secret.as_bytes());
        all.extend([core(&STANDARD_NO_PAD.encode(&shifted), before), core(&URL_SAFE_NO_PAD.encode(&shifted), before)]);
    }
    all.retain(|spelling| !spelling.is_empty());
    all
}

/// What of a base64 text is the same whatever stands before and behind it; empty where that is too little.
fn core(encoded: &str, before: usize) -> String {
    let start = (before * 8).div_ceil(6);
    // The last character holds bits of what follows, unless three bytes are complete.
    let end = if encoded.len().is_multiple_of(4) { encoded.len() } else { encoded.len() - 1 };
    encoded.get(start..end).filter(|core| core.len() >= SHORTEST_CORE).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(head: &str, text: &str) -> String {
        let mut secrets = Secrets::default();
        secrets.add_headers(head.as_bytes());
        secrets.mask(text)
    }

    #[test]
    fn a_secret_within_base64_is_masked_wherever_it_starts() {
        let mut secrets = Secrets::default();
        secrets.add("correct-horse?battery>");
        for user in ["a:", "ab:", "abc:"] {
            for after in ["", "x", "xy"] {
                let text = format!("{user}correct-horse?battery>{after}");
                for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    let shown = secrets.mask(&encoded);
                    assert!(shown.contains(MASK), "{text}: {shown}");
                    assert!(shown.chars().count() < 12 + MASK.len(), "{text}: {shown}");
                }
            }
        }
    }

    #[test]
    fn credentials_and_cookies_are_masked_however_they_are_repeated() {
        let basic = format!("GET / HTTP/1.1\r\nAuthorization: Basic {}\r\n\r\n", STANDARD.encode("ann:hunter22"));
        assert_eq!(masked(&basic, "no hunter22 here"), "no ••• here");
        assert_eq!(masked(&basic, &format!("<{}>", STANDARD.encode("ann:hunter22"))), "<•••>");
        assert_eq!(masked("x\r\nauthorization: Bearer t0ken\r\n", "t0ken?"), "•••?");
        assert_eq!(masked("x\r\nCookie: a=first; b=\"second\"\r\n", "first second"), "••• •••");
        assert_eq!(masked("x\r\nSet-Cookie: s=third; Path=/shop\r\n", "third /shop"), "••• /shop");
        assert_eq!(masked("x\r\nCookie: a=1\r\nAccept: text\r\n\r\nCookie: a=body", "1 text body"), "1 text body");
    }

    #[test]
    fn a_secret_within_another_leaves_nothing_of_it() {
        let mut secrets = Secrets::default();
        secrets.add("horse");
        secrets.add("correct-horse-battery");
        assert_eq!(secrets.mask("correct-horse-battery"), MASK);
    }

    #[test]
    fn debugging_says_no_secret() {
        let mut secrets = Secrets::default();
        secrets.add("hunter2");
        assert_eq!(format!("{secrets:?}"), "<secret>");
    }
}
