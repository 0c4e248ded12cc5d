//! Trust: what a server's certificate is checked against; and identity: what it is shown.
//!
//! In: `[http.tls]`, the target's host and the protocol. Out: a `client::Tls`, ready to shake hands and agree on it.
//! Only made for `https` targets and proxies, so that nobody else needs certificates on their machine.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::fault::Flaw;
use crate::client::{self, Version};
use crate::config;
use crate::intake;

/// Makes what a connection to `host` needs. Files are relative to `base`.
pub(super) fn compile(tls: &config::Tls, host: &str, version: Version, base: &Path) -> Result<client::Tls, Flaw> {
    let name = tls.server_name.as_deref().unwrap_or(host);
    let server_name = ServerName::try_from(name.to_owned()).map_err(|error| {
        Flaw::new(format!("`{name}` cannot be the name of a server: {error}"), "write its DNS name")
    })?;
    let mut config = trust(tls, base)?;
    config.alpn_protocols = match version {
        Version::Http1 => vec![b"http/1.1".to_vec()],
        Version::Http2(_) => vec![b"h2".to_vec()],
    };
    Ok(client::Tls { config: Arc::new(config), server_name })
}

/// Trust and identity, for whatever is spoken behind the handshake.
pub(super) fn trust(tls: &config::Tls, base: &Path) -> Result<ClientConfig, Flaw> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Flaw::new(format!("TLS cannot be set up: {error}"), "use an http:// target"))?;
    let builder = if tls.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    } else {
        builder.with_root_certificates(roots(tls.ca.as_deref(), base)?)
    };
    match (&tls.cert, &tls.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(cert), Some(key)) => {
            let chain = certificates(cert, base, "name a PEM file with the certificate to show")?;
            let config = builder.with_client_auth_cert(chain, private_key(key, base)?);
            config.map_err(|error| {
                let message = format!("{} and {} are no identity: {error}", cert.display(), key.display());
                Flaw::new(message, "name a certificate and the private key that belongs to it")
            })
        }
        (Some(_), None) => {
            Err(Flaw::new("`cert` has no `key`", "name the PEM file of its private key: key = \"client.key\""))
        }
        (None, Some(_)) => {
            Err(Flaw::new("`key` has no `cert`", "name the PEM file of its certificate: cert = \"client.pem\""))
        }
    }
}

/// The certificates in a PEM file: one at least.
fn certificates(file: &Path, base: &Path, help: &str) -> Result<Vec<CertificateDer<'static>>, Flaw> {
    let broken =
        |error: &dyn Display| Flaw::new(format!("cannot read certificates from {}: {error}", file.display()), help);
    let pem = intake::read(&base.join(file), intake::CERTIFICATE).map_err(|error| broken(&error.why))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| broken(&error))?;
    if certificates.is_empty() { Err(broken(&"there is no certificate in it")) } else { Ok(certificates) }
}

fn private_key(file: &Path, base: &Path) -> Result<PrivateKeyDer<'static>, Flaw> {
    let broken = |error: &dyn Display| {
        let message = format!("cannot read a private key from {}: {error}", file.display());
        Flaw::new(message, "name a PEM file with the certificate's private key, not encrypted")
    };
    let pem = intake::read(&base.join(file), intake::CERTIFICATE).map_err(|error| broken(&error.why))?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        pem::Error::NoItemsFound => broken(&"there is no key in it"),
        error => broken(&error),
    })
}

/// The system's certificate authorities, and those of `ca`.
fn roots(ca: Option<&Path>, base: &Path) -> Result<RootCertStore, Flaw> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca {
        let help = "name a PEM file with certificates of certificate authorities";
        for certificate in certificates(file, base, help)? {
            roots.add(certificate).map_err(|error| {
                Flaw::new(format!("cannot read certificates from {}: {error}", file.display()), help)
            })?;
        }
    }
    if roots.is_empty() {
        return Err(Flaw::new(
            "this machine trusts no certificate authority",
            "install the system's CA certificates, or name a file: [http.tls] ca = \"ca.pem\"",
        ));
    }
    Ok(roots)
}

/// Accepts every certificate: `insecure = true`. Signatures are still checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> String {
        rcgen::generate_simple_self_signed(["shop.test".to_owned()]).unwrap().cert.pem()
    }

    #[test]
    fn a_ca_file_is_trusted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority()).unwrap();
        let tls = config::Tls { ca: Some("ca.pem".into()), ..config::Tls::default() };
        assert!(compile(&tls, "127.0.0.1", Version::Http1, folder.path()).is_ok());
    }

    #[test]
    fn a_ca_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), "no certificate").unwrap();
        for (file, wrong) in
            [("ca.pem", "no certificate in it"), ("none.pem", "cannot read certificates from none.pem")]
        {
            let tls = config::Tls { ca: Some(file.into()), ..config::Tls::default() };
            let flaw = compile(&tls, "localhost", Version::Http1, folder.path()).unwrap_err();
            assert!(flaw.message.contains(wrong), "{}", flaw.message);
        }
    }

    #[test]
    fn the_certificate_s_name_is_the_host_s_unless_one_is_given() {
        let base = Path::new(".");
        let tls = config::Tls { insecure: true, ..config::Tls::default() };
        assert_eq!(
            compile(&tls, "localhost", Version::Http1, base).unwrap().server_name,
            ServerName::try_from("localhost").unwrap()
        );
        let tls = config::Tls { server_name: Some("shop.test".into()), ..tls };
        assert_eq!(
            compile(&tls, "::1", Version::Http1, base).unwrap().server_name,
            ServerName::try_from("shop.test").unwrap()
        );
        let tls = config::Tls { server_name: Some("shop test".into()), ..tls };
        assert!(compile(&tls, "::1", Version::Http1, base).unwrap_err().message.contains("`shop test`"));
    }
}
