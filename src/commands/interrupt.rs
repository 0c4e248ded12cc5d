//! Ctrl-C and SIGTERM: the first asks a run to stop, the second stops it at once.

use tokio::sync::watch;

use crate::load::Stop;

/// Listens from now on; what it gives tells how far to stop.
pub(super) fn listen() -> watch::Receiver<Stop> {
    let (sender, stop) = watch::channel(Stop::No);
    tokio::spawn(async move {
        let mut signals = Signals::new();
        for level in [Stop::Gracefully, Stop::Now] {
            signals.next().await;
            sender.send_replace(level);
        }
    });
    stop
}

#[cfg(unix)]
struct Signals {
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        Self { terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok() }
    }

    async fn next(&mut self) {
        let terminated = async {
            match &mut self.terminate {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = ctrl_c() => {}
            _ = terminated => {}
        }
    }
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
