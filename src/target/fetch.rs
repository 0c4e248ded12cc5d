//! A document that the target serves about itself, such as its OpenAPI description.
//!
//! In: a URL, and which addresses may be asked. Out: the bytes. Sends one GET, follows no redirect and speaks no TLS;
//! sends no load.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use thiserror::Error;
use tokio_rustls::rustls::crypto::ring;

/// Largest document taken.
const MOST_BYTES: usize = 16 << 20;

/// Longest wait for the whole document.
const WITHIN: Duration = Duration::from_secs(10);

/// Why a document could not be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// Only `http://` is spoken.
    #[error("{url} is no http:// URL; download the document, such as with curl, and give the file")]
    NotHttp {
        /// The URL.
        url: String,
    },
    /// The host is beyond loopback and private ranges.
    #[error(
        "{host} is neither this machine nor in a private network, so it was not asked; download the document, such as \
         with curl, and give the file"
    )]
    Forbidden {
        /// The host.
        host: String,
    },
    /// Nobody answered.
    #[error("{url} can't be reached ({said}); start the API first, or give the document as a file")]
    Unreachable {
        /// The URL.
        url: String,
        /// Why.
        said: String,
    },
    /// The answer is not the document.
    #[error("GET {url} gave status {status}, not a document; give its URL, or the document as a file")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// The document is too large.
    #[error("{url} is larger than {} MiB; give the document as a file, with only the operations to be played", MOST_BYTES >> 20)]
    TooLarge {
        /// The URL.
        url: String,
    },
}

/// Fetches a document of at most 16 MiB from an address that is `permitted`.
///
/// # Errors
/// Why there is none.
pub async fn fetch(url: &str, permitted: fn(IpAddr) -> bool) -> Result<Vec<u8>, FetchError> {
    let not_http = || FetchError::NotHttp { url: url.to_owned() };
    let parsed = url::Url::parse(url).ok().filter(|parsed| parsed.scheme() == "http").ok_or_else(not_http)?;
    let (host, port) = (parsed.host_str().ok_or_else(not_http)?, parsed.port_or_known_default().unwrap_or(80));
    let unreachable = |said: String| FetchError::Unreachable { url: url.to_owned(), said };
    // The addresses that were checked are the ones that are dialled: a name is not looked up again.
    let name = host.trim_matches(['[', ']']);
    let found = tokio::net::lookup_host((name, port)).await.map_err(|error| unreachable(error.to_string()))?;
    let addresses: Vec<SocketAddr> = found.collect();
    if !addresses.iter().all(|address| permitted(address.ip())) {
        return Err(FetchError::Forbidden { host: host.to_owned() });
    }
    // It speaks no TLS, but reqwest makes no client without a provider of cryptography.
    let _there_is_one = ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .resolve_to_addrs(host, &addresses)
        .build()
        .map_err(|error| unreachable(why(&error)))?;
    let mut answer = client.get(parsed).send().await.map_err(|error| unreachable(why(&error)))?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(FetchError::Status { url: url.to_owned(), status: answer.status().as_u16() });
    }
    let mut document = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(why(&error)))? {
        if document.len() + chunk.len() > MOST_BYTES {
            return Err(FetchError::TooLarge { url: url.to_owned() });
        }
        document.extend_from_slice(&chunk);
    }
    Ok(document)
}

fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the answer broke off".to_owned()
    }
}
