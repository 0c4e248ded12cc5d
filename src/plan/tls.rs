//! Trust: what a server's certificate is checked against.
//!
//! In: `[http.tls]` and the target's host. Out: a `client::Tls`, ready to shake hands, over HTTP/1.1.
//! Only made for `https` targets, so that nobody else needs certificates on their machine.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::fault::Flaw;
use crate::client;
use crate::config;

/// Makes what a connection to `host` needs. Files are relative to `base`.
pub(super) fn compile(tls: &config::Tls, host: &str, base: &Path) -> Result<client::Tls, Flaw> {
    let name = tls.server_name.as_deref().unwrap_or(host);
    let server_name = ServerName::try_from(name.to_owned()).map_err(|error| {
        Flaw::new(format!("`{name}` cannot be the name of a server: {error}"), "write its DNS name")
    })?;
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Flaw::new(format!("TLS cannot be set up: {error}"), "use an http:// target"))?;
    let mut config = if tls.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))).with_no_client_auth()
    } else {
        builder.with_root_certificates(roots(tls.ca.as_deref(), base)?).with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(client::Tls { config: Arc::new(config), server_name })
}

/// The system's certificate authorities, and those of `ca`.
fn roots(ca: Option<&Path>, base: &Path) -> Result<RootCertStore, Flaw> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca {
        let broken = |error: &dyn std::fmt::Display| {
            Flaw::new(
                format!("cannot read certificates from {}: {error}", file.display()),
                "name a PEM file with certificates of certificate authorities",
            )
        };
        let pem = std::fs::read(base.join(file)).map_err(|error| broken(&error))?;
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| broken(&error))?;
            roots.add(certificate).map_err(|error| broken(&error))?;
        }
        if roots.len() == before {
            return Err(broken(&"there is no certificate in it"));
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
        assert!(compile(&tls, "127.0.0.1", folder.path()).is_ok());
    }

    #[test]
    fn a_ca_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), "no certificate").unwrap();
        for (file, wrong) in
            [("ca.pem", "no certificate in it"), ("none.pem", "cannot read certificates from none.pem")]
        {
            let tls = config::Tls { ca: Some(file.into()), ..config::Tls::default() };
            let flaw = compile(&tls, "localhost", folder.path()).unwrap_err();
            assert!(flaw.message.contains(wrong), "{}", flaw.message);
        }
    }

    #[test]
    fn the_certificate_s_name_is_the_host_s_unless_one_is_given() {
        let base = Path::new(".");
        let tls = config::Tls { insecure: true, ..config::Tls::default() };
        assert_eq!(compile(&tls, "localhost", base).unwrap().server_name, ServerName::try_from("localhost").unwrap());
        let tls = config::Tls { server_name: Some("shop.test".into()), ..tls };
        assert_eq!(compile(&tls, "::1", base).unwrap().server_name, ServerName::try_from("shop.test").unwrap());
        let tls = config::Tls { server_name: Some("shop test".into()), ..tls };
        assert!(compile(&tls, "::1", base).unwrap_err().message.contains("`shop test`"));
    }
}
