//! One JSON object per line on stderr, in the shape of the other services' logs.

use std::fmt::Display;
use std::io::Write;

/// Tells about normal operation.
pub(crate) fn info(message: &str, detail: &dyn Display) {
    write_line("INFO", message, detail);
}

/// Tells about something refused or lost.
pub(crate) fn warn(message: &str, detail: &dyn Display) {
    write_line("WARN", message, detail);
}

/// Tells why the process ends.
pub(crate) fn error(message: &str, detail: &dyn Display) {
    write_line("ERROR", message, detail);
}

fn write_line(level: &str, message: &str, detail: &dyn Display) {
    let line = serde_json::json!({
        "level": level,
        "service": "edge-gw",
        "message": message,
        "detail": detail.to_string(),
    });
    // A closed stderr must not stop the forwarding.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
