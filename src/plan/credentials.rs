//! The credentials of a plan, whichever step sends them: an answer to one step may repeat what another one sends.
//!
//! In: headers that hold credentials, compiled. Out: what they say for one virtual user, and what an answer gives it for
//! them, as secrets. How secrets are masked is `secrets`'.

use super::answer::Answer;
use super::data::DataSet;
use super::extract::{Extractor, Source};
use super::headers::HeaderLines;
use super::scope::Scope;
use super::secrets::Secrets;

/// Headers that hold credentials, each once.
#[derive(Debug, Default)]
pub struct Credentials(Vec<HeaderLines>);

impl Credentials {
    /// Adds headers of a request. Those that are drawn anew for each request are known from the request alone.
    pub(super) fn add(&mut self, headers: Vec<HeaderLines>) {
        for header in headers.into_iter().filter(|header| !header.lines.is_drawn()) {
            if !self.0.contains(&header) {
                self.0.push(header);
            }
        }
    }

    /// Adds to `secrets` what a user sends in these headers, as far as it is known by now.
    pub(super) fn hide(&self, data: &[DataSet], scope: &mut Scope, secrets: &mut Secrets) {
        for header in &self.0 {
            if header.needs.iter().all(|&slot| scope.value(slot).is_some()) {
                secrets.add_header(&header.lines.rendered(data, scope));
            }
        }
    }

    /// Adds to `secrets` what an answer gives for these headers, and the cookies that are taken from it.
    pub(super) fn hide_given(&self, extractors: &[Extractor], answer: &Answer<'_>, secrets: &mut Secrets) {
        for extractor in extractors {
            let is_sent = self.0.iter().any(|header| header.needs.contains(&extractor.slot));
            if (is_sent || matches!(extractor.source, Source::Cookie(_)))
                && let Some(given) = extractor.source.find(answer)
            {
                secrets.add_header_value(given.as_str());
            }
        }
    }
}
