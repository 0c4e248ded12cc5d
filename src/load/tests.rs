//! What a bug in the middle of a run costs: its validity, and nothing of what was measured.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use super::driver::Driver;
use super::worker::{Assignment, Report, Worker};
use super::{Look, Observed, Run, Stop, thread};
use crate::measure::{Origin, Recording};
use crate::plan::{Hit, Plan};

/// Ten seconds of one user at an address that nobody needs to have.
pub(super) fn hit() -> Hit {
    Hit { users: 1, max_users: 1, duration: Duration::from_secs(10), ..Hit::of("http://127.0.0.1:8000/") }
}

fn assignment(reports: mpsc::Sender<Report>) -> Assignment {
    let plan = Plan::hit(&hit()).unwrap();
    Assignment {
        number: 0,
        workers: 1,
        epoch: Instant::now(),
        stop: watch::channel(Stop::No).1,
        schedule: watch::channel(Arc::new(plan.shape.stages().clone())).1,
        reports,
        users: Arc::default(),
        plan: Arc::new(plan),
    }
}

#[test]
fn a_bug_in_a_worker_is_told_and_is_no_error_of_the_machine() {
    let (sender, mut reports) = mpsc::channel(1);
    assert!(thread::telling_of_bugs(&sender, || panic!("a bug")).is_ok());
    assert!(matches!(reports.try_recv(), Ok(Report::Panicked)));
    assert!(thread::telling_of_bugs(&sender, || Err(io::Error::other("no files"))).is_err());
    assert!(reports.try_recv().is_err());
}

#[tokio::test(flavor = "current_thread")]
async fn a_bug_in_a_user_is_told_at_once_and_the_others_live_on() {
    let (sender, mut reports) = mpsc::channel(1);
    let local = LocalSet::new();
    local
        .run_until(async {
            let worker = std::rc::Rc::new(Worker::new(assignment(sender)).unwrap());
            let mut users = JoinSet::new();
            worker.spawn_user(&mut users, async { panic!("a bug") });
            worker.spawn_user(&mut users, async {});
            assert!(matches!(reports.recv().await, Some(Report::Panicked)));
            assert!(users.join_next().await.unwrap().is_err());
            assert!(users.join_next().await.unwrap().is_ok());
            assert!(reports.try_recv().is_err(), "a user who lives on is no bug");
        })
        .await;
}

/// Plays a minute, with a bug in the middle if there is to be one.
async fn played(requests: Option<u64>, bug: Option<Report>) -> Recording {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        while let Ok((mut stream, _)) = listener.accept() {
            std::thread::spawn(move || {
                while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
                }
            });
        }
    });
    let plan = Plan::hit(&Hit { url, requests, duration: Duration::from_secs(60), ..hit() }).unwrap();
    let (_never, stop) = watch::channel(Stop::No);
    let run = Run {
        plan: Arc::new(plan),
        origin: Origin::default(),
        workers: 1,
        stop,
        observed: Observed::nothing(),
        wanted: None,
    };
    let mut nobody = |_: &Look| {};
    let mut driver = Driver::start(run, false).unwrap();
    if let Some(bug) = bug {
        driver.take(bug);
    }
    driver.drive(&mut nobody).await;
    driver.finish(&mut nobody).unwrap()
}

#[tokio::test(flavor = "current_thread")]
async fn a_bug_ends_the_run_as_not_valid_and_keeps_what_was_measured() {
    let recording = played(None, Some(Report::Panicked)).await;
    assert!(!recording.facts.valid, "{:?}", recording.facts);
    assert!(
        recording.facts.reasons[0].starts_with("a bug of loadgate ended a part of its load"),
        "{:?}",
        recording.facts
    );
    assert!(recording.facts.window_s < 60.0, "it ends there");
    assert!(played(Some(20), None).await.facts.valid);
}
