//! The demo API on a socket.
//!
//! In: [`Options`]. Out: answers on HTTP/1.1 connections, until asked to stop. Knows nothing of what is answered.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Fault;
use super::answer::Answer;
use super::behaviour::Behaviour;
use super::handle::Shop;

/// How long requests under way may take to end once the demo is asked to stop.
const DRAIN: Duration = Duration::from_secs(2);
/// Pause after a connection could not be accepted, mostly for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// How to serve the demo API.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The address to listen on; port 0 takes any free port.
    pub listen: SocketAddr,
    /// What goes wrong. They act in this order.
    pub faults: Vec<Fault>,
    /// One seed gives one sequence of service times and faults for each route.
    pub seed: u64,
}

/// Why the demo API could not be served.
#[derive(Debug, Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}; choose another with --listen, port 0 takes any free one")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Serves the demo API until `until` completes; requests under way then have two seconds to end.
///
/// `on_ready` is called once with the address, when connections are accepted.
///
/// # Errors
/// If the address cannot be listened on.
pub async fn serve(
    options: Options,
    on_ready: impl FnOnce(SocketAddr),
    until: impl Future<Output = ()>,
) -> Result<(), Error> {
    let cannot = |source| Error::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let shop = Shop::new(Behaviour::new(options.faults, options.seed), options.seed);
    on_ready(address);

    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut until = pin!(until);
    loop {
        tokio::select! {
            () = &mut until => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(Arc::clone(&shop), stream, stopped.clone()));
                }
                Err(_) => sleep(ACCEPT_RETRY).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    stopping.send_replace(true);
    // Those that are not done by then are cut off as the set is dropped.
    let _ = timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Serves one connection to its end, or to its reset.
async fn converse(shop: Arc<Shop>, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    // A socket that refuses is served all the same, only slower.
    let _ = stream.set_nodelay(true);
    let reset = Notify::new();
    let service = service_fn(|request| answer(&shop, &reset, request));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    loop {
        tokio::select! {
            // An end in error is the client's doing: it went away, or did not speak HTTP.
            _ = &mut connection => return,
            () = reset.notified() => break,
            Ok(()) = stopped.changed() => {}
        }
        Pin::new(&mut connection).graceful_shutdown();
    }
    // Closed without lingering, a connection ends in a reset instead of a farewell.
    let _ = connection.into_parts().io.into_inner().set_zero_linger();
}

async fn answer(shop: &Shop, reset: &Notify, request: Request<Incoming>) -> Result<Answer, Infallible> {
    if let Ok(answer) = shop.handle(request).await {
        return Ok(answer);
    }
    reset.notify_one();
    std::future::pending().await
}
