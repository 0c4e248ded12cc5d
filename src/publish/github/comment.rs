//! The comment on a pull request: one for each profile, edited in place.
//!
//! In: a [`View`], and where it belongs. Out: the comment as it stands on the pull request. It touches no comment but
//! its own: known by the hidden marker in its first line, and by its author.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::api::{Api, Request};
use super::error::Error;
use super::event::Pull;
use crate::report::{View, markdown};

/// Who comments with the token that a workflow is given.
const ACTIONS: &str = "github-actions[bot]";

/// Comments asked for at a time: the most that GitHub gives.
const PAGE: &str = "per_page=100";

/// A comment, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its first line, by which it is found again.
    marker: String,
    /// The whole of it, in Markdown.
    pub body: String,
}

/// Where a comment belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `owner/name`.
    pub repository: String,
    /// The pull request.
    pub pull: Pull,
    /// The commit that was measured. Where it is no longer the pull request's newest, nothing is published.
    pub commit: Option<String>,
    /// Who publishes [default: whose token it is].
    pub author: Option<String>,
}

/// What became of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// There was none: it was created. Its address.
    Created(String),
    /// The one that was there was edited. Its address.
    Updated(String),
    /// The one that was there says the same already. Its address.
    Unchanged(String),
    /// Newer commits came after the one that was measured: nothing was published.
    Outdated {
        /// The commit that was measured.
        measured: String,
        /// The newest.
        head: String,
    },
    /// No open pull request asks for this branch, so there is nowhere to publish.
    NoPull(String),
}

impl Comment {
    /// Puts a view into a comment within GitHub's limit.
    ///
    /// # Errors
    /// None that a caller could meet: rendering into memory.
    pub fn of(view: &View) -> std::io::Result<Self> {
        let mut body = Vec::new();
        markdown::render(view, markdown::COMMENT_BUDGET, &mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Self { marker: markdown::marker(&view.profile), body })
    }

    /// Publishes it.
    ///
    /// # Errors
    /// Why GitHub did not take it.
    pub async fn publish(&self, api: &Api, place: &Place) -> Result<Published, Error> {
        let repository = Repository::checked(&place.repository)?;
        let pull = match &place.pull {
            Pull::Number(number) => api.get(api.url(&format!("{repository}/pulls/{number}"))?).await?.0,
            Pull::Head(branch) => match open_pull(api, &repository, branch).await? {
                Some(pull) => pull,
                None => return Ok(Published::NoPull(crate::report::sentence(branch))),
            },
        };
        if let Some(measured) = place.commit.as_ref().filter(|measured| !pull.is_at(measured)) {
            return Ok(Published::Outdated { measured: short(measured), head: short(&pull.head.sha) });
        }
        let author = match &place.author {
            Some(author) => author.clone(),
            None => owner_of_the_token(api).await?,
        };
        self.put(api, &repository, pull.number, &author).await
    }

    /// Edits the comment that is there, or creates it. Where nobody knows whether a creation was carried out, it looks
    /// again before it tries again: two comments would be worse than a late one.
    async fn put(&self, api: &Api, repository: &Repository, pull: u64, author: &str) -> Result<Published, Error> {
        let json = json!({ "body": self.body }).to_string().into_bytes();
        let comments = api.url(&format!("{repository}/issues/{pull}/comments"))?;
        let mut attempts = 0;
        loop {
            if let Some(mine) = self.find(api, &comments, author).await? {
                if mine
                    .body
                    .as_deref()
                    .is_some_and(|body| body.replace("\r\n", "\n").trim_end() == self.body.trim_end())
                {
                    return Ok(Published::Unchanged(mine.address()));
                }
                let url = api.url(&format!("{repository}/issues/comments/{}", mine.id))?;
                let request = Request { method: Method::PATCH, url, json: Some(json.clone()) };
                match api.ask(&request).await {
                    Ok(_) => return Ok(Published::Updated(mine.address())),
                    // Somebody deleted it meanwhile: a new one takes its place.
                    Err(Error::Refused { status: 404, .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            let request = Request { method: Method::POST, url: comments.clone(), json: Some(json.clone()) };
            if let Some(answer) = api.ask_once(&request, attempts).await? {
                let strange = |said| Error::Strange { request: format!("POST {}", comments.path()), said };
                return Ok(Published::Created(answer.json::<Written>().map_err(strange)?.address()));
            }
            attempts += 1;
        }
    }

    /// The first comment by this author that begins with the marker.
    async fn find(&self, api: &Api, comments: &Url, author: &str) -> Result<Option<Written>, Error> {
        let mut page = comments.clone();
        page.set_query(Some(PAGE));
        loop {
            let (written, next): (Vec<Written>, _) = api.get(page).await?;
            let mine = |written: &Written| written.is_by(author) && written.begins_with(&self.marker);
            if let Some(mine) = written.into_iter().find(mine) {
                return Ok(Some(mine));
            }
            match next {
                Some(next) => page = next,
                None => return Ok(None),
            }
        }
    }
}

/// `repos/owner/name`, of which nothing leads elsewhere.
struct Repository(String);

impl Repository {
    fn checked(typed: &str) -> Result<Self, Error> {
        let fit = |part: &str| {
            let known = part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            known && !part.is_empty() && part != "." && part != ".."
        };
        match typed.split_once('/') {
            Some((owner, name)) if fit(owner) && fit(name) => Ok(Self(format!("repos/{typed}"))),
            _ => Err(Error::Setup(format!("`{}` is no repository; write owner/name", crate::report::sentence(typed)))),
        }
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// The open pull request that wants `owner:branch` merged.
async fn open_pull(api: &Api, repository: &Repository, branch: &str) -> Result<Option<PullRequest>, Error> {
    let mut url = api.url(&format!("{repository}/pulls"))?;
    url.query_pairs_mut().append_pair("state", "open").append_pair("head", branch);
    let (pulls, _): (Vec<PullRequest>, _) = api.get(url).await?;
    Ok(pulls.into_iter().next())
}

async fn owner_of_the_token(api: &Api) -> Result<String, Error> {
    match api.get::<User>(api.url("user")?).await {
        Ok((user, _)) => Ok(user.login),
        // The token of a workflow is no user's, and may not ask who it is.
        Err(Error::Refused { status: 403, .. }) => Ok(ACTIONS.to_owned()),
        Err(error) => Err(error),
    }
}

fn short(commit: &str) -> String {
    crate::report::sentence(&commit.chars().take(7).collect::<String>())
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    head: Head,
    merge_commit_sha: Option<String>,
}

impl PullRequest {
    /// Whether a commit is its newest, or the merge of its newest that runners check out.
    fn is_at(&self, commit: &str) -> bool {
        let is = |whole: &str| commit.len() >= 7 && whole.starts_with(commit);
        is(&self.head.sha) || self.merge_commit_sha.as_deref().is_some_and(is)
    }
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

/// A comment as GitHub has it.
#[derive(Deserialize)]
struct Written {
    id: u64,
    #[serde(default)]
    html_url: String,
    body: Option<String>,
    user: Option<User>,
}

impl Written {
    fn is_by(&self, author: &str) -> bool {
        self.user.as_ref().is_some_and(|user| user.login.eq_ignore_ascii_case(author))
    }

    fn begins_with(&self, marker: &str) -> bool {
        self.body.as_deref().and_then(|body| body.lines().next()).is_some_and(|line| line == marker)
    }

    fn address(&self) -> String {
        crate::report::sentence(&self.html_url)
    }
}
