//! The key that signs permits: one file, read by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer as _, SigningKey};
use peaktrade_engine::permit::PermitClaims;

/// Bytes of an Ed25519 secret key.
const KEY_BYTES: usize = 32;
/// Who may read and write the file: its owner, nobody else.
const MODE: u32 = 0o600;

/// Signs permits.
pub(crate) struct PermitKey {
    key: SigningKey,
}

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("{path}: mode {mode:04o}, {MODE:04o} is needed: a key that others can read or write proves nothing")]
    Mode { path: PathBuf, mode: u32 },
    #[error("{path}: {length} bytes, {KEY_BYTES} are needed")]
    Length { path: PathBuf, length: u64 },
    #[error("{path}: not a regular file")]
    Kind { path: PathBuf },
    #[error("{path}: {error}")]
    File { path: PathBuf, error: std::io::Error },
    #[error("no randomness for a new key: {error}")]
    Randomness { error: getrandom::Error },
}

impl PermitKey {
    /// Reads the key, or makes one where there is none. A key that is there but wrong is never replaced: permits that
    /// were given under it must not silently stop to verify.
    pub(crate) fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        let file_error = |error| KeyError::File { path: path.to_owned(), error };
        // Of the name itself, so that a link to another file is refused.
        match std::fs::symlink_metadata(path) {
            Ok(found) if !found.is_file() => Err(KeyError::Kind { path: path.to_owned() }),
            Ok(_) => Self::load(path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(file_error(error)),
        }
    }

    fn load(path: &Path) -> Result<Self, KeyError> {
        let file_error = |error| KeyError::File { path: path.to_owned(), error };
        let mut file = File::open(path).map_err(file_error)?;
        let found = file.metadata().map_err(file_error)?;
        let mode = found.mode() & 0o7777;
        if mode != MODE {
            return Err(KeyError::Mode { path: path.to_owned(), mode });
        }
        if found.len() != KEY_BYTES as u64 {
            return Err(KeyError::Length { path: path.to_owned(), length: found.len() });
        }
        let mut bytes = [0_u8; KEY_BYTES];
        file.read_exact(&mut bytes).map_err(file_error)?;
        Ok(Self { key: SigningKey::from_bytes(&bytes) })
    }

    fn create(path: &Path) -> Result<Self, KeyError> {
        let mut bytes = [0_u8; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| KeyError::Randomness { error })?;
        write_durably(path, &bytes).map_err(|error| KeyError::File { path: path.to_owned(), error })?;
        tracing::info!(path = %path.display(), "made a new permit key");
        Self::load(path)
    }

    /// The key that verifies permits.
    pub(crate) fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Signs claims; the same claims give the same signature.
    pub(crate) fn sign(&self, claims: &PermitClaims) -> [u8; 64] {
        self.key.sign(&claims.signing_bytes()).to_bytes()
    }
}

/// Writes beside and renames, so that a crash leaves no short key; then syncs the folder, so that none is lost.
fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().ok_or_else(|| std::io::Error::other("the key's path has no folder"))?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use ed25519_dalek::{Signature, VerifyingKey};
    use peaktrade_domain::{Sha256, UnixNanos};

    use super::{PermitClaims, PermitKey};

    #[test]
    fn a_key_is_made_once_and_its_signatures_verify() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("permit.key");
        let made = PermitKey::load_or_create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        let read = PermitKey::load_or_create(&path).unwrap();
        let claims = PermitClaims {
            order_sha256: Sha256::of(b"order"),
            policy_sha256: Sha256::of(b"policy"),
            decision_sequence: 7,
            expires_at: UnixNanos::from_nanos(1),
        };
        assert_eq!(made.sign(&claims), read.sign(&claims));
        let public = VerifyingKey::from_bytes(&read.public_key()).unwrap();
        let signature = Signature::from_bytes(&made.sign(&claims));
        public.verify_strict(&claims.signing_bytes(), &signature).unwrap();
        let other = PermitClaims { decision_sequence: 8, ..claims };
        public.verify_strict(&other.signing_bytes(), &signature).unwrap_err();
    }

    /// Puts a file in the key's place and expects a refusal that leaves it as it is.
    fn check_refused(content: &[u8], mode: u32, problem: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("permit.key");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = PermitKey::load_or_create(&path).err().unwrap().to_string();
        assert!(error.contains(problem), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }

    #[test]
    fn a_key_that_is_wrong_is_refused() {
        check_refused(&[7; 32], 0o644, "mode 0644, 0600 is needed");
        check_refused(&[7; 32], 0o640, "mode 0640");
        check_refused(&[7; 32], 0o400, "mode 0400");
        check_refused(&[7; 31], 0o600, "31 bytes, 32 are needed");
        check_refused(&[7; 33], 0o600, "33 bytes");
        check_refused(&[], 0o600, "0 bytes");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("permit.key");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).unwrap();
        assert!(PermitKey::load_or_create(&path).err().unwrap().to_string().contains("not a regular file"));
    }
}
