//! What the targets of the importers share: a file is read plain and packed, and mutated in its own terms.
#![allow(dead_code, reason = "each target uses its part of this module")]

pub(crate) mod chance;
pub(crate) mod record_edits;
pub(crate) mod row_edits;

use std::fmt::Debug;
use std::io::Write as _;

use libfuzzer_sys::fuzzer_mutate;
use peaktrade_store::{Disposition, ImportError, ImportedFile, ImportedSettlements, fuzz};

/// Reads a file, and now and then the same file packed, which must make no difference.
pub(crate) fn read(format: &str, bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    read_packed(bytes, |bytes| fuzz::read(format, bytes))
}

/// As [`read`], of a file of settlements.
pub(crate) fn read_settlements(format: &str, bytes: &[u8]) -> Result<ImportedSettlements, ImportError> {
    read_packed(bytes, |bytes| fuzz::read_settlements(format, bytes))
}

fn read_packed<T: PartialEq + Debug>(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let plain = read(bytes);
    // The length decides, so that seeds and findings stay plain files.
    let packed = match bytes.len() % 16 {
        3 => gzip(bytes),
        7 => [gzip(&bytes[..bytes.len() / 2]), gzip(&bytes[bytes.len() / 2..])].concat(),
        11 => zstd::encode_all(bytes, 1).expect("memory is written"),
        _ => return plain,
    };
    // What is packed already would be packed twice, and is then no file of its format.
    if !bytes.starts_with(&[0x1f, 0x8b]) && !bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        match (&plain, &read(&packed)) {
            (Ok(plain), Ok(packed)) => assert_eq!(plain, packed, "packing changes nothing"),
            // The decoder of DBN reads ahead, by as much as a packing gives it: of two defects it may meet either first.
            (Err(_), Err(_)) if bytes.starts_with(b"DBN") => {}
            (Err(plain), Err(packed)) => assert_eq!(plain.to_string(), packed.to_string()),
            (plain, packed) => panic!("plain {plain:?}, packed {packed:?}"),
        }
        // Within the last member's sum: a cut between two members would leave a whole file.
        let cut = read(&packed[..packed.len() - 1 - packed.len() % 7]);
        assert!(cut.is_err(), "a packed file that is cut off is refused");
    }
    plain
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory is written");
    encoder.finish().expect("memory is written")
}

/// Lets panics of decoders that are not ours pass to the importer, which makes them refusals; every other panic ends the
/// process. `decoders` are the beginnings of the names of their folders.
pub(crate) fn forgive(decoders: &'static [&'static str]) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panicked| {
            let place = panicked.location().map_or("", |location| location.file());
            if !decoders.iter().any(|of| place.contains(of)) {
                earlier(panicked);
                std::process::abort();
            }
        }));
    });
}

/// Checks the number of rows against a count that knows nothing of the importer.
pub(crate) fn check_rows(read: &Result<ImportedFile, ImportError>, rows: usize) {
    if let Ok(file) = read {
        assert_eq!(file.dispositions.rows_in(), rows as u64, "each row has one fate: {}", file.dispositions);
    }
}

/// Checks a file whose rows are minutes: as many are kept as there are bars.
pub(crate) fn check_minutes(read: &Result<ImportedFile, ImportError>) {
    if let Ok(file) = read {
        let bars: usize = file.contracts.iter().map(|contract| contract.bars.len()).sum();
        assert_eq!(file.dispositions.of(Disposition::Kept), bars as u64);
    }
}

/// Lines of a text as the importers count them: the last may lack its end.
pub(crate) fn lines(bytes: &[u8]) -> usize {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    ends + usize::from(!bytes.is_empty() && !bytes.ends_with(b"\n"))
}

/// Mutates with an edit of the format three times out of four, byte by byte otherwise.
pub(crate) fn mutate(
    bytes: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    edit: impl FnOnce(&[u8], &mut chance::Chance) -> Vec<u8>,
) -> usize {
    if seed % 4 == 0 || size == 0 {
        return fuzzer_mutate(bytes, size, max_size);
    }
    let edited = edit(&bytes[..size], &mut chance::Chance::new(seed));
    if edited.is_empty() || edited.len() > max_size {
        return fuzzer_mutate(bytes, size, max_size);
    }
    bytes[..edited.len()].copy_from_slice(&edited);
    edited.len()
}

/// A target of delimited text.
#[macro_export]
macro_rules! text_target {
    ($format:literal, $extra_lines:expr) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
            let read = $crate::importing::read($format, bytes);
            $crate::importing::check_minutes(&read);
            let is_packed = bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
            // A file that was read has at least the lines that are no rows.
            if read.is_ok() && !is_packed {
                let extra: fn(&[u8]) -> usize = $extra_lines;
                $crate::importing::check_rows(&read, $crate::importing::lines(bytes) - extra(bytes));
            }
        });

        libfuzzer_sys::fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::importing::mutate(bytes, size, max_size, seed, $crate::importing::row_edits::edit)
        });
    };
}
