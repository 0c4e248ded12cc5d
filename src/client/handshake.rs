//! Why a TLS handshake failed, as far as whoever reads it can do something about it.
//!
//! In: an error of rustls. Out: a [`Failure`]. Never the error's text, which may hold what the server sent.

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

use super::exchange::Failure;

/// What was wrong with a TLS handshake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handshake {
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not come, or this machine's clock is wrong.
    NotYetValid,
    /// The certificate is for another name.
    AnotherName,
    /// The certificate is from an authority that nobody here trusts.
    UnknownAuthority,
    /// Both speak TLS, and no version or cipher in common.
    NothingInCommon,
    /// Anything else.
    #[default]
    Other,
}

impl Handshake {
    /// What to do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Expired => "its certificate has expired: renew it",
            Self::NotYetValid => {
                "its certificate is not valid yet: check this machine's clock and the certificate's dates"
            }
            Self::AnotherName => "its certificate is for another name: set [http.tls] server_name, or the right URL",
            Self::UnknownAuthority => {
                "its certificate is from an authority that is not trusted here: name its certificate in [http.tls] ca"
            }
            Self::NothingInCommon => {
                "it speaks no version of TLS that loadgate does (1.2 and 1.3), or no cipher of them"
            }
            Self::Other => {
                "check its certificate, [http.tls] ca, server_name and cert, or whether it speaks TLS at all"
            }
        }
    }
}

/// The failure that an error of TLS is.
pub(super) fn failure_of(error: &Error) -> Failure {
    match error {
        Error::NoApplicationProtocol | Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            Failure::NoHttp2
        }
        Error::InvalidCertificate(wrong) => Failure::Tls(certificate(wrong)),
        Error::PeerIncompatible(_)
        | Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            Failure::Tls(Handshake::NothingInCommon)
        }
        _ => Failure::Tls(Handshake::Other),
    }
}

fn certificate(wrong: &CertificateError) -> Handshake {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Handshake::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Handshake::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Handshake::AnotherName,
        CertificateError::UnknownIssuer => Handshake::UnknownAuthority,
        _ => Handshake::Other,
    }
}
