//! What the tests of readers share.

use std::io::Cursor;

use peaktrade_domain::{Calendar, UnixNanos};

use super::{Format, ImportOptions, ImportRequest, ImportedFile, import};
use crate::Disposition;

/// Options by name. Example: `[("stamp", "open")]`.
pub(crate) fn options(stated: &[(&str, &str)]) -> ImportOptions {
    let of = |name: &str| stated.iter().find(|(option, _)| *option == name).map_or("", |(_, value)| value);
    ImportOptions::parse(of("contract"), of("time_zone"), of("stamp"), of("prices"), of("bar")).unwrap()
}

/// Imports bytes as a file of root NQ.
pub(crate) fn read(
    format: &str,
    file_name: &str,
    stated: &[(&str, &str)],
    bytes: &[u8],
) -> Result<ImportedFile, String> {
    let format = Format::parse(format, "").map_err(|error| error.to_string())?;
    let root = "NQ".parse().unwrap();
    let request = ImportRequest { format, root, file_name: file_name.to_owned(), options: options(stated) };
    import(Cursor::new(bytes), &request, &Calendar::shipped()).map_err(|error| error.to_string())
}

/// A file in one line: contracts with the bars of each as `time close volume`, then the fates of its rows.
pub(crate) fn told(file: &ImportedFile) -> String {
    let mut text = String::new();
    for contract in &file.contracts {
        let bars = &contract.bars;
        assert_eq!(bars.check_invariants(), Ok(()));
        text += &format!("{}:", contract.contract);
        for row in 0..bars.len() {
            let time = UnixNanos::from_nanos(bars.ts[row]).to_datetime().format("%m-%dT%H:%M");
            let close = peaktrade_domain::Price::from_nanos(bars.close[row]);
            text += &format!(" {time} {close} x{};", bars.volume[row]);
        }
        text += " ";
    }
    let kept: u64 = file.contracts.iter().map(|contract| contract.dispositions.of(Disposition::Kept)).sum();
    assert_eq!(kept, file.dispositions.of(Disposition::Kept));
    text + &file.dispositions.to_string()
}

/// Reads a good file with each of its bytes damaged in turn, and cut off at each length. A reader may take what is left or
/// refuse it, and must not panic.
pub(crate) fn damage_everywhere(format: &str, file_name: &str, stated: &[(&str, &str)], good: &[u8]) {
    read(format, file_name, stated, good).unwrap();
    let mut bytes = good.to_vec();
    for at in 0..good.len() {
        for damaged in [0, 0x7f, 0x80, 0xff, good[at] ^ 1, good[at].wrapping_add(1)] {
            bytes[at] = damaged;
            if let Ok(file) = read(format, file_name, stated, &bytes) {
                assert!(file.contracts.iter().all(|contract| contract.bars.check_invariants().is_ok()), "byte {at}");
            }
        }
        bytes[at] = good[at];
        let _refused_or_not = read(format, file_name, stated, &good[..at]);
    }
}
