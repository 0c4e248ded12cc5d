//! A server that knows the truth: it delays each answer by a known amount and logs what it did.
//!
//! In: `server MODEL LOG`. Out: its address on standard output, answers until `/done` is asked for, then the log.
//! `benches/truth.py` runs it and compares; without arguments, as under a plain `cargo bench`, it says so.

#[cfg(target_os = "linux")]
mod delays;
#[cfg(target_os = "linux")]
mod server;

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let served = match typed.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["server", model, log] => serve(model, log),
        _ => writeln!(io::stdout(), "the truth is told by `python3 benches/truth.py`, which runs this server"),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error that is gone has no other place to be told.
            let _unsaid = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_os = "linux")]
fn serve(model: &str, log: &str) -> io::Result<()> {
    let model = delays::Model::parse(model)
        .ok_or_else(|| io::Error::other(format!("unknown model `{model}`: write fixed, bimodal or pauses")))?;
    server::serve(model, std::path::Path::new(log))
}

#[cfg(not(target_os = "linux"))]
fn serve(_model: &str, _log: &str) -> io::Result<()> {
    Err(io::Error::other("the server polls with epoll: run it on Linux"))
}
