//! The pool of database connections: so many requests at once, the others wait their turn.
//!
//! In: requests for a connection. Out: connections, strictly in the order of asking, which is what gives the demo
//! its knee. Knows no timeouts: a request whose client is gone leaves the queue because its future is dropped.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

/// A bounded pool, first come, first served.
#[derive(Debug)]
pub(super) struct Pool {
    free: Semaphore,
    size: usize,
    waiting: AtomicUsize,
}

/// A connection, given back when dropped.
#[derive(Debug)]
pub(super) struct Connection<'p> {
    _permit: Option<SemaphorePermit<'p>>,
}

impl Pool {
    /// A pool of `size` connections, all free.
    pub(super) fn new(size: usize) -> Self {
        Self { free: Semaphore::new(size), size, waiting: AtomicUsize::new(0) }
    }

    /// Waits for a connection.
    pub(super) async fn acquire(&self) -> Connection<'_> {
        let _place = Place::take(&self.waiting);
        // The semaphore is never closed, so there always is a permit in the end.
        Connection { _permit: self.free.acquire().await.ok() }
    }

    /// How many connections there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many connections are held.
    pub(super) fn in_use(&self) -> usize {
        self.size.saturating_sub(self.free.available_permits())
    }

    /// How many requests wait for one.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// A place in the queue, left when dropped.
struct Place<'p>(&'p AtomicUsize);

impl<'p> Place<'p> {
    fn take(waiting: &'p AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn those_who_wait_are_counted_and_served_in_the_order_of_asking() {
        let pool = Pool::new(1);
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(pool.acquire());
        let Poll::Ready(held) = first.as_mut().poll(&mut context) else { panic!("the pool was free") };
        let mut second = pin!(pool.acquire());
        let mut third = pin!(pool.acquire());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert!(third.as_mut().poll(&mut context).is_pending());
        assert_eq!((pool.in_use(), pool.waiting()), (1, 2));

        drop(held);
        assert!(third.as_mut().poll(&mut context).is_pending());
        assert!(second.as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn one_who_gives_up_leaves_the_queue() {
        let pool = Pool::new(0);
        {
            let mut waiting = pin!(pool.acquire());
            assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert_eq!(pool.waiting(), 1);
        }
        assert_eq!(pool.waiting(), 0);
    }
}
