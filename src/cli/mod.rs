//! What can be typed: commands, flags and their environment forms.
//!
//! In: the process's arguments and environment. Out: plain data for `commands`; nothing is checked beyond its own text.

mod baselines;
mod ceiling;
mod comment;
mod flags;
mod generated;
mod played;
mod results;
mod root;
mod setup;

pub use baselines::{Accept, Baseline, Prune, Record};
pub use ceiling::Ceiling;
pub use comment::Comment;
pub use flags::{Against, Described, Kept, Out, Play, Progress, Store, Stored, Streams};
pub use generated::{ManPage, completions, man_pages};
pub use played::{Demo, Duet, Gate, Hit, Run, Way};
pub use results::{Compare, Explain, Format, History, Lint, Report, Schema, Shape};
pub use root::{Cli, Command};
pub use setup::{Completions, Init, Man, Shell};
