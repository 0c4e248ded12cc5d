//! What the demo says of itself to a scraper.
//!
//! In: answers, as they are given. Out: Prometheus text. Takes no latencies: measuring those is loadgate's part.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Route;
use super::pool::Pool;

/// Counters since the start.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    answered: Mutex<BTreeMap<(Option<Route>, u16), u64>>,
    in_flight: AtomicU64,
}

/// A request under way, until dropped.
#[derive(Debug)]
pub(super) struct InFlight<'m>(&'m Metrics);

impl Metrics {
    /// Counts a request as under way.
    pub(super) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    /// Counts an answer; `route` is none for paths that do not exist.
    pub(super) fn answered(&self, route: Option<Route>, status: u16) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        *answered.entry((route, status)).or_default() += 1;
    }

    /// All of it as Prometheus text.
    pub(super) fn render(&self, pool: &Pool) -> String {
        let mut text = String::new();
        self.render_answered(&mut text);
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        gauge(&mut text, "http_requests_in_flight", "Requests under way.", in_flight);
        gauge(&mut text, "db_pool_size", "Database connections.", pool.size());
        gauge(&mut text, "db_pool_in_use", "Database connections held.", pool.in_use());
        gauge(&mut text, "db_pool_waiting", "Requests waiting for a database connection.", pool.waiting());
        if let Some(bytes) = resident_bytes() {
            gauge(&mut text, "process_resident_memory_bytes", "Resident memory.", bytes);
        }
        text
    }

    fn render_answered(&self, text: &mut String) {
        text.push_str("# HELP http_requests_total Requests answered.\n# TYPE http_requests_total counter\n");
        for ((route, status), count) in self.answered.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let (method, path) = route.map_or(("other", "other"), |route| (route.method(), route.path()));
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                text,
                "http_requests_total{{method=\"{method}\",route=\"{path}\",status=\"{status}\"}} {count}"
            );
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

fn gauge(text: &mut String, name: &str, help: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
}

/// Resident memory of this process, where the system has `/proc`.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let metrics = Metrics::default();
        let under_way = metrics.begin();
        metrics.answered(Some(Route::Product), 200);
        metrics.answered(Some(Route::Product), 200);
        metrics.answered(None, 404);
        let text = metrics.render(&Pool::new(3));
        for line in [
            "http_requests_total{method=\"GET\",route=\"/products/{id}\",status=\"200\"} 2",
            "http_requests_total{method=\"other\",route=\"other\",status=\"404\"} 1",
            "http_requests_in_flight 1",
            "db_pool_size 3",
            "db_pool_in_use 0",
            "db_pool_waiting 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        drop(under_way);
        assert!(metrics.render(&Pool::new(3)).contains("http_requests_in_flight 0"));
    }
}
