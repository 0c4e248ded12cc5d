//! Metrics in files, written while a run goes on: what is there is whole, however it ends.
//!
//! In: the seconds of a run. Out: a JSON line for each, or a CSV row for each endpoint and phase of it. Sums nothing over
//! time: each line is of its second.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::destination::Destination;
use crate::measure::{ALL, Histogram, Pulse, Tally};

/// A file that takes seconds.
pub(super) enum Out {
    JsonLines(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
}

/// Opens the file of a destination; none where that is no file. The first run's takes the place of what was there.
pub(super) fn open(destination: &Destination, run: u32) -> io::Result<Option<Out>> {
    let file = |path: &std::path::Path| {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let is_first = run == 0;
        File::options().create(true).write(true).truncate(is_first).append(!is_first).open(path)
    };
    Ok(match destination {
        Destination::JsonLines(path) => Some(Out::JsonLines(BufWriter::new(file(path)?))),
        Destination::Csv(path) => {
            let mut writer = csv::WriterBuilder::new().has_headers(run == 0).from_writer(file(path)?);
            writer.flush()?;
            Some(Out::Csv(Box::new(writer)))
        }
        Destination::Prometheus(_) | Destination::RemoteWrite(_) | Destination::Otlp(_) => None,
    })
}

impl Out {
    /// Writes a second, whole.
    pub(super) fn write(&mut self, run: u32, at: &str, pulse: &Pulse) -> io::Result<()> {
        match self {
            Self::JsonLines(out) => {
                serde_json::to_writer(&mut *out, &Line::of(run, at, pulse))?;
                out.write_all(b"\n")?;
                out.flush()
            }
            Self::Csv(out) => {
                for row in rows(run, at, pulse) {
                    out.serialize(row).map_err(io::Error::other)?;
                }
                out.flush()
            }
        }
    }
}

/// A second, as a line of JSON: names and units as in recording.json.
#[derive(Serialize)]
struct Line<'a> {
    run: u32,
    second: u64,
    at: &'a str,
    users: u32,
    endpoints: Vec<Row<'a>>,
    errors: BTreeMap<&'a str, BTreeMap<&'a str, u64>>,
    target: &'a BTreeMap<String, f64>,
    generator: Generator,
}

/// What one endpoint's requests of one phase came to in a second.
#[derive(Serialize)]
struct Row<'a> {
    run: u32,
    second: u64,
    at: &'a str,
    phase: &'static str,
    endpoint: &'a str,
    users: u32,
    requests: u64,
    failed: u64,
    bytes_received: u64,
    p50_us: Option<u64>,
    p95_us: Option<u64>,
    p99_us: Option<u64>,
    max_us: Option<u64>,
}

#[derive(Serialize)]
struct Generator {
    cpu_s: f64,
    run_delay_s: f64,
    busy_s: f64,
    steal_s: f64,
    late: u64,
    missed: u64,
    lag_p99_us: Option<u64>,
}

impl<'a> Line<'a> {
    fn of(run: u32, at: &'a str, pulse: &'a Pulse) -> Self {
        let mut errors: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        for (endpoint, tally) in pulse.finished() {
            for (kind, count) in &tally.errors {
                *errors.entry(endpoint).or_default().entry(kind).or_default() += count;
            }
        }
        let generator = &pulse.generator;
        Self {
            run: run + 1,
            second: pulse.second,
            at,
            users: pulse.users,
            endpoints: rows(run, at, pulse),
            errors,
            target: &pulse.target,
            generator: Generator {
                cpu_s: generator.cpu_s,
                run_delay_s: generator.run_delay_s,
                busy_s: generator.busy_s,
                steal_s: generator.steal_s,
                late: generator.late,
                missed: generator.missed,
                lag_p99_us: quantile(&generator.lag_us, 0.99),
            },
        }
    }
}

/// Every endpoint of a second, by phase, and all together before them. A second without a request has the row of all.
fn rows<'a>(run: u32, at: &'a str, pulse: &'a Pulse) -> Vec<Row<'a>> {
    let row = |phase, endpoint, tally: &Tally| Row {
        run: run + 1,
        second: pulse.second,
        at,
        phase,
        endpoint,
        users: pulse.users,
        requests: tally.requests,
        failed: tally.failed(),
        bytes_received: tally.bytes_received,
        p50_us: quantile(&tally.response_us, 0.5),
        p95_us: quantile(&tally.response_us, 0.95),
        p99_us: quantile(&tally.response_us, 0.99),
        max_us: quantile(&tally.response_us, 1.0),
    };
    let mut rows = Vec::new();
    for (phase, tallies) in [("warmup", &pulse.warmup), ("window", &pulse.window)] {
        if tallies.is_empty() && (phase == "warmup" || !pulse.warmup.is_empty()) {
            continue;
        }
        rows.push(row(phase, ALL, &together(tallies)));
        rows.extend(tallies.iter().map(|(endpoint, tally)| row(phase, endpoint, tally)));
    }
    rows
}

fn together(tallies: &BTreeMap<String, Tally>) -> Tally {
    let mut all = Tally::default();
    for tally in tallies.values() {
        all.requests += tally.requests;
        all.bytes_received += tally.bytes_received;
        all.response_us.add(&tally.response_us);
        for (kind, count) in &tally.errors {
            *all.errors.entry(kind.clone()).or_default() += count;
        }
    }
    all
}

fn quantile(histogram: &Histogram, level: f64) -> Option<u64> {
    (!histogram.is_empty()).then(|| histogram.quantile(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(second: u64) -> Pulse {
        let tally = |requests| Tally { requests, response_us: Histogram::from_micros(&mut [100]), ..Tally::default() };
        let window = BTreeMap::from([("a, \"b\"".to_owned(), tally(3)), ("c".to_owned(), tally(4))]);
        Pulse { second, users: 9, window, ..Pulse::default() }
    }

    #[test]
    fn rows_are_of_all_and_of_each_and_a_second_run_goes_on_below() {
        let folder = tempfile::tempdir().unwrap();
        let csv = Destination::Csv(folder.path().join("new/metrics.csv"));
        for run in 0..2 {
            let mut out = open(&csv, run).unwrap().unwrap();
            out.write(run, "2026-01-01T00:00:00Z", &pulse(5)).unwrap();
        }
        let text = std::fs::read_to_string(folder.path().join("new/metrics.csv")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 7, "{text}");
        assert!(lines[0].starts_with("run,second,at,phase,endpoint,users,requests,failed,"), "{text}");
        assert_eq!(lines[1], "1,5,2026-01-01T00:00:00Z,window,(all),9,7,0,0,100,100,100,100");
        assert!(lines[2].contains(",\"a, \"\"b\"\"\",9,3,"), "{text}");
        assert!(lines[4].starts_with("2,5,"), "{text}");
    }

    #[test]
    fn a_quiet_second_has_a_line_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut out = open(&Destination::JsonLines(path.clone()), 0).unwrap().unwrap();
        out.write(0, "now", &Pulse { second: 3, users: 2, ..Pulse::default() }).unwrap();
        let line: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!((line["second"].as_u64(), line["endpoints"][0]["requests"].as_u64()), (Some(3), Some(0)));
    }
}
