//! The live lab: the built binary on its own demo API, beside a program that competes for the machine.
//!
//! In: how many duets and stored gates of each kind. Out: a line a gate in a state file, and a table over all of them.
//! What a run without competition says is not its concern.

mod batch;
mod busy;
mod kind;
mod play;
mod state;
mod table;

pub(crate) use batch::{Flags, run};
