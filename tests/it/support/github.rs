//! GitHub's API as far as a comment meets it, in the shapes its documentation gives, on a port of its own.
//!
//! In: pull requests and comments, and faults for the requests to come. Out: what became of them.
//! Not GitHub: it checks no permission beyond the token.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::script::{Answer, Received};
use super::server::{Certificate, Server};

/// The token it takes.
pub(crate) const TOKEN: &str = "ghs_a_secret_that_nobody_reads";

/// The newest commit of its pull request.
pub(crate) const HEAD: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

/// What happens instead of an answer, or besides it.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// This comes instead, and nothing is carried out.
    Instead(Answer),
    /// It is carried out, and this comes instead of the answer.
    Afterwards(Answer),
}

#[derive(Debug, Default)]
struct State {
    comments: Vec<Value>,
    /// Comes before the answer to requests of this method, one each.
    faults: VecDeque<(&'static str, Fault)>,
    /// How many comments a page holds at most.
    page: usize,
    prefix: String,
}

/// GitHub, with the pull request 7 of `someone/shop`.
#[derive(Debug)]
pub(crate) struct GitHub {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl GitHub {
    /// One that works.
    pub(crate) fn start() -> Self {
        Self::below("")
    }

    /// One whose API is below a path, as an Enterprise's is.
    pub(crate) fn below(prefix: &str) -> Self {
        let state = Arc::new(Mutex::new(State { page: 100, prefix: prefix.to_owned(), ..State::default() }));
        let server = Server::scripted({
            let state = Arc::clone(&state);
            move |request| state.lock().unwrap().meet(request)
        });
        Self { server, state }
    }

    /// One that is met over TLS.
    pub(crate) fn over_tls(certificate: &Certificate) -> Self {
        let state = Arc::new(Mutex::new(State { page: 100, ..State::default() }));
        let server = Server::scripted_over_tls(certificate, {
            let state = Arc::clone(&state);
            move |request| state.lock().unwrap().meet(request)
        });
        Self { server, state }
    }

    /// The same, with these answers to the next requests of a method.
    pub(crate) fn failing(self, method: &'static str, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.state.lock().unwrap().faults.extend(faults.into_iter().map(|fault| (method, fault)));
        self
    }

    /// The same, giving so many comments a page.
    pub(crate) fn paging(self, size: usize) -> Self {
        self.state.lock().unwrap().page = size;
        self
    }

    /// The same, with a comment on its pull request.
    pub(crate) fn with_comment(self, author: &str, body: &str) -> Self {
        self.state.lock().unwrap().add(author, body);
        self
    }

    /// Where its API is.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.server.url(), self.state.lock().unwrap().prefix)
    }

    /// The comments on its pull request: author and text.
    pub(crate) fn comments(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let state = self.state.lock().unwrap();
        state.comments.iter().map(|comment| (text(&comment["user"]["login"]), text(&comment["body"]))).collect()
    }

    /// Method and path of what it was asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.server.received().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    /// What it was asked, whole.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.server.received()
    }
}

impl State {
    fn meet(&mut self, request: &Received) -> Answer {
        let fault = match self.faults.front() {
            Some((method, _)) if *method == request.method => self.faults.pop_front().map(|(_, fault)| fault),
            _ => None,
        };
        match fault {
            Some(Fault::Instead(answer)) => answer,
            Some(Fault::Afterwards(answer)) => {
                self.answer(request);
                answer
            }
            None => self.answer(request),
        }
    }

    fn answer(&mut self, request: &Received) -> Answer {
        if request.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return refused(401, "Bad credentials");
        }
        if request.header("user-agent").is_none() {
            return refused(403, "Request forbidden by administrative rules.");
        }
        let Some(path) = request.path.strip_prefix(self.prefix.as_str()) else { return refused(404, "Not Found") };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        match (request.method.as_str(), path) {
            ("GET", "/user") => refused(403, "Resource not accessible by integration"),
            ("GET", "/repos/someone/shop/pulls/7") => json_answer(200, &pull_request()),
            ("GET", "/repos/someone/shop/pulls") => {
                let wanted = query.contains("head=someone%3Afaster") && query.contains("state=open");
                json_answer(200, &if wanted { json!([pull_request()]) } else { json!([]) })
            }
            ("GET", "/repos/someone/shop/issues/7/comments") => self.page(query, request),
            ("POST", "/repos/someone/shop/issues/7/comments") => {
                let body = said(request);
                json_answer(201, &self.add("github-actions[bot]", &body))
            }
            ("PATCH", path) => {
                let id =
                    path.strip_prefix("/repos/someone/shop/issues/comments/").and_then(|id| id.parse::<u64>().ok());
                let Some(found) = self.comments.iter_mut().find(|comment| comment["id"].as_u64() == id) else {
                    return refused(404, "Not Found");
                };
                found["body"] = json!(said(request));
                json_answer(200, found)
            }
            _ => refused(404, "Not Found"),
        }
    }

    fn page(&self, query: &str, request: &Received) -> Answer {
        let number = query.split('&').find_map(|part| part.strip_prefix("page=")).map_or(1, |n| n.parse().unwrap());
        let start = (number - 1) * self.page;
        let page: Vec<&Value> = self.comments.iter().skip(start).take(self.page).collect();
        let body = json!(page).to_string();
        let link = if self.comments.len() > start + self.page {
            let host = request.header("host").unwrap();
            let path = request.path.split('?').next().unwrap();
            let at = |page: usize| format!("<http://{host}{path}?per_page=100&page={page}>");
            format!("Link: {}; rel=\"next\", {}; rel=\"last\"\r\n", at(number + 1), at(99))
        } else {
            String::new()
        };
        Answer::raw(format!("HTTP/1.1 200 OK\r\n{link}Content-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// A comment, with more fields than anyone asked for, as GitHub's have.
    fn add(&mut self, author: &str, body: &str) -> Value {
        let id = 1_000 + self.comments.len();
        let comment = json!({
            "id": id, "node_id": "MDEyOklzc3VlQ29tbWVudDE=", "body": body,
            "url": format!("https://api.github.com/repos/someone/shop/issues/comments/{id}"),
            "html_url": format!("https://github.com/someone/shop/pull/7#issuecomment-{id}"),
            "user": {"login": author, "id": 41_898_282, "type": "Bot", "site_admin": false},
            "author_association": "NONE", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            "performed_via_github_app": null, "reactions": {"total_count": 0},
        });
        self.comments.push(comment.clone());
        comment
    }
}

fn said(request: &Received) -> String {
    serde_json::from_str::<Value>(&request.body).unwrap()["body"].as_str().unwrap().to_owned()
}

fn pull_request() -> Value {
    json!({
        "number": 7, "state": "open", "draft": false, "title": "Faster cart", "merged": false,
        "merge_commit_sha": "beef0000beef0000beef0000beef0000beef0000",
        "head": {"label": "someone:faster", "ref": "faster", "sha": HEAD, "user": {"login": "someone"}},
        "base": {"label": "someone:main", "ref": "main", "sha": "dead0000dead0000dead0000dead0000dead0000"},
    })
}

fn json_answer(status: u16, body: &Value) -> Answer {
    Answer::status(status, &body.to_string())
}

/// A refusal as GitHub words it.
pub(crate) fn refused(status: u16, message: &str) -> Answer {
    refused_with(status, message, "")
}

/// A refusal with header lines, each ended by `\r\n`.
pub(crate) fn refused_with(status: u16, message: &str, headers: &str) -> Answer {
    let body =
        json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()});
    let body = body.to_string();
    Answer::raw(format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}
