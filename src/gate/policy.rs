//! The rules of a gate, ready to apply: which cells decide, how far they may move, what doubt means.
//!
//! In: `[gate]` and `[baseline]` of loadgate.toml, and the endpoints there are. Out: a [`Policy`], or the rule that
//! can't mean anything. Applies nothing.

use std::collections::BTreeMap;
use std::path::Path;

use super::cell::Key;
use crate::config::{
    self, EnvironmentRule, GateRule, KeyPath, Limit, OnInconclusive, OnMissingBaseline, OnSuspect, Source, Steady,
};
use crate::measure::{ALL, Metric, Unit, WindowLimit};
use crate::units::Tolerance;

/// The rules of a gate.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of `[gate]` that is answered yes or no")]
pub struct Policy {
    /// True: FAIL only beyond doubt. False: FAIL on the measured change (`rule = "threshold"`).
    pub confident: bool,
    /// Rules for every named endpoint and `(all)`, by metric; [`Policy::rule`] says which apply where.
    pub general: BTreeMap<Metric, MetricRule>,
    /// Rules for single endpoints; a metric named here replaces the general rule.
    pub endpoints: BTreeMap<String, BTreeMap<Metric, MetricRule>>,
    /// Most runs a suspect gate makes, at least 1.
    pub max_runs: u32,
    /// A suspect gate is decided by a duet instead of repeats.
    pub duet_when_suspect: bool,
    /// An inconclusive gate exits 4 instead of 0.
    pub fail_on_inconclusive: bool,
    /// A gate without a baseline exits 0 instead of 4.
    pub pass_without_baseline: bool,
    /// `no evidence` is inconclusive.
    pub require_proof: bool,
    /// A run that is not steady is inconclusive.
    pub require_steady: bool,
    /// Compare whatever the machines. Another load never compares.
    pub any_environment: bool,
}

/// The rule for one metric.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MetricRule {
    /// How far it may move; `None`: shown, held to its limit only.
    pub tolerance: Option<Tolerance>,
    /// A latency change smaller than this (microseconds) never counts.
    pub floor_us: f64,
    /// The absolute limit in the metric's unit: the most, for rates the least.
    pub limit: Option<f64>,
    /// The window in seconds over which the limit must hold, wherever it lies; `None`: over the whole run.
    pub window_s: Option<u64>,
}

/// How far p50 and p95 may move where nothing is configured.
const LATENCY: MetricRule =
    MetricRule { tolerance: Some(Tolerance::Relative(0.10)), floor_us: 2_000.0, limit: None, window_s: None };

/// How far the error rate may move where nothing is configured.
const ERROR_RATE: MetricRule =
    MetricRule { tolerance: Some(Tolerance::Points(0.001)), floor_us: 0.0, limit: None, window_s: None };

/// How far the throughput of a closed model may move where nothing is configured.
const RPS: MetricRule =
    MetricRule { tolerance: Some(Tolerance::Relative(-0.05)), floor_us: 0.0, limit: None, window_s: None };

/// How far the ceiling of a search may move where nothing is configured.
const RPS_CEILING: MetricRule =
    MetricRule { tolerance: Some(Tolerance::Relative(-0.10)), floor_us: 0.0, limit: None, window_s: None };

/// Runs a suspect gate makes at most where nothing is configured.
const MAX_RUNS: u32 = 3;

impl Policy {
    /// The rules for a recording on its own: everything is shown, nothing decides.
    #[must_use]
    pub fn shown() -> Self {
        Self {
            confident: true,
            general: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            max_runs: 1,
            duet_when_suspect: false,
            fail_on_inconclusive: false,
            pass_without_baseline: true,
            require_proof: false,
            require_steady: false,
            any_environment: true,
        }
    }

    /// The policy of `gate` and `baseline` for a profile that plays `endpoints`, at a given rate (`open_model`) or
    /// with a given number of users. Errors point into `source`.
    ///
    /// An open model has no default for rps: its rate is what was asked for, not what the target makes of it.
    ///
    /// # Errors
    /// A rule for an endpoint there is not, and fewer than one run.
    pub fn compile(
        gate: &config::Gate,
        baseline: &config::Baseline,
        endpoints: &[String],
        open_model: bool,
        source: Option<&Source>,
    ) -> Result<Self, config::Error> {
        let at = KeyPath::root().key("gate");
        let mut general =
            BTreeMap::from([(Metric::P50, LATENCY), (Metric::P95, LATENCY), (Metric::ErrorRate, ERROR_RATE)]);
        if !open_model {
            general.insert(Metric::Rps, RPS);
        }
        general.extend(metric_rules(&gate.metrics));
        let config::TargetRules { cpu, memory, open_files, connections } = gate.target.clone();
        let of_target = [
            (Metric::Cpu, cpu),
            (Metric::Memory, memory),
            (Metric::OpenFiles, open_files),
            (Metric::Connections, connections),
        ];
        general.extend(of_target.into_iter().filter_map(|(metric, rule)| Some((metric, rule?.into()))));
        let mut own = BTreeMap::new();
        for (endpoint, rules) in &gate.endpoint {
            check_endpoint(endpoint, endpoints, &at.key("endpoint").key(endpoint), source)?;
            own.insert(endpoint.clone(), metric_rules(rules));
        }
        if gate.max_runs == Some(0) {
            let (at, help) = (at.key("max_runs"), Some("write 1 or more".to_owned()));
            return Err(with_source(source, |source| source.error(&at, "a gate makes at least one run", help)));
        }
        Ok(Self {
            confident: gate.rule == GateRule::Confident,
            general,
            endpoints: own,
            max_runs: gate.max_runs.unwrap_or(MAX_RUNS),
            duet_when_suspect: gate.on_suspect == OnSuspect::Duet,
            fail_on_inconclusive: gate.on_inconclusive == OnInconclusive::Fail,
            pass_without_baseline: gate.on_missing_baseline == OnMissingBaseline::Pass,
            require_proof: gate.require_proof,
            require_steady: gate.steady == Steady::Required,
            any_environment: baseline.environment == EnvironmentRule::Any,
        })
    }

    /// The same for a profile that searches: its ceiling decides, alone. Whatever else was measured was so at the rate the
    /// search came to, at which the objective only just holds. A duet plays no search, so doubt is for repeats.
    #[must_use]
    pub fn for_search(self) -> Self {
        let own = self.endpoints.get(ALL).and_then(|rules| rules.get(&Metric::RpsCeiling));
        let typed = own.or_else(|| self.general.get(&Metric::RpsCeiling)).copied();
        let general = BTreeMap::from([(Metric::RpsCeiling, typed.unwrap_or(RPS_CEILING))]);
        Self { general, endpoints: BTreeMap::new(), duet_when_suspect: false, ..self }
    }

    /// The rule for a cell; `None` where nothing is asked of it.
    ///
    /// General rules for latencies hold for named endpoints: the latency of the whole run is a mixture that moves
    /// with any of them, and would name no one. Those for rates hold for the whole run: how often a single endpoint
    /// is called in a closed model is a draw of its weight. A rule of an endpoint's own holds for it, `(all)` included.
    #[must_use]
    pub fn rule(&self, endpoint: &str, metric: Metric) -> Option<MetricRule> {
        let own = self.endpoints.get(endpoint).and_then(|rules| rules.get(&metric));
        let general = self.general.get(&metric).filter(|_| match (metric.only_endpoint(), metric.unit()) {
            (Some(only), _) => endpoint == only,
            (None, Unit::Microseconds) => endpoint != ALL,
            (None, Unit::PerSecond) => endpoint == ALL,
            (None, _) => true,
        });
        own.or(general).copied().filter(|rule| rule.tolerance.is_some() || rule.limit.is_some())
    }

    /// Cells that a rule asks for and no request makes: of the target, and of what may not grow.
    pub(super) fn asked_beside_endpoints(&self) -> impl Iterator<Item = Key> {
        let beside = |metric: Metric| metric.reading().is_some() || metric.unit() == Unit::PerHour;
        let metrics = self.general.keys().copied().filter(move |metric| beside(*metric));
        let keys = metrics.filter_map(|metric| Some(Key { endpoint: metric.only_endpoint()?.to_owned(), metric }));
        keys.filter(|key| self.rule(&key.endpoint, key.metric).is_some())
    }

    /// The same rules, with limits on what may grow over the run: shares of its level in an hour.
    #[must_use]
    pub fn with_leak(mut self, limits: &BTreeMap<Metric, f64>) -> Self {
        let limits =
            limits.iter().map(|(metric, limit)| (*metric, MetricRule { limit: Some(*limit), ..MetricRule::default() }));
        self.general.extend(limits);
        self
    }

    /// The windows that limits are held over, of a profile that plays `endpoints`.
    #[must_use]
    pub fn window_limits(&self, endpoints: &[String]) -> Vec<WindowLimit> {
        let all = endpoints.iter().map(String::as_str).chain([ALL]);
        let rules = all.flat_map(|endpoint| {
            Metric::all().into_iter().filter_map(move |metric| Some((endpoint, metric, self.rule(endpoint, metric)?)))
        });
        rules
            .filter_map(|(endpoint, metric, rule)| {
                let (window_s, limit) = rule.window_s.zip(rule.limit)?;
                Some(WindowLimit { endpoint: endpoint.to_owned(), metric, window_s, limit })
            })
            .collect()
    }

    /// Whether a rule names this cell's endpoint and metric.
    pub(super) fn has_own_rule(&self, endpoint: &str, metric: Metric) -> bool {
        self.endpoints.get(endpoint).is_some_and(|rules| rules.contains_key(&metric))
    }
}

fn check_endpoint(name: &str, known: &[String], at: &KeyPath, source: Option<&Source>) -> Result<(), config::Error> {
    if name == ALL || known.iter().any(|endpoint| endpoint == name) {
        return Ok(());
    }
    let help = match config::nearest(name, known.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("endpoints are named by tasks and steps: {}", known.join(", ")),
    };
    let message = format!("no endpoint is called `{name}`");
    Err(with_source(source, |source| source.key_error(at, &message, Some(help))))
}

/// The rules as they are typed: reading the file has held each to what makes sense for its metric.
fn metric_rules(rules: &config::MetricRules) -> BTreeMap<Metric, MetricRule> {
    let typed = [
        (Metric::P50, rules.p50),
        (Metric::P90, rules.p90),
        (Metric::P95, rules.p95),
        (Metric::P99, rules.p99),
        (Metric::P999, rules.p999),
        (Metric::Max, rules.max),
        (Metric::Mean, rules.mean),
        (Metric::ErrorRate, rules.error_rate),
        (Metric::Rps, rules.rps),
        (Metric::RpsCeiling, rules.rps_ceiling),
    ];
    typed.into_iter().filter_map(|(metric, rule)| Some((metric, rule?.into()))).collect()
}

impl From<config::MetricRule> for MetricRule {
    fn from(typed: config::MetricRule) -> Self {
        let limit = typed.limit.map(|limit| match limit {
            Limit::Latency(most) => most.0.as_secs_f64() * 1e6,
            Limit::Share(most) => most.0,
            Limit::Rate(least) => least.0,
            Limit::Number(most) => most,
            Limit::Size(most) => most.0,
        });
        Self {
            tolerance: typed.tolerance,
            floor_us: typed.floor.map_or(0.0, |floor| floor.0.as_secs_f64() * 1e6),
            limit,
            window_s: typed.window.map(|window| window.0),
        }
    }
}

/// Points into `source`, or where there is none at the file that would be read by default.
fn with_source(source: Option<&Source>, error: impl FnOnce(&Source) -> config::Error) -> config::Error {
    match source {
        Some(source) => error(source),
        None => config::parse("", Path::new("loadgate.toml")).map_or_else(|empty| empty, |(_, empty)| error(&empty)),
    }
}
