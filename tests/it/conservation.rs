//! Nothing is lost and nothing invented: whatever a server does to its requests, every start that was due, every request and
//! every byte is in the recording once, and the server has counted the same.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use serde_json::Value;

use crate::support::{Act, Answer, Project, Server};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    AnsweredSlowly,
    AnsweredByteByByte,
    AnsweredAndClosed,
    Refused,
    CutOff,
    CutOffByReset,
    Ignored,
}

const FATES: [Fate; 8] = [
    Fate::Answered,
    Fate::AnsweredSlowly,
    Fate::AnsweredByteByByte,
    Fate::AnsweredAndClosed,
    Fate::Refused,
    Fate::CutOff,
    Fate::CutOffByReset,
    Fate::Ignored,
];

const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere";
const CLOSING: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere";
const REFUSAL: &str = "HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\nno";
const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nhalf of it";

impl Fate {
    fn answer(self) -> Answer {
        match self {
            Self::Answered => Answer::raw(WHOLE),
            Self::AnsweredSlowly => Answer::raw(WHOLE).taking(Duration::from_millis(15)),
            Self::AnsweredByteByByte => Answer::raw(WHOLE).dripped(),
            Self::AnsweredAndClosed => Answer::raw(CLOSING).then_close(),
            Self::Refused => Answer::raw(REFUSAL),
            Self::CutOff => Answer::raw(HALF).then_close(),
            Self::CutOffByReset => Answer::raw(HALF).then([Act::Take(Duration::from_millis(5)), Act::Reset]),
            Self::Ignored => Answer::silence(),
        }
    }

    /// What it is called in a recording; none where it is a success.
    fn label(self) -> Option<&'static str> {
        match self {
            Self::Answered | Self::AnsweredSlowly | Self::AnsweredByteByByte | Self::AnsweredAndClosed => None,
            Self::Refused => Some("status 503"),
            Self::CutOff => Some("closed early"),
            Self::CutOffByReset => Some("reset"),
            Self::Ignored => Some("timeout"),
        }
    }

    /// Bytes that the server sends.
    fn bytes(self) -> u64 {
        let sent = match self {
            Self::Answered | Self::AnsweredSlowly | Self::AnsweredByteByByte => WHOLE,
            Self::AnsweredAndClosed => CLOSING,
            Self::Refused => REFUSAL,
            Self::CutOff | Self::CutOffByReset => HALF,
            Self::Ignored => "",
        };
        sent.len() as u64
    }
}

/// A loadgate.toml that asks for one page.
fn page(url: &str, load: &str) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{url}\"\n[http]\ntimeout = \"2s\"\n[[user]]\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
         [profile.short]\n{load}\nstop_within = \"1m\"\n"
    ))
}

/// Requests, bytes and failures by kind, of the warm-up and the window together.
fn recorded(project: &Project) -> (u64, u64, BTreeMap<String, u64>) {
    let recording = project.json("loadgate-report/recording.json");
    let (mut requests, mut bytes, mut errors) = (0, 0, BTreeMap::new());
    for slice in recording["series"]["slices"].as_array().unwrap() {
        for tally in slice["endpoints"].as_object().unwrap().values() {
            requests += tally["requests"].as_u64().unwrap();
            bytes += tally["bytes_received"].as_u64().unwrap();
            for (kind, count) in tally["errors"].as_object().into_iter().flatten() {
                *errors.entry(kind.clone()).or_default() += count.as_u64().unwrap();
            }
        }
    }
    // Reading it holds it to itself: in each slice, successes and failures are the requests.
    project.loadgate("report loadgate-report/recording.json").run().exits(0);
    (requests, bytes, errors)
}

/// The failures that the first so many requests come to.
fn expected(fates: &[Fate], requests: u64) -> BTreeMap<String, u64> {
    let mut errors = BTreeMap::new();
    for fate in fates.iter().cycle().take(usize::try_from(requests).unwrap()) {
        if let Some(label) = fate.label() {
            *errors.entry(label.to_owned()).or_default() += 1;
        }
    }
    errors
}

fn played(fates: Vec<Fate>, load: &str) -> (Server, Project) {
    let server = Server::scripted(move |request| {
        fates.get(usize::try_from(request.number).unwrap() % fates.len()).unwrap().answer()
    });
    let project = page(&server.url(), load);
    project.loadgate("run").run().exits_with_one_of(&[0, 3]);
    (server, project)
}

/// Each case plays for half a second and more.
fn few() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..Config::with_cases(6) }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn requests_bytes_and_failures_are_those_of_the_server(fates in vec(select(&FATES[..]), 1..12)) {
        let (server, project) = played(fates.clone(), "users = 3\niterations = 30\nduration = \"80s\"");
        let (requests, bytes, errors) = recorded(&project);
        prop_assert_eq!(requests, 30);
        prop_assert_eq!(requests, server.requests());
        prop_assert_eq!(&errors, &expected(&fates, requests));
        let sent: u64 = fates.iter().cycle().take(30).map(|fate| fate.bytes()).sum();
        // What was still on its way when a connection was reset may be lost; it is never made up.
        let lost: u64 = fates.iter().cycle().take(30).filter(|fate| **fate == Fate::CutOffByReset).map(|fate| fate.bytes()).sum();
        prop_assert!(sent - lost <= bytes && bytes <= sent, "{} of {} bytes, {} on resets", bytes, sent, lost);
    }

    #[test]
    fn starts_that_were_due_were_made_or_missed(fates in vec(select(&FATES[..]), 1..12), most in 1_u32..40) {
        let load = format!("rate = \"200/s\"\nmax_users = {most}\nduration = \"500ms\"");
        let (server, project) = played(fates.clone(), &load);
        let (requests, _, errors) = recorded(&project);
        prop_assert_eq!(requests, server.requests());
        prop_assert_eq!(&errors, &expected(&fates, requests));
        let missed = missed(&project);
        prop_assert_eq!(requests + missed, 100, "{} made, {} missed", requests, missed);
    }
}

/// Starts that were due and never made.
fn missed(project: &Project) -> u64 {
    let generator = project.json("loadgate-report/recording.json")["generator"].clone();
    generator["slices"].as_array().unwrap().iter().map(|slice: &Value| slice["missed"].as_u64().unwrap()).sum()
}
