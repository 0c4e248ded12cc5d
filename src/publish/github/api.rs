//! GitHub's REST API: one client that asks again where that helps, within one time limit.
//!
//! In: method, path, JSON. Out: an [`Answer`], or an [`Error`]. The token goes to one origin alone.
//! Knows nothing of comments.

use std::time::{Duration, SystemTime};

use reqwest::Method;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::access::Access;
use super::answer::{Answer, same_origin};
use super::error::Error;
use super::retry::{Pause, after_answer};
use crate::publish::client::{client, why};

/// Longest wait for one answer.
const ONE_ANSWER: Duration = Duration::from_secs(20);

/// Redirects followed for one request.
const HOPS: usize = 5;

/// GitHub's REST API.
#[derive(Debug)]
pub struct Api {
    access: Access,
    client: reqwest::Client,
    until: Instant,
}

/// A request of the API.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) json: Option<Vec<u8>>,
}

impl Request {
    fn told(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

/// How one attempt ended.
enum Attempt {
    Done(Answer),
    /// Asking again may help. `refused`: certainly nothing was carried out.
    Again {
        pause: Pause,
        error: Error,
        refused: bool,
    },
    Final(Error),
}

impl Api {
    /// A client that gives up after `timeout`, counted over everything it does.
    ///
    /// # Errors
    /// The system's certificates can't be read.
    pub fn open(access: Access, timeout: Duration) -> Result<Self, Error> {
        let client = client(access.base.scheme() == "https").map_err(Error::Setup)?;
        Ok(Self { access, client, until: Instant::now() + timeout })
    }

    /// A URL of the API.
    pub(super) fn url(&self, path: &str) -> Result<Url, Error> {
        self.access.base.join(path).map_err(|error| Error::Setup(format!("`{path}` is no path of the API: {error}")))
    }

    /// What is at a URL, and where its next page is.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<(T, Option<Url>), Error> {
        let request = Request { method: Method::GET, url, json: None };
        let answer = self.ask(&request).await?;
        let strange = |said| Error::Strange { request: request.told(), said };
        let found = answer.json().map_err(strange)?;
        let Some(next) = &answer.next else { return Ok((found, None)) };
        let next = request.url.join(next).map_err(|error| strange(error.to_string()))?;
        self.is_at_home(&request, &next)?;
        Ok((found, Some(next)))
    }

    /// Asks for what may be carried out twice without harm.
    pub(super) async fn ask(&self, request: &Request) -> Result<Answer, Error> {
        let mut attempts = 0;
        loop {
            match self.attempt(request).await {
                Attempt::Done(answer) => return Ok(answer),
                Attempt::Final(error) => return Err(error),
                Attempt::Again { pause, error, .. } => self.wait(pause, attempts, error).await?,
            }
            attempts += 1;
        }
    }

    /// Asks for what must not be carried out twice. `None`: nobody knows whether it was, and a pause has passed, as long
    /// as after so many `attempts`.
    pub(super) async fn ask_once(&self, request: &Request, mut attempts: u32) -> Result<Option<Answer>, Error> {
        loop {
            match self.attempt(request).await {
                Attempt::Done(answer) => return Ok(Some(answer)),
                Attempt::Final(error) => return Err(error),
                Attempt::Again { pause, error, refused } => {
                    self.wait(pause, attempts, error).await?;
                    if !refused {
                        return Ok(None);
                    }
                }
            }
            attempts += 1;
        }
    }

    async fn attempt(&self, request: &Request) -> Attempt {
        let answer = match self.exchange(request).await {
            Ok(answer) => answer,
            Err(Failed::Transport(said)) => {
                let host = self.access.base.authority().to_owned();
                let error = Error::Unreachable { host, said };
                return Attempt::Again { pause: Pause::Backoff, error, refused: false };
            }
            Err(Failed::Redirect(error)) => return Attempt::Final(error),
        };
        let status = answer.status;
        if (200..300).contains(&status) {
            return Attempt::Done(answer);
        }
        let error = Error::Refused { request: request.told(), status, said: answer.said(), hint: hint(status) };
        match after_answer(status, answer.limits, now_s()) {
            Some(pause) => Attempt::Again { pause, error, refused: status < 500 },
            None => Attempt::Final(error),
        }
    }

    /// One request and the redirects it meets, all with the same method.
    async fn exchange(&self, request: &Request) -> Result<Answer, Failed> {
        let mut url = request.url.clone();
        for _ in 0..=HOPS {
            let answer = self.send(request, url.clone()).await.map_err(Failed::Transport)?;
            let Some(location) = answer.location.as_deref().filter(|_| matches!(answer.status, 301 | 302 | 307 | 308))
            else {
                return Ok(answer);
            };
            let strange = |error: url::ParseError| Error::Strange { request: request.told(), said: error.to_string() };
            url = url.join(location).map_err(strange).map_err(Failed::Redirect)?;
            self.is_at_home(request, &url).map_err(Failed::Redirect)?;
        }
        let said = format!("more than {HOPS} redirects");
        Err(Failed::Redirect(Error::Strange { request: request.told(), said }))
    }

    async fn send(&self, request: &Request, url: Url) -> Result<Answer, String> {
        let left = self.until.saturating_duration_since(Instant::now());
        let mut sent = self
            .client
            .request(request.method.clone(), url)
            .timeout(left.min(ONE_ANSWER))
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .header("authorization", self.access.token.header());
        if let Some(json) = &request.json {
            sent = sent.header("content-type", "application/json").body(json.clone());
        }
        let response = sent.send().await.map_err(|error| why(&error))?;
        Answer::read(response).await
    }

    fn is_at_home(&self, request: &Request, url: &Url) -> Result<(), Error> {
        if same_origin(&self.access.base, url) {
            return Ok(());
        }
        let host = crate::report::sentence(url.host_str().unwrap_or("nowhere"));
        Err(Error::Elsewhere { request: request.told(), host })
    }

    /// Waits, unless that takes longer than there is time.
    async fn wait(&self, pause: Pause, attempts: u32, error: Error) -> Result<(), Error> {
        let length = pause.length(attempts, &mut rand::rng());
        if Instant::now() + length >= self.until {
            return Err(match pause {
                Pause::Named(pause) => Error::Limited { pause_s: pause.as_secs() },
                Pause::Backoff => error,
            });
        }
        tokio::time::sleep(length).await;
        Ok(())
    }
}

/// Why there is no answer.
enum Failed {
    Transport(String),
    Redirect(Error),
}

fn hint(status: u16) -> &'static str {
    match status {
        401 => "; the token is not valid here, or has expired",
        403 => {
            "; give the job `permissions: pull-requests: write`; a pull request from a fork gets no such token, so \
             comment from a workflow that runs after it (`workflow_run`)"
        }
        404 => "; check --repo and --pr, and that the token may see them",
        _ => "",
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
