//! A deadline that is set with every request and almost never comes.
//!
//! Arming and disarming a timer for each request costs more than scanning its answer. So the timer is left armed
//! for an earlier request's deadline; when it fires it is armed anew for the one that stands.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

/// A moment by which something must have happened.
#[derive(Debug, Default)]
pub(super) struct Deadline {
    at: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    /// Moves the deadline.
    pub(super) fn set(&mut self, at: Instant) {
        self.at = Some(at);
        if let Some(timer) = &mut self.timer
            && timer.deadline() > at
        {
            timer.as_mut().reset(at);
        }
    }

    /// When it is.
    pub(super) fn at(&self) -> Instant {
        self.at.unwrap_or_else(Instant::now)
    }

    /// Ready when the deadline has passed; else wakes `cx` then, or before.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let at = self.at();
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        loop {
            match timer.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) if timer.deadline() >= at => return Poll::Ready(()),
                Poll::Ready(()) => timer.as_mut().reset(at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_comes_when_it_was_last_set_to() {
        let begun = Instant::now();
        let mut deadline = Deadline::default();
        for seconds in [5, 30, 2, 9] {
            deadline.set(begun + Duration::from_secs(seconds));
            let pending = poll_fn(|cx| Poll::Ready(deadline.poll(cx).is_pending())).await;
            assert!(pending, "not before {seconds} s");
        }
        poll_fn(|cx| deadline.poll(cx)).await;
        assert_eq!(begun.elapsed().as_secs(), 9);
    }
}
