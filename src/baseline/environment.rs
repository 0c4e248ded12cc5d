//! Whether two runs come from one class of environment.
//!
//! In: two [`Environment`]s. Out: the fields in which they differ. Decides nothing: `environment = "any"` is the gate's.

use std::fmt;

use crate::measure::Environment;

/// A field in which two environments differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    field: &'static str,
    baseline: String,
    candidate: String,
}

impl Difference {
    /// Whether it was the load that differed, not the machine. Such runs never compare, whatever the machine.
    #[must_use]
    pub fn is_of_the_load(&self) -> bool {
        matches!(self.field, PROFILE | FORMAT)
    }
}

impl fmt::Display for Difference {
    /// `cpu: A -> B`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} -> {}", self.field, self.baseline, self.candidate)
    }
}

const PROFILE: &str = "profile";
const FORMAT: &str = "recording format";

/// The fields in which `candidate` differs from `baseline`, in a fixed order; empty within one class.
#[must_use]
pub fn differences(baseline: &Environment, candidate: &Environment) -> Vec<Difference> {
    let fields = |of: &Environment| {
        [
            ("arch", of.arch.clone()),
            ("cpu", of.cpu.clone()),
            ("vcpus", of.vcpus.to_string()),
            ("memory", format!("{} GiB", of.memory_gib)),
            ("virtualization", of.virtualization.clone()),
            ("os", of.os.clone()),
            (PROFILE, of.profile.clone()),
            (FORMAT, of.format.to_string()),
        ]
    };
    fields(baseline)
        .into_iter()
        .zip(fields(candidate))
        .filter(|(ours, theirs)| ours != theirs)
        .map(|((field, baseline), (_, candidate))| Difference { field, baseline, candidate })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_environments_have_no_differences() {
        let environment = Environment { cpu: "Zen 5".into(), vcpus: 2, ..Environment::default() };
        assert!(differences(&environment, &environment).is_empty());
    }

    #[test]
    fn a_difference_names_its_field_and_both_values() {
        let old = Environment { cpu: "Zen 4".into(), ..Environment::default() };
        let new = Environment { cpu: "Zen 5".into(), ..Environment::default() };
        let found = differences(&old, &new);
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["cpu: Zen 4 -> Zen 5"]);
        assert!(!found[0].is_of_the_load());
    }

    #[test]
    fn another_profile_is_another_load_and_not_another_machine() {
        let old = Environment { profile: "a1".into(), ..Environment::default() };
        let new = Environment { profile: "b2".into(), ..Environment::default() };
        assert!(differences(&old, &new).iter().all(Difference::is_of_the_load));
    }
}
