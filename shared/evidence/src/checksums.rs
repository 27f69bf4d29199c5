//! Lists of digests, in the form that `sha256sum --check` reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use peaktrade_domain::Sha256;
use sha2::Digest as _;

/// The list of every file below `artifacts/` but itself; paths are relative to `artifacts/`.
pub(crate) const CHECKSUMS: &str = "artifacts/checksums.txt";
/// The list of every other file of the pack, the list above included; paths are relative to the pack.
pub(crate) const PACK: &str = "pack.sha256";
/// Folder of the artifacts, with its slash.
pub(crate) const ARTIFACTS: &str = "artifacts/";
/// Files that every pack has, besides the two lists.
pub(crate) const REQUIRED: [&str; 6] =
    ["config_resolved.yaml", "env.json", "logs.ndjson", "metrics_snapshot.prom", "report.html", "run_manifest.json"];

/// Digests by path, in order of path.
pub(crate) type Digests = BTreeMap<String, Sha256>;

/// `<64 hexadecimal digits>  <path>` a line, in order of path.
pub(crate) fn write_lines(digests: &Digests) -> String {
    digests.iter().fold(String::new(), |mut text, (path, digest)| {
        let _ = writeln!(text, "{digest}  {path}");
        text
    })
}

/// Reads exactly what [`write_lines`] writes and nothing else.
pub(crate) fn read_lines(text: &str) -> Result<Digests, String> {
    let mut digests = Digests::new();
    for (at, line) in text.lines().enumerate() {
        let (digest, path) =
            line.split_once("  ").ok_or_else(|| format!("line {} is not a digest, two spaces and a path", at + 1))?;
        let digest = digest.parse().map_err(|error| format!("line {}: {error}", at + 1))?;
        digests.insert(path.to_owned(), digest);
    }
    if write_lines(&digests) == text { Ok(digests) } else { Err("lines are not sorted, unique and ended by LF".into()) }
}

/// The pack's list under a first line with the digest of the rest, so that the list vouches for itself.
pub(crate) fn write_pack_list(digests: &Digests) -> String {
    let lines = write_lines(digests);
    format!("pack {}\n{lines}", Sha256::of(lines.as_bytes()))
}

/// Reads exactly what [`write_pack_list`] writes and nothing else.
pub(crate) fn read_pack_list(text: &str) -> Result<Digests, String> {
    let (head, lines) = text.split_once('\n').ok_or("there is no first line")?;
    let own = head.strip_prefix("pack ").ok_or("the first line is not \"pack\" and a digest")?;
    let own: Sha256 = own.parse().map_err(|error| format!("first line: {error}"))?;
    let found = Sha256::of(lines.as_bytes());
    if own != found {
        return Err(format!("the first line says {own}, the lines after it have {found}"));
    }
    read_lines(lines)
}

/// Digest and length of a file, read in pieces.
pub(crate) fn digest_file(path: &Path) -> io::Result<(Sha256, u64)> {
    // Large enough that reading costs nothing beside hashing.
    const PIECE_BYTES: usize = 64 * 1024;
    let mut file = File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut piece = vec![0_u8; PIECE_BYTES];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((Sha256::from_bytes(hasher.finalize().into()), bytes));
        }
        hasher.update(&piece[..read]);
        bytes += read as u64;
    }
}
