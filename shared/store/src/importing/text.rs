//! The bytes behind a file's packing, and its lines.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::{ImportError, Place};

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Bytes of a file at most once unpacked: thirty times a century of minutes. A small file may unpack to far more than a
/// disk holds; without a bound it would be read for days.
const UNPACKED_BYTES_MAX: u64 = 32 << 30;

/// Largest window of a zstd frame, as a power of two: 128 MiB, what zstd itself takes without being told otherwise.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Bytes by which files are known.
const HEAD_BYTES: usize = 4;

/// Beginnings of files that are no text, with what they are and what reads them.
const BINARIES: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a zip archive; unpack it, or if it is Lean's, use format lean"),
    (b"PAR1", "a Parquet file; format parquet reads it"),
    (b"SCID", "one of Sierra Chart's intraday files; format scid reads it"),
    (b"DBN", "DBN; format databento reads it"),
];

/// The text unpacked.
///
/// # Errors
/// As [`check_text`].
pub(crate) fn unpacked_text<'a>(source: impl Read + 'a) -> Result<Box<dyn BufRead + 'a>, ImportError> {
    let mut text = unpacked(source).map_err(|source| ImportError::Unreadable { place: Place::line(0), source })?;
    check_text(&mut text)?;
    Ok(text)
}

/// Refuses what begins as a known binary file does.
///
/// # Errors
/// Where it does, or its first bytes cannot be read.
pub(crate) fn check_text(text: &mut impl BufRead) -> Result<(), ImportError> {
    let head = text.fill_buf().map_err(|source| ImportError::Unreadable { place: Place::line(0), source })?;
    match BINARIES.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, what)) => Err(ImportError::Unfit { problem: format!("it is no text but {what}") }),
        None => Ok(()),
    }
}

/// The file unpacked: gzip and zstd are seen from the first bytes, not from the name; members and frames one after the
/// other are one file. The first bytes that it lends are enough to know a file by, however the packing cuts them.
///
/// # Errors
/// Where the first bytes cannot be read.
pub(crate) fn unpacked<'a>(mut source: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let head = first_bytes(&mut source)?;
    let is_gzip = head.starts_with(GZIP_MAGIC);
    let is_zstd = head.starts_with(ZSTD_MAGIC);
    let whole = BufReader::new(Cursor::new(head).chain(source));
    if is_gzip {
        with_first_bytes(Bounded::new(MultiGzDecoder::new(whole)))
    } else if is_zstd {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(whole)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
        with_first_bytes(Bounded::new(decoder))
    } else {
        Ok(Box::new(whole))
    }
}

fn with_first_bytes<'a>(mut unpacked: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let head = first_bytes(&mut unpacked)?;
    Ok(Box::new(Cursor::new(head).chain(BufReader::new(unpacked))))
}

/// As many bytes as tell what a file is, or all that it has.
fn first_bytes(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    source.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The name without the ending of its packing.
pub(crate) fn unpacked_name(file_name: &str) -> &str {
    file_name.strip_suffix(".gz").or_else(|| file_name.strip_suffix(".zst")).unwrap_or(file_name)
}

/// A reader that refuses to go beyond [`UNPACKED_BYTES_MAX`].
struct Bounded<R> {
    source: R,
    left: u64,
}

impl<R> Bounded<R> {
    fn new(source: R) -> Self {
        Self { source, left: UNPACKED_BYTES_MAX }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer).map_err(|error| match error.kind() {
            // Readers take this kind for the end of a file that is plain.
            io::ErrorKind::UnexpectedEof => io::Error::other("the packed file is cut off"),
            _ => error,
        })?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(format!("unpacks to more than {UNPACKED_BYTES_MAX} bytes")))?;
        Ok(read)
    }
}

/// Lines of bounded length.
pub(crate) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    /// Lines given so far.
    pub(crate) number: u64,
    bytes_max: usize,
    layout: &'static str,
}

impl<R: BufRead> Lines<R> {
    /// Lines of less than `bytes_max` bytes; `layout` says in errors what a line must be.
    pub(crate) fn new(source: R, bytes_max: usize, layout: &'static str) -> Self {
        Self { source, buffer: Vec::with_capacity(bytes_max), number: 0, bytes_max, layout }
    }

    /// The next line without its end; `None` at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<&str>, ImportError> {
        let Self { source, buffer, number, bytes_max, layout } = self;
        buffer.clear();
        let read = source.by_ref().take(*bytes_max as u64).read_until(b'\n', buffer);
        let read = read.map_err(|source| ImportError::Unreadable { place: Place::line(*number), source })?;
        if read == 0 {
            return Ok(None);
        }
        *number += 1;
        let malformed = |problem: String| ImportError::Malformed { place: Place::line(*number), problem };
        let text = match buffer.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
            None if read == *bytes_max => {
                return Err(malformed(format!("longer than {bytes_max} bytes; {layout}")));
            }
            // The last line of a file may lack its end.
            None => buffer,
        };
        match std::str::from_utf8(text) {
            // Spreadsheets begin a file with a byte order mark.
            Ok(text) if *number == 1 => Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(text))),
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(malformed(format!("not UTF-8; {layout}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, Read as _, Write as _};

    use super::{unpacked, unpacked_text};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_file_is_known_by_its_first_bytes_however_its_packing_cuts_them() {
        let scid = b"SCID and more";
        for cut in 0..=scid.len() {
            let members = [gzip(&scid[..cut]), gzip(&scid[cut..])].concat();
            let Err(error) = unpacked_text(&members[..]) else { panic!("cut at {cut}") };
            assert!(error.to_string().contains("format scid reads it"), "cut at {cut}: {error}");
            let mut file = unpacked(&members[..]).unwrap();
            assert!(file.fill_buf().unwrap().starts_with(b"SCID"), "cut at {cut}");
            let mut whole = Vec::new();
            file.read_to_end(&mut whole).unwrap();
            assert_eq!(whole, scid, "cut at {cut}");
        }
    }
}
