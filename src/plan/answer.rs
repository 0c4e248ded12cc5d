//! An answer while it is judged: its body is parsed as JSON at most once.
//!
//! In: a `client::Response`. Out: the parts that expectations and extractors ask for.
//! Does not decide anything.

use std::cell::OnceCell;

use serde_json::Value as Json;
use serde_json_path::JsonPath;

use crate::client::Response;

/// An answer while it is judged.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    response: &'a Response,
    json: OnceCell<Option<Json>>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(response: &'a Response) -> Self {
        Self { response, json: OnceCell::new() }
    }

    pub(super) fn status(&self) -> u16 {
        self.response.status
    }

    pub(super) fn body(&self) -> &'a [u8] {
        &self.response.body
    }

    /// Values of a header, in order.
    pub(super) fn header(&self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.response.header(name)
    }

    /// The value of a cookie that the answer sets: the last one, as a browser keeps it.
    pub(super) fn cookie(&self, name: &str) -> Option<&'a [u8]> {
        let cookies = self.header("set-cookie").filter_map(|line| {
            let pair = line.split(|&byte| byte == b';').next()?;
            let (key, value) = pair.split_at(memchr::memchr(b'=', pair)?);
            (key.trim_ascii() == name.as_bytes()).then(|| value.get(1..).unwrap_or_default().trim_ascii())
        });
        cookies.last()
    }

    /// The first value that a path finds in the body; none where the body is not JSON.
    pub(super) fn json(&self, path: &JsonPath) -> Option<&Json> {
        path.query(self.whole()?).first()
    }

    /// The errors of an answer to a GraphQL request; none where there are none in it.
    pub(super) fn graphql_errors(&self) -> Option<&Json> {
        let errors = self.whole()?.get("errors")?;
        let is_empty = errors.is_null() || errors.as_array().is_some_and(Vec::is_empty);
        (!is_empty).then_some(errors)
    }

    fn whole(&self) -> Option<&Json> {
        self.json.get_or_init(|| serde_json::from_slice(self.body()).ok()).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_the_last_one_set_without_its_attributes() {
        let head = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=old; Path=/\r\nset-cookie: sid = a=b ; HttpOnly\r\nSet-Cookie: other=1\r\n\r\n";
        let response = Response { status: 200, head: head.to_vec(), body: Vec::new() };
        assert_eq!(Answer::new(&response).cookie("sid"), Some(&b"a=b"[..]));
        assert_eq!(Answer::new(&response).cookie("SID"), None);
    }

    #[test]
    fn a_body_that_is_no_json_holds_no_values() {
        let response = Response { status: 200, head: Vec::new(), body: b"<html>".to_vec() };
        assert_eq!(Answer::new(&response).json(&JsonPath::parse("$").unwrap()), None);
    }
}
