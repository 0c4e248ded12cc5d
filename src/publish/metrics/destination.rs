//! Where metrics go, as it is typed: `KIND=WHERE`.
//!
//! In: text. Out: a [`Destination`], or what to write instead. Opens and sends nothing.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// Where metrics go.
#[derive(Clone, PartialEq, Eq)]
pub enum Destination {
    /// Served at `/metrics` while the run goes on.
    Prometheus(SocketAddr),
    /// Pushed by Prometheus' remote-write protocol, version 1.
    RemoteWrite(Url),
    /// Pushed by OTLP over HTTP, in protobuf.
    Otlp(Url),
    /// Written as JSON, a line for each second.
    JsonLines(PathBuf),
    /// Written as CSV, a row for each second, endpoint and phase.
    Csv(PathBuf),
}

/// What is typed before the `=`.
const KINDS: [&str; 5] = ["prometheus", "remote-write", "otlp", "jsonl", "csv"];

/// Where OTLP over HTTP takes metrics, where only a host is named.
const OTLP_PATH: &str = "/v1/metrics";

/// Why a destination can't be used.
#[derive(Debug, thiserror::Error)]
#[error("--metrics {typed}: {why}")]
pub struct Unusable {
    /// What was typed, without what may be a secret.
    pub typed: String,
    /// What is wrong, and what to write instead.
    pub why: String,
}

impl FromStr for Destination {
    type Err = Unusable;

    fn from_str(typed: &str) -> Result<Self, Unusable> {
        let unusable = |typed: String, why: String| Unusable { typed, why };
        let Some((kind, place)) = typed.split_once('=') else {
            let why = format!("write KIND=WHERE; kinds are {}", KINDS.join(", "));
            return Err(unusable(crate::report::sentence(typed), why));
        };
        // What stands behind the kind may hold a password.
        let told = |why: String| unusable(format!("{kind}=…"), why);
        let file = |place: &str| match place {
            "" | "-" => Err(told("name a file; standard output carries the result".to_owned())),
            path => Ok(PathBuf::from(path)),
        };
        match kind {
            "prometheus" => place.parse().map(Self::Prometheus).map_err(|_no_address| {
                told("write the address to be scraped at, such as prometheus=127.0.0.1:9464".to_owned())
            }),
            "remote-write" => url(place)
                .map(Self::RemoteWrite)
                .map_err(|why| told(format!("{why}; write it as remote-write=http://127.0.0.1:9090/api/v1/write"))),
            "otlp" => url(place)
                .map(|mut url| {
                    if url.path() == "/" {
                        url.set_path(OTLP_PATH);
                    }
                    Self::Otlp(url)
                })
                .map_err(|why| told(format!("{why}; write it as otlp=http://127.0.0.1:4318"))),
            "jsonl" => file(place).map(Self::JsonLines),
            "csv" => file(place).map(Self::Csv),
            other => {
                let near = KINDS.into_iter().max_by(|one, two| {
                    let likeness = |kind| strsim::jaro_winkler(other, kind);
                    likeness(one).total_cmp(&likeness(two))
                });
                let near = near.filter(|kind| strsim::jaro_winkler(other, kind) > 0.7);
                let hint = near.map(|kind| format!("did you mean `{kind}`? ")).unwrap_or_default();
                let shown = crate::report::sentence(other);
                Err(unusable(format!("{shown}=…"), format!("{hint}kinds are {}", KINDS.join(", "))))
            }
        }
    }
}

fn url(typed: &str) -> Result<Url, String> {
    let url = Url::parse(typed).map_err(|error| format!("this is no URL ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("only http:// and https:// are spoken".to_owned());
    }
    Ok(url)
}

/// The kind and where it goes, without user and password, and without a query, which may hold a key.
impl fmt::Display for Destination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prometheus(address) => write!(out, "prometheus={address}"),
            Self::RemoteWrite(url) => write!(out, "remote-write={}", masked(url)),
            Self::Otlp(url) => write!(out, "otlp={}", masked(url)),
            Self::JsonLines(path) => write!(out, "jsonl={}", path.display()),
            Self::Csv(path) => write!(out, "csv={}", path.display()),
        }
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

fn masked(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(typed: &str) -> String {
        typed.parse::<Destination>().map_or_else(|error| error.to_string(), |destination| destination.to_string())
    }

    #[test]
    fn every_kind_is_understood() {
        for typed in [
            "prometheus=127.0.0.1:9464",
            "remote-write=http://127.0.0.1:9090/api/v1/write",
            "otlp=https://collector.example/otlp",
            "jsonl=a folder/metrics.jsonl",
            "csv=metrics.csv",
        ] {
            assert_eq!(shown(typed), typed);
        }
        assert_eq!(shown("otlp=http://127.0.0.1:4318"), "otlp=http://127.0.0.1:4318/v1/metrics");
    }

    #[test]
    fn what_can_not_be_used_says_what_to_write() {
        for (typed, wanted) in [
            ("promethues=127.0.0.1:9464", "did you mean `prometheus`?"),
            ("statsd=127.0.0.1:8125", "kinds are prometheus, remote-write, otlp, jsonl, csv"),
            ("metrics.csv", "write KIND=WHERE"),
            ("prometheus=9464", "prometheus=127.0.0.1:9464"),
            ("remote-write=localhost:9090", "remote-write=http://127.0.0.1:9090/api/v1/write"),
            ("otlp=grpc://127.0.0.1:4317", "only http:// and https://"),
            ("csv=-", "standard output carries the result"),
            ("jsonl=", "name a file"),
        ] {
            let said = shown(typed);
            assert!(said.starts_with("--metrics ") && said.contains(wanted), "{typed}: {said}");
        }
    }

    #[test]
    fn credentials_are_shown_to_nobody() {
        for typed in [
            "remote-write=http://user:hunter2@127.0.0.1:9090/write?key=hunter2",
            "otlp=ftp://user:hunter2@127.0.0.1",
            "prometheus=user:hunter2@127.0.0.1",
        ] {
            let parsed = typed.parse::<Destination>();
            assert!(!format!("{parsed:?}").contains("hunter2"), "{parsed:?}");
            assert!(!shown(typed).contains("hunter2"), "{}", shown(typed));
        }
    }
}
