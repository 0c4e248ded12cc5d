//! What the request path allocates: nothing, for a request that is the same each time.
//!
//! In: two runs of different length, played in this process. Out: allocations for each request that the longer made more.
//! A program of its own, because it counts all allocations there are.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is not so")]

use std::alloc::System;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use loadgate::config;
use loadgate::load::{self, Run, Stop};
use loadgate::measure::Origin;
use loadgate::plan::{Choice, Plan};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::sync::watch;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Requests that the longer run makes more.
const MORE: u64 = 20_000;

/// Answers one connection after the other, and allocates nothing while it does.
fn serve(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut request = [0; 4096];
        while let Ok((mut connection, _)) = listener.accept() {
            while connection.read(&mut request).is_ok_and(|read| read > 0) {
                if connection.write_all(answer).is_err() {
                    break;
                }
            }
        }
    });
    port
}

/// Allocations of a run of so many requests by one user.
fn allocations(port: u16, requests: u64) -> usize {
    let description = format!(
        "[target]\nurl = \"http://127.0.0.1:{port}\"\n[[user]]\n[[user.task]]\nget = \"/\"\nexpect = {{ status = 200 }}\n\
         [profile.load]\nusers = 1\nduration = \"10m\"\n"
    );
    let (config, source) = config::parse(&description, Path::new("loadgate.toml")).unwrap();
    let choice = Choice {
        profile: None,
        only: Vec::new(),
        skip: Vec::new(),
        target: None,
        seed: 7,
        base: PathBuf::new(),
        started_url: None,
        environment: |_| None,
    };
    let mut plan = Plan::compile(&config, &source, &choice).unwrap();
    plan.requests = Some(requests);
    let (_stop, told) = watch::channel(Stop::No);
    let run = Run {
        plan: Arc::new(plan),
        origin: Origin::default(),
        workers: 1,
        stop: told,
        observed: loadgate::load::Observed::nothing(),
        wanted: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let region = Region::new(ALLOCATOR);
    let recording = runtime.block_on(load::play(run, &mut |_: &loadgate::load::Look| {})).unwrap();
    let stats = region.change();
    assert_eq!(recording.summary().endpoints["(all)"].requests, requests);
    stats.allocations + stats.reallocations
}

#[test]
fn a_static_request_allocates_nothing() {
    let port = serve(b"HTTP/1.1 200 OK\r\nServer: here\r\nContent-Length: 2\r\n\r\nok");
    // The first run warms what is made once in a process.
    allocations(port, 100);
    let (few, many) = (allocations(port, 1_000), allocations(port, 1_000 + MORE));
    // What is done once a second allocates too, and a slow machine takes more of them: the bound leaves room for a
    // minute. An allocation on the request path would be one for each request.
    assert!(many < few + usize::try_from(MORE).unwrap() / 2, "{few} allocations, then {many} for {MORE} requests more");
}
