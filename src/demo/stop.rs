//! When the demo should stop.
//!
//! In: signals, and the end of standard input. Out: a future that completes at the first of them. Stops nothing.

use std::io::Read as _;
use std::thread;

use tokio::sync::oneshot;

/// Completes at Ctrl-C, at SIGTERM, and with `watch_stdin` at the end of standard input.
///
/// A process that keeps a pipe to the demo's standard input open takes the demo along when it dies, however it dies.
pub async fn stop_requested(watch_stdin: bool) {
    tokio::select! {
        () = interrupted() => {}
        () = terminated() => {}
        () = stdin_ended(), if watch_stdin => {}
    }
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

/// Completes at the end of standard input. The thread ends with the process: a read of standard input can't be
/// called off.
async fn stdin_ended() {
    let (ended, end) = oneshot::channel::<()>();
    thread::spawn(move || {
        let mut buffer = [0; 1_024];
        while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
        drop(ended);
    });
    // The sender is never used, only dropped.
    let _ = end.await;
}
