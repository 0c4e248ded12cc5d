//! The knobs of the demo API: what goes wrong, and where.
//!
//! In: text such as `POST /orders:delay=x1.5`. Out: a typed [`Fault`] that displays as the same text, or an error
//! that says what to write. Does not act: that is `behaviour`'s.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::Route;
use crate::units::Span;

/// Largest factor.
const MOST_FACTOR: f64 = 1_000.0;
/// Longest delay.
const MOST_DELAY: Duration = Duration::from_secs(600);
/// Most connections in a pool.
const MOST_CONNECTIONS: usize = 1_000_000;
/// Most bytes to leak with each request.
const MOST_LEAK: u64 = 1 << 30;

/// Something that goes wrong, on one route or all over the shop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// Where.
    pub scope: Scope,
    /// What.
    pub effect: Effect,
}

/// Where a fault acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `*`: on every route of the shop; `/health` and `/metrics` stay well.
    All,
    /// `POST /orders`: on this route.
    Route(Route),
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// `delay=x1.5`, `delay=+30ms`: every request takes longer.
    Delay(Delay),
    /// `tail=1%,x3`: some requests take longer.
    Tail {
        /// How many, in percent.
        percent: f64,
        /// How many times as long.
        factor: f64,
    },
    /// `errors=5%`, `errors=20%,burst`: some requests are answered with status 500, after their usual time.
    Errors {
        /// How many, in percent.
        percent: f64,
        /// All of those within one stretch of each ten seconds, instead of here and there.
        burst: bool,
    },
    /// `pool=10`: so many database connections.
    Pool(usize),
    /// `leak=64KiB`: so many bytes of memory kept for good with each request.
    Leak(u64),
    /// `reset=1%`: the connection of some requests is reset.
    Reset {
        /// How many, in percent.
        percent: f64,
    },
    /// `stall=1%`: some requests are never answered.
    Stall {
        /// How many, in percent.
        percent: f64,
    },
}

/// How a request is delayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// `x1.5`: so many times its service time.
    Times(f64),
    /// `+30ms`: so much on top.
    Plus(Duration),
}

/// A fault that could not be understood.
#[derive(Debug, Clone, Error)]
#[error("fault `{spec}`: {problem}")]
pub struct FaultError {
    spec: String,
    problem: Problem,
}

/// What is wrong with the text of a fault.
#[derive(Debug, Clone, Error)]
enum Problem {
    #[error("no `:` between route and effect; write it like `POST /orders:delay=x1.5` or `*:errors=5%`")]
    NoColon,
    #[error("no route `{route}`; did you mean `{nearest}`? `*` stands for the whole shop")]
    UnknownRoute { route: String, nearest: Route },
    #[error("no effect `{effect}`; did you mean `{nearest}`? effects: {}", Form::list())]
    UnknownEffect { effect: String, nearest: &'static str },
    #[error("`{value}` is not a value of `{}`; write {}", form.name, form.examples)]
    Value { value: String, form: &'static Form },
    #[error("all routes share one pool; write `*:pool={0}`")]
    PoolOfOneRoute(usize),
}

/// How an effect is written.
#[derive(Debug)]
struct Form {
    name: &'static str,
    examples: &'static str,
    parse: fn(&str) -> Option<Effect>,
}

/// All effects.
static FORMS: [Form; 7] = [
    Form { name: "delay", examples: "`delay=x1.5` or `delay=+30ms`", parse: parse_delay },
    Form { name: "tail", examples: "`tail=1%,x3`", parse: parse_tail },
    Form { name: "errors", examples: "`errors=5%` or `errors=20%,burst`", parse: parse_errors },
    Form { name: "pool", examples: "`pool=10`, at least 1", parse: parse_pool },
    Form { name: "leak", examples: "`leak=64KiB`, with B, KiB or MiB", parse: parse_leak },
    Form { name: "reset", examples: "`reset=1%`", parse: |text| Some(Effect::Reset { percent: percent(text)? }) },
    Form { name: "stall", examples: "`stall=1%`", parse: |text| Some(Effect::Stall { percent: percent(text)? }) },
];

impl Form {
    fn list() -> String {
        FORMS.iter().map(|form| form.examples).collect::<Vec<_>>().join("; ")
    }
}

impl Scope {
    /// Whether requests to `route` are meant.
    #[must_use]
    pub fn covers(self, route: Route) -> bool {
        match self {
            Self::All => route.is_shop(),
            Self::Route(one) => one == route,
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(spec: &str) -> Result<Self, FaultError> {
        parse_fault(spec).map_err(|problem| FaultError { spec: spec.to_owned(), problem })
    }
}

fn parse_fault(spec: &str) -> Result<Fault, Problem> {
    let (scope, effect) = spec.split_once(':').ok_or(Problem::NoColon)?;
    let scope = parse_scope(scope.trim())?;
    let (name, value) = effect.split_once('=').unwrap_or((effect, ""));
    let (name, value) = (name.trim(), value.trim());
    let Some(form) = FORMS.iter().find(|form| form.name == name) else {
        let nearest = FORMS.iter().map(|form| form.name).min_by_key(|known| strsim::levenshtein(known, name));
        return Err(Problem::UnknownEffect { effect: name.to_owned(), nearest: nearest.unwrap_or_default() });
    };
    let effect = (form.parse)(value).ok_or_else(|| Problem::Value { value: value.to_owned(), form })?;
    match (scope, effect) {
        (Scope::Route(_), Effect::Pool(size)) => Err(Problem::PoolOfOneRoute(size)),
        (scope, effect) => Ok(Fault { scope, effect }),
    }
}

fn parse_scope(text: &str) -> Result<Scope, Problem> {
    if text == "*" {
        return Ok(Scope::All);
    }
    let mut nearest = Route::Login;
    let mut least = usize::MAX;
    for route in Route::ALL {
        let distance = strsim::levenshtein(&route.to_string(), text);
        if distance == 0 {
            return Ok(Scope::Route(route));
        }
        if distance < least {
            (nearest, least) = (route, distance);
        }
    }
    Err(Problem::UnknownRoute { route: text.to_owned(), nearest })
}

fn parse_delay(text: &str) -> Option<Effect> {
    let delay = match text.strip_prefix('+') {
        Some(more) => Delay::Plus(duration(more)?),
        None => Delay::Times(factor(text)?),
    };
    Some(Effect::Delay(delay))
}

fn parse_tail(text: &str) -> Option<Effect> {
    let (share, times) = text.split_once(',')?;
    Some(Effect::Tail { percent: percent(share.trim())?, factor: factor(times.trim())? })
}

fn parse_errors(text: &str) -> Option<Effect> {
    let (share, burst) = match text.split_once(',') {
        Some((share, how)) if how.trim() == "burst" => (share.trim(), true),
        Some(_) => return None,
        None => (text, false),
    };
    Some(Effect::Errors { percent: percent(share)?, burst })
}

fn parse_pool(text: &str) -> Option<Effect> {
    text.parse().ok().filter(|size| (1..=MOST_CONNECTIONS).contains(size)).map(Effect::Pool)
}

fn parse_leak(text: &str) -> Option<Effect> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("B", 1)];
    let (number, unit) = units.iter().find_map(|(name, bytes)| Some((text.strip_suffix(name)?, *bytes)))?;
    let bytes = number.trim().parse::<u64>().ok()?.checked_mul(unit)?;
    (bytes <= MOST_LEAK).then_some(Effect::Leak(bytes))
}

/// `5%`, between 0 and 100.
fn percent(text: &str) -> Option<f64> {
    text.strip_suffix('%')?.trim().parse().ok().filter(|percent| (0.0..=100.0).contains(percent))
}

/// `x1.5`, above 0.
fn factor(text: &str) -> Option<f64> {
    text.strip_prefix('x')?.parse().ok().filter(|factor| *factor > 0.0 && *factor <= MOST_FACTOR)
}

/// `30ms` or `1.5s`.
fn duration(text: &str) -> Option<Duration> {
    let Span(delay) = text.parse().ok()?;
    (delay <= MOST_DELAY).then_some(delay)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope {
            Scope::All => write!(f, "*:{}", self.effect),
            Scope::Route(route) => write!(f, "{route}:{}", self.effect),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay(Delay::Times(factor)) => write!(f, "delay=x{factor}"),
            Self::Delay(Delay::Plus(more)) => write!(f, "delay=+{}", Span(*more)),
            Self::Tail { percent, factor } => write!(f, "tail={percent}%,x{factor}"),
            Self::Errors { percent, burst: false } => write!(f, "errors={percent}%"),
            Self::Errors { percent, burst: true } => write!(f, "errors={percent}%,burst"),
            Self::Pool(size) => write!(f, "pool={size}"),
            Self::Leak(bytes) => write!(f, "leak={bytes}B"),
            Self::Reset { percent } => write!(f, "reset={percent}%"),
            Self::Stall { percent } => write!(f, "stall={percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(spec: &str) -> Fault {
        spec.parse().unwrap()
    }

    fn refusal(spec: &str) -> String {
        spec.parse::<Fault>().unwrap_err().to_string()
    }

    #[test]
    fn every_documented_form_is_understood() {
        let on = |route, effect| Fault { scope: Scope::Route(route), effect };
        let all = |effect| Fault { scope: Scope::All, effect };
        let slower = Effect::Delay(Delay::Times(1.5));
        let later = Effect::Delay(Delay::Plus(Duration::from_millis(30)));
        assert_eq!(parsed("POST /orders:delay=x1.5"), on(Route::Orders, slower));
        assert_eq!(parsed("GET /products:delay=+30ms"), on(Route::Products, later));
        assert_eq!(parsed("*:tail=1%,x3"), all(Effect::Tail { percent: 1.0, factor: 3.0 }));
        let errors = Effect::Errors { percent: 5.0, burst: false };
        assert_eq!(parsed("GET /products/{id}:errors=5%"), on(Route::Product, errors));
        assert_eq!(parsed("*:errors=20%,burst"), all(Effect::Errors { percent: 20.0, burst: true }));
        assert_eq!(parsed("*:pool=10"), all(Effect::Pool(10)));
        assert_eq!(parsed("*:leak=64KiB"), all(Effect::Leak(65_536)));
        assert_eq!(parsed("*:reset=1%"), all(Effect::Reset { percent: 1.0 }));
        assert_eq!(parsed("*:stall=0.5%"), all(Effect::Stall { percent: 0.5 }));
    }

    #[test]
    fn a_refusal_names_the_nearest_route_effect_and_form() {
        assert_eq!(
            refusal("POST /order:delay=x2"),
            "fault `POST /order:delay=x2`: no route `POST /order`; did you mean `POST /orders`? \
             `*` stands for the whole shop"
        );
        assert!(refusal("*:dely=x2").contains("no effect `dely`; did you mean `delay`?"));
        assert!(refusal("*:errors=5").ends_with("write `errors=5%` or `errors=20%,burst`"));
        assert!(refusal("POST /orders").contains("no `:`"));
        assert!(refusal("POST /orders:pool=5").ends_with("write `*:pool=5`"));
    }

    #[test]
    fn impossible_values_are_refused() {
        for effect in [
            "delay=x0",
            "delay=x-1",
            "delay=xNaN",
            "delay=xinf",
            "delay=+-5ms",
            "delay=+30",
            "delay=30ms",
            "delay=+1e300s",
            "tail=1%",
            "errors=101%",
            "errors=-1%",
            "errors=NaN%",
            "errors=5%,bursts",
            "pool=0",
            "pool=",
            "leak=64",
            "leak=64KB",
            "leak=99999999999999999999MiB",
            "reset=1",
            "stall=",
        ] {
            assert!(refusal(&format!("*:{effect}")).contains("is not a value of"), "{effect}");
        }
    }

    #[test]
    fn the_whole_shop_leaves_health_and_metrics_alone() {
        let covered: Vec<_> = Route::ALL.into_iter().filter(|route| Scope::All.covers(*route)).collect();
        assert_eq!(covered, [Route::Login, Route::Products, Route::Product, Route::Cart, Route::Orders]);
        assert!(parsed("GET /health:errors=100%").scope.covers(Route::Health));
    }

    fn any_effect() -> impl Strategy<Value = Effect> {
        let percent = || 0.0..=100.0_f64;
        let factor = || 0.001..=MOST_FACTOR;
        prop_oneof![
            factor().prop_map(|factor| Effect::Delay(Delay::Times(factor))),
            (0..=MOST_DELAY.as_millis())
                .prop_map(|ms| { Effect::Delay(Delay::Plus(Duration::from_millis(u64::try_from(ms).unwrap()))) }),
            (percent(), factor()).prop_map(|(percent, factor)| Effect::Tail { percent, factor }),
            (percent(), any::<bool>()).prop_map(|(percent, burst)| Effect::Errors { percent, burst }),
            (1..=MOST_CONNECTIONS).prop_map(Effect::Pool),
            (0..=MOST_LEAK).prop_map(Effect::Leak),
            percent().prop_map(|percent| Effect::Reset { percent }),
            percent().prop_map(|percent| Effect::Stall { percent }),
        ]
    }

    proptest! {
        #[test]
        fn a_fault_reads_back_from_its_own_text(effect in any_effect(), at in 0..=Route::ALL.len()) {
            let scope = match (Route::ALL.get(at), effect) {
                (Some(route), effect) if !matches!(effect, Effect::Pool(_)) => Scope::Route(*route),
                _ => Scope::All,
            };
            let fault = Fault { scope, effect };
            prop_assert_eq!(fault.to_string().parse::<Fault>().unwrap(), fault);
        }

        #[test]
        fn no_text_is_understood_by_accident(text in "\\PC*") {
            if let Ok(fault) = text.parse::<Fault>() {
                prop_assert_eq!(fault.to_string().parse::<Fault>().unwrap(), fault);
            }
        }
    }
}
