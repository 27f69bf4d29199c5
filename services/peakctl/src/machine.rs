//! Facts about this process and its machine; they go into `env.json` and the summary, never into artifacts.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use peaktrade_domain::{Sha256, UnixNanos};

use crate::failure::Failure;

/// Name of the machine, as far as it says.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "unknown".to_owned() } else { name.trim().to_owned() }
}

/// SHA-256 of the program that runs.
pub(crate) fn program_sha256() -> Option<Sha256> {
    std::env::current_exe().and_then(std::fs::read).ok().map(|bytes| Sha256::of(&bytes))
}

/// The wall clock. Only names of sessions and folders, `env.json` and log lines ever carry it.
pub(crate) fn wall_clock() -> UnixNanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixNanos::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// An instant as it stands in names: `20261122T125400Z`.
pub(crate) fn compact(instant: UnixNanos) -> String {
    instant.to_datetime().format("%Y%m%dT%H%M%SZ").to_string()
}

/// A fresh id for one execution. Example: `demo-20261122T125400Z-3f9a12c0`.
pub(crate) fn fresh_session_id(prefix: &str) -> Result<String, Failure> {
    Ok(format!("{prefix}-{}-{}", compact(wall_clock()), random_hex()?))
}

/// Eight random hexadecimal digits.
pub(crate) fn random_hex() -> Result<String, Failure> {
    let mut bytes = [0_u8; 4];
    getrandom::fill(&mut bytes).map_err(|error| Failure::Internal(format!("no randomness: {error}")))?;
    Ok(hex::encode(bytes))
}

/// How this program was called, so that a printed command can be called the same way. In a container that is not how it
/// was called: there PEAKCTL_COMMAND says it.
pub(crate) fn program() -> String {
    if let Some(command) = std::env::var("PEAKCTL_COMMAND").ok().filter(|command| !command.is_empty()) {
        return command;
    }
    std::env::args().next().map_or_else(|| "peakctl".to_owned(), |program| shell_word(&program))
}

/// A word as a POSIX shell reads it back: as it is where it is plain, in single quotes otherwise.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain =
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@=+,%".contains(&byte));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Absolute form of a path, without asking whether it exists.
pub(crate) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// Address of a local file for a browser.
pub(crate) fn file_url(path: &Path) -> String {
    let mut url = String::from("file://");
    for byte in absolute(path).bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use peaktrade_domain::UnixNanos;

    use super::{compact, file_url, shell_word};

    #[test]
    fn printed_words_can_be_pasted() {
        for (word, pasted) in [
            ("target/release/peakctl", "target/release/peakctl"),
            ("/tmp/a b/report.html", "'/tmp/a b/report.html'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(word), pasted);
        }
        assert_eq!(file_url(Path::new("/tmp/a b/ü.html")), "file:///tmp/a%20b/%C3%BC.html");
    }

    #[test]
    fn instants_in_names() {
        assert_eq!(compact(UnixNanos::from_seconds(1_764_000_000).unwrap()), "20251124T160000Z");
    }
}
