//! What was probably meant by a misspelt name.
//!
//! In: a name and the names that exist. Out: the one it is a slip of the finger away from. Does not guess
//! between names that merely share letters.

/// The candidate that `name` is probably a misspelling of, if any: at most a third of its letters are wrong,
/// missing, too many or swapped. The first of equals.
///
/// ```
/// use loadgate::config::nearest;
///
/// assert_eq!(nearest("gte", ["get", "post"]), Some("get"));
/// assert_eq!(nearest("colour", ["get", "post"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= longest(&name, candidate).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn longest(one: &str, other: &str) -> usize {
    one.chars().count().max(other.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_understood() {
        for (typed, meant) in
            [("gte", "get"), ("wieght", "weight"), ("Duration", "duration"), ("timout", "timeout"), ("ueser", "user")]
        {
            assert_eq!(nearest(typed, ["get", "weight", "duration", "timeout", "user"]), Some(meant));
        }
    }

    #[test]
    fn the_nearest_of_several_wins() {
        assert_eq!(nearest("p9", ["p50", "p90", "p95"]), Some("p90"));
        assert_eq!(nearest("p95", ["p90", "p95"]), Some("p95"));
    }

    #[test]
    fn another_word_is_no_misspelling() {
        assert_eq!(nearest("concurrency", ["users", "rate", "ramp"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
