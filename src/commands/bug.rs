//! What a bug of loadgate says of itself: where it is, and where to report it.
//!
//! In: a panic. Out: lines on stderr that hold nothing of what was being worked on: a text in the middle of which something went
//! wrong may be a secret, and reports of bugs are public.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::thread;

/// From now on, a bug in any thread says this in place of what Rust says.
pub(super) fn report_in_place_of_the_default() {
    panic::set_hook(Box::new(|bug| {
        let mut text = report(bug, thread::current().name());
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            text.push_str(&trace.to_string());
            text.push('\n');
        }
        // Where even stderr is closed there is nobody to tell.
        let _unheard = io::stderr().write_all(text.as_bytes());
    }));
}

/// From now on, this process leaves no core file, which would hold its memory, and that secrets. What it starts may leave one.
#[cfg(target_os = "linux")]
pub(super) fn leave_no_core_file() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Refused: whoever set the limits of this process decides.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn leave_no_core_file() {}

fn report(bug: &PanicHookInfo<'_>, thread: Option<&str>) -> String {
    let place = bug.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    // A text of the program itself; one that was put together may hold anything.
    let why = bug.payload().downcast_ref::<&'static str>().map_or_else(String::new, |why| format!(": {why}"));
    format!(
        "error: this is a bug of loadgate {}, at {place} in thread `{}`{why}; please report it with these lines, which hold \
         nothing of your files (RUST_BACKTRACE=1 tells more)\n",
        env!("CARGO_PKG_VERSION"),
        thread.unwrap_or("unnamed"),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What is said of a panic.
    fn said(panic: impl FnOnce() + Send + 'static) -> String {
        static ONE_AT_A_TIME: Mutex<String> = Mutex::new(String::new());
        let named = thread::Builder::new().name("buggy".to_owned());
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |bug| {
            if thread::current().name() == Some("buggy") {
                *ONE_AT_A_TIME.lock().unwrap() = report(bug, thread::current().name());
            } else {
                before(bug);
            }
        }));
        named.spawn(panic).unwrap().join().unwrap_err();
        ONE_AT_A_TIME.lock().unwrap().clone()
    }

    #[test]
    fn a_bug_says_where_it_is_and_nothing_of_what_was_being_worked_on() {
        let secret = "h\u{fc}nter2".to_owned();
        let text = said(move || {
            let _ = &secret[..2];
        });
        assert!(text.contains("src/commands/bug.rs") && text.contains("thread `buggy`"), "{text}");
        assert!(!text.contains("nter2"), "{text}");
        let text = said(|| panic!("no row is left"));
        assert!(text.contains("thread `buggy`: no row is left; please report it"), "{text}");
    }
}
