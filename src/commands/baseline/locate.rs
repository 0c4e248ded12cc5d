//! Which file holds the baseline, and the gate's rules for what is in it.

use std::path::Path;

use super::super::error::Error;
use crate::baseline::{File, Store};
use crate::cli;
use crate::config::{self, Config, Source};
use crate::plan;

/// The folder of baselines where the configuration names none.
const STORE: &str = "baselines";

/// Most runs a baseline keeps where the configuration does not say.
const KEEP: u32 = 20;

/// A configuration, one of its profiles, and the file of that profile's baseline.
#[derive(Debug)]
pub(in crate::commands) struct Located {
    pub(in crate::commands) config: Config,
    pub(super) source: Source,
    pub(in crate::commands) profile: plan::Chosen,
    pub(in crate::commands) file: File,
}

impl Located {
    pub(in crate::commands) fn new(typed: &cli::Stored) -> Result<Self, Error> {
        let (config, source) = config::load(&typed.described.config)?;
        let profile = plan::Chosen::of(&config, &source, typed.profile.as_deref())?;
        let file = file(&config, &source, &profile.name, typed.store.baseline.as_deref());
        Ok(Self { config, source, profile, file })
    }
}

/// The file of a profile's baseline: the one that was typed, or the profile's own in the store.
pub(in crate::commands) fn file(config: &Config, source: &Source, profile: &str, typed: Option<&Path>) -> File {
    match typed {
        Some(path) => File::new(path, profile),
        None => store(config, source).file(profile),
    }
}

pub(super) fn store(config: &Config, source: &Source) -> Store {
    Store::new(source.folder().join(config.baseline.store.as_deref().unwrap_or(Path::new(STORE))))
}

pub(super) fn keep(config: &Config) -> usize {
    usize::try_from(config.baseline.keep.unwrap_or(KEEP)).unwrap_or(usize::MAX)
}
