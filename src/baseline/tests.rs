//! Baselines as their callers see them.

mod accepting;
mod files;
mod support;
