//! What becomes of a call while its file is read: its caller may leave, and the disk may fail.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tonic::Status;

/// Held by the call. A call whose caller left is dropped, and this with it: the reading of its file, which goes on in
/// another thread, comes to its end then.
pub(crate) struct Caller {
    has_left: Arc<AtomicBool>,
    fault: Arc<OnceLock<String>>,
}

impl Caller {
    /// A caller, and a file that can be read for as long as it is there.
    pub(crate) fn heard<R>(file: R) -> (Self, Heard<R>) {
        let (has_left, fault) = (Arc::new(AtomicBool::new(false)), Arc::new(OnceLock::new()));
        (Self { has_left: Arc::clone(&has_left), fault: Arc::clone(&fault) }, Heard { file, has_left, fault })
    }

    /// Why the file could not be read, where that was the disk's fault and not the file's: a reader tells both alike.
    pub(crate) fn fault(&self) -> Option<Status> {
        let fault = self.fault.get()?;
        Some(Status::internal(format!("reading the spooled file failed: {fault}; nothing was imported")))
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
    fault: Arc<OnceLock<String>>,
}

impl<R: Read> Read for Heard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Not an interruption, after which readers would try again.
        if self.has_left.load(Ordering::Relaxed) {
            return Err(io::Error::other("the caller left"));
        }
        self.file.read(buffer).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                // The first of them is told.
                let _ = self.fault.set(error.to_string());
            }
        })
    }
}

impl<R: Seek> Seek for Heard<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Read};

    use super::Caller;

    /// A disk that fails after a first interruption.
    struct Failing(u32);

    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            Err(if self.0 == 1 { io::ErrorKind::Interrupted.into() } else { io::Error::from_raw_os_error(5) })
        }
    }

    #[test]
    fn a_fault_of_the_disk_is_the_services_and_not_the_files() {
        let (caller, mut file) = Caller::heard(Failing(0));
        assert!(file.read(&mut [0]).is_err() && caller.fault().is_none());
        assert!(file.read(&mut [0]).is_err());
        let fault = caller.fault().unwrap();
        assert_eq!(fault.code(), tonic::Code::Internal);
        assert!(fault.message().starts_with("reading the spooled file failed: "), "{fault}");
        let (caller, mut file) = Caller::heard(Cursor::new(vec![1]));
        assert_eq!(file.read_to_end(&mut Vec::new()).unwrap(), 1);
        assert!(caller.fault().is_none());
    }

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
