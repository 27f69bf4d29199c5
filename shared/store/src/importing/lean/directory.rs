//! The end of a zip archive, looked at before its directory is read: how many texts there are stands there.

use std::io::{self, Read, Seek, SeekFrom};

use crate::importing::{ImportError, Place};

const END: &[u8] = b"PK\x05\x06";
const END_OF_ZIP64: &[u8] = b"PK\x06\x07";
/// Bytes of the end without its comment.
const END_BYTES: usize = 22;
/// Bytes of what stands before it in an archive of more than 65,534 texts or four gigabytes.
const ZIP64_BYTES: usize = 20;
/// Bytes in which the end begins: with it the longest comment.
const TAIL_BYTES: u64 = (ZIP64_BYTES + END_BYTES) as u64 + u16::MAX as u64;
/// Bytes of the directory for each text at most; Lean's names take a tenth of this.
const ENTRY_BYTES_MAX: usize = 1_024;

/// Refuses an archive of more than so many texts. What is no archive is left to its reader to refuse.
pub(super) fn check(source: &mut (impl Read + Seek), texts_max: usize) -> Result<(), ImportError> {
    let tail = tail(source).map_err(|source| ImportError::Unreadable { place: Place::line(0), source })?;
    let refuse = |problem: String| Err(ImportError::Unfit { problem });
    // Each place at which an end may begin: which of them is taken is the reader's affair.
    for at in (0..tail.len().saturating_sub(END_BYTES - 1)).filter(|at| tail[*at..].starts_with(END)) {
        let texts = usize::from(u16::from_le_bytes([tail[at + 10], tail[at + 11]]));
        let bytes = u32::from_le_bytes([tail[at + 12], tail[at + 13], tail[at + 14], tail[at + 15]]);
        let is_zip64 = at >= ZIP64_BYTES && tail[at - ZIP64_BYTES..].starts_with(END_OF_ZIP64);
        if is_zip64 {
            return refuse("it is a zip64 archive; Lean writes none".to_owned());
        }
        if texts > texts_max {
            return refuse(format!("it holds {texts} texts; at most {texts_max} are read"));
        }
        let bytes_max = texts_max * ENTRY_BYTES_MAX;
        if usize::try_from(bytes).map_or(true, |bytes| bytes > bytes_max) {
            return refuse(format!("its directory has {bytes} bytes; at most {bytes_max} are read"));
        }
    }
    Ok(())
}

fn tail(source: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    let bytes = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    source.take(TAIL_BYTES).read_to_end(&mut tail)?;
    source.rewind()?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::check;

    fn end(texts: u16, directory_bytes: u32) -> Vec<u8> {
        let mut end = b"PK\x05\x06".to_vec();
        end.extend([0; 6]);
        end.extend(texts.to_le_bytes());
        end.extend(directory_bytes.to_le_bytes());
        end.resize(22, 0);
        end
    }

    #[test]
    fn an_archive_of_too_much_is_refused_by_its_end() {
        let refused = |bytes: Vec<u8>, part: &str| {
            let error = check(&mut Cursor::new(bytes), 256).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        assert!(check(&mut Cursor::new(end(256, 9_000)), 256).is_ok());
        assert!(check(&mut Cursor::new(b"no archive".to_vec()), 256).is_ok());
        refused(end(257, 9_000), "it holds 257 texts; at most 256 are read");
        refused(end(u16::MAX, u32::MAX), "it holds 65535 texts");
        refused(end(2, 1 << 30), "its directory has 1073741824 bytes; at most 262144 are read");
        refused([b"PK\x06\x07".to_vec(), vec![0; 16], end(2, 90)].concat(), "zip64");
        // Behind a comment, which may hold another end.
        refused([end(257, 9_000), vec![b'x'; 65_535]].concat(), "it holds 257 texts");
        refused([end(257, 9_000), end(1, 9)].concat(), "it holds 257 texts");
    }
}
