//! The simulated database behind the shop.
//!
//! In: a request to a route. Out: its [`Fate`], after it has waited for a connection and held it for its service
//! time. Does not know HTTP.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::time::{Instant, sleep_until};

use super::Route;
use super::behaviour::{Behaviour, Fate};
use super::pool::Pool;

/// The database, its pool of connections and what it leaks.
#[derive(Debug)]
pub(super) struct Backend {
    behaviour: Behaviour,
    pool: Pool,
    started: Instant,
    requests: [AtomicU64; Route::ALL.len()],
    leaked: Mutex<Vec<Vec<u8>>>,
}

impl Backend {
    /// A database that has just started.
    pub(super) fn new(behaviour: Behaviour) -> Self {
        let pool = Pool::new(behaviour.pool_size());
        Self { behaviour, pool, started: Instant::now(), requests: Default::default(), leaked: Mutex::default() }
    }

    /// The connections.
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Does the work of one request. A stall holds no connection: it hurts its own request only.
    pub(super) async fn work(&self, route: Route) -> Fate {
        let Some(count) = self.requests.get(route as usize) else { return Fate::Answered };
        let draw = self.behaviour.draw(route, count.fetch_add(1, Ordering::Relaxed), self.started.elapsed());
        self.leak(self.behaviour.leak_bytes(route));
        if draw.fate == Fate::Stalled {
            return draw.fate;
        }
        let _connection = if route.is_shop() { Some(self.pool.acquire().await) } else { None };
        if !draw.service_time.is_zero() {
            sleep_until(Instant::now() + draw.service_time).await;
        }
        draw.fate
    }

    fn leak(&self, bytes: usize) {
        if bytes > 0 {
            // Written to, because memory that is only asked for takes none.
            let held = vec![0xA5; bytes];
            self.leaked.lock().unwrap_or_else(PoisonError::into_inner).push(held);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;

    fn backend(faults: &[&str]) -> Arc<Backend> {
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        Arc::new(Backend::new(Behaviour::new(faults, 42)))
    }

    /// The longest and the mean time that `users`, who ask at once, wait for their answers.
    async fn ask_at_once(backend: &Arc<Backend>, users: u32) -> (Duration, Duration) {
        let start = Instant::now();
        let mut asked = JoinSet::new();
        for _ in 0..users {
            let backend = Arc::clone(backend);
            asked.spawn(async move {
                backend.work(Route::Product).await;
                start.elapsed()
            });
        }
        let waits = asked.join_all().await;
        (*waits.iter().max().unwrap(), waits.iter().sum::<Duration>() / users)
    }

    #[tokio::test(start_paused = true)]
    async fn below_the_size_of_the_pool_nobody_waits_for_another() {
        let pool = u32::try_from(backend(&[]).pool().size()).unwrap();
        let (_, alone) = ask_at_once(&backend(&[]), pool).await;
        assert!(alone < Duration::from_millis(35), "{alone:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_the_size_of_the_pool_requests_queue() {
        let (longest, _) = ask_at_once(&backend(&["*:pool=10"]), 100).await;
        // Ten rounds of about 30 ms.
        assert!((280..380).contains(&longest.as_millis()), "{longest:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_pool_is_free_again_afterwards() {
        let backend = backend(&["*:pool=3"]);
        ask_at_once(&backend, 10).await;
        assert_eq!((backend.pool().in_use(), backend.pool().waiting()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_takes_no_connection() {
        let start = Instant::now();
        assert_eq!(backend(&["*:stall=100%"]).work(Route::Orders).await, Fate::Stalled);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_fails_or_is_reset_takes_its_usual_time() {
        for (fault, fate) in [("*:errors=100%", Fate::Failed), ("*:reset=100%", Fate::Reset)] {
            let start = Instant::now();
            assert_eq!(backend(&[fault]).work(Route::Orders).await, fate);
            assert!(start.elapsed() > Duration::from_millis(20), "{fault}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_leak_is_held_for_each_request() {
        let backend = backend(&["POST /cart:leak=64KiB"]);
        for route in [Route::Cart, Route::Cart, Route::Orders] {
            backend.work(route).await;
        }
        let held: usize = backend.leaked.lock().unwrap().iter().map(Vec::len).sum();
        assert_eq!(held, 2 * 65_536);
    }

    #[tokio::test(start_paused = true)]
    async fn health_does_not_wait_for_the_database() {
        let backend = backend(&["*:pool=1", "*:delay=+60s"]);
        let busy = Arc::clone(&backend);
        let order = tokio::spawn(async move { busy.work(Route::Orders).await });
        tokio::task::yield_now().await;
        assert_eq!(backend.pool().in_use(), 1);
        let start = Instant::now();
        assert_eq!(backend.work(Route::Health).await, Fate::Answered);
        assert_eq!(start.elapsed(), Duration::ZERO);
        order.abort();
    }
}
