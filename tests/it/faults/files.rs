//! Files that two write at once.

use super::row::{Kept, Row};
use super::servers::page;
use crate::support::{Answer, Server};

#[test]
fn two_accept_baselines_at_once() {
    const EACH: usize = 6;
    let server = Server::answering(Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"300ms\"");
    let names: Vec<String> = (0..2 * EACH).map(|number| format!("out-{number}")).collect();
    for name in &names {
        project.loadgate("run --out").arg(name).run().exits(0);
    }
    let accepting: Vec<_> = names
        .iter()
        .map(|name| project.loadgate("baseline accept").arg(format!("{name}/recording.json")).start())
        .collect();
    let finished: Vec<_> = accepting.into_iter().map(|running| running.finish().exits(0)).collect();
    let kept = project.json("baselines/short.json")["runs"].as_array().unwrap().len();
    assert_eq!(kept, 2 * EACH, "none is lost");
    let row = Row {
        fault: "several accept baselines at once",
        exit: Some(0),
        says: "baselines/short.json",
        recording: Kept::Valid(&[]),
    };
    row.holds_of(finished.last().unwrap(), &project.path("out-0/recording.json"), &project);
}
