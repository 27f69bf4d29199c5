//! The only place that writes to the terminal: data to stdout, talk to stderr.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::failure::Failure;

/// Whether stdout has its one document. A process has one stdout, hence one flag.
static HAS_DOCUMENT: AtomicBool = AtomicBool::new(false);

/// Where a command's words go. With `--json` stdout carries one document and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    is_json: bool,
}

impl Output {
    /// Output of one command.
    pub(crate) const fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Whether stdout carries one JSON document.
    pub(crate) const fn is_json(self) -> bool {
        self.is_json
    }

    /// Whether bars that redraw themselves make sense on stderr.
    pub(crate) fn draws_progress(self) -> bool {
        io::stderr().is_terminal()
    }

    /// Writes the result: the document with `--json`, the text otherwise.
    pub(crate) fn result(self, document: &impl Serialize, text: &str) -> Result<(), Failure> {
        if self.is_json { self.document(document) } else { self.data(text) }
    }

    /// Writes text to stdout as it is, a line feed added where it lacks one.
    pub(crate) fn data(self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let ending = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        write!(stdout, "{text}{ending}").and_then(|()| stdout.flush()).map_err(stdout_failure)
    }

    /// Writes one JSON document to stdout.
    pub(crate) fn document(self, document: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(document)
            .map_err(|error| Failure::Internal(format!("writing the JSON document: {error}")))?;
        HAS_DOCUMENT.store(true, Ordering::Relaxed);
        self.data(&text)
    }

    /// Says something to the person at the terminal. A closed stderr is no reason to stop the work.
    pub(crate) fn talk(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Reports how a command ended: talk for people, an error document for scripts where a failed check has not written
    /// its findings already.
    pub(crate) fn failure(self, failure: &Failure) {
        if matches!(failure, Failure::ReaderGone) {
            return;
        }
        self.talk(&format!("peakctl: {failure}"));
        if self.is_json && !HAS_DOCUMENT.load(Ordering::Relaxed) {
            let document = serde_json::json!({ "error": failure.document() });
            // The exit code carries the failure even where stdout is gone.
            let _ = self.document(&document);
        }
    }
}

fn stdout_failure(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::ReaderGone
    } else {
        Failure::Internal(format!("writing to stdout: {error}"))
    }
}
