//! What the faults happen to: a loadgate.toml of one page, and servers and folders that fail in ways of their own.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::Project;

/// Longest wait for something that should be under way.
const PATIENCE: Duration = Duration::from_secs(60);

/// A loadgate.toml of two users who ask for one page, with what is given added to its `[http]`, its task and its profile.
pub(super) fn page(url: &str, http: &str, task: &str, profile: &str) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{url}\"\n[http]\n{http}\n[[user]]\nthink = {{ constant = \"10ms\" }}\n\
         [[user.task]]\nname = \"page\"\nget = \"/\"\n{task}\n[profile.short]\nusers = 2\n{profile}\n"
    ))
}

/// Waits for something that happens elsewhere.
#[track_caller]
pub(super) fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "{what}: it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether this machine lets a shell script do something; says what is skipped where it does not.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(super) fn can(script: &str, skipped: &str) -> bool {
    let tried = Command::new("sh").args(["-c", script]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let can = tried.is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: {skipped}: this machine does not allow `{script}`");
    }
    can
}

/// A server that dies after so many answers, connections and all, and may come back.
pub(super) struct Mortal {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    living: Option<JoinHandle<()>>,
}

impl Mortal {
    /// One that gives `answers`, is gone, and comes back at the same port after `back_after`, if it does.
    pub(super) fn dying_after(answers: u32, back_after: Option<Duration>) -> Self {
        Self::start(Ipv4Addr::LOCALHOST, answers, back_after)
    }

    /// One that does not die, at this address.
    pub(super) fn living_at(address: Ipv4Addr) -> Self {
        Self::start(address, u32::MAX, None)
    }

    fn start(address: Ipv4Addr, answers: u32, back_after: Option<Duration>) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = Arc::new(AtomicBool::new(false));
        let living = std::thread::spawn({
            let stopping = Arc::clone(&stopping);
            move || {
                answer(&listener, answers, &stopping);
                drop(listener);
                if let Some(away) = back_after {
                    std::thread::sleep(away);
                    answer(&TcpListener::bind(address).unwrap(), u32::MAX, &stopping);
                }
            }
        });
        Self { address, stopping, living: Some(living) }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _woken = TcpStream::connect(self.address);
        let _ended = self.living.take().map(JoinHandle::join);
    }
}

/// Gives so many answers, each on a connection of its own.
fn answer(listener: &TcpListener, answers: u32, stopping: &AtomicBool) {
    for _ in 0..answers {
        let Ok((stream, _)) = listener.accept() else { return };
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
            line.clear();
        }
        // A client that leaves in the middle of an exchange ends the connection, not the test.
        let _left = stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    }
}
