//! Checks a pack: every byte of every file, nothing missing, nothing added.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use peaktrade_domain::Sha256;

use crate::checksums::{ARTIFACTS, CHECKSUMS, Digests, PACK, REQUIRED, digest_file, read_lines, read_pack_list};

/// A pack of which every byte is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// SHA-256 of its `pack.sha256`; the registry keeps it, so a pack rewritten as a whole shows to who compares the two.
    pub pack_sha256: Sha256,
    /// Files in the pack.
    pub files: usize,
    /// Bytes in them.
    pub bytes: u64,
}

/// One thing that is wrong with a pack; each names the file, relative to the pack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum VerifyProblem {
    /// Another content than was written.
    #[error("{file}: changed; its SHA-256 is {found}, {list} says {expected}")]
    Changed {
        /// The file.
        file: String,
        /// Its digest now.
        found: Sha256,
        /// List that says otherwise.
        list: &'static str,
        /// Digest in that list.
        expected: Sha256,
    },
    /// Listed, but not there.
    #[error("{file}: missing; {list} lists it")]
    Missing {
        /// The file.
        file: String,
        /// List that has it.
        list: &'static str,
    },
    /// There, but not listed.
    #[error("{file}: added; no list has it")]
    Added {
        /// The file or directory.
        file: String,
    },
    /// A link, device or socket; a pack holds files and directories.
    #[error("{file}: neither a regular file nor a directory")]
    NotAFile {
        /// The entry.
        file: String,
    },
    /// A list of digests that is not as it was written.
    #[error("{file}: changed; {problem}")]
    List {
        /// The list.
        file: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A file that every pack has is in no list.
    #[error("{file}: every pack has it, but pack.sha256 does not list it")]
    NotListed {
        /// The file.
        file: &'static str,
    },
    /// The system refuses to read it.
    #[error("{file}: cannot be read: {problem}")]
    Unreadable {
        /// The file or directory.
        file: String,
        /// What the system says.
        problem: String,
    },
}

/// Recomputes every digest of a pack.
///
/// # Errors
/// Every problem found, in order; each names its file. One changed byte in any file, a file added or removed, and any
/// link is found. A pack rewritten as a whole, lists included, shows only against the registry's digest.
pub fn verify(pack: &Path) -> Result<Verified, Vec<VerifyProblem>> {
    let mut check = Check { pack, found: BTreeMap::new(), directories: BTreeSet::new(), problems: BTreeSet::new() };
    check.walk(pack, "");
    let pack_list = check.list(PACK, read_pack_list);
    if let Some(list) = &pack_list {
        check.required(list);
        check.compare(PACK, list, "");
    }
    // A list that was changed says nothing about the files it lists: it alone is named.
    let is_list_intact = !check.problems.iter().any(|problem| problem.file() == CHECKSUMS);
    let artifact_list = if is_list_intact { check.list(CHECKSUMS, read_lines) } else { None };
    if let Some(list) = &artifact_list {
        check.compare(CHECKSUMS, list, ARTIFACTS);
    }
    if let (Some(pack_list), Some(artifact_list)) = (&pack_list, &artifact_list) {
        check.nothing_added(pack_list, artifact_list);
    }
    let bytes = check.found.values().map(|(_, bytes)| bytes).sum();
    match check.found.get(PACK) {
        Some((pack_sha256, _)) if check.problems.is_empty() => {
            Ok(Verified { pack_sha256: *pack_sha256, files: check.found.len(), bytes })
        }
        _ => Err(check.problems.into_iter().collect()),
    }
}

impl VerifyProblem {
    /// The file or directory concerned, relative to the pack.
    pub fn file(&self) -> &str {
        match self {
            Self::Changed { file, .. }
            | Self::Missing { file, .. }
            | Self::Added { file }
            | Self::NotAFile { file }
            | Self::Unreadable { file, .. } => file,
            Self::List { file, .. } | Self::NotListed { file } => file,
        }
    }
}

struct Check<'a> {
    pack: &'a Path,
    /// Digest and length of each regular file, by path relative to the pack.
    found: BTreeMap<String, (Sha256, u64)>,
    directories: BTreeSet<String>,
    problems: BTreeSet<VerifyProblem>,
}

impl Check<'_> {
    /// Digests every file below a directory; `prefix` is its path relative to the pack, with a slash.
    fn walk(&mut self, directory: &Path, prefix: &str) {
        let entries = match fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(if prefix.is_empty() { "." } else { prefix }, &error),
        };
        for entry in entries {
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // Of the entry itself: a link is never followed.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    self.directories.insert(path.clone());
                    self.walk(&entry.path(), &format!("{path}/"));
                }
                Ok(kind) if kind.is_file() => self.digest(path, &entry.path()),
                Ok(_) => {
                    self.problems.insert(VerifyProblem::NotAFile { file: path });
                }
                Err(error) => self.unreadable(&path, &error),
            }
        }
    }

    fn digest(&mut self, path: String, on_disk: &Path) {
        match digest_file(on_disk) {
            Ok(digest) => {
                self.found.insert(path, digest);
            }
            Err(error) => self.unreadable(&path, &error),
        }
    }

    /// Reads a list of digests strictly; a problem where it is absent or not as it was written.
    fn list(&mut self, file: &'static str, read: impl Fn(&str) -> Result<Digests, String>) -> Option<Digests> {
        let text = match fs::read(self.pack.join(file)) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err("it is missing".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        match text.and_then(|text| read(&text)) {
            Ok(list) => Some(list),
            Err(problem) => {
                self.problems.insert(VerifyProblem::List { file, problem });
                None
            }
        }
    }

    fn required(&mut self, list: &Digests) {
        let missing = REQUIRED.into_iter().chain([CHECKSUMS]).filter(|file| !list.contains_key(*file));
        self.problems.extend(missing.map(|file| VerifyProblem::NotListed { file }));
    }

    /// Compares the files that a list has; `prefix` is where its paths start, relative to the pack.
    fn compare(&mut self, list: &'static str, digests: &Digests, prefix: &str) {
        for (path, expected) in digests {
            let file = format!("{prefix}{path}");
            match self.found.get(&file) {
                Some((found, _)) if found == expected => {}
                Some((found, _)) => {
                    let (found, expected) = (*found, *expected);
                    self.problems.insert(VerifyProblem::Changed { file, found, list, expected });
                }
                // A link or unreadable file of that name has a problem of its own.
                None if self.problems.iter().any(|problem| problem.file() == file) => {}
                None => {
                    self.problems.insert(VerifyProblem::Missing { file, list });
                }
            }
        }
    }

    fn nothing_added(&mut self, pack_list: &Digests, artifact_list: &Digests) {
        let mut listed: BTreeSet<String> = pack_list.keys().cloned().collect();
        listed.extend(artifact_list.keys().map(|path| format!("{ARTIFACTS}{path}")));
        listed.insert(PACK.to_owned());
        let is_parent = |directory: &str| {
            listed.iter().any(|path| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/')))
        };
        let files = self.found.keys().filter(|path| !listed.contains(*path));
        let directories = self.directories.iter().filter(|directory| !is_parent(directory));
        let added: Vec<_> = files.chain(directories).map(|file| VerifyProblem::Added { file: file.clone() }).collect();
        self.problems.extend(added);
    }

    fn unreadable(&mut self, file: &str, error: &io::Error) {
        let (file, problem) = (file.to_owned(), error.to_string());
        self.problems.insert(VerifyProblem::Unreadable { file, problem });
    }
}
