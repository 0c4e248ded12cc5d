//! The Universal Scalability Law fitted to throughput by users.
//!
//! In: pairs of users and throughput. Out: [`Usl`]. Judges no fit but by its R².
//!
//! X(N) = λN / (1 + σ(N - 1) + κN(N - 1)), with λ the throughput of one user, σ the share of work that only one can do at a
//! time (contention) and κ the cost of keeping users consistent with each other (coherency): Gunther, "A General Theory of
//! Computational Scalability Based on Rational Functions", arXiv:0808.1431. N/X is linear in 1/λ, σ/λ and κ/λ, so that the
//! least squares of relative errors are found without iteration; what would be negative is held at 0.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::numbers::length;

/// Fewer different loads than this fit anything.
const FEWEST_LOADS: usize = 4;

/// The fitted law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usl {
    /// Throughput of one user alone, in requests per second.
    pub lambda: f64,
    /// Contention.
    pub sigma: f64,
    /// Coherency.
    pub kappa: f64,
    /// Share of the variance of throughput that the law explains.
    pub r_squared: f64,
    /// The users at which throughput peaks; none where more users never make it fall.
    pub peak_load: Option<f64>,
    /// The throughput there; without a peak, what throughput tends to with ever more users; none where it grows for ever.
    pub peak_rps: Option<f64>,
}

/// Fits the law to (users, requests per second); none with fewer than four different numbers of users.
pub(super) fn fit(points: &[(f64, f64)]) -> Option<Usl> {
    let usable: Vec<(f64, f64)> = points.iter().copied().filter(|(load, rps)| *load >= 1.0 && *rps > 0.0).collect();
    let mut loads: Vec<f64> = usable.iter().map(|(load, _)| *load).collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    if loads.len() < FEWEST_LOADS {
        return None;
    }
    let most = loads.last().copied()?;
    // In parts of the highest load, so that nothing is lost to rounding.
    let rows: Vec<([f64; 3], f64)> = usable
        .iter()
        .map(|(load, rps)| {
            let inverse = load / rps;
            let terms = [1.0, (load - 1.0) / most, load * (load - 1.0) / (most * most)];
            (terms.map(|term| term / inverse), 1.0)
        })
        .collect();
    let [a, b, c] = non_negative_least_squares(&rows)?;
    let lambda = 1.0 / a;
    let (sigma, kappa) = (b * lambda / most, c * lambda / (most * most));
    let law = |load: f64| lambda * load / (1.0 + sigma * (load - 1.0) + kappa * load * (load - 1.0));
    let peak_load = (kappa > 0.0 && sigma < 1.0).then(|| ((1.0 - sigma) / kappa).sqrt());
    let limit = (sigma > 0.0 && kappa <= 0.0).then(|| lambda / sigma);
    Some(Usl {
        lambda,
        sigma,
        kappa,
        r_squared: r_squared(&usable, law),
        peak_load,
        peak_rps: peak_load.map(law).or(limit),
    })
}

fn r_squared(points: &[(f64, f64)], law: impl Fn(f64) -> f64) -> f64 {
    let mean = points.iter().map(|(_, rps)| rps).sum::<f64>() / length(points);
    let square = |difference: f64| difference * difference;
    let left: f64 = points.iter().map(|(load, rps)| square(rps - law(*load))).sum();
    let all: f64 = points.iter().map(|(_, rps)| square(rps - mean)).sum();
    if all > 0.0 { 1.0 - left / all } else { 0.0 }
}

/// Three coefficients, none of them negative, that bring terms nearest to their values: the best of all ways to hold some
/// at 0 (Lawson and Hanson, "Solving Least Squares Problems", chapter 23, by trying all). The first is never held.
fn non_negative_least_squares(rows: &[([f64; 3], f64)]) -> Option<[f64; 3]> {
    let ways = [[true, true, true], [true, true, false], [true, false, true], [true, false, false]];
    let solutions = ways.into_iter().filter_map(|free| solve(rows, free));
    let allowed = solutions.filter(|[a, b, c]| *a > 0.0 && *b >= 0.0 && *c >= 0.0);
    allowed.min_by(|one, other| squares(rows, one).total_cmp(&squares(rows, other)))
}

fn squares(rows: &[([f64; 3], f64)], coefficients: &[f64; 3]) -> f64 {
    rows.iter()
        .map(|(terms, value)| terms.iter().zip(coefficients).map(|(term, by)| term * by).sum::<f64>() - value)
        .map(|difference| difference * difference)
        .sum()
}

/// Least squares with some coefficients held at 0: normal equations by Cramer's rule.
fn solve(rows: &[([f64; 3], f64)], free: [bool; 3]) -> Option<[f64; 3]> {
    let [take_a, take_b, take_c] = free.map(|free| if free { 1.0 } else { 0.0 });
    // A coefficient that is held has a row of its own that says so.
    let (mut aa, mut bb, mut cc) = (1.0 - take_a, 1.0 - take_b, 1.0 - take_c);
    let (mut ab, mut ac, mut bc) = (0.0, 0.0, 0.0);
    let (mut av, mut bv, mut cv) = (0.0, 0.0, 0.0);
    for ([a, b, c], value) in rows {
        let (a, b, c) = (a * take_a, b * take_b, c * take_c);
        (aa, bb, cc) = (aa + a * a, bb + b * b, cc + c * c);
        (ab, ac, bc) = (ab + a * b, ac + a * c, bc + b * c);
        (av, bv, cv) = (av + a * value, bv + b * value, cv + c * value);
    }
    let (columns, right) = ([[aa, ab, ac], [ab, bb, bc], [ac, bc, cc]], [av, bv, cv]);
    let [first, second, third] = columns;
    let whole = determinant([first, second, third]);
    let found = [
        determinant([right, second, third]) / whole,
        determinant([first, right, third]) / whole,
        determinant([first, second, right]) / whole,
    ];
    (whole > 0.0 && found.iter().all(|coefficient| coefficient.is_finite())).then_some(found)
}

/// The first column by the cross product of the others.
fn determinant([first, [b1, b2, b3], [c1, c2, c3]]: [[f64; 3]; 3]) -> f64 {
    let cross = [b2 * c3 - b3 * c2, b3 * c1 - b1 * c3, b1 * c2 - b2 * c1];
    first.iter().zip(cross).map(|(one, other)| one * other).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) -> bool {
        (value / expected - 1.0).abs() < 1e-9
    }

    #[test]
    fn the_fit_is_that_of_scipy() {
        let points = [(1, 95), (2, 186), (4, 340), (8, 610), (16, 980), (32, 1_290), (48, 1_330), (64, 1_270)];
        let usl = fit(&points.map(|(users, rps)| (f64::from(users), f64::from(rps)))).unwrap();
        // scipy.optimize.nnls of N/X on 1, N - 1 and N(N - 1), rows by their relative errors.
        assert!(near(usl.lambda, 94.463_338_740_414_63), "{usl:?}");
        assert!(near(usl.sigma, 0.028_677_619_464_333_514) && near(usl.kappa, 0.000_476_608_366_772_988_34), "{usl:?}");
        assert!(near(usl.peak_load.unwrap(), 45.144_086_224_924_514), "{usl:?}");
        assert!(near(usl.peak_rps.unwrap(), 1_326.115_613_836_422_9), "{usl:?}");
        assert!(near(usl.r_squared, 0.999_849_651_348_530_5), "{usl:?}");
    }

    #[test]
    fn throughput_in_proportion_has_no_peak() {
        let points: Vec<_> = (1..10).map(|users| (f64::from(users), 7.0 * f64::from(users))).collect();
        let usl = fit(&points).unwrap();
        assert!(near(usl.lambda, 7.0) && usl.sigma < 1e-9 && usl.kappa < 1e-9, "{usl:?}");
        assert!(usl.peak_rps.is_none_or(|rps| rps > 1e6), "{usl:?}");
    }

    #[test]
    fn contention_alone_tends_to_a_limit() {
        let law = |users: f64| 50.0 * users / (1.0 + 0.05 * (users - 1.0));
        let points: Vec<_> = (1..40).map(f64::from).map(|users| (users, law(users))).collect();
        let usl = fit(&points).unwrap();
        assert!((usl.sigma - 0.05).abs() < 1e-6 && usl.kappa < 1e-9, "{usl:?}");
    }

    #[test]
    fn three_loads_fit_nothing() {
        assert_eq!(fit(&[(1.0, 10.0), (2.0, 19.0), (2.0, 19.5), (4.0, 35.0)]), None);
    }
}
