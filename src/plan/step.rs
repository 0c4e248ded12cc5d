//! One request of a journey, compiled.
//!
//! In: what a virtual user knows. Out: the request to send, and whether its answer holds.
//! Neither sends anything nor reads a clock but for `now()`.

use std::time::Duration;

use super::answer::Answer;
use super::data::Exhausted;
use super::expect::{Broken, Expectations};
use super::extract::Extractor;
use super::instead::Teller;
use super::model::{Plan, Think};
use super::recipe::Recipe;
use super::scope::Scope;
use crate::client::{Request, Response, Wants};

/// One request of a journey, compiled.
#[derive(Debug)]
pub struct Step {
    /// The endpoint, by its index in [`Plan::endpoints`].
    pub endpoint: u32,
    /// Longest wait for the whole answer.
    pub timeout: Duration,
    /// Redirects to follow; none where an answer that redirects is the answer.
    pub redirects: Option<Redirects>,
    /// Pause after this step.
    pub think: Think,
    pub(super) prepared: Prepared,
    /// Data sets whose rows the request or the expectations name.
    pub(super) data: Vec<usize>,
    pub(super) expect: Expectations,
    pub(super) extract: Vec<Extractor>,
}

/// Redirects to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirects {
    /// How many in a row, at least 1.
    pub most: u32,
    /// The endpoint of the requests that follow, by its index in [`Plan::endpoints`].
    pub endpoint: u32,
}

/// A request, as far as it can be made before the run.
#[derive(Debug)]
pub(super) enum Prepared {
    /// The same each time.
    Static(Request),
    /// Written anew each time.
    Templated(Recipe),
}

/// Memory for templated requests, reused from one to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The request last made.
    pub request: Request,
    pub(super) path: Vec<u8>,
    pub(super) headers: Vec<u8>,
    pub(super) body: Vec<u8>,
}

impl Step {
    /// What [`judge`](Self::judge) reads of an answer.
    #[must_use]
    pub fn wants(&self) -> Wants {
        self.extract
            .iter()
            .map(|extractor| extractor.source.wants())
            .fold(self.expect.wants(), |all, one| Wants { head: all.head || one.head, body: all.body || one.body })
    }

    /// The request to send. A static one is returned as it is; a templated one is written into `scratch`.
    ///
    /// # Errors
    /// A `unique` data set that the step needs has run out: the run ends.
    pub fn request<'a>(
        &'a self,
        plan: &Plan,
        scope: &mut Scope,
        scratch: &'a mut Scratch,
    ) -> Result<&'a Request, Exhausted> {
        for &index in &self.data {
            scope.hold(&plan.data, index)?;
        }
        match &self.prepared {
            Prepared::Static(request) => Ok(request),
            Prepared::Templated(recipe) => {
                recipe.make(&plan.data, scope, scratch);
                Ok(&scratch.request)
            }
        }
    }

    /// Whether the last answer, which took `service`, holds. Where it does, keeps the values it extracts.
    ///
    /// # Errors
    /// What does not hold first.
    pub fn judge(&self, plan: &Plan, response: &Response, service: Duration, scope: &mut Scope) -> Result<(), Broken> {
        let answer = Answer::new(response);
        self.expect.check(&answer, service, &plan.data, scope)?;
        for extractor in &self.extract {
            let value = extractor.source.find(&answer).ok_or(Broken::Expectation(extractor.label))?;
            scope.keep(extractor.slot, value);
        }
        Ok(())
    }

    /// What came instead, in a line fit to be shown, for an answer that [`judge`](Self::judge) found broken; none where
    /// too little of it was read. `cookies` are the values of those that the user holds: they are masked, as all credentials
    /// are. Call it before the next request of the same user.
    #[must_use]
    pub fn instead<'a>(
        &self,
        plan: &Plan,
        (request, response): (&Request, &Response),
        cookies: impl Iterator<Item = &'a str>,
        service: Duration,
        scope: &mut Scope,
        broken: Broken,
    ) -> Option<String> {
        let answer = Answer::new(response);
        let mut secrets = plan.secrets.clone();
        secrets.add_headers(request.wire());
        secrets.add_headers(&response.head);
        cookies.for_each(|value| secrets.add_cookie_value(value));
        plan.credentials.hide(&plan.data, scope, &mut secrets);
        plan.credentials.hide_given(&self.extract, &answer, &mut secrets);
        let teller = Teller { answer: &answer, service, data: &plan.data, secrets };
        let lost = self.extract.iter().find(|extractor| broken == Broken::Expectation(extractor.label));
        match lost {
            Some(extractor) => Some(teller.nothing_at(&extractor.place)),
            None => teller.broken(&self.expect, broken, scope),
        }
    }
}
