//! Names that mean nothing, something later, or something dead first.

#![cfg(target_os = "linux")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

use super::row::{Kept, Row};
use super::servers::{Mortal, can, page};
use crate::support::{Answer, Server};

/// Runs loadgate with the file `hosts` of its folder in the place of /etc/hosts.
const WITH_HOSTS: &str = r#"exec unshare -rm sh -c 'mount --bind hosts /etc/hosts && exec "$0" "$@"' "$0" "$@""#;
const MAY: &str = "unshare -rm sh -c 'mount --bind /dev/null /etc/hosts'";

#[test]
fn a_name_that_is_known_only_later() {
    if !can(MAY, "names of the test's own") {
        return;
    }
    let there = Server::answering(Answer::ok("there"));
    let to = there.url().replace("127.0.0.1", "shop.test");
    let server = Server::scripted(move |_| {
        Answer::raw(format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
    });
    let project = page(&server.url(), "redirects = 1", "", "duration = \"80s\"").file("hosts", "127.0.0.1 localhost\n");
    let running = project.loadgate("run").in_shell(WITH_HOSTS).start();
    server.wait_for_requests(10);
    assert_eq!(there.requests(), 0);
    // Written in place: the file is what is mounted.
    std::fs::write(project.path("hosts"), "127.0.0.1 localhost shop.test\n").unwrap();
    there.wait_for_requests(5);
    running.interrupt();
    let finished = running.finish();
    let errors = project.json("loadgate-report/recording.json")["summary"]["endpoints"]["(all)"]["errors"].clone();
    assert!(errors["dns"].as_u64() > Some(0), "{errors:#}");
    let row = Row {
        fault: "a name that can't be resolved, and then can",
        exit: Some(130),
        says: "interrupted",
        recording: Kept::CutOff,
    };
    row.holds(&finished, &project);
}

#[test]
fn a_dead_address_first() {
    if !can(MAY, "names of the test's own") {
        return;
    }
    // Of two addresses of this machine, resolvers give the one first that connections come from.
    let server = Mortal::living_at(Ipv4Addr::new(127, 0, 0, 2));
    let port: u16 = server.url().rsplit(':').next().unwrap().parse().unwrap();
    let _full = full_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let url = format!("http://shop.test:{port}");
    let project = page(&url, "connect_timeout = \"20s\"", "", "duration = \"1s\"")
        .file("hosts", "127.0.0.2 shop.test\n127.0.0.1 shop.test\n");
    let finished = project.loadgate("run").in_shell(WITH_HOSTS).run();
    let row = Row {
        fault: "a name whose first address is dead",
        exit: Some(0),
        says: "recording in",
        recording: Kept::Valid(&[]),
    };
    row.holds(&finished, &project);
    let requests = &project.json("loadgate-report/recording.json")["summary"]["endpoints"]["page"]["requests"];
    assert!(requests.as_u64() > Some(2), "{requests}");
}

/// A listener whose queue is full: a handshake with it gets no answer.
fn full_at(address: SocketAddr) -> impl Drop {
    struct Full(Vec<Socket>);
    impl Drop for Full {
        fn drop(&mut self) {
            self.0.clear();
        }
    }
    let stream = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let listener = stream();
    listener.bind(&address.into()).unwrap();
    listener.listen(0).unwrap();
    let mut held = vec![listener];
    loop {
        let waiting = stream();
        let connected = waiting.connect_timeout(&address.into(), std::time::Duration::from_millis(100));
        held.push(waiting);
        if connected.is_err() {
            return Full(held);
        }
    }
}

#[test]
fn a_name_nobody_has() {
    // The port is free, and belongs to nobody while the listener lives.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://nobody.invalid:{}", free.local_addr().unwrap().port());
    let project = page(&url, "", "", "duration = \"2s\"");
    let row = Row {
        fault: "a name that can't be resolved",
        exit: Some(3),
        says: "(dns): check the host name in its URL",
        recording: Kept::Invalid(&["dns"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}
