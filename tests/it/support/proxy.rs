//! A proxy: HTTP that forwards, HTTP that tunnels, and SOCKS 5, told apart by the first byte.
//!
//! Out: by whom it was asked, for whom, and with which credentials. Forwards to no one that it can't connect to.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A proxy. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy that lets everything through.
    pub(crate) fn open() -> Self {
        Self::start(false)
    }

    /// A proxy that lets nothing through.
    pub(crate) fn closed() -> Self {
        Self::start(true)
    }

    fn start(refuses: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stopping) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
        let accepting = std::thread::spawn({
            let (seen, stopping) = (Arc::clone(&seen), Arc::clone(&stopping));
            move || {
                while let Ok((stream, peer)) = listener.accept() {
                    if stopping.load(Ordering::SeqCst) {
                        break;
                    }
                    let seen = Arc::clone(&seen);
                    seen.lock().unwrap().push(format!("from {}", peer.ip()));
                    // A side that leaves ends the connection, not the test.
                    std::thread::spawn(move || converse(stream, &seen, refuses).ok());
                }
            }
        });
        Self { address, seen, stopping, accepting: Some(accepting) }
    }

    /// Its URL; `before` is a scheme, `://` and credentials.
    pub(crate) fn url(&self, before: &str) -> String {
        format!("{before}{}", self.address)
    }

    /// What it was asked for, a line each.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
    }
}

fn converse(stream: TcpStream, seen: &Mutex<Vec<String>>, refuses: bool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let asked = |line: String| seen.lock().unwrap().push(line);
    match reader.fill_buf()?.first() {
        None => Ok(()),
        Some(5) => socks(reader, stream, asked, refuses),
        Some(_) => http(reader, stream, asked, refuses),
    }
}

/// RFC 1928, as far as a client without credentials or with a password (RFC 1929) needs it.
fn socks(
    mut reader: BufReader<TcpStream>,
    mut stream: TcpStream,
    asked: impl Fn(String),
    refuses: bool,
) -> io::Result<()> {
    let [_version, count] = read(&mut reader)?;
    let mut methods = vec![0; usize::from(count)];
    reader.read_exact(&mut methods)?;
    if methods.contains(&2) {
        stream.write_all(&[5, 2])?;
        let [_version] = read(&mut reader)?;
        let (user, password) = (text(&mut reader)?, text(&mut reader)?);
        asked(format!("socks user {user} {password}"));
        stream.write_all(&[1, 0])?;
    } else {
        stream.write_all(&[5, 0])?;
    }
    let [_version, _connect, _reserved, kind] = read(&mut reader)?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(&mut reader)?).to_string(),
        3 => text(&mut reader)?,
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    let port = u16::from_be_bytes(read(&mut reader)?);
    asked(format!("socks {host}:{port}"));
    if refuses {
        return stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
    }
    let upstream = TcpStream::connect((host.as_str(), port))?;
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    tunnel(reader, stream, upstream)
}

fn read<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map(|()| bytes)
}

fn text(reader: &mut impl Read) -> io::Result<String> {
    let [length] = read(reader)?;
    let mut bytes = vec![0; usize::from(length)];
    reader.read_exact(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn http(
    mut reader: BufReader<TcpStream>,
    mut stream: TcpStream,
    asked: impl Fn(String),
    refuses: bool,
) -> io::Result<()> {
    let mut upstream: Option<TcpStream> = None;
    while let Some(lines) = head(&mut reader)? {
        let (method, url) = lines[0].trim_end_matches(" HTTP/1.1").split_once(' ').unwrap();
        let authority = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        asked(format!("{method} {authority}"));
        let credentials = lines.iter().filter(|line| line.to_lowercase().starts_with("proxy-authorization"));
        credentials.for_each(|line| asked(line.to_lowercase()));
        if refuses {
            return stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
        if method == "CONNECT" {
            let upstream = TcpStream::connect(&authority)?;
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            return tunnel(reader, stream, upstream);
        }
        if upstream.is_none() {
            let connected = TcpStream::connect(&authority)?;
            copy(connected.try_clone()?, stream.try_clone()?);
            upstream = Some(connected);
        }
        let path = url.trim_start_matches("http://").trim_start_matches(&authority);
        let sent_on = lines[1..].iter().filter(|line| !line.to_lowercase().starts_with("proxy-"));
        let head: String = sent_on.flat_map(|line| [line.as_str(), "\r\n"]).collect();
        let length = lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let upstream = upstream.as_mut().unwrap();
        let whole = [format!("{method} {path} HTTP/1.1\r\n{head}\r\n").into_bytes(), body].concat();
        upstream.write_all(&whole)?;
    }
    Ok(())
}

fn head(reader: &mut impl BufRead) -> io::Result<Option<Vec<String>>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => return Ok(Some(lines)),
            line => lines.push(line.to_owned()),
        }
    }
}

fn tunnel(reader: BufReader<TcpStream>, stream: TcpStream, upstream: TcpStream) -> io::Result<()> {
    upstream.set_nodelay(true)?;
    copy(upstream.try_clone()?, stream);
    pass_on(reader, upstream)
}

fn copy(from: TcpStream, to: TcpStream) {
    std::thread::spawn(move || pass_on(from, to));
}

fn pass_on(mut from: impl Read, mut to: TcpStream) -> io::Result<()> {
    let copied = io::copy(&mut from, &mut to);
    to.shutdown(std::net::Shutdown::Both)?;
    copied.map(drop)
}
