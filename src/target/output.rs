//! What a target writes: drained, so that it never blocks on a full pipe, and its end remembered.
//!
//! In: the pipes of a child. Out: the last lines, and the first. Prints nothing.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::oneshot;

/// Bytes of output remembered.
const REMEMBERED: usize = 4_096;
/// Lines of output shown.
const SHOWN_LINES: usize = 10;

/// The end of a target's output, and where all of it is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Output {
    written: Arc<Mutex<Written>>,
}

#[derive(Debug, Default)]
struct Written {
    tail: VecDeque<u8>,
    log: Option<File>,
}

impl Output {
    /// Output that goes to `log` too, if there is one.
    pub(super) fn new(log: Option<File>) -> Self {
        Self { written: Arc::new(Mutex::new(Written { tail: VecDeque::new(), log })) }
    }

    /// Reads a pipe to its end; its first line goes to `first_line`.
    pub(super) async fn drain(self, mut pipe: impl AsyncRead + Unpin, first_line: Option<oneshot::Sender<String>>) {
        let mut first_line = first_line.map(|sender| (sender, Vec::new()));
        let mut chunk = [0; 4_096];
        while let Ok(length @ 1..) = pipe.read(&mut chunk).await {
            let bytes = chunk.get(..length).unwrap_or_default();
            self.written.lock().unwrap_or_else(PoisonError::into_inner).append(bytes);
            first_line = first_line.and_then(|(sender, line)| send_line(sender, line, bytes));
        }
    }

    /// The last lines, fit for a terminal: without control characters.
    pub(super) fn last_lines(&self) -> String {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = written.tail.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let shown = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default();
        shown.join("\n").chars().filter(|c| *c == '\n' || !c.is_control()).collect()
    }
}

impl Written {
    fn append(&mut self, bytes: &[u8]) {
        // A full disk must not stop the target.
        if self.log.as_mut().is_some_and(|log| log.write_all(bytes).is_err()) {
            self.log = None;
        }
        self.tail.extend(bytes);
        self.tail.drain(..self.tail.len().saturating_sub(REMEMBERED));
    }
}

/// Collects the first line and sends it once it is whole; gives back what is needed to go on.
fn send_line(
    sender: oneshot::Sender<String>,
    mut line: Vec<u8>,
    bytes: &[u8],
) -> Option<(oneshot::Sender<String>, Vec<u8>)> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    line.extend(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default());
    if end.is_none() && line.len() < REMEMBERED {
        return Some((sender, line));
    }
    // Nobody listens any more where the wait for the first line was given up.
    let _ = sender.send(String::from_utf8_lossy(&line).trim().to_owned());
    None
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    async fn drained(text: &str) -> (Output, Option<String>) {
        let output = Output::default();
        let (sender, line) = oneshot::channel();
        output.clone().drain(Cursor::new(text.as_bytes()), Some(sender)).await;
        (output, line.await.ok())
    }

    #[tokio::test]
    async fn the_first_line_is_passed_on_and_the_last_ten_are_remembered() {
        let text = (1..=30).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n");
        let (output, first) = drained(&text).await;
        assert_eq!(first.as_deref(), Some("line 1"));
        let last = output.last_lines();
        assert!(last.starts_with("line 21\n") && last.ends_with("line 30"), "{last}");
    }

    #[tokio::test]
    async fn output_without_end_takes_bounded_memory() {
        let (output, first) = drained(&"x".repeat(1_000_000)).await;
        assert_eq!(first.unwrap().len(), REMEMBERED);
        assert_eq!(output.last_lines().len(), REMEMBERED);
    }

    #[tokio::test]
    async fn what_a_target_says_cannot_steer_the_terminal() {
        let (output, _) = drained("\u{1b}[2Jgone\u{7}\n").await;
        assert_eq!(output.last_lines(), "[2Jgone");
    }

    #[tokio::test]
    async fn all_of_it_is_in_the_log() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let output = Output::new(Some(file.reopen().unwrap()));
        let text = "y\n".repeat(10_000);
        output.drain(Cursor::new(text.as_bytes()), None).await;
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text);
    }
}
