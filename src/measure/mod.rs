//! From samples to figures.
//!
//! In: [`Sample`]s. Out: a mergeable [`Recording`], its [`Summary`] for people, and the [`Run`] the gate compares.
//! Does not know how load is made.
//!
//! ```text
//! Sample -> Recorder -> WorkerSlice -> Collector -> Recording -> Summary
//!           a worker's                 the driver's           -> Run
//! ```

mod abort;
mod batches;
mod buckets;
mod capacity;
mod ceiling;
mod collector;
mod course;
mod details;
mod document;
mod duet;
mod encoded;
mod estimate;
mod example;
mod generator;
mod growth;
mod histogram;
mod metric;
mod numbers;
mod origin;
#[cfg(test)]
pub(crate) mod properties;
mod pulse;
mod recorder;
mod recording;
mod resources;
mod room;
mod run;
mod sample;
mod series;
mod slots;
mod steady;
mod summarize;
mod summary;
mod trend;
mod window;

pub use abort::Abort;
pub use buckets::Bucket;
pub use capacity::{Knee, LevelSummary, Recovery, Stage, Story, Usl};
pub use ceiling::{Ceiling, Hold, SearchEnd};
pub use collector::{Collector, Progress};
pub use course::{Course, EndpointCourse};
pub use details::{Details, EndpointDetails};
pub use document::{Error, RECORDING_FORMAT};
pub use duet::{Block, Build, Duet, DuetError, Side};
pub use example::{Example, Instead};
pub use generator::{Generator, GeneratorSlice, Starts};
pub use histogram::Histogram;
pub use metric::{Metric, Unit, UnknownMetric};
pub use origin::{Environment, Job, Origin};
pub use pulse::{Pulse, PulseExample};
pub use recorder::{Recorder, WorkerSlice};
pub use recording::{MergeError, Model, Recording, RunFacts};
pub use resources::{Readings, ResourceSlice, Resources};
pub use room::Room;
pub use run::{Cells, Estimate, Run};
pub use sample::{Failure, Phase, Sample, Timings};
pub use series::{Series, Slice, Tally};
pub use summary::{
    ALL, EndpointSummary, GeneratorSummary, GrowthSummary, PhaseQuantiles, Quantiles, REDIRECTED, ResourceSummary,
    StartLag, Summary, TARGET,
};
pub use trend::Trend;
pub use window::{WindowLimit, WorstWindow, fewest_requests};
