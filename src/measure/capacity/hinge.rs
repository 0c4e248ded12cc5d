//! Where a curve leaves its plateau: a line in two segments.
//!
//! In: pairs of load and figure. Out: a [`Knee`], where two segments say more than one. Knows not what the figure is.
//!
//! The model is a plateau and a straight line that meet at the knee, fitted by least squares of relative errors over all
//! places the knee could be (Hudson, "Fitting segmented curves whose join points have to be estimated", JASA 61, 1966).
//! It is what operational laws give for a closed system: response time is flat and then grows with the users, throughput
//! grows with them and then is flat (Denning and Buzen, "The operational analysis of queueing network models", 1978).
//! Whether there is a knee at all is asked of Schwarz's criterion (BIC); a difference of 6 is "strong" (Kass and Raftery,
//! "Bayes factors", JASA 90, 1995).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::numbers::{length, real};

/// Fewer points tell no knee from chance.
const FEWEST: usize = 8;

/// How much more two segments must say than one, in BIC.
const STRONG: f64 = 6.0;

/// A curve that changes by less than this from its plateau to its other end has none worth a word.
const LEAST_CHANGE: f64 = 0.25;

/// Places at which the knee is looked for.
const PLACES: u64 = 400;

/// The plateau must rest on this share of the points at least, and so must the slope.
const LEAST_SHARE: f64 = 0.05;

/// Where a curve leaves its plateau, or comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Knee {
    /// The load at which it does: virtual users, in an open model starts a second.
    pub load: f64,
    /// The height of the plateau: microseconds, or requests per second.
    pub plateau: f64,
}

/// On which side of the knee the plateau lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plateau {
    /// At low load: latency.
    Before,
    /// At high load: throughput.
    After,
}

/// Finds the knee of figures (all above 0) by load; none where a straight line or a plateau alone does as well.
pub(super) fn knee(points: &[(f64, f64)], plateau: Plateau) -> Option<Knee> {
    let usable: Vec<(f64, f64)> =
        points.iter().copied().filter(|(load, figure)| load.is_finite() && *figure > 0.0).collect();
    if usable.len() < FEWEST {
        return None;
    }
    let loads = || usable.iter().map(|(load, _)| *load);
    let (least, most) = (loads().fold(f64::INFINITY, f64::min), loads().fold(f64::NEG_INFINITY, f64::max));
    let places = (1..PLACES).map(|place| least + (most - least) * real(place) / real(PLACES));
    let fits = places.filter_map(|load| Some((load, fit(&usable, load, plateau)?)));
    let (load, best) = fits.min_by(|one, other| one.1.error.total_cmp(&other.1.error))?;

    let count = length(&usable);
    // An exact fit has no error left to compare: as much as rounding makes.
    let bic = |error: f64, parameters: f64| count * (error.max(1e-12) / count).ln() + parameters * count.ln();
    let simpler = bic(constant(&usable), 1.0).min(bic(line(&usable)?, 2.0));
    let end = match plateau {
        Plateau::Before => best.height + best.slope * (most - load),
        Plateau::After => best.height + best.slope * (load - least),
    };
    let change = match plateau {
        Plateau::Before => end / best.height - 1.0,
        Plateau::After => 1.0 - end / best.height,
    };
    (simpler - bic(best.error, 3.0) >= STRONG && change >= LEAST_CHANGE).then_some(Knee { load, plateau: best.height })
}

/// A plateau and a slope that meet at a given load.
#[derive(Debug, Clone, Copy)]
struct Fit {
    height: f64,
    /// By distance from the knee, away from the plateau.
    slope: f64,
    /// Sum of squares of relative errors.
    error: f64,
}

fn fit(points: &[(f64, f64)], knee: f64, plateau: Plateau) -> Option<Fit> {
    let distance = |load: f64| match plateau {
        Plateau::Before => (load - knee).max(0.0),
        Plateau::After => (knee - load).max(0.0),
    };
    let moved: Vec<(f64, f64)> = points.iter().map(|(load, figure)| (distance(*load), *figure)).collect();
    let beyond = moved.iter().filter(|(distance, _)| *distance > 0.0).count();
    let least = LEAST_SHARE * length(points);
    let (beyond, rest) = (real(beyond as u64), real((points.len() - beyond) as u64));
    if beyond < least || rest < least {
        return None;
    }
    let (height, slope) = weighted_line(&moved)?;
    (height > 0.0).then(|| Fit { height, slope, error: error(&moved, height, slope) })
}

/// The line through points by least squares of relative errors: height at 0, and slope.
fn weighted_line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in points {
        let weight = 1.0 / (y * y);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    let determinant = w * wxx - wx * wx;
    (determinant > 0.0 && determinant.is_finite())
        .then(|| ((wxx * wy - wx * wxy) / determinant, (w * wxy - wx * wy) / determinant))
}

fn error(points: &[(f64, f64)], height: f64, slope: f64) -> f64 {
    points.iter().map(|(x, y)| (height + slope * x) / y - 1.0).map(|relative| relative * relative).sum()
}

/// The error of a plateau alone.
fn constant(points: &[(f64, f64)]) -> f64 {
    let (weighted, weights) =
        points.iter().fold((0.0, 0.0), |(sum, weights), (_, y)| (sum + 1.0 / y, weights + 1.0 / (y * y)));
    error(points, weighted / weights, 0.0)
}

/// The error of a straight line alone.
fn line(points: &[(f64, f64)]) -> Option<f64> {
    weighted_line(points).map(|(height, slope)| error(points, height, slope))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A latency that is flat at 60 up to 300 and grows by 0.4 a user from there on, with some waves of 2%.
    fn hockey_stick() -> Vec<(f64, f64)> {
        let loads = (0..40).map(|step| 100.0 + 12.5 * f64::from(step));
        loads.map(|load| (load, (60.0 + 0.4 * (load - 300.0).max(0.0)) * (1.0 + 0.02 * (load * 7.0).sin()))).collect()
    }

    #[test]
    fn the_knee_is_that_of_scipy() {
        // scipy.optimize.minimize_scalar over the knee, numpy.linalg.lstsq of relative errors within:
        // knee 299.15, plateau 60.117.
        let knee = knee(&hockey_stick(), Plateau::Before).unwrap();
        assert!((knee.load - 299.151_5).abs() < 1.5, "{knee:?}: within a step of the search");
        assert!((knee.plateau - 60.116_762_71).abs() < 0.1, "{knee:?}");
    }

    #[test]
    fn throughput_that_stops_growing_has_its_plateau_behind_the_knee() {
        let points: Vec<_> =
            (1..40).map(|step| 25.0 * f64::from(step)).map(|users| (users, 7.0 * users.min(360.0))).collect();
        let knee = knee(&points, Plateau::After).unwrap();
        assert!((knee.load - 360.0).abs() < 5.0 && (knee.plateau - 2_520.0).abs() < 10.0, "{knee:?}");
    }

    #[test]
    fn a_flat_curve_and_a_straight_line_have_no_knee() {
        let waves = |load: f64| 1.0 + 0.03 * (load * 5.0).sin();
        let loads: Vec<f64> = (1..40).map(|step| 10.0 * f64::from(step)).collect();
        let flat: Vec<_> = loads.iter().map(|load| (*load, 60.0 * waves(*load))).collect();
        assert_eq!(knee(&flat, Plateau::Before), None);
        let straight: Vec<_> = loads.iter().map(|load| (*load, 7.0 * load * waves(*load))).collect();
        assert_eq!(knee(&straight, Plateau::After), None);
        assert_eq!(knee(&hockey_stick()[..5], Plateau::Before), None, "too few points");
    }

    proptest! {
        #[test]
        fn a_knee_is_found_wherever_it_is_and_whatever_the_units(at in 0.3..0.7_f64, height in 1e-3..1e6_f64, scale in 1e-3..1e4_f64) {
            let loads = (0..60).map(|step| f64::from(step) / 60.0);
            let points: Vec<_> = loads.map(|load| (load * scale, height * (1.0 + 3.0 * (load - at).max(0.0)))).collect();
            let knee = knee(&points, Plateau::Before).unwrap();
            prop_assert!((knee.load / scale - at).abs() < 0.02, "{:?}", knee);
        }
    }
}
