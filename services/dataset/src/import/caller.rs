//! Whether the caller of an import is still there while its file is read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Held by the call. A call whose caller left is dropped, and this with it: the reading of its file, which goes on in
/// another thread, comes to its end then.
pub(crate) struct Caller {
    has_left: Arc<AtomicBool>,
}

impl Caller {
    /// A caller, and a file that can be read for as long as it is there.
    pub(crate) fn heard<R>(file: R) -> (Self, Heard<R>) {
        let has_left = Arc::new(AtomicBool::new(false));
        (Self { has_left: Arc::clone(&has_left) }, Heard { file, has_left })
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.has_left.store(true, Ordering::Relaxed);
    }
}

/// A file of a caller.
pub(crate) struct Heard<R> {
    file: R,
    has_left: Arc<AtomicBool>,
}

impl<R: Read> Read for Heard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Not an interruption, after which readers would try again.
        if self.has_left.load(Ordering::Relaxed) {
            return Err(io::Error::other("the caller left"));
        }
        self.file.read(buffer)
    }
}

impl<R: Seek> Seek for Heard<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::Caller;

    #[test]
    fn a_file_is_read_until_its_caller_leaves() {
        let (caller, mut file) = Caller::heard(Cursor::new(vec![1_u8; 64]));
        let mut bytes = [0; 16];
        assert_eq!(file.read(&mut bytes).unwrap(), 16);
        drop(caller);
        assert_eq!(file.read(&mut bytes).unwrap_err().to_string(), "the caller left");
        assert!(file.read_to_end(&mut Vec::new()).is_err(), "no reader takes it for the end of the file");
    }
}
