//! Ctrl-C, SIGTERM, the terminal that is closed, and the keys of a screen: the first asks a run to stop, the second stops it at once.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::load::Stop;

/// Keys that do what Ctrl-C does: a terminal that gives each key away sends no signal for it.
#[derive(Debug, Clone)]
pub(super) struct Keys(mpsc::UnboundedSender<()>);

impl Keys {
    /// One was pressed.
    pub(super) fn press(&self) {
        // After the second there is nothing left to ask.
        let _unheard = self.0.send(());
    }
}

/// Listens from now on; what it gives tells how far to stop.
pub(super) fn listen() -> (watch::Receiver<Stop>, Keys) {
    let (sender, stop) = watch::channel(Stop::No);
    let (keys, mut pressed) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut signals = Signals::new();
        for level in [Stop::Gracefully, Stop::Now] {
            tokio::select! {
                () = signals.next() => {}
                Some(()) = pressed.recv() => {}
            }
            sender.send_replace(level);
        }
    });
    (stop, Keys(keys))
}

#[cfg(unix)]
struct Signals {
    terminate: Option<Signal>,
    hang_up: Option<Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        Self { terminate: signal(SignalKind::terminate()).ok(), hang_up: signal(SignalKind::hangup()).ok() }
    }

    async fn next(&mut self) {
        tokio::select! {
            () = ctrl_c() => {}
            () = come(&mut self.terminate) => {}
            () = come(&mut self.hang_up) => {}
        }
    }
}

/// Waits for a signal; for ever where it can't be listened to.
#[cfg(unix)]
async fn come(signal: &mut Option<Signal>) {
    if let Some(signal) = signal
        && signal.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        ctrl_c().await;
    }
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
