//! Words that other tools use for keys of the language.
//!
//! In: a key that is unknown, and those that are known at its place. Out: the key that means the same here. Misspellings
//! are `nearest`'s.

/// What other tools call it, and what it is called here; the first that is known at its place counts.
const SYNONYMS: [(&str, &[&str]); 30] = [
    ("vus", &["users"]),
    ("virtual_users", &["users"]),
    ("concurrency", &["users"]),
    ("threads", &["users"]),
    ("spawn_rate", &["ramp"]),
    ("ramp_to", &["users", "rate"]),
    ("arrival_rate", &["rate"]),
    ("rps", &["rate"]),
    ("target", &["users", "url"]),
    ("max_vus", &["max_users"]),
    ("hold", &["for"]),
    ("during", &["for"]),
    ("time", &["duration", "for"]),
    ("graceful_stop", &["stop_within"]),
    ("address", &["url"]),
    ("base_url", &["url"]),
    ("host", &["url"]),
    ("path", &["get", "file"]),
    ("checks", &["expect"]),
    ("check", &["expect"]),
    ("assert", &["expect"]),
    ("capture", &["extract"]),
    ("sleep", &["think"]),
    ("wait", &["think"]),
    ("wait_time", &["think"]),
    ("pause", &["think"]),
    ("on_start", &["start"]),
    ("on_stop", &["stop"]),
    ("folder", &["store"]),
    ("thresholds", &["gate"]),
];

/// The known key that means what another tool calls `key`.
pub(super) fn synonym(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // `maxVUs` and `max-vus` are `max_vus` too.
    let plain = |name: &str| name.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    let (_, here) = SYNONYMS.iter().find(|(there, _)| plain(there) == plain(key))?;
    here.iter().copied().find(|name| known.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_another_tool_is_understood_where_its_key_is_known() {
        assert_eq!(synonym("vus", &["users", "rate"]), Some("users"));
        assert_eq!(synonym("maxVUs", &["max_users"]), Some("max_users"));
        assert_eq!(synonym("time", &["users", "for"]), Some("for"));
        assert_eq!(synonym("vus", &["url"]), None);
        assert_eq!(synonym("colour", &["users"]), None);
    }
}
