//! What a target uses, wherever it can be read.
//!
//! In: a [`Place`]. Out: readings by name, each time they are asked for: `cpu_cores`, `rss_bytes`, `open_files`, …. Keeps
//! no series: that is for whoever samples.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::cgroup::Cgroup;
use super::prometheus::Scraper;
use super::resources::Resources;
use crate::intake;

/// Where to read what a target uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A process and all that it started.
    Process(u32),
    /// The process whose id a file holds, as long as it does.
    PidFile(PathBuf),
    /// A control group (version 2), absolute or below `/sys/fs/cgroup`.
    Cgroup(PathBuf),
    /// Series of a Prometheus endpoint.
    Prometheus {
        /// Its URL.
        url: String,
        /// Names, with labels where they need any.
        series: Vec<String>,
    },
}

/// Reads what a target uses.
#[derive(Debug)]
pub struct Sampler {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Process(Resources),
    PidFile { path: PathBuf, found: Option<(u32, Resources)> },
    Cgroup(Cgroup),
    Prometheus(Scraper),
}

impl Sampler {
    /// A sampler of a place. One of a Prometheus endpoint scrapes it once a second from here on, on the runtime of
    /// the caller.
    #[must_use]
    pub fn of(place: Place) -> Self {
        let source = match place {
            Place::Process(id) => Source::Process(Resources::of(id)),
            Place::PidFile(path) => Source::PidFile { path, found: None },
            Place::Cgroup(path) => Source::Cgroup(Cgroup::at(&path)),
            Place::Prometheus { url, series } => Source::Prometheus(Scraper::start(url, series)),
        };
        Self { source }
    }

    /// Reads it now. Empty where nothing can be read.
    pub fn read(&mut self) -> BTreeMap<String, f64> {
        match &mut self.source {
            Source::Process(resources) => resources.sample(),
            Source::PidFile { path, found } => {
                let id = intake::read_text(path, intake::SYSTEM).ok().and_then(|text| text.trim().parse::<u32>().ok());
                let Some(id) = id else { return BTreeMap::new() };
                if found.as_ref().is_none_or(|(known, _)| *known != id) {
                    *found = Some((id, Resources::of(id)));
                }
                found.as_mut().map(|(_, resources)| resources.sample()).unwrap_or_default()
            }
            Source::Cgroup(group) => group.sample(),
            Source::Prometheus(scraper) => scraper.latest(),
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_anew_for_the_process_it_names() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut sampler = Sampler::of(Place::PidFile(file.path().to_owned()));
        assert!(sampler.read().is_empty(), "it names none yet");
        std::fs::write(file.path(), format!("{}\n", std::process::id())).unwrap();
        assert!(sampler.read()["rss_bytes"] > 0.0);
        assert!(sampler.read().contains_key("cpu_cores"), "the same process as before");
        std::fs::write(file.path(), "0").unwrap();
        assert!(sampler.read().is_empty());
    }
}
