//! Certificates that are over, of others, of strangers; versions of another time; handshakes that stand still.

use rcgen::{CertificateParams, DistinguishedName, KeyPair, date_time_ymd};

use super::row::{Kept, Row};
use super::servers::page;
use crate::support::{Answer, Certificate, Project, Server};

/// A page behind a certificate, with the authority that loadgate trusts.
fn behind(certificate: &Certificate) -> (Server, Project) {
    let server = Server::over_tls(certificate, Answer::ok("here"));
    let project =
        page(&server.url(), "tls = { ca = \"ca.pem\" }", "", "duration = \"2s\"").file("ca.pem", &certificate.pem);
    (server, project)
}

fn refused(fault: &'static str, says: &'static str, project: &Project) {
    let row = Row { fault, exit: Some(3), says, recording: Kept::Invalid(&["tls"]) };
    row.holds(&project.loadgate("run").run(), project);
}

fn certificate(names: &[&str], change: impl Fn(&mut CertificateParams)) -> Certificate {
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    Certificate::of(&params.self_signed(&key).unwrap(), &key)
}

#[test]
fn expired() {
    let expired = certificate(&["localhost", "127.0.0.1"], |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    let (_server, project) = behind(&expired);
    refused("a certificate that has expired", "(tls): its certificate has expired: renew it", &project);
}

#[test]
fn not_valid_yet() {
    let early = certificate(&["localhost", "127.0.0.1"], |params| {
        params.not_before = date_time_ymd(2090, 1, 1);
        params.not_after = date_time_ymd(2091, 1, 1);
    });
    let (_server, project) = behind(&early);
    refused(
        "a certificate that is not valid yet",
        "(tls): its certificate is not valid yet: check this machine's clock",
        &project,
    );
}

#[test]
fn of_another_name() {
    let (_server, project) = behind(&certificate(&["shop.example"], |_| {}));
    refused("a certificate for another name", "(tls): its certificate is for another name", &project);
}

#[test]
fn of_an_unknown_authority() {
    let server = Server::over_tls(&Certificate::generate(), Answer::ok("here"));
    let project = page(&server.url(), "", "", "duration = \"2s\"");
    refused(
        "a certificate of an unknown authority",
        "(tls): its certificate is from an authority that is not trusted here",
        &project,
    );
}

#[test]
fn of_an_old_version() {
    // TLS 1.0's way to say that it does not know the versions it was offered.
    let alert = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46];
    let server = Greeter::saying(&alert);
    let project = page(&server.url(), "", "", "duration = \"2s\"");
    refused(
        "a server that speaks only old versions of TLS",
        "(tls): it speaks no version of TLS that loadgate does (1.2 and 1.3)",
        &project,
    );
}

#[test]
fn a_handshake_that_stands_still() {
    let server = Greeter::saying(&[]);
    let project = page(&server.url(), "connect_timeout = \"200ms\"", "", "duration = \"2s\"");
    let row = Row {
        fault: "a TLS handshake that stands still",
        exit: Some(3),
        says: "(connect timeout)",
        recording: Kept::Invalid(&["connect timeout"]),
    };
    row.holds(&project.loadgate("run").run(), &project);
}

use greeter::Greeter;

mod greeter {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A server that reads a little, says the same to everyone, and nothing more.
    pub(super) struct Greeter {
        address: SocketAddr,
        stopping: Arc<AtomicBool>,
    }

    impl Greeter {
        pub(super) fn saying(bytes: &[u8]) -> Self {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let address = listener.local_addr().unwrap();
            let stopping = Arc::new(AtomicBool::new(false));
            let (bytes, told) = (bytes.to_vec(), Arc::clone(&stopping));
            std::thread::spawn(move || {
                let mut held = Vec::new();
                while let Ok((mut stream, _)) = listener.accept() {
                    if told.load(Ordering::SeqCst) {
                        return;
                    }
                    // Who has left already is told nothing.
                    let _left = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(&bytes));
                    held.push(stream);
                }
            });
            Self { address, stopping }
        }

        pub(super) fn url(&self) -> String {
            format!("https://{}", self.address)
        }
    }

    impl Drop for Greeter {
        fn drop(&mut self) {
            self.stopping.store(true, Ordering::SeqCst);
            let _woken = TcpStream::connect(self.address);
        }
    }
}
