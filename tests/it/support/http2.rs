//! A server that speaks nothing but HTTP/2, and counts connections apart from requests.
//!
//! In: the script of an HTTP/1.1 server, whose whole answers are sent as HTTP/2 has them. Not a place for broken ones.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::script::{Act, Answer, Received};
use super::server::Certificate;

type Script = dyn Fn(&Received) -> Answer + Send + Sync;

/// A scripted HTTP/2 server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Http2Server {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Seen>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: AtomicU64,
    received: Mutex<Vec<Received>>,
}

impl Http2Server {
    /// A server that asks `script` what to do about each request.
    pub(crate) fn scripted(script: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(script), None)
    }

    /// The same, over TLS.
    pub(crate) fn over_tls(
        certificate: &Certificate,
        script: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start(Arc::new(script), Some(TlsAcceptor::from(certificate.config())))
    }

    fn start(script: Arc<Script>, tls: Option<TlsAcceptor>) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let seen = Arc::new(Seen::default());
        let (stop, stopped) = oneshot::channel();
        let serving = std::thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, tls, script, seen) => {}
                        _ = stopped => {}
                    }
                });
            }
        });
        Self { address, scheme, seen, stop: Some(stop), serving: Some(serving) }
    }

    /// `http://127.0.0.1:PORT`, or `https` over TLS.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Connections that were opened so far.
    pub(crate) fn connections(&self) -> u64 {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The requests that came in.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.seen.received.lock().unwrap().clone()
    }
}

impl Drop for Http2Server {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.serving.take().map(JoinHandle::join);
    }
}

async fn accept(listener: std::net::TcpListener, tls: Option<TlsAcceptor>, script: Arc<Script>, seen: Arc<Seen>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        seen.connections.fetch_add(1, Ordering::SeqCst);
        let (tls, script, seen) = (tls.clone(), Arc::clone(&script), Arc::clone(&seen));
        tokio::spawn(async move {
            match tls {
                None => converse(stream, script, seen).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        converse(stream, script, seen).await;
                    }
                }
            }
        });
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, script: Arc<Script>, seen: Arc<Seen>) {
    let service = service_fn(move |request| answer(request, Arc::clone(&script), Arc::clone(&seen)));
    // A client that leaves in the middle of an exchange ends the connection, not the test.
    let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    script: Arc<Script>,
    seen: Arc<Seen>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let host = head.uri.authority().map(|authority| format!("host: {authority}"));
    let headers = head.headers.iter().map(|(name, value)| format!("{name}: {}", text(value)));
    let received = Received {
        method: head.method.to_string(),
        path: head.uri.path_and_query().unwrap().to_string(),
        headers: host.into_iter().chain(headers).collect(),
        body: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
        ..Received::default()
    };
    seen.received.lock().unwrap().push(received.clone());
    let mut wire = Vec::new();
    for act in script(&received).acts {
        match act {
            Act::Send(bytes) => wire.extend(bytes),
            Act::Take(time) => tokio::time::sleep(time).await,
            Act::Silence => std::future::pending().await,
            other => panic!("{other:?} is not HTTP/2"),
        }
    }
    let end = wire.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let (head, body) = (std::str::from_utf8(&wire[..end]).unwrap(), wire[end + 4..].to_vec());
    let mut lines = head.lines();
    let status: u16 = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    // HTTP/2 has a framing of its own.
    let headers = headers.filter(|(name, _)| !["Content-Length", "Connection", "Transfer-Encoding"].contains(name));
    let answer = headers.fold(Response::builder().status(status), |answer, (name, value)| answer.header(name, value));
    Ok(answer.body(Full::from(body)).unwrap())
}
