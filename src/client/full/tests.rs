//! Both engines, side by side: the same answers are the same outcomes.
//!
//! In: a table of what servers do. Out: nothing, or the case in which the engines differ. Through HTTP/1.1 alone, which
//! both speak.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::super::agent::Agent;
use super::super::engine::Engine;
use super::super::network::Network;
use super::super::origins::Origins;
use super::super::production::Production;
use super::super::request::{Method, Request};
use super::super::response::{Response, Wants};
use super::super::target::{Browsing, Route, Target, Version};
use super::Setup;

/// What a server does about a request, whole.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Writes it and keeps the connection.
    Send(&'static str),
    /// Writes it a byte at a time and keeps the connection.
    Drip(&'static str),
    /// Writes it and closes.
    Last(&'static str),
    /// Writes it and resets.
    Reset(&'static str),
    /// Writes it, and nothing more until the client leaves.
    Stall(&'static str),
    /// Writes a head, and a body of so many bytes.
    Large(usize),
    /// Answers the first request of a connection, and hangs up on the second.
    Once(&'static str),
}

const ANSWERS: &[(Method, Act)] = &[
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: value\r\n\r\nhello")),
    (Method::Get, Act::Drip("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: value\r\n\r\nhello")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-name:   padded  \r\n\r\n")),
    (Method::Post, Act::Send("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Name: a\r\nX-Name: b\r\n\r\nok")),
    (Method::Put, Act::Send("HTTP/1.1 404 Nowhere To Be Seen\r\nContent-Length: 4\r\n\r\nnone")),
    (Method::Delete, Act::Send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy")),
    (Method::Get, Act::Send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nnot")),
    (Method::Get, Act::Send("HTTP/1.1 599 \r\nContent-Length: 2\r\n\r\nok")),
    (Method::Get, Act::Send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    (Method::Head, Act::Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nX-Name: value\r\n\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 204 No Content\r\nX-Name: value\r\n\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok")),
    (Method::Get, Act::Send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    (Method::Get, Act::Send("HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    (
        Method::Get,
        Act::Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3;a=b\r\nyes\r\n0\r\n\r\n"),
    ),
    (Method::Get, Act::Drip("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nDigest: x\r\n\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
    (Method::Get, Act::Last("HTTP/1.1 200 OK\r\nX-Name: value\r\n\r\nuntil the end")),
    (Method::Get, Act::Last("HTTP/1.1 200 OK\r\n\r\n")),
    (Method::Get, Act::Last("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    (Method::Get, Act::Once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    (Method::Get, Act::Large(3 * 1024 * 1024)),
    (Method::Get, Act::Large(33 * 1024 * 1024)),
    (Method::Get, Act::Last("")),
    (Method::Get, Act::Last("HTTP/1.1 200 OK\r\nContent-Le")),
    (Method::Get, Act::Last("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly so much")),
    (Method::Get, Act::Last("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")),
    (Method::Get, Act::Last("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")),
    (Method::Get, Act::Reset("")),
    (Method::Get, Act::Stall("")),
    (Method::Get, Act::Stall("HTTP/1.1 200 OK\r\nContent-Le")),
    (Method::Get, Act::Stall("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly so much")),
    (Method::Get, Act::Send("SSH-2.0-OpenSSH_9.6\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 abc\r\n\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
    (Method::Get, Act::Send("HTTP/1.1 200 OK\r\nno colon in it\r\n\r\n")),
];

/// What an engine makes of an answer.
type Outcome = (Result<u16, &'static str>, Vec<u8>, Vec<Vec<u8>>);

#[test]
fn the_same_answers_are_the_same_outcomes_on_both_engines() {
    let port = serve();
    let differing: Vec<String> = ANSWERS
        .iter()
        .enumerate()
        .filter_map(|(number, (method, act))| {
            let lean = outcomes(Network::new(target(port)).unwrap().agent(), *method, number, *act);
            let full = outcomes(full(port), *method, number, *act);
            (lean != full).then(|| format!("{method:?} {act:?}\n  lean {}\n  full {}", shown(&lean), shown(&full)))
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn a_lean_user_pays_nothing_for_the_other_engine() {
    let (either, http1) = (size_of::<Engine>(), size_of::<super::super::http1::Http1>());
    assert!(either <= http1, "{either} bytes where the lean engine has {http1}");
}

#[test]
fn nobody_listening_is_a_refused_connection_on_both_engines() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let act = Act::Last("");
    assert_eq!(outcomes(full(port), Method::Get, 0, act)[0].0, Err("connect refused"));
    assert_eq!(outcomes(Network::new(target(port)).unwrap().agent(), Method::Get, 0, act)[0].0, Err("connect refused"));
}

#[test]
fn production_is_never_dialled_by_either_engine_whatever_is_allowed() {
    let address = Route::Address("127.0.0.1:9".parse().unwrap());
    let routes = [("localhost", Route::Lookup), ("127.0.0.1", Route::Lookup), ("nowhere.invalid", address)];
    for (host, route) in routes {
        let production = Production::parse(&["127.0.0.0/8".to_owned()]).unwrap();
        let forbidden = Target { host: host.into(), route, private_only: false, production, ..target(9) };
        for agent in [Network::new(forbidden.clone()).unwrap().agent(), full_to(forbidden)] {
            assert_eq!(outcomes(agent, Method::Get, 0, Act::Last(""))[0].0, Err("production host"), "{host}");
        }
    }
}

#[test]
fn an_address_that_the_guard_refuses_is_never_dialled() {
    let route = Route::Address("192.0.2.1:9".parse().unwrap());
    for (host, route) in [("localhost", route), ("192.0.2.1", Route::Lookup)] {
        let forbidden = Target { host: host.into(), route, ..target(9) };
        for agent in [Network::new(forbidden.clone()).unwrap().agent(), full_to(forbidden)] {
            assert_eq!(outcomes(agent, Method::Get, 0, Act::Last(""))[0].0, Err("forbidden address"), "{host}");
        }
    }
}

fn target(port: u16) -> Target {
    Target {
        host: "127.0.0.1".into(),
        port,
        tls: None,
        private_only: true,
        production: Production::default(),
        connect_timeout: Duration::from_secs(10),
        keep_alive: true,
        version: Version::Http1,
        route: Route::Lookup,
        bind: None,
        browsing: Browsing::default(),
    }
}

fn full(port: u16) -> Agent {
    full_to(target(port))
}

/// The full engine where the lean one would do.
fn full_to(target: Target) -> Agent {
    let setup = Rc::new(Setup::new(target.clone()).unwrap());
    let client = setup.client().unwrap();
    Agent::new(Engine::Full(Box::new(setup.full(client))), Rc::new(Origins::new(target, Rc::default())))
}

/// Two requests of one user, so that the second meets the connection of the first.
fn outcomes(mut agent: Agent, method: Method, number: usize, act: Act) -> Vec<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let timeout = if matches!(act, Act::Stall(_)) { Duration::from_millis(100) } else { Duration::from_secs(60) };
    let mut request = Request::default();
    let path = |wire: &mut Vec<u8>| write!(wire, "/{number}?a=b%20c");
    let headers = |wire: &mut Vec<u8>| write!(wire, "Host: shop.test\r\nX-Key: a:b\r\n");
    request.compile(method, path, headers, if method == Method::Post { b"sent" } else { b"" }).unwrap();
    runtime.block_on(async {
        let mut outcomes = Vec::new();
        for _ in 0..2 {
            let mut response = Response::default();
            let wants = Wants { head: true, body: true };
            let exchange = agent.exchange(&request, wants, (Instant::now(), timeout), &mut response).await;
            let outcome = exchange.outcome.map_err(super::super::exchange::Failure::label);
            // What came of an answer that failed is for nobody.
            let read = if outcome.is_ok() { response } else { Response::default() };
            let header = read.header("x-name").map(<[u8]>::to_vec).collect();
            outcomes.push((outcome, read.body, header));
        }
        outcomes
    })
}

fn shown(outcomes: &[Outcome]) -> String {
    let one = |(outcome, body, header): &Outcome| format!("{outcome:?}, {} bytes, {header:?}", body.len());
    outcomes.iter().map(one).collect::<Vec<_>>().join(" then ")
}

/// Serves the table until the test ends: the path of a request is its row.
fn serve() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || converse(stream));
        }
    });
    port
}

/// Ends when the client leaves, which is what an error means.
fn converse(stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    let mut served = 0;
    loop {
        let number = read_request(&mut reader)?;
        match ANSWERS.get(number)?.1 {
            Act::Send(text) => stream.write_all(text.as_bytes()).ok()?,
            Act::Drip(text) => text.bytes().try_for_each(|byte| stream.write_all(&[byte])).ok()?,
            Act::Last(text) => return stream.write_all(text.as_bytes()).ok(),
            Act::Reset(text) => {
                stream.write_all(text.as_bytes()).ok()?;
                return socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).ok();
            }
            Act::Stall(text) => {
                stream.write_all(text.as_bytes()).ok()?;
                return reader.read_to_end(&mut Vec::new()).ok().map(drop);
            }
            Act::Large(size) => {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").ok()?;
                stream.write_all(&vec![b'x'; size]).ok()?;
            }
            Act::Once(text) if served == 0 => stream.write_all(text.as_bytes()).ok()?,
            Act::Once(_) => return None,
        }
        served += 1;
    }
}

/// The row that a request asks for; panics where it is not what was compiled.
fn read_request(reader: &mut impl BufRead) -> Option<usize> {
    let lines: Vec<String> = reader.lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let has = |wanted: &str| lines.iter().any(|line| line.eq_ignore_ascii_case(wanted));
    let (method, path) = lines.first()?.trim_end_matches(" HTTP/1.1").split_once(" /")?;
    let number = path.strip_suffix("?a=b%20c").unwrap();
    assert!(has("Host: shop.test") && has("X-Key: a:b"), "{lines:?}");
    match method {
        "POST" => {
            assert!(has("Content-Length: 4"), "{lines:?}");
            let mut body = [0; 4];
            reader.read_exact(&mut body).ok()?;
        }
        "PUT" => assert!(has("Content-Length: 0"), "{lines:?}"),
        _ => {}
    }
    number.parse().ok()
}
