//! Access tokens and cart ids: numbers signed by the server, so that it need not remember them.
//!
//! In: a kind and a number, or a text from a client. Out: the ticket's text, or whether the text is one of ours.
//! Not secure: the key is the demo's seed.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// Bytes of the signature that a ticket carries.
const SIGNATURE_BYTES: usize = 8;

/// What a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Being logged in.
    Access,
    /// A cart.
    Cart,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Cart => "cart",
        }
    }
}

/// The office that issues tickets and knows its own.
#[derive(Debug)]
pub(super) struct Tickets {
    key: u64,
    issued: AtomicU64,
}

impl Tickets {
    /// Tickets signed with `key`.
    pub(super) fn new(key: u64) -> Self {
        Self { key, issued: AtomicU64::new(0) }
    }

    /// A new ticket, such as `cart-17-0123456789abcdef`.
    pub(super) fn issue(&self, kind: Kind) -> String {
        self.signed(kind, self.issued.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether `text` is a ticket of this kind, issued with this key.
    pub(super) fn is_valid(&self, kind: Kind, text: &str) -> bool {
        let number = text.split('-').nth(1).and_then(|number| number.parse().ok());
        number.is_some_and(|number| self.signed(kind, number) == text)
    }

    fn signed(&self, kind: Kind, number: u64) -> String {
        let mut text = format!("{}-{number}", kind.prefix());
        let digest = Sha256::new().chain_update(self.key.to_le_bytes()).chain_update(&text).finalize();
        text.push('-');
        for byte in digest.iter().take(SIGNATURE_BYTES) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_valid_for_its_own_kind_and_key_only() {
        let tickets = Tickets::new(1);
        let cart = tickets.issue(Kind::Cart);
        assert!(tickets.is_valid(Kind::Cart, &cart));
        assert!(!tickets.is_valid(Kind::Access, &cart));
        assert!(!Tickets::new(2).is_valid(Kind::Cart, &cart));
        assert_ne!(tickets.issue(Kind::Cart), cart);
    }

    #[test]
    fn anything_else_is_refused() {
        let tickets = Tickets::new(1);
        let ticket = tickets.issue(Kind::Access);
        for text in ["", "-", "access", "access-0", "access-0-", "access-x-1", &ticket[1..], &format!("{ticket}0")] {
            assert!(!tickets.is_valid(Kind::Access, text), "{text}");
        }
    }
}
