//! Series of a Prometheus endpoint, read beside the load.
//!
//! In: a URL and the series to read there. Out: their latest values by the name they were asked for by. A series that ends in
//! `_total` counts, so its rate is read, as `…_per_s`. Knows of the text format no more than samples: types and help are skipped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::rustls::crypto::ring;

use super::pace::Pace;

/// How often it is scraped.
const EVERY: Duration = Duration::from_secs(1);
/// How long a scrape may take.
const WITHIN: Duration = Duration::from_secs(2);
/// Most bytes of an answer that are read.
const MOST_BYTES: usize = 4 << 20;

/// A scrape once a second, as long as it lives.
#[derive(Debug)]
pub(super) struct Scraper {
    latest: Arc<Mutex<BTreeMap<String, f64>>>,
    task: JoinHandle<()>,
}

impl Scraper {
    /// Scrapes `url` from now on for `series`.
    pub(super) fn start(url: String, series: Vec<String>) -> Self {
        let latest = Arc::new(Mutex::new(BTreeMap::new()));
        let task = tokio::spawn(scrape(url, series, Arc::clone(&latest)));
        Self { latest, task }
    }

    /// What the last scrape found; nothing where it failed.
    pub(super) fn latest(&self) -> BTreeMap<String, f64> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn scrape(url: String, series: Vec<String>, latest: Arc<Mutex<BTreeMap<String, f64>>>) {
    // reqwest makes no client without a provider of cryptography.
    let _there_is_one = ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(WITHIN);
    let client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap_or_default();
    let wanted: Vec<Wanted> = series.iter().map(|typed| Wanted::parse(typed)).collect();
    let mut pace = Pace::default();
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let text = answer(&client, &url).await.unwrap_or_default();
        let (counters, gauges): (BTreeMap<_, _>, BTreeMap<_, _>) =
            read(&text, &wanted).into_iter().partition(|(name, _)| is_counter(name));
        let rates = pace.rates(counters).into_iter().map(|(name, rate)| (format!("{name}_per_s"), rate));
        *latest.lock().unwrap_or_else(PoisonError::into_inner) = gauges.into_iter().chain(rates).collect();
    }
}

async fn answer(client: &reqwest::Client, url: &str) -> Option<String> {
    let mut answer = client.get(url).send().await.ok().filter(|answer| answer.status().is_success())?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether a series only grows: by its name, without its labels.
fn is_counter(name: &str) -> bool {
    name.split('{').next().is_some_and(|name| name.ends_with("_total"))
}

/// Labels by name.
type Labels = Vec<(String, String)>;

/// A series as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    typed: String,
    name: String,
    labels: Labels,
}

impl Wanted {
    fn parse(typed: &str) -> Self {
        let (name, rest) = name_and_labels(typed).unwrap_or((typed, ""));
        let labels = labels(rest).map(|(labels, _)| labels).unwrap_or_default();
        Self { typed: typed.to_owned(), name: name.trim().to_owned(), labels }
    }

    fn is(&self, name: &str, labels: &[(String, String)]) -> bool {
        self.name == name && self.labels.iter().all(|label| labels.contains(label))
    }
}

/// The values of what is wanted in a text of samples; several samples that match are added.
fn read(text: &str, wanted: &[Wanted]) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for (name, labels, value) in text.lines().filter_map(sample) {
        for wanted in wanted.iter().filter(|wanted| wanted.is(name, &labels)) {
            *found.entry(wanted.typed.clone()).or_insert(0.0) += value;
        }
    }
    found
}

/// A line `name{label="value"} 1.5`, perhaps with a timestamp behind.
fn sample(line: &str) -> Option<(&str, Labels, f64)> {
    let line = line.trim();
    let (name, rest) = name_and_labels(line).filter(|(name, _)| !name.is_empty() && !name.starts_with('#'))?;
    let (labels, rest) = labels(rest)?;
    let value = rest.split_whitespace().next()?.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some((name, labels, value))
}

/// What stands before labels or the value, and the rest.
fn name_and_labels(line: &str) -> Option<(&str, &str)> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace()).unwrap_or(line.len());
    line.split_at_checked(end)
}

/// The labels at the start of a text, if any, and what follows them. Values may hold `\"`, `\\` and `\n`.
fn labels(text: &str) -> Option<(Labels, &str)> {
    let Some(mut rest) = text.trim_start().strip_prefix('{') else { return Some((Vec::new(), text)) };
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        if let Some(behind) = rest.strip_prefix('}') {
            return Some((labels, behind));
        }
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = quoted(behind.trim_start())?;
        labels.push((name.trim().to_owned(), value));
        rest = behind;
    }
}

/// The text in quotes at the start, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut is_escaped = false;
    for (place, c) in inside.char_indices() {
        match (is_escaped, c) {
            (false, '"') => return Some((value, inside.get(place + 1..)?)),
            (false, '\\') => is_escaped = true,
            (true, 'n') => {
                value.push('\n');
                is_escaped = false;
            }
            (_, c) => {
                value.push(c);
                is_escaped = false;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    const PAGE: &str = "# HELP open_fds Open files.\n# TYPE open_fds gauge\nopen_fds 17\n\
        pool{state=\"idle\",db=\"a\"} 3\npool{state=\"busy\",db=\"a\"} 4 1700000000000\npool{state=\"busy\",db=\"b\"} 5\n\
        odd{text=\"a \\\"b\\\", {c}\\\\\"} 1e3\nbroken NaN\nworse +Inf\nhalf{a=\"b\n";

    fn of(series: &[&str]) -> BTreeMap<String, f64> {
        read(PAGE, &series.iter().map(|typed| Wanted::parse(typed)).collect::<Vec<_>>())
    }

    #[test]
    fn series_are_found_by_name_and_labels_and_added_up() {
        let alone = |series: &str| of(&[series]).into_values().collect::<Vec<_>>();
        assert_eq!(alone("open_fds"), [17.0]);
        assert_eq!(alone("pool"), [12.0]);
        assert_eq!(alone("pool{state=\"busy\"}"), [9.0]);
        assert_eq!(of(&["pool{db=\"b\", state=\"busy\"}"]).into_values().collect::<Vec<_>>(), [5.0]);
        assert_eq!(of(&["odd{text=\"a \\\"b\\\", {c}\\\\\"}"]).into_values().collect::<Vec<_>>(), [1_000.0]);
        assert!(of(&["broken", "worse", "half", "absent", "pool{state=\"gone\"}", "HELP"]).is_empty());
    }

    #[test]
    fn what_only_grows_is_known_by_its_name() {
        assert!(is_counter("requests_total") && is_counter("requests_total{code=\"200\"}"));
        assert!(!is_counter("open_fds") && !is_counter("a{b=\"x_total\"}"));
    }

    #[tokio::test]
    async fn an_endpoint_is_scraped_until_nobody_asks_any_more() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/metrics", listener.local_addr().unwrap());
        let scraper = Scraper::start(url, vec!["open_fds".to_owned()]);
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1_024]).await.unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", PAGE.len());
        stream.write_all([head.as_bytes(), PAGE.as_bytes()].concat().as_slice()).await.unwrap();
        drop(stream);
        while scraper.latest().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(scraper.latest(), BTreeMap::from([("open_fds".to_owned(), 17.0)]));
    }

    proptest! {
        #[test]
        fn no_page_breaks_the_reader(page in "(\\PC|\n|[{}=\",\\\\ ]){0,200}", typed in "\\PC{0,40}") {
            read(&page, &[Wanted::parse(&typed)]);
        }
    }
}
