//! Precise sleep. tokio's timer ticks at 1 ms, which at 5,000 starts a second is most of the latency of a fast
//! server; a timerfd is late by some 40 µs.
//!
//! In: moments. Out: futures that end then. One [`Clock`] serves all sleepers of a worker with one timer; its
//! [`Clock::drive`] must be running. Where there is no timerfd it is tokio's timer.

#[cfg(not(target_os = "linux"))]
pub(super) use portable::Clock;
#[cfg(target_os = "linux")]
pub(super) use precise::Clock;

#[cfg(target_os = "linux")]
mod precise {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;
    use std::future::poll_fn;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::task::{Poll, Waker};

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;
    use tokio::time::Instant;

    /// One timer for all precise sleeps of a worker.
    #[derive(Debug)]
    pub(in crate::load) struct Clock {
        timer: AsyncFd<OwnedFd>,
        sleepers: RefCell<BTreeMap<Ticket, Waker>>,
        tickets: Cell<u64>,
    }

    /// Sleepers in the order of their moments; the number tells equal moments apart.
    type Ticket = (Instant, u64);

    impl Clock {
        /// A clock for the runtime this is called in.
        ///
        /// # Errors
        /// No file descriptor is left.
        pub(in crate::load) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = watch(timerfd_create(TimerfdClockId::Monotonic, flags)?)?;
            Ok(Self { timer, sleepers: RefCell::default(), tickets: Cell::new(0) })
        }

        /// Sleeps until a moment; not at all when it has passed.
        pub(in crate::load) async fn sleep_until(&self, at: Instant) {
            if at <= Instant::now() {
                return;
            }
            let ticket = (at, self.tickets.replace(self.tickets.get() + 1));
            let _leave = Leave { clock: self, ticket };
            poll_fn(|cx| {
                if at <= Instant::now() {
                    return Poll::Ready(());
                }
                let mut sleepers = self.sleepers.borrow_mut();
                sleepers.insert(ticket, cx.waker().clone());
                if sleepers.first_key_value().is_some_and(|(first, _)| *first == ticket) {
                    self.arm(at);
                }
                Poll::Pending
            })
            .await;
        }

        /// Wakes sleepers for ever.
        pub(in crate::load) async fn drive(&self) {
            loop {
                let Ok(mut ready) = self.timer.readable().await else { return };
                // The count of expirations says nothing that the clock does not say better.
                let _count = rustix::io::read(self.timer.get_ref(), &mut [0_u8; 8]);
                ready.clear_ready();
                self.wake_due();
            }
        }

        fn wake_due(&self) {
            let now = Instant::now();
            let mut sleepers = self.sleepers.borrow_mut();
            while let Some(first) = sleepers.first_entry() {
                if first.key().0 > now {
                    self.arm(first.key().0);
                    return;
                }
                first.remove().wake();
            }
        }

        fn arm(&self, at: Instant) {
            let left = at.saturating_duration_since(Instant::now());
            let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
            let value = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                // A timer set to zero is disarmed: a moment that has just passed is 1 ns away.
                tv_nsec: i64::from(left.subsec_nanos()).max(1),
            };
            let spec = Itimerspec { it_interval: zero, it_value: value };
            // The descriptor is a timer and the time is positive: the call has no way to fail.
            let _set = timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::empty(), &spec);
        }
    }

    #[expect(deprecated, reason = "its replacement is unsafe; an OwnedFd keeps the promise that one asks for")]
    fn watch(timer: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
        AsyncFd::new(timer)
    }

    struct Leave<'a> {
        clock: &'a Clock,
        ticket: Ticket,
    }

    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.clock.sleepers.borrow_mut().remove(&self.ticket);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod portable {
    use std::io;

    use tokio::time::{Instant, sleep_until};

    /// tokio's timer: late by up to 1 ms.
    #[derive(Debug)]
    pub(in crate::load) struct Clock;

    impl Clock {
        /// A clock for the runtime this is called in.
        pub(in crate::load) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Sleeps until a moment; not at all when it has passed.
        pub(in crate::load) async fn sleep_until(&self, at: Instant) {
            sleep_until(at).await;
        }

        /// Nothing to drive: the runtime's timer wakes its sleepers itself.
        pub(in crate::load) async fn drive(&self) {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Clock;

    #[tokio::test(flavor = "current_thread")]
    async fn sleepers_wake_in_the_order_of_their_moments_and_never_early() {
        let clock = Clock::new().unwrap();
        let woken = RefCell::new(Vec::new());
        let begun = Instant::now();
        let sleeper = |ms: u64| {
            let (clock, woken) = (&clock, &woken);
            async move {
                clock.sleep_until(begun + Duration::from_millis(ms)).await;
                assert!(begun.elapsed() >= Duration::from_millis(ms));
                woken.borrow_mut().push(ms);
            }
        };
        tokio::select! {
            () = clock.drive() => unreachable!("the clock drives for ever"),
            _all = async { tokio::join!(sleeper(30), sleeper(0), sleeper(10), sleeper(20), sleeper(10)) } => {}
        }
        assert_eq!(*woken.borrow(), [0, 10, 10, 20, 30]);
    }
}
