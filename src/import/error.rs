//! Why a foreign document can't become a loadgate.toml.

/// Why a foreign document can't become a loadgate.toml.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The document is too large.
    #[error("{from}: larger than {} MiB; leave only the operations to be played", most >> 20)]
    TooLarge {
        /// Where it came from.
        from: String,
        /// Most bytes that are taken.
        most: usize,
    },
    /// The document is not text.
    #[error("{from}: not UTF-8 text; give an OpenAPI 3 document as JSON")]
    NotText {
        /// Where it came from.
        from: String,
    },
    /// The document is YAML, by its look.
    #[error(
        "{from}: not JSON, but it may be YAML; convert it first, such as with `yq -o=json openapi.yaml > openapi.json`, \
         and give the JSON file"
    )]
    Yaml {
        /// Where it came from.
        from: String,
    },
    /// The document is not JSON.
    #[error("{from}:{line}:{column}: not JSON ({said}); give an OpenAPI 3 document as JSON")]
    NotJson {
        /// Where it came from.
        from: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the reader said.
        said: String,
    },
    /// The document is Swagger 2.
    #[error("{from}: this is Swagger {version}; convert it to OpenAPI 3 first, such as with `npx swagger2openapi`")]
    Swagger {
        /// Where it came from.
        from: String,
        /// Its version.
        version: String,
    },
    /// The document is JSON, but not OpenAPI.
    #[error("{from}: no OpenAPI document: it has no `openapi` and no `paths`; FastAPI serves its own at /openapi.json")]
    NotOpenApi {
        /// Where it came from.
        from: String,
    },
    /// Nothing in it can be played as it stands.
    #[error(
        "{from}: none of its {found} operations can be played without changing data; write the tasks by hand: \
         `loadgate init` without --from writes a loadgate.toml to start from"
    )]
    NothingToPlay {
        /// Where it came from.
        from: String,
        /// Operations in it.
        found: usize,
    },
}
