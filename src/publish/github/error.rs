//! Why GitHub did not take a comment: each says what to change.
//!
//! Plain data. Holds no token, and nothing of an answer but its cleaned message.

/// Why GitHub did not take a comment.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something it takes is missing or can't be used.
    #[error("{0}")]
    Setup(String),
    /// GitHub can't be reached, or did not answer.
    #[error("{host} can't be reached: {said}; nothing was published")]
    Unreachable {
        /// The API's host.
        host: String,
        /// Why.
        said: String,
    },
    /// GitHub refused.
    #[error("GitHub refused `{request}` with status {status}{said}{hint}")]
    Refused {
        /// Method and path.
        request: String,
        /// The status.
        status: u16,
        /// GitHub's own words, after a colon; empty where it gave none.
        said: String,
        /// What to do, after a semicolon; empty where nobody knows.
        hint: &'static str,
    },
    /// GitHub wants a longer pause than there is time for.
    #[error(
        "GitHub limits the rate of requests and asks for a pause of {pause_s} s, longer than --timeout allows; run \
         `loadgate comment` again later, or with a longer --timeout"
    )]
    Limited {
        /// Seconds it wants.
        pause_s: u64,
    },
    /// GitHub sends the token elsewhere.
    #[error(
        "`{request}` is redirected to {host}, and the token is sent nowhere else; set GITHUB_API_URL to the API's own \
         address"
    )]
    Elsewhere {
        /// Method and path.
        request: String,
        /// The other host.
        host: String,
    },
    /// An answer that is none of GitHub's.
    #[error("the answer to `{request}` is not one of GitHub's API: {said}; check GITHUB_API_URL")]
    Strange {
        /// Method and path.
        request: String,
        /// What is wrong with it.
        said: String,
    },
}
