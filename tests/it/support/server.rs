//! A server that does as it is told, on a port of its own, with a thread for each connection.
//!
//! In: a script from [`Received`] to [`Answer`]. Out: counts of what reached it. Not a correct HTTP server.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, crypto::ring};

use super::script::{Act, Answer, Received};

/// Requests kept to look at; a busy server forgets those beyond.
const KEPT: usize = 1000;

/// Longest wait for something that should be under way.
const PATIENCE: Duration = Duration::from_secs(30);

type Script = dyn Fn(&Received) -> Answer + Send + Sync;

/// A self-signed certificate for `localhost` and 127.0.0.1, which is its own authority.
#[derive(Debug)]
pub(crate) struct Certificate {
    /// As `[http] tls.ca` wants it.
    pub(crate) pem: String,
    /// Its private key, as `[http] tls.key` wants it.
    pub(crate) key: String,
    config: Arc<ServerConfig>,
}

impl Certificate {
    /// Makes one.
    pub(crate) fn generate() -> Self {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let pair = rcgen::generate_simple_self_signed(names).unwrap();
        Self::of(&pair.cert, &pair.signing_key)
    }

    /// This one.
    pub(crate) fn of(certificate: &rcgen::Certificate, signing_key: &rcgen::KeyPair) -> Self {
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self { pem: certificate.pem(), key: signing_key.serialize_pem(), config: Arc::new(config) }
    }

    /// The same, agreeing on these protocols.
    pub(crate) fn speaking(mut self, protocols: &[&str]) -> Self {
        let config = Arc::make_mut(&mut self.config);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        self
    }

    /// The same, for servers that let nobody in but who shows `client`.
    pub(crate) fn asking_for(mut self, client: &Self) -> Self {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(client.pem.as_bytes()).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.unwrap())
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols.clone_from(&self.config.alpn_protocols);
        self.config = Arc::new(config);
        self
    }

    /// What a server is set up with.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

/// A scripted server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Seen>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that answers everything alike.
    pub(crate) fn answering(answer: Answer) -> Self {
        Self::scripted(move |_| answer.clone())
    }

    /// A server that asks `script` what to do about each request.
    pub(crate) fn scripted(script: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(script), None)
    }

    /// A server that answers everything alike, over TLS.
    pub(crate) fn over_tls(certificate: &Certificate, answer: Answer) -> Self {
        Self::scripted_over_tls(certificate, move |_| answer.clone())
    }

    /// A server that asks `script`, over TLS.
    pub(crate) fn scripted_over_tls(
        certificate: &Certificate,
        script: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start(Arc::new(script), Some(certificate.config()))
    }

    fn start(script: Arc<Script>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let seen = Arc::new(Seen::default());
        let stopping = Arc::new(AtomicBool::new(false));
        let accepting = std::thread::spawn({
            let (seen, stopping) = (Arc::clone(&seen), Arc::clone(&stopping));
            move || {
                while let Ok((stream, peer)) = listener.accept() {
                    if stopping.load(Ordering::SeqCst) {
                        break;
                    }
                    seen.count_connection(peer.ip());
                    let (seen, script, tls) = (Arc::clone(&seen), Arc::clone(&script), tls.clone());
                    std::thread::spawn(move || serve(stream, tls, &seen, &*script));
                }
            }
        });
        Self { address, scheme, seen, stopping, accepting: Some(accepting) }
    }

    /// `http://127.0.0.1:PORT`, or `https` over TLS.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Whole requests that came in so far.
    pub(crate) fn requests(&self) -> u64 {
        self.seen.state.lock().unwrap().requests
    }

    /// Connections that were opened so far.
    pub(crate) fn connections(&self) -> u64 {
        self.seen.state.lock().unwrap().connections
    }

    /// Where the last connection came from.
    pub(crate) fn last_peer(&self) -> Option<IpAddr> {
        self.seen.state.lock().unwrap().last_peer
    }

    /// The first requests that came in.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.seen.state.lock().unwrap().received.clone()
    }

    /// Returns once so many requests came in.
    #[track_caller]
    pub(crate) fn wait_for_requests(&self, count: u64) {
        let state = self.seen.state.lock().unwrap();
        let (state, waited) =
            self.seen.changed.wait_timeout_while(state, PATIENCE, |state| state.requests < count).unwrap();
        assert!(!waited.timed_out(), "only {} of {count} requests came", state.requests);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
    }
}

/// A port on which nobody listens.
pub(crate) fn closed_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A listener whose queue is full: a handshake with it gets no answer. Kept full until dropped.
pub(crate) fn full_listener() -> (SocketAddr, impl Drop) {
    struct Full(#[expect(dead_code, reason = "held open, never used")] Socket, Vec<TcpStream>);
    impl Drop for Full {
        fn drop(&mut self) {
            self.1.clear();
        }
    }
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        waiting.push(stream);
    }
    (address, Full(socket, waiting))
}

#[derive(Debug, Default)]
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    requests: u64,
    connections: u64,
    last_peer: Option<IpAddr>,
    received: Vec<Received>,
}

impl Seen {
    fn count_connection(&self, peer: IpAddr) {
        let mut state = self.state.lock().unwrap();
        state.connections += 1;
        state.last_peer = Some(peer);
    }

    fn count_request(&self, mut request: Received) -> Received {
        let mut state = self.state.lock().unwrap();
        request.number = state.requests;
        state.requests += 1;
        if state.received.len() < KEPT {
            state.received.push(request.clone());
        }
        self.changed.notify_all();
        request
    }
}

fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, seen: &Seen, script: &Script) {
    let control = stream.try_clone().unwrap();
    stream.set_nodelay(true).unwrap();
    // A client that leaves in the middle of an exchange ends the connection, not the test.
    let _: io::Result<()> = match tls {
        None => converse(stream, &control, seen, script),
        Some(config) => {
            let session = ServerConnection::new(config).unwrap();
            converse(StreamOwned::new(session, stream), &control, seen, script)
        }
    };
}

fn converse(stream: impl Read + Write, control: &TcpStream, seen: &Seen, script: &Script) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut on_connection = 0;
    while let Some(request) = read_request(&mut stream)? {
        let request = seen.count_request(Received { on_connection, ..request });
        on_connection += 1;
        for act in script(&request).acts {
            if perform(&act, &mut stream, control)? == Then::Leave {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What follows an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Leave,
}

fn perform<S: Read + Write>(act: &Act, stream: &mut BufReader<S>, control: &TcpStream) -> io::Result<Then> {
    match act {
        Act::Send(bytes) => stream.get_mut().write_all(bytes)?,
        Act::Drip(bytes) => drip(stream.get_mut(), bytes)?,
        Act::Take(time) => std::thread::sleep(*time),
        Act::Repeat(times, acts) => {
            for _ in 0..*times {
                for act in acts {
                    if perform(act, stream, control)? == Then::Leave {
                        return Ok(Then::Leave);
                    }
                }
            }
        }
        Act::Close => return Ok(Then::Leave),
        Act::HalfClose => {
            control.shutdown(Shutdown::Write)?;
            return stream.read_to_end(&mut Vec::new()).map(|_| Then::Leave);
        }
        Act::Reset => return SockRef::from(control).set_linger(Some(Duration::ZERO)).map(|()| Then::Leave),
        Act::Silence => return stream.read_to_end(&mut Vec::new()).map(|_| Then::Leave),
    }
    stream.get_mut().flush()?;
    Ok(Then::GoOn)
}

fn drip(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    bytes.iter().try_for_each(|byte| stream.write_all(&[*byte]).and_then(|()| stream.flush()))
}

fn read_request(stream: &mut impl BufRead) -> io::Result<Option<Received>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Received {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        ..Received::default()
    };
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => break,
            header => request.headers.push(header.to_owned()),
        }
    }
    let length = request.header("content-length").map_or(0, |value| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    request.bytes = body;
    Ok(Some(request))
}
