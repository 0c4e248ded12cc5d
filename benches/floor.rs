//! The floor: the least a load generator can do on this machine, so that loadgate has something to be held to.
//!
//! In: `PORT CONNECTIONS SECONDS`, and an HTTP server on 127.0.0.1. Out: one line of JSON. An edge-triggered epoll loop
//! writes one fixed request and reads one answer of known length, again and again. Doesn't parse, measure latencies, or
//! survive a server whose answers differ in length.

use std::error::Error;
use std::io::{self, Write};

/// Ports, connections and seconds, as typed. Cargo's own flags, such as `--bench`, are none of them.
fn typed() -> Result<Vec<u64>, Box<dyn Error>> {
    let numbers = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    Ok(numbers.map(|number| number.parse()).collect::<Result<_, _>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let said = match typed()?.as_slice() {
        &[port, connections, seconds] => epoll::run(u16::try_from(port)?, usize::try_from(connections)?, seconds)?,
        _ => "floor PORT CONNECTIONS SECONDS: the least a load generator costs, for `just bench-peers`".to_owned(),
    };
    Ok(writeln!(io::stdout(), "{said}")?)
}

#[cfg(target_os = "linux")]
mod epoll {
    use std::error::Error;
    use std::io::{ErrorKind, Read, Write};
    use std::net::{Ipv4Addr, TcpStream};
    use std::time::{Duration, Instant};

    use rustix::buffer::spare_capacity;
    use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
    use rustix::time::{ClockId, clock_gettime};

    /// Loads 127.0.0.1 for some seconds, and says at what cost.
    pub(crate) fn run(port: u16, connections: usize, seconds: u64) -> Result<String, Box<dyn Error>> {
        let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: floor\r\nAccept: */*\r\n\r\n");
        let mut floor =
            Floor { request: request.into_bytes(), answer: 0, buffer: [0; 16384], streams: Vec::new(), requests: 0 };
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        for index in 0..connections {
            let stream = floor.connect(port)?;
            epoll::add(&epoll, &stream, EventData::new_u64(index as u64), EventFlags::IN | EventFlags::ET)?;
            floor.streams.push(stream);
        }
        let start = Instant::now();
        for stream in &floor.streams {
            (&*stream).write_all(&floor.request)?;
        }
        let mut events = Vec::with_capacity(256);
        while start.elapsed() < Duration::from_secs(seconds) {
            epoll::wait(&epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                floor.turn(usize::try_from(event.data.u64())?)?;
            }
        }
        Ok(said(floor.requests, start.elapsed()))
    }

    struct Floor {
        request: Vec<u8>,
        /// Bytes of an answer; 0 before the first one.
        answer: usize,
        buffer: [u8; 16384],
        streams: Vec<TcpStream>,
        requests: u64,
    }

    impl Floor {
        /// A connection. The first one asks how long an answer is.
        fn connect(&mut self, port: u16) -> Result<TcpStream, Box<dyn Error>> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_nodelay(true)?;
            if self.answer == 0 {
                stream.write_all(&self.request)?;
                self.answer = stream.read(&mut self.buffer)?;
            }
            stream.set_nonblocking(true)?;
            Ok(stream)
        }

        /// Takes an answer of a connection and asks again.
        fn turn(&mut self, index: usize) -> Result<(), Box<dyn Error>> {
            let mut stream = self.streams.get(index).ok_or("an event of no connection")?;
            match stream.read(&mut self.buffer) {
                Ok(length) if length == self.answer => {
                    self.requests += 1;
                    stream.write_all(&self.request)?;
                    Ok(())
                }
                Ok(length) => Err(format!("an answer of {length} bytes, not {}", self.answer).into()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
                Err(error) => Err(error.into()),
            }
        }
    }

    /// The CPU time is the whole process's, user and system.
    #[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
    fn said(requests: u64, elapsed: Duration) -> String {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let cpu_us = cpu.tv_sec as f64 * 1e6 + cpu.tv_nsec as f64 / 1e3;
        let requests_as_f64 = requests as f64;
        let (rps, cost) = (requests_as_f64 / elapsed.as_secs_f64(), cpu_us / requests_as_f64);
        format!(r#"{{"requests":{requests},"rps":{rps:.1},"cpu_us_per_request":{cost:.3}}}"#)
    }
}

#[cfg(not(target_os = "linux"))]
mod epoll {
    /// There is no epoll here.
    pub(crate) fn run(_: u16, _: usize, _: u64) -> Result<String, Box<dyn std::error::Error>> {
        Err("the floor needs Linux".into())
    }
}
