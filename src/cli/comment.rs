//! The command that publishes.
//!
//! Plain data: what was typed, checked no further than its own text.

use std::path::PathBuf;

use clap::Args;

/// `comment`.
#[derive(Debug, Args)]
#[command(after_help = "The token is read from GITHUB_TOKEN, or GH_TOKEN. In a workflow:\n\n    \
    - run: loadgate comment\n      env:\n        GITHUB_TOKEN: ${{ github.token }}\n\n\
    with `permissions: pull-requests: write`. GitHub Enterprise is found by GITHUB_API_URL, which its runners set.")]
pub struct Comment {
    /// The comparison to publish.
    #[arg(value_name = "COMPARISON", default_value = "loadgate-report/comparison.json")]
    pub comparison: PathBuf,
    /// The pull request [default: the one that the workflow runs for].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub pr: Option<u64>,
    /// The repository [default: `GITHUB_REPOSITORY`].
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// The commit that was measured: nothing is published where newer ones came after it [default: the pull request's at
    /// the workflow's start, else the comparison's].
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// Whose comment is edited [default: whose token it is; `github-actions[bot]` in a workflow].
    #[arg(long, value_name = "LOGIN")]
    pub author: Option<String>,
    /// How long GitHub may take, pauses that it asks for included, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Print the comment, publish nothing.
    #[arg(long)]
    pub dry_run: bool,
}
