//! recording.json: a recording as bytes, and back.
//!
//! In: a [`Recording`]. Out: its JSON, versioned, with its summary for those who read no histograms; and back
//! again, refusing what is cut off, foreign, or of a newer format. Does not open files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::encoded;
use super::recording::Recording;
use super::sample::Phase;
use super::series::Tally;
use super::summary::Summary;
use crate::intake;

/// Version of recording.json that this loadgate writes, and the newest it reads.
pub const RECORDING_FORMAT: u32 = 1;

/// Most bytes that the histograms of a recording inflate to, all together: some ten times what a run makes.
const MOST_INFLATED: usize = 64 << 20;

/// Why a recording could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It ends before its end.
    #[error(
        "{path}: the recording breaks off at line {line}, column {column}: it was not written to its end; measure again with `loadgate run`"
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Where it ends.
        line: usize,
        /// Where it ends.
        column: usize,
    },
    /// It is something else.
    #[error(
        "{path} is not a recording of loadgate: {why}; name the recording.json that `loadgate run` or `loadgate gate` wrote"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What gives it away.
        why: String,
    },
    /// A newer loadgate wrote it.
    #[error(
        "{path}: written by a newer loadgate (recording format {found}, this one reads {RECORDING_FORMAT}): update loadgate, or measure again"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// It is a recording, and something in it is wrong.
    #[error("{path}: the recording is damaged: {why}; measure again with `loadgate run`")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It could not be turned into JSON.
    #[error("the recording can't be written as JSON: {0}; please report this as a bug of loadgate")]
    Encode(#[source] serde_json::Error),
}

/// The file as it is written.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "recording.json", description = "Everything one run of loadgate measured.")]
struct Document<'a> {
    /// Version of this shape: 1.
    format: u32,
    /// Version of loadgate that wrote it.
    loadgate: &'a str,
    /// The figures of the run, computed from what follows.
    summary: Summary,
    #[serde(flatten)]
    recording: &'a Recording,
}

/// What tells a recording from other files.
#[derive(Deserialize)]
struct Mark {
    format: Option<u64>,
    facts: Option<IgnoredAny>,
    series: Option<IgnoredAny>,
}

impl Recording {
    /// The bytes of recording.json. The same recording always gives the same bytes.
    ///
    /// # Errors
    /// When a histogram can't be encoded.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.write_json(&mut bytes).map_err(Error::Encode)?;
        Ok(bytes)
    }

    /// Writes recording.json, piece by piece.
    ///
    /// # Errors
    /// When a histogram can't be encoded, or `out` takes no more.
    pub fn write_json(&self, out: &mut impl io::Write) -> serde_json::Result<()> {
        let document = Document {
            format: RECORDING_FORMAT,
            loadgate: env!("CARGO_PKG_VERSION"),
            summary: self.summary(),
            recording: self,
        };
        serde_json::to_writer(&mut *out, &document)?;
        out.write_all(b"\n").map_err(serde_json::Error::io)
    }

    /// Reads the bytes of recording.json. `path` is only named in errors.
    ///
    /// # Errors
    /// When they are cut off, not a recording, of a newer format, or damaged.
    pub fn from_json(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        check_mark(bytes, path)?;
        let damaged = |why: String| Error::Damaged { path: path.to_owned(), why };
        let mut inflated = 0;
        let mut too_heavy = |text: &str| {
            inflated += encoded::weight(text);
            if inflated > MOST_INFLATED {
                Err("its histograms inflate to more than any run's".to_owned())
            } else {
                Ok(())
            }
        };
        intake::look_over(bytes, intake::RECORDING, &mut too_heavy).map_err(|error| damaged(error.to_string()))?;
        let recording: Self = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        recording.check().map_err(damaged)?;
        Ok(recording)
    }

    /// The response times of the window's successes by endpoint, each in the text form of histograms in files.
    ///
    /// # Errors
    /// When a histogram can't be encoded.
    pub fn response_texts(&self) -> Result<BTreeMap<String, String>, Error> {
        let totals = self.series.totals(Phase::Window);
        let text = |tally: &Tally| serde_json::to_value(&tally.response_us).map_err(Error::Encode);
        totals
            .iter()
            .filter(|(_, tally)| !tally.response_us.is_empty())
            .map(|(endpoint, tally)| Ok((endpoint.clone(), text(tally)?.as_str().unwrap_or_default().to_owned())))
            .collect()
    }

    /// The JSON Schema of recording.json.
    #[must_use]
    pub fn schema() -> Schema {
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document<'static>>()
    }
}

/// Whether this is a recording, and of a format that can be read.
fn check_mark(bytes: &[u8], path: &Path) -> Result<(), Error> {
    let path = path.to_owned();
    match serde_json::from_slice(bytes) {
        Ok(Mark { format: Some(found), .. }) if found > u64::from(RECORDING_FORMAT) => {
            Err(Error::Newer { path, found })
        }
        Ok(Mark { format: Some(1..), facts: Some(_), series: Some(_) }) => Ok(()),
        Ok(_) => Err(Error::Foreign { path, why: "it lacks `format`, `facts` or `series`".to_owned() }),
        Err(error) if error.is_eof() => Err(Error::Truncated { path, line: error.line(), column: error.column() }),
        Err(error) => Err(Error::Foreign { path, why: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::super::properties::{recording, success};
    use super::*;
    use crate::measure::{Failure, Sample};

    fn typical() -> Recording {
        let mut samples: Vec<_> = (0..35)
            .map(|second| success(second % 3, u64::from(second) * 1_000, 800 + 50 * u64::from(second)))
            .collect();
        samples.push(Sample { failure: Some(Failure::Transport("timeout")), ..success(0, 9_000, 10_000_000) });
        samples.push(Sample {
            timings: crate::measure::Timings { connect: Some(Duration::from_micros(90)), ..Default::default() },
            ..success(1, 9_500, 1_000)
        });
        recording(&samples)
    }

    fn read(bytes: &[u8]) -> Result<Recording, Error> {
        Recording::from_json(bytes, Path::new("out/recording.json"))
    }

    /// The typical recording's JSON with one thing changed.
    fn changed(change: impl Fn(&mut Value)) -> Vec<u8> {
        let mut value = serde_json::from_slice(&typical().to_json().unwrap()).unwrap();
        change(&mut value);
        value.to_string().into_bytes()
    }

    #[test]
    fn the_committed_schema_is_that_of_the_code() {
        let committed: Value = serde_json::from_str(include_str!("../../schemas/recording.schema.json")).unwrap();
        assert_eq!(committed, *Recording::schema().as_value(), "write it anew with `loadgate schema recording`");
    }

    #[test]
    fn what_is_written_keeps_to_the_schema() {
        let schema = jsonschema::validator_for(Recording::schema().as_value()).unwrap();
        let mut written = serde_json::from_slice(&typical().to_json().unwrap()).unwrap();
        assert!(schema.is_valid(&written), "{:?}", schema.iter_errors(&written).next());
        written["series"]["slices"][0]["phase"] = json!("cooldown");
        assert!(!schema.is_valid(&written));
    }

    #[test]
    fn a_file_begins_with_its_format_and_holds_the_summary() {
        let bytes = typical().to_json().unwrap();
        assert!(bytes.starts_with(br#"{"format":1,"loadgate":""#));
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["summary"], serde_json::to_value(typical().summary()).unwrap());
    }

    #[test]
    fn a_file_cut_off_anywhere_is_called_truncated() {
        let bytes = typical().to_json().unwrap();
        for length in [0, 1, 100, bytes.len() / 2, bytes.len() - 2] {
            let error = read(&bytes[..length]).unwrap_err();
            assert!(matches!(error, Error::Truncated { .. }), "{length}: {error}");
            assert!(error.to_string().starts_with("out/recording.json: the recording breaks off"), "{error}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_called_foreign() {
        for bytes in [&b"[1, 2]"[..], b"{}", br#"{"format": 1, "runs": []}"#, b"<html></html>", b"\xff\xfe"] {
            let error = read(bytes).unwrap_err();
            assert!(matches!(error, Error::Foreign { .. }), "{error}");
            assert!(error.to_string().contains("name the recording.json"), "{error}");
        }
    }

    #[test]
    fn a_file_of_a_newer_loadgate_says_to_update() {
        let error = read(&changed(|value| value["format"] = json!(2))).unwrap_err();
        assert!(matches!(error, Error::Newer { found: 2, .. }), "{error}");
        assert!(error.to_string().contains("update loadgate"), "{error}");
    }

    #[test]
    fn a_recording_with_something_wrong_in_it_is_called_damaged() {
        let slice = |value: &mut Value| value["series"]["slices"][0].take();
        for bytes in [
            changed(|value| value["facts"]["window_s"] = json!("long")),
            changed(|value| value["facts"]["window_s"] = json!(1e18)),
            changed(|value| value["facts"]["warmup_s"] = json!(-1)),
            changed(|value| value["series"]["slice_s"] = json!(3)),
            changed(|value| value["series"]["slices"][0]["endpoints"]["create_order"]["requests"] = json!(9)),
            changed(|value| value["series"]["slices"][0]["endpoints"]["create_order"]["response_us"] = json!("AAAA")),
            changed(|value| {
                let first = slice(value);
                value["series"]["slices"][1] = first;
            }),
        ] {
            let error = read(&bytes).unwrap_err();
            assert!(matches!(error, Error::Damaged { .. }), "{error}");
        }
    }
}
