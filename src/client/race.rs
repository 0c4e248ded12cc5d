//! The first address of a host that takes a connection: one that is dead costs a quarter of a second, not the run.
//!
//! In: addresses, in the order in which they should be tried. Out: a connection, or why none of them gave one. Keeps nothing:
//! which address won is the dialer's to remember.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;

use super::exchange::Failure;

/// How long an address is tried alone before the next one is tried beside it: the Connection Attempt Delay that RFC 8305
/// (section 5) recommends.
const HEAD_START: Duration = Duration::from_millis(250);

/// Tries one address after the other, each beside those before it, until one gives a connection.
///
/// # Errors
/// Why the last of them failed; [`Failure::Unreachable`] where there is none.
pub(super) async fn first<C>(
    addresses: impl Iterator<Item = SocketAddr>,
    connect: impl AsyncFn(SocketAddr) -> Result<C, Failure>,
) -> Result<C, Failure> {
    let mut addresses = addresses.peekable();
    let mut failure = Failure::Unreachable;
    let mut trying = Vec::new();
    loop {
        match addresses.next() {
            Some(only) if trying.is_empty() && addresses.peek().is_none() => return connect(only).await,
            Some(address) => trying.push(Box::pin(connect(address))),
            None if trying.is_empty() => return Err(failure),
            None => {}
        }
        let won = tokio::select! {
            won = first_done(&mut trying) => won,
            () = sleep(HEAD_START), if addresses.peek().is_some() => continue,
        };
        match won {
            Ok(connection) => return Ok(connection),
            Err(why) => failure = why,
        }
    }
}

/// What the first of them comes to, which is taken out.
async fn first_done<T>(trying: &mut Vec<Pin<Box<impl Future<Output = T>>>>) -> T {
    poll_fn(|cx| {
        let done = trying.iter_mut().enumerate().find_map(|(place, attempt)| match attempt.as_mut().poll(cx) {
            Poll::Ready(done) => Some((place, done)),
            Poll::Pending => None,
        });
        match done {
            Some((place, done)) => {
                drop(trying.swap_remove(place));
                Poll::Ready(done)
            }
            None => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use super::*;

    fn addresses(count: u16) -> impl Iterator<Item = SocketAddr> {
        (1..=count).map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_address_has_its_head_start_and_then_the_next_is_tried_beside_it() {
        let begun = tokio::time::Instant::now();
        let connected = first(addresses(3), async |address: SocketAddr| match address.port() {
            3 => Ok(address.port()),
            _ => pending().await,
        });
        assert_eq!(connected.await, Ok(3));
        assert_eq!(begun.elapsed(), 2 * HEAD_START);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_refuses_is_not_waited_for_and_the_last_refusal_is_told() {
        let begun = tokio::time::Instant::now();
        let tried = RefCell::new(Vec::new());
        let refused = first(addresses(3), async |address: SocketAddr| {
            tried.borrow_mut().push(address.port());
            Err::<(), _>(if address.port() == 3 { Failure::ConnectRefused } else { Failure::Reset })
        });
        assert_eq!(refused.await, Err(Failure::ConnectRefused));
        assert_eq!((tried.into_inner(), begun.elapsed()), (vec![1, 2, 3], Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_address_may_still_win() {
        let connected = first(addresses(2), async |address: SocketAddr| match address.port() {
            1 => {
                sleep(2 * HEAD_START).await;
                Ok(1)
            }
            _ => pending().await,
        });
        assert_eq!(connected.await, Ok(1));
        assert_eq!(first(addresses(0), async |_| Ok(())).await, Err(Failure::Unreachable));
    }
}
