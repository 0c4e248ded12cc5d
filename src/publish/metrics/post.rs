//! One delivery to a receiver of metrics, tried again where that helps.
//!
//! In: a body. Out: whether it was taken, or why not. After the remote-write specification: what the receiver refuses is not
//! sent again, what it could not take for now is.

use std::time::Duration;

use tokio::time::sleep;
use url::Url;

use crate::publish::client::{client, why};
use crate::report::sentence;

/// Longest wait for one answer.
const ONE_ANSWER: Duration = Duration::from_secs(10);

/// Pauses between attempts.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Longest part of a refusal that is told, in bytes.
const TOLD: usize = 200;

/// A receiver of metrics.
pub(super) struct Receiver {
    client: reqwest::Client,
    url: Url,
    headers: &'static [(&'static str, &'static str)],
    credentials: Credentials,
}

/// What lets metrics in.
enum Credentials {
    None,
    /// The whole value of `Authorization`.
    Header(String),
    Basic(String, Option<String>),
}

impl Receiver {
    /// A receiver at `url`. Credentials are the URL's own, else the value of `Authorization` given.
    pub(super) fn new(
        url: &Url,
        headers: &'static [(&'static str, &'static str)],
        authorization: Option<&str>,
    ) -> Result<Self, String> {
        let mut bare = url.clone();
        let credentials = match (url.username(), url.password(), authorization) {
            ("", None, None) => Credentials::None,
            ("", None, Some(value)) => Credentials::Header(value.to_owned()),
            (user, password, _) => Credentials::Basic(decoded(user), password.map(decoded)),
        };
        // An http URL takes both; with neither it has no credentials left.
        let _ = bare.set_username("").and_then(|()| bare.set_password(None));
        Ok(Self { client: client(bare.scheme() == "https")?, url: bare, headers, credentials })
    }

    /// Delivers a body.
    pub(super) async fn deliver(&self, body: Vec<u8>) -> Result<(), String> {
        for pause in PAUSES {
            match self.attempt(body.clone()).await {
                Ok(()) => return Ok(()),
                Err(Refusal { said, is_final: true }) => return Err(said),
                Err(_for_now) => sleep(pause).await,
            }
        }
        self.attempt(body).await.map_err(|refusal| refusal.said)
    }

    async fn attempt(&self, body: Vec<u8>) -> Result<(), Refusal> {
        let mut request = self.client.post(self.url.clone()).timeout(ONE_ANSWER).body(body);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        request = match &self.credentials {
            Credentials::None => request,
            Credentials::Header(value) => request.header("authorization", value),
            Credentials::Basic(user, password) => request.basic_auth(user, password.as_ref()),
        };
        let answer = request.send().await.map_err(|error| Refusal { said: why(&error), is_final: false })?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) {
            return Ok(());
        }
        let said = said(answer).await;
        let is_final = !(status == 429 || status >= 500);
        Err(Refusal { said: format!("status {status}{said}"), is_final })
    }
}

struct Refusal {
    said: String,
    is_final: bool,
}

/// The beginning of what a receiver says, cleaned, after a colon.
async fn said(mut answer: reqwest::Response) -> String {
    let mut said = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        said.extend_from_slice(&chunk);
        if said.len() >= TOLD {
            break;
        }
    }
    said.truncate(TOLD);
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    if said.is_empty() { said } else { format!(": {}", sentence(&said)) }
}

/// A part of a URL as it was meant.
fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", part.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
