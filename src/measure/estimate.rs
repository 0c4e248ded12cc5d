//! From a window to estimates: each metric's value, and the noise inside the run.
//!
//! In: the slices of a run. Out: [`Cells`]. What runs differ by beyond this noise, the gate learns from runs.

use std::collections::BTreeMap;

use statrs::distribution::{Binomial, DiscreteCDF as _};

use super::batches::{batches, design_effect};
use super::buckets::Bucket;
use super::histogram::Histogram;
use super::metric::Metric;
use super::numbers::{real, share, whole};
use super::run::{Cells, Estimate};
use super::sample::Phase;
use super::series::{Series, Tally};
use super::summarize::rate;
use super::summary::ALL;

/// Each bound of an order-statistic interval leaves this much out: together a 90% interval.
const TAIL: f64 = 0.05;

/// Half the width of a 90% interval in standard deviations of a normal distribution.
const HALF_WIDTH_SD: f64 = 1.645;

/// Variance of ln(value) that a maximum is given: wrong by a factor of e, either way. One request decides a
/// maximum, so a run can't know its noise, and nothing should be proven by it.
const MAXIMUM_VARIANCE: f64 = 1.0;

/// The cells of a run: every metric of every endpoint that has a sample in the window, and of `(all)`.
pub(super) fn cells(series: &Series, warmup_s: f64, window_s: f64) -> Cells {
    let mut totals = series.totals(Phase::Window);
    let mut all = Tally::default();
    for tally in totals.values() {
        all.add(tally);
    }
    totals.insert(ALL.to_owned(), all);
    let batches = batches(series, warmup_s, window_s);
    totals
        .into_iter()
        .filter(|(_, total)| total.requests > 0)
        .map(|(endpoint, total)| {
            let batches = batches.get(&endpoint).map(Vec::as_slice).unwrap_or_default();
            (endpoint, estimates(&total, batches, window_s))
        })
        .collect()
}

/// The estimates of one endpoint, from all that finished there and the same in batches.
pub(super) fn estimates(total: &Tally, batches: &[Tally], window_s: f64) -> BTreeMap<Metric, Estimate> {
    let mut estimates =
        BTreeMap::from([(Metric::ErrorRate, error_rate(total, batches)), (Metric::Rps, rps(total, batches, window_s))]);
    if total.response_us.is_empty() {
        return estimates;
    }
    for metric in Metric::all() {
        if let Some(level) = metric.quantile() {
            estimates.insert(metric, quantile(level, &total.response_us, batches));
        }
    }
    estimates.insert(Metric::Mean, mean(&total.response_us, batches));
    estimates.insert(Metric::Max, maximum(&total.response_us));
    estimates
}

/// A quantile. Its design effect is that of the share of requests above it; the order-statistic interval at the
/// ranks of Binomial(effective, level) gives the variance of its logarithm (David & Nagaraja, Order Statistics,
/// 3rd ed. 2003, section 7.1).
fn quantile(level: f64, latencies: &Histogram, batches: &[Tally]) -> Estimate {
    let value = latencies.quantile(level);
    let above = latencies.share_above(value);
    let shares: Vec<_> = batches
        .iter()
        .map(|batch| (real(batch.response_us.count_above(value)), real(batch.response_us.count())))
        .collect();
    let effective = effective(latencies.count(), design_effect(&shares, above * (1.0 - above)));
    Estimate {
        value: real(value),
        samples: latencies.count(),
        effective,
        variance: quantile_variance(level, latencies, effective),
    }
}

/// Variance of the logarithm of a quantile. A histogram can't tell latencies within one bucket apart, which adds
/// the variance of an even spread over the bucket.
fn quantile_variance(level: f64, latencies: &Histogram, effective: f64) -> f64 {
    let (low, high) = interval_levels(level, effective);
    let (lower, upper) = (latencies.quantile(low).max(1), latencies.quantile(high).max(1));
    let sd = (real(upper).ln() - real(lower).ln()) / (2.0 * HALF_WIDTH_SD);
    let value = latencies.quantile(level).max(1);
    let width = latencies.buckets().find(|bucket| bucket.high_us() >= value).map_or(1, Bucket::width_us);
    sd.powi(2) + (real(width) / real(value)).powi(2) / 12.0
}

/// The quantiles of a sample that a quantile of its population lies between, 9 times in 10, if the sample is worth
/// so many independent ones.
fn interval_levels(level: f64, effective: f64) -> (f64, f64) {
    let count = whole(effective).max(1);
    let Ok(ranks) = Binomial::new(level, count) else {
        return (0.0, 1.0);
    };
    let low = real(lowest(count, |rank| ranks.cdf(rank) >= TAIL));
    let high = real(lowest(count, |rank| ranks.cdf(rank) >= 1.0 - TAIL) + 1);
    (low / real(count), (high / real(count)).min(1.0))
}

/// The lowest number up to `most` from which on `holds` holds; `most` if it never does.
fn lowest(most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The mean, with the design effect of batch means.
fn mean(latencies: &Histogram, batches: &[Tally]) -> Estimate {
    let value = latencies.mean();
    let sums: Vec<_> =
        batches.iter().map(|batch| (batch.response_us.total_us(), real(batch.response_us.count()))).collect();
    let effective = effective(latencies.count(), design_effect(&sums, latencies.variance()));
    let variance = latencies.variance() / effective / value.max(1.0).powi(2);
    Estimate { value, samples: latencies.count(), effective, variance }
}

/// The longest latency.
fn maximum(latencies: &Histogram) -> Estimate {
    Estimate { value: real(latencies.max()), samples: latencies.count(), effective: 1.0, variance: MAXIMUM_VARIANCE }
}

/// Failed requests as a share of all. Without a failure there is nothing to see bursts by: the variance is 0, and
/// the effective samples are all.
fn error_rate(total: &Tally, batches: &[Tally]) -> Estimate {
    let value = share(total.failed(), total.requests);
    let unit_variance = value * (1.0 - value);
    let shares: Vec<_> = batches.iter().map(|batch| (real(batch.failed()), real(batch.requests))).collect();
    let effective = effective(total.requests, design_effect(&shares, unit_variance));
    Estimate { value, samples: total.requests, effective, variance: unit_variance / effective }
}

/// Requests per second. Its design effect is that of counts against a Poisson process, and may be below 1 (evenly
/// paced arrivals): the variance follows the batches either way.
fn rps(total: &Tally, batches: &[Tally], window_s: f64) -> Estimate {
    let counts: Vec<_> = batches.iter().map(|batch| (real(batch.requests), 1.0)).collect();
    let average = counts.iter().map(|(count, _)| count).sum::<f64>() / real(counts.len().max(1) as u64);
    let effect = design_effect(&counts, average);
    Estimate {
        value: rate(total.requests, window_s),
        samples: total.requests,
        effective: effective(total.requests, effect),
        variance: effect / real(total.requests),
    }
}

/// Independent samples that so many are worth; never more than there are.
fn effective(samples: u64, design_effect: f64) -> f64 {
    real(samples) / design_effect.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::properties::{recording, success};
    use super::*;
    use crate::measure::{Failure, Sample};

    /// A window of 30 s: in each second samples number 0 to `requests(second)`, made by `sample(second, number)`.
    fn cells_of(requests: impl Fn(u64) -> u64, sample: impl Fn(u64, u64) -> Sample) -> BTreeMap<Metric, Estimate> {
        let seconds = (0..30).flat_map(|second| (0..requests(second)).map(move |number| (second, number)));
        let samples: Vec<_> = seconds.map(|(second, number)| sample(second, number)).collect();
        recording(&samples).run().cells[ALL].clone()
    }

    fn at(second: u64, number: u64, response_us: u64) -> Sample {
        success(0, 5_000 + second * 1_000 + number, response_us)
    }

    fn close(left: f64, right: f64) -> bool {
        (left / right - 1.0).abs() < 1e-9
    }

    #[test]
    fn interval_ranks_are_those_of_the_binomial_distribution() {
        // scipy.stats.binom.ppf(0.05, n, p) and ppf(0.95, n, p) + 1
        for (count, level, low, high) in [
            (57.0, 0.95, 51.0, 58.0_f64),
            (100.0, 0.5, 42.0, 59.0),
            (1_000.0, 0.95, 938.0, 962.0),
            (20_000.0, 0.99, 19_777.0, 19_824.0),
            (5_000_000.0, 0.999, 4_994_883.0, 4_995_117.0),
        ] {
            let levels = interval_levels(level, count);
            assert_eq!(levels, (low / count, (high / count).min(1.0)), "{count} {level}");
        }
    }

    #[test]
    fn the_variance_of_a_quantile_is_that_of_its_order_statistics() {
        // numpy and scipy: latencies 1, 2, ... 1000 us; ranks 938 and 962; bucket of 1 us at 950 us
        let latencies = Histogram::from_micros(&mut (1..=1_000).collect::<Vec<_>>());
        let variance = quantile_variance(0.95, &latencies, 1_000.0);
        assert!(close(variance, 5.906_213_905_257_286e-5), "{variance}");
    }

    #[test]
    fn latencies_that_wander_are_worth_less_than_their_number() {
        // numpy and scipy: 20 requests a second, 2 seconds of 6 slower by 300 us
        let cells = cells_of(|_| 20, |second, n| at(second, n, 1_000 + 10 * n + if second % 6 < 2 { 300 } else { 0 }));
        let p50 = cells[&Metric::P50];
        assert!(close(p50.value, 1_140.0) && close(p50.effective, 58.0), "{p50:?}");
        assert!(close(p50.variance, 0.000_345_576_771_956_974_8), "{p50:?}");
        let p95 = cells[&Metric::P95];
        assert!(close(p95.value, 1_460.0) && close(p95.effective, 275.5), "{p95:?}");
        assert!(close(p95.variance, 3.878_321_580_660_769_6e-5), "{p95:?}");
        let mean = cells[&Metric::Mean];
        assert!(close(mean.value, 1_195.0) && close(mean.effective, 33.821_25), "{mean:?}");
        assert!(close(mean.variance, 0.000_482_943_346_519_699), "{mean:?}");
    }

    #[test]
    fn errors_that_come_in_bursts_are_worth_as_many_seconds_as_requests() {
        let failure = |second| (second % 15 == 3).then_some(Failure::Status(503));
        let cells = cells_of(|_| 10, |second, n| Sample { failure: failure(second), ..at(second, n, 900) });
        let errors = cells[&Metric::ErrorRate];
        assert!(close(errors.value, 2.0 / 30.0), "{errors:?}");
        assert!(close(errors.effective, 29.0), "{errors:?}");
        assert!(close(errors.variance, errors.value * (1.0 - errors.value) / 29.0), "{errors:?}");
    }

    #[test]
    fn a_run_without_an_error_has_all_its_requests_to_show_for_it() {
        let errors = cells_of(|_| 10, |second, n| at(second, n, 900))[&Metric::ErrorRate];
        assert_eq!(errors, Estimate { value: 0.0, samples: 300, effective: 300.0, variance: 0.0 });
    }

    #[test]
    fn the_noise_of_a_rate_is_that_of_counts_from_second_to_second() {
        // numpy: counts 8, 12, 8, 12, ...: var(ddof=1) / 30 / mean^2
        let rps = cells_of(|second| 8 + 4 * (second % 2), |second, n| at(second, n, 900))[&Metric::Rps];
        assert!(close(rps.value, 10.0) && close(rps.effective, 300.0), "{rps:?}");
        assert!(close(rps.variance, 4.0 * 30.0 / 29.0 / 30.0 / 100.0), "{rps:?}");
    }

    #[test]
    fn an_endpoint_whose_every_request_fails_has_no_latency_and_still_an_error_rate() {
        let cells = cells_of(|_| 2, |second, n| Sample { failure: Some(Failure::Status(500)), ..at(second, n, 900) });
        assert_eq!(cells.keys().copied().collect::<Vec<_>>(), [Metric::ErrorRate, Metric::Rps]);
        assert!(close(cells[&Metric::ErrorRate].value, 1.0));
    }

    #[test]
    fn a_run_without_a_request_has_no_cell() {
        assert!(recording(&[]).run().cells.is_empty());
    }
}
