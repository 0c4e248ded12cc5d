//! What is observed of the target beside its answers.
//!
//! In: whoever started the target, or knows where to read what it uses. Out: readings once a second, and its end. Of a target
//! that nothing is known of there are none.

use std::collections::BTreeMap;
use std::fmt;

use tokio::sync::oneshot;

/// What is observed of the target beside its answers.
pub struct Observed {
    sample: Box<dyn FnMut() -> BTreeMap<String, f64> + Send>,
    ended: Option<oneshot::Receiver<String>>,
}

impl Observed {
    /// Nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self { sample: Box::new(BTreeMap::new), ended: None }
    }

    /// What `sample` reads once a second; it must not block. `ended` tells how the target ended, if it does.
    #[must_use]
    pub fn new(
        sample: impl FnMut() -> BTreeMap<String, f64> + Send + 'static,
        ended: Option<oneshot::Receiver<String>>,
    ) -> Self {
        Self { sample: Box::new(sample), ended }
    }

    pub(super) fn read(&mut self) -> BTreeMap<String, f64> {
        (self.sample)()
    }

    /// Waits for the target's end, which is told once; for ever where there is nobody to tell it.
    pub(super) async fn ended(&mut self) -> String {
        if let Some(ended) = &mut self.ended {
            let told = ended.await;
            self.ended = None;
            if let Ok(obituary) = told {
                return obituary;
            }
        }
        std::future::pending().await
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").finish_non_exhaustive()
    }
}
