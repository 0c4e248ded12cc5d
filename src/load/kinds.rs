//! Which kind of user stands where: fixed numbers first, then shares by weight.
//!
//! In: the kinds of a plan. Out: the kind of the user with a given number, the same for every worker. Starts no user.

use crate::plan;

/// Which kind each user is, so that any number of first users holds those with a number of their own first, in the order
/// of the file, and the others by their weights as nearly as can be.
#[derive(Debug)]
pub(super) struct Kinds {
    /// The kinds with a number of their own, and the number of users up to their last.
    counted: Vec<(usize, u64)>,
    /// One round of all others by weight.
    round: Vec<usize>,
}

impl Kinds {
    /// Deals one round of the weights: each place goes to the kind that is furthest behind its share.
    pub(super) fn new(users: &[plan::User]) -> Self {
        let counted = users.iter().enumerate().filter_map(|(kind, user)| Some((kind, u64::from(user.count?))));
        let counted = counted.scan(0, |before, (kind, count)| {
            *before += count;
            Some((kind, *before))
        });
        let shares: Vec<(usize, u32)> = users.iter().enumerate().map(|(kind, user)| (kind, user.weight)).collect();
        let shares: Vec<(usize, u32)> =
            shares.into_iter().filter(|(kind, _)| users.get(*kind).is_some_and(|user| user.count.is_none())).collect();
        Self { counted: counted.collect(), round: round(&shares) }
    }

    /// The kind of a user.
    pub(super) fn of(&self, index: u64) -> usize {
        if let Some((kind, _)) = self.counted.iter().find(|(_, up_to)| index < *up_to) {
            return *kind;
        }
        let index = index - self.counted.last().map_or(0, |(_, up_to)| *up_to);
        let length = self.round.len().max(1) as u64;
        usize::try_from(index % length).ok().and_then(|place| self.round.get(place).copied()).unwrap_or_default()
    }
}

fn round(shares: &[(usize, u32)]) -> Vec<usize> {
    let divisor = shares.iter().map(|(_, weight)| *weight).fold(0, greatest_common_divisor).max(1);
    let weights: Vec<_> = shares.iter().map(|(_, weight)| i64::from(weight / divisor)).collect();
    let total: i64 = weights.iter().sum();
    let mut behind = vec![0_i64; weights.len()];
    let mut round = Vec::new();
    for _ in 0..total {
        for (behind, weight) in behind.iter_mut().zip(&weights) {
            *behind += weight;
        }
        let first = behind.iter().enumerate().max_by_key(|(place, behind)| (**behind, std::cmp::Reverse(*place)));
        let Some((place, _)) = first else { break };
        if let Some(behind) = behind.get_mut(place) {
            *behind -= total;
        }
        round.extend(shares.get(place).map(|(kind, _)| *kind));
    }
    round
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::plan::{Sequence, Think};

    fn user(weight: u32) -> plan::User {
        plan::User {
            name: String::new(),
            weight,
            count: None,
            start_after: Duration::ZERO,
            think: Think::None,
            start: Sequence::default(),
            tasks: Vec::new(),
            stop: Sequence::default(),
            values: 0,
        }
    }

    fn counted(count: u32) -> plan::User {
        plan::User { count: Some(count), ..user(1) }
    }

    fn first(kinds: &Kinds, users: u64) -> Vec<usize> {
        (0..users).map(|index| kinds.of(index)).collect()
    }

    #[test]
    fn kinds_follow_their_weights_in_every_prefix() {
        assert_eq!(first(&Kinds::new(&[user(4), user(2), user(2)]), 8), [0, 1, 2, 0, 0, 1, 2, 0]);
    }

    #[test]
    fn a_lone_kind_is_everyone() {
        let kinds = Kinds::new(&[user(7)]);
        assert_eq!((kinds.of(0), kinds.of(6), kinds.of(123_456)), (0, 0, 0));
    }

    #[test]
    fn kinds_with_a_number_come_first_and_the_rest_goes_by_weight() {
        let kinds = Kinds::new(&[user(2), counted(2), user(1), counted(1)]);
        assert_eq!(first(&kinds, 9), [1, 1, 3, 0, 2, 0, 0, 2, 0]);
        assert_eq!(first(&Kinds::new(&[counted(2), counted(3)]), 5), [0, 0, 1, 1, 1]);
    }
}
